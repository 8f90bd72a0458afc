//! `wellspring work` as a process: jobs without a server, and the signals that stop, freeze and end it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::program::command;

/// A process that runs jobs until the story ends it.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    log: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Worker {
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = command(folder, &["work"]);
        let mut child = command.args(arguments).stderr(Stdio::piped()).spawn().expect("the program starts");
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let log = Arc::<Mutex<String>>::default();
        let written = Arc::clone(&log);
        let reading = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = written.lock().expect("no panic");
                log.push_str(&line);
                log.push('\n');
            }
        });
        Self { child, log, reading: Some(reading) }
    }

    /// Sends a signal by its name, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("every system has kill").success());
    }

    /// What it has logged until now.
    pub fn said(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }

    /// Asks it to stop; answers how it ended and everything that it logged.
    pub fn terminate(mut self) -> (ExitStatus, String) {
        self.signal("TERM");
        let status = self.child.wait().expect("it was ours to wait for");
        self.reading.take().expect("taken once").join().expect("no panic");
        (status, self.said())
    }
}

//! `wellspring work` as a process: jobs without a server, and the signals that stop, freeze and end it.

use std::io::{BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use super::program::command;

/// A process that runs jobs until the story ends it.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    log: Option<JoinHandle<String>>,
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
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            let _ = stderr.read_to_string(&mut log);
            log
        });
        Self { child, log: Some(log) }
    }

    /// Sends a signal by its name, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("every system has kill").success());
    }

    /// Asks it to stop; answers how it ended and everything that it logged.
    pub fn terminate(mut self) -> (ExitStatus, String) {
        self.signal("TERM");
        let status = self.child.wait().expect("it was ours to wait for");
        let log = self.log.take().expect("taken once").join().expect("no panic");
        (status, log)
    }
}

//! A part of a benchmark in a process of its own: this program again, which ends with the benchmark.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use tokio::sync::oneshot;

use crate::Failure;

/// A running process; it ends with this value.
pub struct Process(Child);

impl Process {
    /// Starts this program with the arguments and variables of `change`. What it prints is the second value.
    pub fn start(change: impl FnOnce(&mut Command)) -> Result<(Self, ChildStdout), Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        change(&mut command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take();
        // Made before anything can fail, so that the process ends whatever happens.
        let process = Self(child);
        Ok((process, output.ok_or("standard output is piped")?))
    }

    /// A file of `/proc` about the process (proc(5)).
    pub fn file(&self, name: &str) -> PathBuf {
        format!("/proc/{}/{name}", self.0.id()).into()
    }

    /// A line of its `status`, such as `VmHWM`, in kilobytes.
    pub fn kilobytes(&self, name: &str) -> Result<u32, Failure> {
        let text = std::fs::read_to_string(self.file("status"))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        Ok(line.ok_or("no such line")?.trim().trim_end_matches(" kB").parse()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first line that a process prints, empty when it ended before.
pub fn first_line(output: ChildStdout) -> Result<String, Failure> {
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// In the process: resolves when its standard input ends, which it does with the benchmark.
pub fn stopped() -> impl Future<Output = ()> {
    let (stop, stopped) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        drop(stop);
    });
    async {
        let _ = stopped.await;
    }
}

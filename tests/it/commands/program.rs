//! The real program: one command and its outcome, or a server that runs until the story ends it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// An upper bound for things that must happen; long, because the machine may be busy.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// What a command left behind.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// The log, one object per line, without what has no message.
    pub fn log(&self) -> Vec<Value> {
        let lines = self.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line.get("message").is_some()).collect()
    }
}

/// The program in a folder, with nothing of the environment and its data in the folder's `data`.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wellspring"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(folder: &Path, arguments: &[&str]) -> Outcome {
    outcome(&mut command(folder, arguments))
}

pub fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().expect("the program starts");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A token for everything, of an installation that is made if there is none.
pub fn token(folder: &Path) -> String {
    run(folder, &["migrate"]).succeeded();
    let made = run(folder, &["token", "create"]).succeeded();
    made.stdout.trim_end().to_owned()
}

/// `wellspring serve` on a free port of its own choice.
#[derive(Debug)]
pub struct Server {
    child: Mutex<Child>,
    log: Option<JoinHandle<String>>,
    address: String,
    client: reqwest::Client,
    /// From the start of the process to the answer that it is ready.
    pub ready_after: Duration,
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Server {
    /// Starts and waits until `/readyz` says so.
    pub async fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_at(folder, &[&["--listen", "127.0.0.1:0"], arguments].concat()).await
    }

    /// The same at an address that is among the arguments.
    pub async fn start_at(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_as(command(folder, &["serve"]).args(arguments)).await
    }

    /// The same with a command that becomes the server.
    pub async fn start_as(command: &mut Command) -> Self {
        let start = Instant::now();
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the program starts");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (found, address) = mpsc::channel();
        let log = std::thread::spawn(move || read_log(stderr, &found));
        let address = tokio::task::spawn_blocking(move || address.recv_timeout(PATIENCE)).await;
        let address = address.expect("no panic").expect("the server says where it listens");
        let mut server = Self {
            child: Mutex::new(child),
            log: Some(log),
            address,
            client: reqwest::Client::new(),
            ready_after: Duration::ZERO,
        };
        while server.client.get(server.url("/readyz")).send().await.is_ok_and(|reply| reply.status() != 200) {
            assert!(start.elapsed() < PATIENCE, "the server never gets ready");
        }
        server.ready_after = start.elapsed();
        server
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends an operation; fails only where the connection does.
    pub async fn send(&self, token: &str, query: &str, variables: Value) -> reqwest::Result<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request = self.client.post(self.url("/graphql")).header("content-type", "application/json");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.body(body).send().await?.json().await
    }

    /// The data of an operation that must succeed; anonymous with an empty token.
    pub async fn data(&self, token: &str, query: &str) -> Value {
        let answer = self.send(token, query, json!({})).await.expect("an answer");
        assert_eq!(answer.get("errors"), None, "{query}");
        answer["data"].clone()
    }

    /// `kill -9`: nothing of the process runs any more when this returns.
    pub fn kill(&self) {
        let mut child = self.child();
        child.kill().expect("the server runs");
        child.wait().expect("it was ours to wait for");
    }

    /// What `kill` and service managers send.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child().id().to_string()]).status();
        assert!(sent.expect("every system has kill").success());
    }

    /// Lets none of its files grow beyond so many bytes, or takes that back.
    #[cfg(target_os = "linux")]
    pub fn limit_files(&self, bytes: Option<u64>) {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};
        let process = Pid::from_child(&self.child());
        prlimit(Some(process), Resource::Fsize, Rlimit { current: bytes, maximum: None })
            .expect("ours to limit");
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().expect("no panic while it was held")
    }

    /// How the process ended, and everything it logged.
    pub async fn ended(mut self) -> (ExitStatus, String) {
        let log = self.log.take().expect("taken once");
        let log = tokio::task::spawn_blocking(move || log.join().expect("no panic"));
        let log = tokio::time::timeout(PATIENCE, log).await.expect("the server ends").expect("no panic");
        let status = self.child().wait().expect("it was ours to wait for");
        (status, log)
    }
}

/// Reads the log to its end and tells the address that the server listens on.
fn read_log(mut stderr: impl BufRead, found: &mpsc::Sender<String>) -> String {
    let mut log = String::new();
    let mut line = String::new();
    while stderr.read_line(&mut line).is_ok_and(|length| length > 0) {
        let address = serde_json::from_str::<Value>(&line)
            .ok()
            .and_then(|event| event.get("address").and_then(Value::as_str).map(str::to_owned));
        if let Some(address) = address {
            let _ = found.send(address);
        }
        log.push_str(&line);
        line.clear();
    }
    let _ = stderr.read_to_string(&mut log);
    log
}

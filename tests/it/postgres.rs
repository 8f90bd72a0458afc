//! A throw-away PostgreSQL server for one test run: started on the first use, ended when the run ends.
//!
//! Where PostgreSQL's programs are missing, its stories say so and pass, unless `WELLSPRING_TEST_POSTGRES=required`.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database};

/// The unprivileged user and group that every Linux has, for when the tests run as root.
const NOBODY: u32 = 65_534;
/// How long the server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(5);

static NEXT: AtomicU32 = AtomicU32::new(1);

/// The URL of a new, empty database, or `None` where there is no PostgreSQL.
pub async fn new_database() -> Option<String> {
    Some(new_database_of(server()?).await)
}

/// A new, empty database of the server at this address.
pub async fn new_database_of(server: SocketAddr) -> String {
    let name = format!("story_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let admin = Database::connect(url(server, "postgres")).await.expect("the server accepts connections");
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a new database");
    admin.close().await.expect("a clean end");
    url(server, &name)
}

fn url(server: SocketAddr, database: &str) -> String {
    format!("postgres://wellspring@{server}/{database}")
}

/// The address of this run's server.
pub fn server() -> Option<SocketAddr> {
    static SERVER: OnceLock<Option<SocketAddr>> = OnceLock::new();
    *SERVER.get_or_init(|| {
        let found = programs();
        if found.is_none() {
            #[expect(
                clippy::disallowed_methods,
                reason = "a test's own switch, not a setting of the product"
            )]
            let required = std::env::var("WELLSPRING_TEST_POSTGRES").is_ok_and(|value| value == "required");
            assert!(
                !required,
                "PostgreSQL's programs (initdb, postgres) were not found, and this run needs them"
            );
            // Written past the test harness, which keeps what passing tests print.
            let notice = "\nNOTICE: PostgreSQL's programs (initdb, postgres) were not found. \
                Its stories did NOT run; only SQLite was tested.\n\n";
            std::io::stderr().write_all(notice.as_bytes()).expect("standard error is open");
        }
        found.map(|programs| start(&programs, &[]))
    })
}

/// The folder that has `initdb` and `postgres`: the newest of Debian's, or one of the search path.
pub fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    folders.sort();
    #[expect(clippy::disallowed_methods, reason = "where programs are is no setting of the product")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let search = std::env::split_paths(&path).chain([PathBuf::from("/usr/local/pgsql/bin")]);
    folders
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .chain(search)
        .find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()))
}

pub fn start(programs: &Path, environment: &[(&str, PathBuf)]) -> SocketAddr {
    let root = is_root();
    let folder = tempfile::Builder::new().prefix("wellspring-postgres-").tempdir().expect("a folder").keep();
    if root {
        std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY)).expect("root may give a folder away");
    }
    let data = folder.join("data");
    let status = unprivileged(root, &programs.join("initdb"))
        .args(["--username=wellspring", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "-D"])
        .arg(&data)
        .current_dir(&folder)
        .stdout(Stdio::null())
        .status()
        .expect("initdb starts");
    assert!(status.success(), "initdb failed");

    // The port is free again for a moment, but nobody else takes ports of this address.
    let address = TcpListener::bind((own_address(), 0)).and_then(|socket| socket.local_addr());
    let address = address.expect("a free port");
    let server = unprivileged(root, &programs.join("postgres"));
    // A shell watches over the server: it ends it when the test run is gone, however that ended.
    let watch = "\"$@\" & child=$!; \
        while kill -0 \"$RUN\" 2>/dev/null && kill -0 $child 2>/dev/null; do sleep 1; done; \
        kill -INT $child 2>/dev/null; wait $child; rm -rf \"$FOLDER\"";
    let mut watching = Command::new("sh")
        .args(["-c", watch, "watch"])
        .arg(server.get_program())
        .args(server.get_args())
        .arg("-D")
        .arg(&data)
        .args(["-h", &address.ip().to_string(), "-p", &address.port().to_string(), "-k", ""])
        .args(["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=400"])
        .env("RUN", std::process::id().to_string())
        .env("FOLDER", &folder)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::from(std::fs::File::create(folder.join("log")).expect("a log file")))
        .spawn()
        .expect("a shell starts");
    // Somebody has to take note of its end; nobody waits for that.
    std::thread::spawn(move || watching.wait());
    wait_for(address, &folder);
    address
}

/// An address of the loopback that nothing else in this run has, nor in most others: what is given free there for a moment is
/// not taken by another listener or connection, which are at 127.0.0.1.
pub fn own_address() -> Ipv4Addr {
    static NEXT: AtomicU8 = AtomicU8::new(2);
    let [_, _, high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, high, low, NEXT.fetch_add(1, Ordering::Relaxed))
}

fn wait_for(address: SocketAddr, folder: &Path) {
    let start = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(start.elapsed() < PATIENCE, "PostgreSQL did not start:\n{log}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// PostgreSQL refuses to run as root.
fn unprivileged(root: bool, program: &Path) -> Command {
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={NOBODY}"))
        .arg(format!("--regid={NOBODY}"))
        .arg("--clear-groups")
        .arg(program);
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("every system has id");
    id.stdout.trim_ascii() == b"0"
}

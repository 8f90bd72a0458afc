//! The same trial on PostgreSQL: its disk is full, its log cannot be written, its connection breaks at any statement.

use std::path::Path;
use std::time::Instant;

use super::cut::{Cut, Proxy};
use super::script::{Fate, Run, check, run, send_again};
use super::shim::{ENOSPC, LENGTH, Shim, WRITE};
use super::{form, is_long, open_url, ready, start_with};
use crate::app::MASTER_KEY;
use crate::commands::program::{PATIENCE, Server, command, outcome};
use crate::postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_at_whichever_statement_the_connection_breaks() {
    let Some(url) = postgres::new_database().await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let proxy = Proxy::start(address(&url)).await;
    let through = url.replace(&address(&url).to_string(), &proxy.address.to_string());
    let token = token(folder.path(), &url);
    let server = start_with(folder.path(), &[("WELLSPRING_DATABASE_URL", through.into())]).await;
    let mut runs = Vec::new();
    for cut in [Cut::Before, Cut::After] {
        let (mut fates, mut first) = (Vec::new(), 1);
        loop {
            let forms = [form(&server).await, form(&server).await];
            proxy.arm(cut, first);
            let faulty =
                run(&server, &token, &format!("run-{cut:?}-{first}").to_lowercase(), &forms[0]).await;
            let seen = proxy.disarm();
            fates.extend(faulty.fates());
            runs.push(faulty);
            let after =
                run(&server, &token, &format!("after-{cut:?}-{first}").to_lowercase(), &forms[1]).await;
            assert!(after.is_done(), "{after:?}");
            runs.push(after);
            if seen < first {
                break;
            }
            first += if is_long() { 1 } else { 3 };
        }
        let some = |fate| fates.contains(&fate);
        assert!(some(Fate::Refused) && some(Fate::Done), "{cut:?}: {fates:?}");
        // At every statement one of them is a commit, of which only the database knows what became.
        assert!(!is_long() || some(Fate::Unknown), "{cut:?}: {fates:?}");
    }
    settle(&server, &token, &url, &mut runs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_whichever_write_of_postgres_fails() {
    // Its tables, of which writes are refused; its log, without which it ends itself and starts anew.
    for (part, calls) in [("/base/", WRITE | LENGTH), ("/pg_wal/", WRITE)] {
        let folder = tempfile::tempdir().expect("a folder");
        let shim = Shim::new(folder.path(), part);
        let Some(url) = own_server(&shim).await else { return };
        let token = token(folder.path(), &url);
        let environment = [("WELLSPRING_DATABASE_URL", url.clone().into())];
        let server = start_with(folder.path(), &environment).await;
        assert!(shim.is_loaded());
        let (mut runs, mut failed) = (Vec::new(), 0);
        for first in 1..=if is_long() { 40 } else { 6 } {
            let forms = [form(&server).await, form(&server).await];
            shim.arm(calls, first, 1, ENOSPC);
            let slug = format!("run-{first}");
            let faulty = run(&server, &token, &slug, &forms[0]).await;
            shim.disarm();
            failed += usize::from(!faulty.is_done());
            runs.push(faulty);
            until_ready(&server).await;
            let after = run(&server, &token, &format!("after-{first}"), &forms[1]).await;
            assert!(after.is_done(), "{after:?}");
            runs.push(after);
        }
        assert!(failed > 0, "no run met a fault of {part}");
        settle(&server, &token, &url, &mut runs).await;
    }
}

/// A new database of a server that nobody else uses, and whose disk can fail.
async fn own_server(shim: &Shim) -> Option<String> {
    postgres::server()?;
    let server = postgres::start(&postgres::programs()?, &shim.environment());
    Some(postgres::new_database_of(server).await)
}

/// Compares the database with the answers; sends again what has a key and an end that nobody knows, which makes it known.
async fn settle(server: &Server, token: &str, url: &str, runs: &mut [Run]) {
    let db = open_url(url.to_owned()).await;
    let documents = check(&db, runs).await;
    for run in runs.iter_mut().filter(|run| run.again_is_unknown()) {
        // Whether it is done now or was done before, it is done once.
        send_again(server, token, run, &documents[run.slug()]).await;
        run.again_is_done();
    }
    check(&db, runs).await;
    db.close().await.expect("a clean end");
}

async fn until_ready(server: &Server) {
    let since = Instant::now();
    while ready(server).await.0 != 200 {
        assert!(since.elapsed() < PATIENCE, "the server never gets ready again");
        tokio::task::yield_now().await;
    }
}

fn address(url: &str) -> std::net::SocketAddr {
    let host = url.split(['@', '/']).nth(3).expect("user, host and port");
    host.parse().expect("an address")
}

fn token(folder: &Path, url: &str) -> String {
    let with = |arguments: &[&str]| {
        let mut command = command(folder, arguments);
        command.env("WELLSPRING_DATABASE_URL", url).env("WELLSPRING_MASTER_KEY", MASTER_KEY);
        outcome(&mut command).succeeded().stdout
    };
    with(&["migrate"]);
    with(&["token", "create"]).trim_end().to_owned()
}

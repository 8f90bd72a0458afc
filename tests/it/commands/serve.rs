//! A server that is told to stop, and one that cannot start.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::program::{PATIENCE, Server, run};

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("took too long")
}

async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        bytes.push(within(stream.read_u8()).await.expect("more to read"));
    }
    String::from_utf8(bytes).expect("UTF-8")
}

#[tokio::test]
async fn a_request_in_flight_is_finished_when_the_server_is_told_to_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &[]).await;
    let address = server.address().to_owned();
    let body = r#"{"query":"{ site { title } }"}"#;
    let mut stream = within(TcpStream::connect(&address)).await.expect("a connection");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         expect: 100-continue\r\n\r\n",
        body.len()
    );
    within(stream.write_all(head.as_bytes())).await.expect("sent");
    // The server asks for the body, so the request has reached its handler.
    assert_eq!(read_until(&mut stream, "\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");

    server.terminate();
    within(async { while TcpStream::connect(&address).await.is_ok() {} }).await;
    within(stream.write_all(body.as_bytes())).await.expect("sent");
    let mut answer = String::new();
    within(stream.read_to_string(&mut answer)).await.expect("an answer and its end");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(body.contains(r#"{"data":{"site":{"title":"Untitled site"}}}"#), "{body}");

    let (status, log) = server.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    let messages: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let messages: Vec<&str> = messages.iter().filter_map(|line| line["message"].as_str()).collect();
    let end = &messages[messages.len() - 2..];
    assert_eq!(end, ["stopping: requests in flight have 30 seconds", "stopped"]);
}

#[tokio::test]
async fn an_address_in_use_is_said_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &[]).await;
    let other = tempfile::tempdir().expect("a folder");
    let refused = run(other.path(), &["serve", "--listen", server.address()]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    let last = refused.stderr.lines().last().expect("a line");
    assert!(last.starts_with(&format!("wellspring: cannot listen on {}: ", server.address())), "{last}");
}

//! The attacks. Each answers in a few words what came of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::Failure;
use crate::server::Server;

/// The largest body that is taken.
const BODY: usize = 2 * 1024 * 1024;
/// How long one client keeps on.
pub const TURN: Duration = Duration::from_secs(15);
/// How long what is held is held after the last byte was sent.
const HOLD: Duration = Duration::from_secs(3);
/// How long a client stays that reads nothing.
const STALL: Duration = Duration::from_secs(12);
/// Posts with which one answer has 12 MB.
const LONG_POSTS: usize = 20;
const LONG_ANSWER: &str = "{ posts(first: 20) { nodes { body { markdown html text } } } }";

pub async fn publish_long_posts(server: &Server) -> Result<(), Failure> {
    let client = reqwest::Client::new();
    let body = "word ".repeat(39_000);
    let send = async |query: &str, input: serde_json::Value| -> Result<serde_json::Value, Failure> {
        let url = format!("http://{}/graphql", server.address);
        let request = client.post(url).bearer_auth(&server.token);
        let request = request.json(&json!({ "query": query, "variables": { "input": input } }));
        Ok(request.send().await?.json().await?)
    };
    for number in 0..LONG_POSTS {
        let save = "mutation($input: SavePostInput!) { savePost(input: $input) { document { id } } }";
        let saved = send(save, json!({ "title": format!("Long {number}"), "body": body })).await?;
        let publish = "mutation($input: PublishEntryInput!) { publishEntry(input: $input) { entry { id } } }";
        let id = &saved["data"]["savePost"]["document"]["id"];
        let published = send(publish, json!({ "document": id })).await?;
        if published["data"]["publishEntry"]["entry"]["id"].is_null() {
            return Err(format!("a post could not be published: {saved} {published}").into());
        }
    }
    Ok(())
}

/// From one of the addresses of the loopback.
pub async fn connect(server: SocketAddr, last: u8) -> Result<TcpStream, Failure> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into())?;
    Ok(timeout(TURN, socket.connect(server)).await??)
}

/// So many clients at once, the number of each and its address; how many of them were not cut off.
pub async fn together<F: Future<Output = Result<(), Failure>>>(
    addresses: u8,
    of_each: usize,
    client: impl Fn(u8) -> F,
) -> usize {
    let clients = (1..=addresses).flat_map(|last| std::iter::repeat_n(last, of_each));
    let done = join_all(clients.map(|last| timeout(TURN, client(last)))).await;
    done.into_iter().filter(|done| matches!(done, Ok(Ok(())))).count()
}

fn post(length: usize) -> String {
    format!(
        "POST /graphql HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

/// A body of exactly the largest size with so many objects in a variable that is declared.
fn body_of(objects: usize) -> Bytes {
    let items = r#"{"a":1},"#.repeat(objects);
    let mut body = format!(
        r#"{{"query":"query($a: [Int]) {{ site {{ title }} }}","variables":{{"a":[{items}1],"b":[{items}1],"c":""#
    );
    body.truncate(BODY - 4);
    if objects < 10_000 {
        body.push_str(&"x".repeat(BODY - 4 - body.len()));
        body.push_str("\"}}");
    }
    body.push_str(&" ".repeat(BODY - body.len()));
    body.into()
}

/// Bodies full of values: some with too many, some with as many as are taken.
pub async fn many_values(server: SocketAddr) -> Result<String, Failure> {
    let bodies = [body_of(120_000), body_of(4_900)];
    let mut answered = 0;
    for body in bodies {
        answered += together(8, 12, |last| {
            let body = body.clone();
            async move {
                let mut stream = connect(server, last).await?;
                for _ in 0..4 {
                    stream.write_all(post(body.len()).as_bytes()).await?;
                    stream.write_all(&body).await?;
                    let _ = stream.read(&mut [0; 4096]).await?;
                }
                Ok(())
            }
        })
        .await;
    }
    Ok(format!("{answered} of 192 connections were answered to their end"))
}

/// 60 streams of each connection with a body each, of which the last byte is missing. The server lets 32 run at a time.
pub async fn many_streams(server: SocketAddr) -> Result<String, Failure> {
    let body = body_of(4_900).slice(..BODY - 1);
    let opened = std::sync::atomic::AtomicUsize::new(0);
    together(8, 4, |last| {
        let (body, opened) = (body.clone(), &opened);
        async move {
            let stream = connect(server, last).await?;
            let (client, connection) = h2::client::handshake(stream).await?;
            let connection = tokio::spawn(connection);
            let streams = (0..60).map(|_| {
                let (client, body) = (client.clone(), body.clone());
                async move {
                    let request = http::Request::post("http://bench/graphql")
                        .header("content-type", "application/json")
                        .body(())?;
                    let (_, mut sender) = client.ready().await?.send_request(request, false)?;
                    opened.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    sender.send_data(body, false)?;
                    sleep(TURN).await;
                    Ok::<_, Failure>(())
                }
            });
            let _ = timeout(TURN / 2, join_all(streams)).await;
            connection.abort();
            Ok(())
        }
    })
    .await;
    Ok(format!("{} of 1,920 streams were asked for, 32 of each connection at a time", opened.into_inner()))
}

/// Bodies that never end.
pub async fn unfinished_bodies(server: SocketAddr) -> Result<String, Failure> {
    let body = vec![b' '; BODY - 1];
    let held = together(4, 200, |last| {
        let body = &body;
        async move {
            let mut stream = connect(server, last).await?;
            stream.write_all(post(BODY).as_bytes()).await?;
            stream.write_all(body).await?;
            sleep(HOLD).await;
            Ok(())
        }
    })
    .await;
    Ok(format!("{held} of 800 bodies were sent but for a byte"))
}

/// Long answers over HTTP/1.1 that nobody reads.
pub async fn unread_answers(server: SocketAddr) -> Result<String, Failure> {
    let body = json!({ "query": LONG_ANSWER }).to_string();
    let asked = together(4, 100, |last| {
        let request = post(body.len()) + &body;
        async move {
            let mut stream = connect(server, last).await?;
            stream.write_all(request.as_bytes()).await?;
            sleep(STALL).await;
            Ok(())
        }
    })
    .await;
    Ok(format!("{asked} of 400 connections stayed"))
}

/// Long answers over HTTP/2 to a client that opens no window.
pub async fn closed_windows(server: SocketAddr) -> Result<String, Failure> {
    let body = Bytes::from(json!({ "query": LONG_ANSWER }).to_string());
    let begun = std::sync::atomic::AtomicUsize::new(0);
    together(8, 3, |last| {
        let (body, begun) = (body.clone(), &begun);
        async move {
            let stream = connect(server, last).await?;
            let mut builder = h2::client::Builder::new();
            let (client, connection) = builder.initial_window_size(0).handshake::<_, Bytes>(stream).await?;
            let connection = tokio::spawn(connection);
            let streams = (0..100).map(|_| {
                let (client, body) = (client.clone(), body.clone());
                async move {
                    let request = http::Request::post("http://bench/graphql")
                        .header("content-type", "application/json")
                        .body(())?;
                    let (answer, mut sender) = client.ready().await?.send_request(request, false)?;
                    sender.send_data(body, true)?;
                    let answer = answer.await?;
                    if answer.status() == 200 {
                        begun.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        sleep(TURN).await;
                    }
                    Ok::<_, Failure>(())
                }
            });
            let _ = timeout(STALL, join_all(streams)).await;
            connection.abort();
            Ok(())
        }
    })
    .await;
    Ok(format!("{} of 2,400 answers began", begun.into_inner()))
}

/// As many connections as one address gets, while another asks.
pub async fn connections_of_one_address(server: SocketAddr) -> Result<String, Failure> {
    let (mut held, mut refused) = (Vec::new(), 0);
    for _ in 0..700 {
        // A refusal may come before the connection is seen to be open.
        let Ok(mut stream) = connect(server, 1).await else {
            refused += 1;
            continue;
        };
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nx: ").await;
        held.push(stream);
    }
    let mut other = connect(server, 2).await?;
    other.write_all(b"GET /healthz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    let since = tokio::time::Instant::now();
    timeout(TURN, other.read_to_string(&mut answer)).await??;
    let waited = since.elapsed().as_millis();
    let ended = join_all(held.iter_mut().map(|stream| timeout(Duration::from_millis(500), stream.read_u8())));
    refused += ended.await.into_iter().flatten().count();
    Ok(format!("{refused} of 700 connections were refused; another address waited {waited} ms"))
}

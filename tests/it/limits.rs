//! Who asks too often is told when to come back, and nobody else notices.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;
use wellspring::app::App;
use wellspring::config::Config;
use wellspring::http;
use wellspring::http::server::serve;

use crate::app::{Reply, TestApp, stories};
use crate::commands::program::Server;
use crate::team;

stories![
    requests_beyond_the_limit_are_told_when_to_come_back,
    a_peer_that_is_not_trusted_cannot_speak_for_others,
    behind_a_trusted_proxy_its_nearest_client_counts,
    mutations_count_for_the_token_and_for_the_address,
    an_operation_beyond_the_limit_does_nothing_of_it,
    bodies_that_are_held_have_an_end,
    guessing_passwords_and_asking_for_letters_is_slowed_down,
    strangers_that_guess_do_not_lock_the_owner_out,
];

/// A node with limits of its own over a story's database, on a free port.
pub struct Node {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

impl Node {
    pub async fn start(app: &TestApp, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = app.app.config.as_ref().clone();
        change(&mut config);
        let limits = http::limits(&config);
        let node = App::start(config, app.app.clock.clone()).await.expect("the node starts");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(serve(listener, http::router(node), limits, async {
            let _ = stopped.await;
        }));
        Self { address, stop: Some(stop) }
    }

    pub async fn send(&self, headers: &[(&str, &str)], query: &str) -> Reply {
        let request = reqwest::Client::new().post(format!("http://{}/graphql", self.address));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Reply::read(request.json(&json!({ "query": query })).send().await.expect("an answer")).await
    }

    /// What is served at a path.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let client = client.expect("a client");
        client.get(format!("http://{}{path}", self.address)).send().await.expect("an answer")
    }

    async fn status(&self, headers: &[(&str, &str)], query: &str) -> u16 {
        self.send(headers, query).await.status
    }

    /// The statuses of one question for each of the proxy's claims.
    async fn statuses(&self, claims: &[&str]) -> Vec<u16> {
        let mut statuses = Vec::new();
        for claim in claims {
            statuses.push(self.status(&[("x-forwarded-for", claim)], QUESTION).await);
        }
        statuses
    }
}

const QUESTION: &str = "{ site { title } }";

fn loopback_is_a_proxy(config: &mut Config) {
    config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
}

/// That somebody asks too often, and after how many seconds he may ask again.
fn check_too_many(reply: &Reply, seconds: u32) {
    assert_eq!((reply.status, reply.code()), (429, "RATE_LIMITED"), "{}", reply.text);
    assert_eq!(reply.headers["retry-after"], seconds.to_string());
    assert_eq!(reply.headers["content-type"], "application/graphql-response+json; charset=utf-8");
    let message = format!("too many requests; try again in {seconds} s");
    assert_eq!(reply.body["errors"][0]["message"], message);
}

async fn requests_beyond_the_limit_are_told_when_to_come_back(app: TestApp) {
    let node = Node::start(&app, |config| {
        config.rate_limits.requests = Some(4);
        loopback_is_a_proxy(config);
    })
    .await;
    let (ada, bob) = ([("x-forwarded-for", "192.0.2.1")], [("x-forwarded-for", "192.0.2.2")]);
    for query in [QUESTION, "{ nothing }", "not GraphQL", QUESTION] {
        assert_ne!(node.status(&ada, query).await, 429, "{query}");
    }
    check_too_many(&node.send(&ada, QUESTION).await, 1);
    assert_eq!(node.status(&bob, QUESTION).await, 200);
    let health = reqwest::Client::new().get(format!("http://{}/healthz", node.address));
    assert_eq!(health.header("x-forwarded-for", "192.0.2.1").send().await.expect("an answer").status(), 200);

    app.advance(250);
    assert_eq!(node.status(&ada, QUESTION).await, 200);
    check_too_many(&node.send(&ada, QUESTION).await, 1);
    app.advance(1_000);
    for _ in 0..4 {
        assert_eq!(node.status(&ada, QUESTION).await, 200);
    }
    check_too_many(&node.send(&ada, QUESTION).await, 1);
}

async fn a_peer_that_is_not_trusted_cannot_speak_for_others(app: TestApp) {
    let node = Node::start(&app, |config| config.rate_limits.requests = Some(3)).await;
    assert_eq!(node.statuses(&["192.0.2.1", "192.0.2.2", "2001:db8::1"]).await, [200, 200, 200]);
    for headers in [
        [("x-forwarded-for", "192.0.2.3")],
        [("forwarded", "for=192.0.2.4")],
        [("x-real-ip", "192.0.2.5")],
        [("x-request-id", "none-of-them-1")],
    ] {
        check_too_many(&node.send(&headers, QUESTION).await, 1);
    }
}

async fn behind_a_trusted_proxy_its_nearest_client_counts(app: TestApp) {
    let node = Node::start(&app, |config| {
        config.rate_limits.requests = Some(2);
        loopback_is_a_proxy(config);
        config.trusted_proxies.push("10.0.0.0/8".parse().expect("a network"));
    })
    .await;
    // What a client writes itself stands left of what the proxy adds.
    let lies = ["198.51.100.1, 192.0.2.1", "198.51.100.2, 192.0.2.1", "198.51.100.3, 192.0.2.1, 10.0.0.1"];
    assert_eq!(node.statuses(&lies).await, [200, 200, 429]);
    assert_eq!(node.statuses(&["198.51.100.1"]).await, [200]);
    // One customer has 64 bits of addresses.
    let block = ["2001:db8:1:2::1", "[2001:db8:1:2::2]:443", "2001:db8:1:2:ffff::3", "2001:db8:1:3::1"];
    assert_eq!(node.statuses(&block).await, [200, 200, 429, 200]);
    // What cannot be read counts for the proxy itself.
    let garbage = ["", "192.0.2.9, unknown", "192.0.2.9, 1.2.3.4.5"];
    assert_eq!(node.statuses(&garbage).await, [200, 200, 429]);
    let forwarded = [("forwarded", "for=198.51.100.1, for=\"[2001:db8:9::1]:80\";proto=https")];
    let statuses = [
        node.status(&forwarded, QUESTION).await,
        node.status(&forwarded, QUESTION).await,
        node.status(&forwarded, QUESTION).await,
    ];
    assert_eq!(statuses, [200, 200, 429]);
}

fn save_tag(name: &str) -> String {
    format!("mutation {{ saveTag(input: {{ name: \"{name}\" }}) {{ tag {{ name }} }} }}")
}

async fn tags(app: &TestApp) -> Value {
    app.public("{ tags { totalCount } }").await["tags"]["totalCount"].clone()
}

async fn mutations_count_for_the_token_and_for_the_address(app: TestApp) {
    let node = Node::start(&app, |config| {
        config.rate_limits.mutations = Some(3);
        loopback_is_a_proxy(config);
    })
    .await;
    let bearer = |token: &str| format!("Bearer {token}");
    let one = bearer(app.owner_token());
    let two = bearer(&app.token(&wellspring::domain::access::policy::TokenScope::ALL).await);
    let from = |address: &'static str, token| [("x-forwarded-for", address), ("authorization", token)];
    for (address, name) in [("192.0.2.1", "a"), ("192.0.2.1", "b"), ("192.0.2.2", "c")] {
        assert_eq!(node.status(&from(address, &one), &save_tag(name)).await, 200);
    }
    check_too_many(&node.send(&from("192.0.2.3", &one), &save_tag("d")).await, 20);
    assert_eq!(node.status(&from("192.0.2.1", &two), &save_tag("e")).await, 200);
    check_too_many(&node.send(&from("192.0.2.1", &two), &save_tag("f")).await, 20);
    assert_eq!(node.status(&from("192.0.2.1", &one), QUESTION).await, 200, "queries go on");
    assert_eq!(tags(&app).await, 4);

    app.advance(20_000);
    assert_eq!(node.status(&from("192.0.2.3", &one), &save_tag("g")).await, 200);
    check_too_many(&node.send(&from("192.0.2.3", &one), &save_tag("h")).await, 20);
    assert_eq!(tags(&app).await, 5);
}

async fn an_operation_beyond_the_limit_does_nothing_of_it(app: TestApp) {
    let node = Node::start(&app, |config| config.rate_limits.mutations = Some(3)).await;
    let token = format!("Bearer {}", app.owner_token());
    let headers = [("authorization", token.as_str())];
    let two = "mutation { a: saveTag(input: { name: \"a\" }) { tag { name } }
        b: saveTag(input: { name: \"b\" }) { tag { name } } }";
    assert_eq!(node.status(&headers, two).await, 200);
    check_too_many(&node.send(&headers, two).await, 20);
    assert_eq!(tags(&app).await, 2);
    assert_eq!(node.status(&headers, &save_tag("c")).await, 200);
    check_too_many(&node.send(&headers, &save_tag("d")).await, 20);
    assert_eq!(tags(&app).await, 3);
}

async fn bodies_that_are_held_have_an_end(app: TestApp) {
    let node = Node::start(&app, |config| {
        // Requests may hold 2 MiB: 512 KiB of an address, of which a document takes 24 times its size once it is read.
        config.request_memory = 4 * 1024 * 1024;
        loopback_is_a_proxy(config);
    })
    .await;
    let (ann, bob) = ([("x-forwarded-for", "192.0.2.1")], [("x-forwarded-for", "192.0.2.2")]);
    // However the other body arrives in pieces, both together are more than the share, and each alone is not.
    let large = format!("{QUESTION} #{}", "x".repeat(13_000));
    assert_eq!(node.status(&ann, &large).await, 200);

    // A part of a body that is never finished.
    let mut unfinished = tokio::net::TcpStream::connect(node.address).await.expect("a connection");
    let head = "POST /graphql HTTP/1.1\r\nhost: test\r\nx-forwarded-for: 192.0.2.1\r\n\
                content-type: application/json\r\ncontent-length: 300000\r\n\r\n";
    unfinished.write_all(head.as_bytes()).await.expect("sent");
    unfinished.write_all(&vec![b' '; 250_000]).await.expect("sent");
    // It is read in the server's own time.
    let mut refused = None;
    for _ in 0..1_000 {
        let reply = node.send(&ann, &large).await;
        if reply.status != 200 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("a body beyond the share was never refused");
    assert_eq!((refused.status, refused.code()), (503, "SERVICE_UNAVAILABLE"), "{}", refused.text);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(node.status(&bob, &large).await, 200, "another client has a share of its own");

    drop(unfinished);
    let mut status = 503;
    for _ in 0..1_000 {
        status = node.status(&ann, &large).await;
        if status == 200 {
            break;
        }
    }
    assert_eq!(status, 200, "the room was not given back");
}

async fn guessing_passwords_and_asking_for_letters_is_slowed_down(app: TestApp) {
    let node = Node::start(&app, |config| {
        config.rate_limits.sign_ins = Some(3);
        config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await;
    let guess = |email: &str| {
        format!(
            "mutation {{ signIn(input: {{ email: \"{email}\", password: \"guess\" }}) {{ userErrors {{ code }} }} }}"
        )
    };
    let ask = |email: &str| {
        format!(
            "mutation {{ requestPasswordReset(input: {{ email: \"{email}\" }}) {{ userErrors {{ code }} }} }}"
        )
    };
    let from = |address: &'static str| [("x-forwarded-for", address)];
    // For one account from many addresses, known or not, whatever its case: ten times what one address has.
    for number in 0..30 {
        let address = format!("198.51.100.{number}");
        assert_eq!(node.status(&[("x-forwarded-for", &address)], &guess("ann@example.org")).await, 200);
    }
    check_too_many(&node.send(&from("192.0.2.4"), &guess("Ann@Example.org")).await, 2);
    // For many accounts from one address.
    for name in ["a", "b", "c"] {
        assert_eq!(node.status(&from("192.0.2.9"), &guess(&format!("{name}@example.org"))).await, 200);
    }
    check_too_many(&node.send(&from("192.0.2.9"), &guess("d@example.org")).await, 20);
    // Letters are counted for themselves, by the hour: three from one address, three times as many to one account.
    for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        for _ in 0..3 {
            assert_eq!(node.status(&from(address), &ask("ann@example.org")).await, 200);
        }
    }
    check_too_many(&node.send(&from("192.0.2.3"), &ask("bob@example.org")).await, 1_200);
    check_too_many(&node.send(&from("192.0.2.5"), &ask("ann@example.org")).await, 400);
    app.advance(20_000);
    assert_eq!(node.status(&from("192.0.2.4"), &guess("ann@example.org")).await, 200);
}

async fn strangers_that_guess_do_not_lock_the_owner_out(app: TestApp) {
    team::owner(&app).await;
    let node = Node::start(&app, |config| {
        config.rate_limits.sign_ins = Some(3);
        loopback_is_a_proxy(config);
    })
    .await;
    let sign_in = |password: &str| {
        let input = format!("{{ email: \"olga@example.org\", password: \"{password}\" }}");
        format!("mutation {{ signIn(input: {input}) {{ token userErrors {{ code }} }} }}")
    };
    let right = sign_in(team::PASSWORD);
    let home = [("x-forwarded-for", "192.0.2.1")];
    assert!(node.send(&home, &right).await.body["data"]["signIn"]["token"].is_string());

    // One stranger is stopped before the account is, and many stop each other.
    for status in [200, 200, 200, 429, 429] {
        assert_eq!(node.status(&[("x-forwarded-for", "198.51.100.1")], &sign_in("guess")).await, status);
    }
    assert_eq!(node.status(&[("x-forwarded-for", "192.0.2.2")], &right).await, 200, "from elsewhere");
    for number in 2..60 {
        let address = format!("198.51.100.{number}");
        node.send(&[("x-forwarded-for", &address)], &sign_in("guess")).await;
    }
    check_too_many(&node.send(&[("x-forwarded-for", "192.0.2.3")], &right).await, 2);
    // Where she has signed in before she does again, and a thief of her address has no more tries than any.
    assert!(node.send(&home, &right).await.body["data"]["signIn"]["token"].is_string());
    for status in [200, 200, 429] {
        assert_eq!(node.status(&home, &sign_in("guess")).await, status);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_address_and_no_key_is_logged() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = ["--log", "trace", "--trusted-proxies", "127.0.0.1", "--rate-limit-requests", "1"];
    let server = Server::start(folder.path(), &settings).await;
    let url = server.url("/graphql");
    let mut statuses = Vec::new();
    for _ in 0..50 {
        let request = reqwest::Client::new().post(&url).header("x-forwarded-for", "198.51.100.77");
        let request = request.header("idempotency-key", "canary-7f3a").json(&json!({ "query": QUESTION }));
        statuses.push(request.send().await.expect("an answer").status().as_u16());
    }
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
    // A path of media is a key to the file.
    for path in ["/media/canary-7f3b/canary-7f3b/a.jpg", "/storage/canary-7f3b", "/canary-7f3b"] {
        reqwest::get(server.url(path)).await.expect("an answer");
    }
    server.terminate();
    let (status, log) = server.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("/graphql was answered 429"), "{log}");
    assert!(log.contains("GET /media/{asset}/{tag}/{file} was answered 404"), "{log}");
    assert!(!log.contains("canary-7f3b"), "{log}");
    assert!(!log.contains("198.51.100.77") && !log.contains("canary-7f3a"), "{log}");
}

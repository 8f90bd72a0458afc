//! Hostile documents and bodies through the real server: each is refused fast with a code, and the process lives on.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::app::{As, Reply, TestApp, stories};
use crate::commands::program::PATIENCE;

stories![
    hostile_documents_are_refused_with_a_code_and_a_small_answer,
    hostile_bodies_are_refused,
    a_request_that_names_no_host_or_two_is_refused,
    a_query_that_is_too_dear_says_what_it_costs_and_what_is_allowed,
    asking_for_the_schema_again_and_again_is_too_dear,
    long_texts_of_one_answer_have_an_end,
    a_mutation_that_stands_twice_under_one_key_is_refused,
];

/// Two levels per fragment, doubled thirty times.
fn fragment_bomb() -> String {
    let parts: String =
        (0..29).map(|n| format!("fragment F{n} on Site {{ ...F{} ...F{} }} ", n + 1, n + 1)).collect();
    format!("{{ site {{ ...F0 }} }} {parts} fragment F29 on Site {{ title }}")
}

async fn hostile_documents_are_refused_with_a_code_and_a_small_answer(app: TestApp) {
    let repeat = |count: usize, part: fn(usize) -> String| (0..count).map(part).collect::<String>();
    let documents = [
        ("nested 50,000 deep", "{ site ".repeat(50_000), "DOCUMENT_TOO_LARGE", 413),
        ("nested 4,000 deep", "{ a ".repeat(4_000), "NESTING_TOO_DEEP", 400),
        ("nested lists", format!("{{ a(b: {}) }}", "[".repeat(3_000)), "NESTING_TOO_DEEP", 400),
        ("a fragment bomb", fragment_bomb(), "TOO_MANY_SELECTIONS", 400),
        (
            "fragments in a circle",
            "{ site { ...A } } fragment A on Site { ...B } fragment B on Site { ...A }".to_owned(),
            "FRAGMENT_CYCLE",
            400,
        ),
        (
            "10,000 aliases",
            format!("{{ {} }}", repeat(10_000, |n| format!("a{n}:__typename "))),
            "DOCUMENT_TOO_LARGE",
            413,
        ),
        (
            "900 aliases",
            format!("{{ {} }}", repeat(900, |n| format!("a{n}:__typename "))),
            "TOO_MANY_ALIASES",
            400,
        ),
        (
            "10,000 directives",
            format!("{{ __typename {} }}", "@skip(if: false) ".repeat(10_000)),
            "DOCUMENT_TOO_LARGE",
            413,
        ),
        (
            "1,500 directives",
            format!("{{ __typename {} }}", "@skip(if: false) ".repeat(1_500)),
            "TOO_MANY_DIRECTIVES",
            400,
        ),
        ("3,000 fields", format!("{{ {} }}", "__typename ".repeat(2_900)), "TOO_MANY_SELECTIONS", 400),
        (
            "200 operations",
            repeat(200, |n| format!("query Q{n} {{ __typename }} ")),
            "OPERATION_NAME_REQUIRED",
            400,
        ),
        ("a megabyte", format!("{{ __typename }} #{}", "x".repeat(1_000_000)), "DOCUMENT_TOO_LARGE", 413),
    ];
    for (what, document, code, status) in &documents {
        for accept in ["application/json", "application/graphql-response+json"] {
            let body = json!({ "query": document }).to_string();
            let reply = send(&app, body.into_bytes(), accept).await;
            assert_eq!((reply.code(), reply.status), (*code, *status), "{what}: {}", reply.text);
            assert!(reply.text.len() < 2_000, "{what}: the answer has {} bytes", reply.text.len());
        }
    }
    assert_eq!(app.public("{ __typename }").await["__typename"], "Query");
}

async fn hostile_bodies_are_refused(app: TestApp) {
    let deep = format!(r#"{{"query":"{{ __typename }}","variables":{{"a":{}}}}}"#, "[".repeat(10_000));
    let closed = format!(
        r#"{{"query":"{{ __typename }}","variables":{{"a":{}{}}}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let mut broken = br#"{"query":"{ __typename }"#.to_vec();
    broken.extend([0xff, 0xfe]);
    broken.extend(br#""}"#);
    let values =
        format!(r#"{{"query":"{{ __typename }}","variables":{{"a":[{}1]}}}}"#, r#"{"a":1},"#.repeat(20_000));
    let bodies: [(&str, Vec<u8>, &str, u16); 9] = [
        ("variables 10,000 deep", deep.into_bytes(), "BAD_REQUEST", 400),
        ("variables 10,000 deep and closed", closed.into_bytes(), "BAD_REQUEST", 400),
        ("invalid UTF-8", broken, "BAD_REQUEST", 400),
        ("nothing", Vec::new(), "BAD_REQUEST", 400),
        ("a batch", br#"[{"query":"{ __typename }"}]"#.to_vec(), "BAD_REQUEST", 400),
        ("a list of fields", b" [\"{ __typename }\"]".to_vec(), "BAD_REQUEST", 400),
        ("a number for a query", br#"{"query":7}"#.to_vec(), "BAD_REQUEST", 400),
        ("20,000 objects", values.into_bytes(), "PAYLOAD_TOO_LARGE", 413),
        ("three megabytes", vec![b' '; 3_000_000], "PAYLOAD_TOO_LARGE", 413),
    ];
    for (what, body, code, status) in bodies {
        let reply = send(&app, body, "application/json").await;
        assert_eq!((reply.code(), reply.status), (code, status), "{what}: {}", reply.text);
        assert!(reply.text.len() < 1_000, "{what}: the answer has {} bytes", reply.text.len());
    }
    assert_eq!(app.public("{ __typename }").await["__typename"], "Query");
}

async fn a_request_that_names_no_host_or_two_is_refused(app: TestApp) {
    let address = app.url("");
    let address = address.trim_start_matches("http://");
    for (head, status) in [
        ("GET /healthz HTTP/1.1\r\nhost: example.org\r\n", 200),
        ("GET /healthz HTTP/1.1\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nhost: example.org\r\nhost: example.org\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nhost: exa\"mple.org\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nhost: a, b\r\n", 400),
        ("GET /healthz HTTP/1.0\r\n", 200),
        ("GET /nothing HTTP/1.1\r\n", 400),
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert_eq!(answer.split(' ').nth(1), Some(status.to_string().as_str()), "{head:?}: {answer}");
    }
}

async fn a_query_that_is_too_dear_says_what_it_costs_and_what_is_allowed(app: TestApp) {
    let query = "{ posts(first: 100) { nodes { related(first: 20) { title author { name } } } } }";
    let reply = app.send(As::Anonymous, query, json!({})).await;
    assert_eq!((reply.code(), reply.status), ("QUERY_TOO_EXPENSIVE", 400), "{}", reply.text);
    let message = reply.body["errors"][0]["message"].as_str().expect("a message");
    // 2 + 100 * (1 + 20 * (1 + 1))
    assert!(message.contains("4102") && message.contains("1000"), "{message}");
    let allowed = app.send(As::Owner, query, json!({})).await;
    assert_eq!(allowed.status, 200, "{}", allowed.text);
    assert_eq!(allowed.body["extensions"]["cost"]["used"], 4102);
}

/// Each level multiplies the description by the types of an interface and the interfaces of a type.
async fn asking_for_the_schema_again_and_again_is_too_dear(app: TestApp) {
    let bomb = (0..5).fold("fields { name description }".to_owned(), |inner, _| {
        format!("possibleTypes {{ interfaces {{ {inner} }} }}")
    });
    let fields =
        (0..4).fold("name".to_owned(), |inner, _| format!("fields {{ type {{ ofType {{ {inner} }} }} }}"));
    for query in [
        format!("{{ __type(name: \"Node\") {{ {bomb} }} }}"),
        format!("{{ __schema {{ types {{ {fields} }} }} }}"),
    ] {
        let reply = app.send(As::Anonymous, &query, json!({})).await;
        assert_eq!((reply.code(), reply.status), ("QUERY_TOO_EXPENSIVE", 400), "{}", reply.text);
    }
    let modest = "{ __schema { types { name fields { name type { name ofType { name } } } } } }";
    let types = app.public(modest).await["__schema"]["types"].as_array().map(Vec::len);
    assert!(types > Some(50), "{types:?}");
}

async fn long_texts_of_one_answer_have_an_end(app: TestApp) {
    let body = "word ".repeat(39_000);
    for number in 0..20 {
        app.publish_post(json!({ "title": format!("Long {number}"), "body": body })).await;
    }
    let list = "nodes { body { html text } }";
    let query = format!("{{ posts(first: 20) {{ {list} }} }}");
    let whole = app.send(As::Anonymous, &query, json!({})).await;
    assert_eq!(whole.status, 200);
    assert!(whole.text.len() > 20 * 2 * 190_000, "{}", whole.text.len());
    // Twice 8 MB in one answer are too much for anonymous viewers.
    let twice: String =
        ["a", "b"].iter().map(|name| format!("{name}: posts(first: 20) {{ {list} }} ")).collect();
    let refused = app.send(As::Anonymous, &format!("{{ {twice} }}"), json!({})).await;
    assert_eq!(refused.code(), "ANSWER_TOO_LARGE");
    assert!(refused.text.len() < 10_000, "{}", refused.text.len());
    let more = twice.replacen("first: 20", "first: 10", 1);
    assert_eq!(app.send(As::Anonymous, &format!("{{ {more} }}"), json!({})).await.code(), "ANSWER_TOO_LARGE");
    let allowed = app.send(As::Owner, &format!("{{ {more} }}"), json!({})).await;
    assert_eq!(allowed.body.get("errors"), None);
    let list = "nodes { body { markdown html text } }";
    let five: String = (0..5).map(|n| format!("a{n}: posts(first: 20) {{ {list} }} ")).collect();
    assert_eq!(app.send(As::Owner, &format!("{{ {five} }}"), json!({})).await.code(), "ANSWER_TOO_LARGE");
}

async fn a_mutation_that_stands_twice_under_one_key_is_refused(app: TestApp) {
    let twice = "mutation { saveTag(input: { name: \"Heat\" }) { tag { id } } saveTag(input: { name: \"Heat\" }) { tag { slug } } }";
    let reply = app.send(As::Owner, twice, json!({})).await;
    assert_eq!((reply.code(), reply.status), ("BAD_USER_INPUT", 400), "{}", reply.text);
    assert_eq!(app.public("{ tags { totalCount } }").await["tags"]["totalCount"], 0);
}

async fn send(app: &TestApp, body: Vec<u8>, accept: &str) -> Reply {
    let request = app
        .client()
        .post(app.url("/graphql"))
        .header("content-type", "application/json")
        .header("accept", accept)
        .body(body);
    let answer = tokio::time::timeout(PATIENCE, request.send()).await;
    Reply::read(answer.expect("an answer").expect("an answer")).await
}

#[test]
fn the_bomb_is_as_large_as_it_should_be() {
    assert_eq!(fragment_bomb().matches("...F29").count(), 2);
}

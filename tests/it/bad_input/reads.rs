//! Questions that cannot be answered.

use serde_json::{Value, json};

use super::fault;
use crate::app::{As, TestApp, stories};
use crate::publishing::named;

stories![
    an_argument_out_of_range_is_refused_with_its_name,
    a_document_that_does_not_fit_the_schema_is_refused_with_its_place,
    a_cursor_that_was_tampered_with_is_refused,
    odd_words_for_a_slug_find_nothing_and_harm_nothing,
];

/// A query, its variables, and the code and the words of its answer.
type Case = (&'static str, Value, &'static str, &'static str);

async fn refused(app: &TestApp, cases: &[Case], statuses: &[u16]) {
    let before = crate::untouched::state(app).await;
    let mut wrong = Vec::new();
    for (query, variables, code, words) in cases {
        let mut what = format!("{query} with {variables}");
        what.truncate(what.floor_char_boundary(200));
        let reply = app.send(As::Owner, query, variables.clone()).await;
        let (status, found, message) = fault(&what, &reply);
        if found != *code || !message.contains(words) || !statuses.contains(&status) {
            wrong.push(format!("{what}: {status} {found} {message}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(crate::untouched::state(app).await, before);
}

async fn an_argument_out_of_range_is_refused_with_its_name(app: TestApp) {
    let tag = named(&app, "Tag", json!({ "name": "Legs" })).await;
    let post = app.publish_post(json!({ "title": "One" })).await;
    let size = |query: &'static str| -> Case { (query, json!({}), "OUT_OF_RANGE", "1 to 100") };
    let filtered = |filter: Value, code: &'static str, words: &'static str| -> Case {
        let query = "query($filter: EntryFilter) { posts(filter: $filter) { nodes { id } } }";
        (query, json!({ "filter": filter }), code, words)
    };
    let date = |text: &str| filtered(json!({ "publishedFrom": text }), "BAD_USER_INPUT", "DateTime");
    let prefix =
        |text: &str| filtered(json!({ "slugPrefix": text }), "BAD_USER_INPUT", "the start of a slug");
    let node = |id: &str| -> Case {
        ("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id }), "INVALID_ID", "expected the id of")
    };
    let cases = [
        size("{ posts(first: 0) { totalCount nodes { id } } }"),
        size("{ posts(first: 101) { totalCount nodes { id } } }"),
        size("{ entries(first: -1) { nodes { id } } }"),
        size("{ tags(last: 0) { nodes { id } } }"),
        size("{ desk { documents(last: 101) { nodes { id } } } }"),
        ("{ pages(first: 5, last: 5) { nodes { id } } }", json!({}), "BAD_USER_INPUT", "not both"),
        date("99999-01-01T00:00:00Z"),
        date("+099999-01-01T00:00:00Z"),
        date("0000-01-01T00:00:00Z"),
        date("2026-02-30T00:00:00Z"),
        date("2026-01-01T00:00:00"),
        date("yesterday\0"),
        prefix(""),
        prefix("A"),
        prefix("a/b"),
        prefix(&"a".repeat(1_000_000)),
        filtered(json!({ "locale": "not a language!" }), "BAD_USER_INPUT", "language"),
        filtered(json!({ "title": "x" }), "GRAPHQL_VALIDATION_FAILED", "title"),
        node(""),
        node("17"),
        node("post_"),
        node("post_ZZZZ0000000000000000000000"),
        node(&post.replacen("document_", "robot_", 1)),
        node(&format!("post_{}", "0".repeat(1_000_000))),
        node("post_\0"),
        (
            "query($id: ID!) { desk { document(id: $id) { id } } }",
            json!({ "id": tag }),
            "INVALID_ID",
            "document_",
        ),
        (
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            json!({ "ids": vec![post.as_str(); 101] }),
            "TOO_MANY",
            "at most 100",
        ),
        (
            "query($text: String!) { desk { documents(filter: { text: $text }) { nodes { id } } } }",
            json!({ "text": "t".repeat(301) }),
            "BAD_USER_INPUT",
            "at most 300",
        ),
    ];
    refused(&app, &cases, &[200, 400]).await;
}

async fn a_document_that_does_not_fit_the_schema_is_refused_with_its_place(app: TestApp) {
    let cases = [
        ("{ posts { nodes { secret } } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "secret"),
        ("{ posts(sql: \"1\") { nodes { id } } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "sql"),
        ("{ posts(first: \"ten\") { nodes { id } } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "first"),
        ("{ posts(first: 1.5) { nodes { id } } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "first"),
        ("{ posts(first: 3000000000) { nodes { id } } }", json!({}), "BAD_USER_INPUT", "2147483647"),
        ("{ posts(orderBy: PASSWORD) { nodes { id } } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "orderBy"),
        ("{ posts { nodes } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "nodes"),
        ("{ site { title { text } } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "title"),
        ("query($id: ID!) { node(id: $id) { id } }", json!({}), "BAD_USER_INPUT", "$id"),
        ("query($id: ID!) { node(id: $id) { id } }", json!({ "id": null }), "BAD_USER_INPUT", "$id"),
        ("{ post(slug: 7) { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED", "slug"),
        ("{ site { title }", json!({}), "SYNTAX_ERROR", ""),
        ("", json!({}), "SYNTAX_ERROR", ""),
        ("{ site { title } } \0", json!({}), "SYNTAX_ERROR", ""),
    ];
    refused(&app, &cases, &[200, 400]).await;
    let reply = app.send(As::Anonymous, "{\n  site { secret }\n}", json!({})).await;
    assert_eq!(reply.body["errors"][0]["locations"], json!([{ "line": 2, "column": 10 }]), "{}", reply.text);
}

async fn a_cursor_that_was_tampered_with_is_refused(app: TestApp) {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    app.publish_post(json!({ "title": "One" })).await;
    let query = "query($after: String) { posts(orderBy: TITLE_ASC, after: $after) { edges { cursor } } }";
    let page = app.data(As::Anonymous, query, json!({})).await;
    let cursor = page["posts"]["edges"][0]["cursor"].as_str().expect("a cursor");
    let bytes = BASE64.decode(cursor).expect("base64");
    let with_zero = [bytes.as_slice(), b"\0"].concat();
    let not_utf8 = [bytes.as_slice(), &[0xff]].concat();
    let other_list = [&[bytes[0] ^ 1], &bytes[1..]].concat();
    // The kind of the key stands behind the list's mark and the id: a title's place, said to be a number.
    let other_key = [&bytes[..24], b"i", &[0; 8]].concat();
    for bad in [
        String::new(),
        "not a cursor".to_owned(),
        "AAAA".to_owned(),
        format!("{cursor}="),
        BASE64.encode(&bytes[..20]),
        BASE64.encode(with_zero),
        BASE64.encode(not_utf8),
        BASE64.encode(other_list),
        BASE64.encode(other_key),
        "A".repeat(1_000_000),
    ] {
        let reply = app.send(As::Anonymous, query, json!({ "after": bad })).await;
        let (_, code, message) = fault(&bad, &reply);
        assert_eq!(code, "INVALID_CURSOR", "{bad}: {message}");
        assert!(message.contains("cursor"), "{bad}: {message}");
    }
    let same = app.data(As::Anonymous, query, json!({ "after": cursor })).await;
    assert_eq!(same["posts"]["edges"], json!([]));
}

/// A slug that no entry can have is no fault of the client: frontends pass on what a browser asks for.
async fn odd_words_for_a_slug_find_nothing_and_harm_nothing(app: TestApp) {
    app.publish_post(json!({ "title": "Weak legs" })).await;
    let long = "a".repeat(100_000);
    for odd in [
        "",
        "weak/legs",
        "../weak-legs",
        "Weak-Legs",
        "weak-legs\0",
        "\0",
        "weak-legs%00",
        "weak\u{2011}legs",
        "wea\u{212a}-legs",
        "we\u{430}k-legs",
        "weak-legs\u{200b}",
        "\u{202e}sgel-kaew",
        "' OR 1=1 --",
        "weak-leg_",
        "weak%",
        "🦵",
        &long,
    ] {
        let query = "query($slug: String!) { post(slug: $slug) { id } page(slug: $slug) { id }
            tag(slug: $slug) { id } series(slug: $slug) { id } author(slug: $slug) { id }
            tagged: posts(filter: { tag: $slug }) { nodes { id } }
            serial: posts(filter: { series: $slug }) { nodes { id } }
            signed: posts(filter: { author: $slug }) { nodes { id } } }";
        let found = app.data(As::Anonymous, query, json!({ "slug": odd })).await;
        let nothing = json!({ "nodes": [] });
        let expected = json!({ "post": null, "page": null, "tag": null, "series": null, "author": null,
            "tagged": nothing, "serial": nothing, "signed": nothing });
        assert_eq!(found, expected, "{odd:?}");
        if odd.len() < 1_000 {
            let query = "query($path: String!) { entry(path: $path) { id } }";
            let path = format!("/posts/{odd}");
            let found = app.data(As::Anonymous, query, json!({ "path": path })).await;
            assert_eq!(found, json!({ "entry": null }), "{path:?}");
        }
        if !odd.is_empty() && odd.len() < 100 {
            let query = "query($text: String!) { posts(filter: { slugPrefix: $text }) { nodes { id } } }";
            let reply = app.send(As::Anonymous, query, json!({ "text": odd })).await;
            super::assert_tells_nothing_inner(odd, &reply.body);
            let nodes = &reply.body["data"]["posts"]["nodes"];
            assert!(*nodes == json!([]) || reply.code() == "BAD_USER_INPUT", "{odd:?}: {}", reply.text);
        }
    }
}

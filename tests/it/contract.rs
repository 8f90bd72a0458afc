//! The contract: the committed schema is the real one, everything in it is described, and HTTP behaves as specified.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use serde_json::json;
use wellspring::domain::access::policy::TokenScope;

use crate::app::{As, Reply, TestApp, stories};

stories![
    statuses_and_media_types_follow_the_specification,
    mutations_do_not_run_over_get,
    a_wrong_credential_is_refused_and_never_taken_for_none,
    scopes_limit_what_a_token_does,
    an_omitted_variable_leaves_a_field_alone_and_null_clears_it,
    every_answer_has_a_request_id_and_safe_headers,
    browsers_of_other_origins_may_ask,
];

#[test]
fn the_committed_schema_is_the_real_one() {
    let committed = include_str!("../../schema.graphql");
    let real = wellspring::graphql::sdl();
    assert!(committed == real, "schema.graphql is out of date: cargo run -- schema > schema.graphql");
}

#[test]
fn everything_in_the_schema_is_described() {
    let sdl = wellspring::graphql::sdl();
    let mut missing = Vec::new();
    let mut note = |described: bool, name: String| {
        if !described {
            missing.push(name);
        }
    };
    for definition in parse_schema(sdl).expect("a readable schema").definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node.to_string();
        note(definition.node.description.is_some(), name.clone());
        let fields = match definition.node.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            TypeKind::Enum(choice) => {
                for value in choice.values {
                    note(value.node.description.is_some(), format!("{name}.{}", value.node.value.node));
                }
                continue;
            }
            TypeKind::InputObject(input) => {
                for field in input.fields {
                    note(field.node.description.is_some(), format!("{name}.{}", field.node.name.node));
                }
                continue;
            }
            _ => continue,
        };
        for field in fields {
            let path = format!("{name}.{}", field.node.name.node);
            note(field.node.description.is_some(), path.clone());
            for argument in field.node.arguments {
                note(argument.node.description.is_some(), format!("{path}({})", argument.node.name.node));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

async fn statuses_and_media_types_follow_the_specification(app: TestApp) {
    let good = json!({ "query": "{ __typename }" }).to_string();
    let unknown = json!({ "query": "{ nothing }" }).to_string();
    let broken = json!({ "query": "{" }).to_string();
    let (new, old) = ("application/graphql-response+json", "application/json");
    let cases = [
        (good.clone(), new, 200, new),
        (good.clone(), old, 200, old),
        (good.clone(), "*/*", 200, new),
        (good.clone(), "text/html, application/json;q=0.9, */*;q=0.1", 200, old),
        (unknown.clone(), new, 400, new),
        (unknown, old, 200, old),
        (broken.clone(), new, 400, new),
        (broken, old, 200, old),
    ];
    for (body, accept, status, kind) in cases {
        let reply = post(&app, &body, accept, "application/json").await;
        assert_eq!(reply.status, status, "{accept}: {}", reply.text);
        let found = reply.headers["content-type"].to_str().expect("plain");
        assert_eq!(found, format!("{kind}; charset=utf-8"), "{accept}");
        let has_run = reply.body.get("errors").is_none();
        assert_eq!(reply.body.get("data").is_some(), has_run, "{}", reply.text);
    }
    assert_eq!(post(&app, &good, "text/html", "application/json").await.status, 406);
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"] {
        let reply = post(&app, &good, "*/*", kind).await;
        assert_eq!((reply.status, reply.code()), (415, "UNSUPPORTED_MEDIA_TYPE"), "{kind}");
    }
}

async fn mutations_do_not_run_over_get(app: TestApp) {
    let get = async |query: &str, token: Option<&str>| {
        let mut request = app.client().get(app.url("/graphql")).query(&[("query", query)]);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Reply::read(request.send().await.expect("an answer")).await
    };
    assert_eq!(get("{ __typename }", None).await.body["data"]["__typename"], "Query");
    let mutation = "mutation { saveTag(input: { name: \"Heat\" }) { tag { id } } }";
    let reply = get(mutation, Some(app.owner_token())).await;
    assert_eq!((reply.status, reply.code()), (405, "METHOD_NOT_ALLOWED"), "{}", reply.text);
    assert_eq!(reply.headers["allow"], "POST");
    assert_eq!(app.public("{ tags { totalCount } }").await["tags"]["totalCount"], 0);
}

async fn a_wrong_credential_is_refused_and_never_taken_for_none(app: TestApp) {
    let owner = app.owner_token().to_owned();
    let mut changed = owner.clone();
    changed.pop();
    for credential in
        ["Bearer nonsense".to_owned(), format!("Bearer {changed}"), format!("Basic {owner}"), owner.clone()]
    {
        let request = app.client().post(app.url("/graphql")).header("authorization", &credential);
        let request = request.json(&json!({ "query": "{ __typename }" }));
        let reply = Reply::read(request.send().await.expect("an answer")).await;
        assert_eq!((reply.status, reply.code()), (401, "UNAUTHENTICATED"), "{}", reply.text);
        assert_eq!(reply.headers["www-authenticate"], "Bearer, Preview");
        assert!(!reply.text.contains(&owner), "a credential is never repeated");
    }
}

async fn scopes_limit_what_a_token_does(app: TestApp) {
    let draft = app.save_post(json!({ "title": "A draft" })).await["id"].clone();
    let desk = "{ desk { documents { totalCount } } }";
    let save = "mutation { saveTag(input: { name: \"Heat\" }) { tag { id } } }";
    let anonymous = app.send(As::Anonymous, desk, json!({})).await;
    assert_eq!((anonymous.code(), &anonymous.body["data"]["desk"]), ("UNAUTHENTICATED", &json!(null)));
    let reader = app.token(&[TokenScope::ContentRead]).await;
    assert_eq!(app.send(As::Token(&reader), desk, json!({})).await.code(), "FORBIDDEN");
    let drafts = app.token(&[TokenScope::DraftsRead]).await;
    let seen = app.data(As::Token(&drafts), desk, json!({})).await;
    assert_eq!(seen["desk"]["documents"]["totalCount"], 1);
    assert_eq!(app.send(As::Token(&drafts), save, json!({})).await.code(), "FORBIDDEN");
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(app.data(As::Token(&reader), node, json!({ "id": draft })).await["node"], json!(null));
    assert_eq!(app.data(As::Token(&drafts), node, json!({ "id": draft })).await["node"]["id"], draft);
    assert_eq!(app.public("{ tags { totalCount } }").await["tags"]["totalCount"], 0);
}

async fn an_omitted_variable_leaves_a_field_alone_and_null_clears_it(app: TestApp) {
    let document = app.save_post(json!({ "title": "Legs", "excerpt": "Weak", "body": "Text" })).await;
    let mutation = "mutation($id: ID!, $seen: Int!, $excerpt: String, $body: String) {
        savePost(input: { id: $id, expectedRevision: $seen, excerpt: $excerpt, body: $body }) {
            document { headRevision revision { title excerpt markdown } } userErrors { message } } }";
    let save =
        async |variables| app.data(As::Owner, mutation, variables).await["savePost"]["document"].clone();
    let id = &document["id"];
    let kept = save(json!({ "id": id, "seen": 1, "body": "New text" })).await;
    assert_eq!(kept["revision"], json!({ "title": "Legs", "excerpt": "Weak", "markdown": "New text" }));
    let cleared = save(json!({ "id": id, "seen": 2, "excerpt": null })).await;
    assert_eq!(cleared["revision"], json!({ "title": "Legs", "excerpt": null, "markdown": "New text" }));
}

async fn every_answer_has_a_request_id_and_safe_headers(app: TestApp) {
    let request = app.client().post(app.url("/graphql")).header("x-request-id", "my-request-0001");
    let reply =
        Reply::read(request.json(&json!({ "query": "{ nothing }" })).send().await.expect("an answer")).await;
    assert_eq!(reply.headers["x-request-id"], "my-request-0001");
    assert_eq!(reply.body["extensions"]["requestId"], "my-request-0001");
    let page = Reply::read(app.client().get(app.url("/")).send().await.expect("an answer")).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    let policy = page.headers["content-security-policy"].to_str().expect("plain");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
    for (path, status) in [
        ("/console/main.js", 200),
        ("/console/none.js", 404),
        ("/console/..%2f..%2fCargo.toml", 404),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/nowhere", 404),
    ] {
        let found = app.client().get(app.url(path)).send().await.expect("an answer").status();
        assert_eq!(found, status, "{path}");
    }
}

async fn browsers_of_other_origins_may_ask(app: TestApp) {
    let preflight = app
        .client()
        .request(reqwest::Method::OPTIONS, app.url("/graphql"))
        .header("origin", "https://steady.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,authorization");
    let answer = preflight.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert!(!answer.headers().contains_key("access-control-allow-credentials"));
}

async fn post(app: &TestApp, body: &str, accept: &str, kind: &str) -> Reply {
    let request =
        app.client().post(app.url("/graphql")).header("accept", accept).header("content-type", kind);
    Reply::read(request.body(body.to_owned()).send().await.expect("an answer")).await
}

//! Operations with more than one mutation: one after the other, and none after one that was refused or failed.

use serde_json::{Value, json};
use wellspring::domain::access::policy::TokenScope;

use crate::app::{As, TestApp, stories};

stories![
    nothing_is_published_after_a_refused_save,
    a_refusal_before_the_transaction_stops_the_rest_too,
    a_mutation_that_fails_stops_the_rest,
    an_argument_that_does_not_fit_leaves_what_was_done_readable,
    mutations_that_succeed_are_all_run,
];

/// The errors of an answer as `CODE path`.
fn told(body: &Value) -> Vec<String> {
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| {
            let path = error["path"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let code = error["extensions"]["code"].as_str().unwrap_or_default();
            format!("{code} {}", path.collect::<Vec<_>>().join("."))
        })
        .collect()
}

async fn tags(app: &TestApp) -> Value {
    app.public("{ tags { nodes { name } } }").await["tags"]["nodes"].clone()
}

async fn nothing_is_published_after_a_refused_save(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Warm up", "body": "First." })).await;
    let draft = app.save_post(json!({ "id": id, "expectedRevision": 1, "body": "Not yet." })).await;
    assert_eq!(draft["headRevision"], 2);

    // Whether the refusal is selected makes no difference.
    for fields in ["document { id } userErrors { code }", "document { id }"] {
        let query = format!(
            "mutation($id: ID!) {{
                savePost(input: {{ id: $id, title: \"Mine\", expectedRevision: 1 }}) {{ {fields} }}
                ...Rest
            }}
            fragment Rest on Mutation {{
                again: publishEntry(input: {{ document: $id }}) {{ document {{ id }} userErrors {{ code }} }}
                ... on Mutation {{ saveTag(input: {{ name: \"Heat\" }}) {{ tag {{ id }} }} }}
            }}"
        );
        let reply = app.send(As::Owner, &query, json!({ "id": id })).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(told(&reply.body), ["NOT_RUN again", "NOT_RUN saveTag"], "{}", reply.text);
        let data = &reply.body["data"];
        assert_eq!(data["savePost"]["document"], Value::Null);
        assert_eq!((&data["again"], &data["saveTag"]), (&Value::Null, &Value::Null));
    }
    let shown = app.public("{ entry(path: \"/posts/warm-up\") { ... on Post { body { text } } } }").await;
    assert_eq!(shown["entry"]["body"]["text"], "First.");
    assert_eq!(tags(&app).await, json!([]));
}

async fn a_refusal_before_the_transaction_stops_the_rest_too(app: TestApp) {
    let query = "mutation {
        saveTag(input: { name: \"Heat\" }) { tag { name } userErrors { code } }
        publishEntry(input: { document: \"nonsense\" }) { userErrors { code } }
        late: saveTag(input: { name: \"Cold\" }) { tag { name } userErrors { code } }
    }";
    let reply = app.send(As::Owner, query, json!({})).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(told(&reply.body), ["NOT_RUN late"]);
    let expected = json!({
        "saveTag": { "tag": { "name": "Heat" }, "userErrors": [] },
        "publishEntry": { "userErrors": [{ "code": "INVALID_ID" }] },
        "late": null,
    });
    assert_eq!(reply.body["data"], expected);
    assert_eq!(tags(&app).await, json!([{ "name": "Heat" }]));
}

async fn a_mutation_that_fails_stops_the_rest(app: TestApp) {
    let id = app.save_post(json!({ "title": "Warm up" })).await["id"].clone();
    let token = app.token(&[TokenScope::ContentRead, TokenScope::ContentWrite]).await;
    let query = "mutation($id: ID!) {
        createToken(input: { name: \"x\", scopes: [] }) { userErrors { code } }
        publishEntry(input: { document: $id }) { userErrors { code } }
    }";
    let reply = app.send(As::Token(&token), query, json!({ "id": id })).await;
    assert_eq!(told(&reply.body), ["FORBIDDEN createToken", "NOT_RUN publishEntry"], "{}", reply.text);
    assert_eq!(reply.body["data"], json!({ "createToken": null, "publishEntry": null }));
    assert_eq!(app.public("{ posts { totalCount } }").await["posts"]["totalCount"], 0);
}

async fn an_argument_that_does_not_fit_leaves_what_was_done_readable(app: TestApp) {
    let query = "mutation($at: DateTime!) {
        saveTag(input: { name: \"Heat\" }) { tag { name } }
        scheduleEntry(input: { document: \"nonsense\", at: $at }) { userErrors { code } }
        late: saveTag(input: { name: \"Cold\" }) { tag { name } }
    }";
    let reply = app.send(As::Owner, query, json!({ "at": "next Monday" })).await;
    assert_eq!(told(&reply.body), ["BAD_USER_INPUT scheduleEntry", "NOT_RUN late"], "{}", reply.text);
    let expected = json!({ "saveTag": { "tag": { "name": "Heat" } }, "scheduleEntry": null, "late": null });
    assert_eq!(reply.body["data"], expected);
    assert_eq!(tags(&app).await, json!([{ "name": "Heat" }]));
}

async fn mutations_that_succeed_are_all_run(app: TestApp) {
    let query = "mutation {
        a: saveTag(input: { name: \"Heat\" }) { tag { name } }
        b: saveTag(input: { name: \"Cold\" }) { tag { name } }
        c: saveTag(input: { name: \"Rest\" }) { tag { name } }
    }";
    app.data(As::Owner, query, json!({})).await;
    assert_eq!(tags(&app).await.as_array().map(Vec::len), Some(3));
}

//! How a preview begins, and what it may do.

use serde_json::{Value, json};
use wellspring::domain::access::policy::{ManageDocuments, Permit, TokenScope};
use wellspring::domain::content::preview as domain;
use wellspring::domain::core::error::{Denied, Error};
use wellspring::domain::core::id;

use super::ends::works;
use super::preview;
use crate::app::{As, Reply, TestApp, refusals, stories};
use crate::publishing::{MINUTE, document};
use crate::team::{HOUR, member, owner, text, viewer_of};

stories![
    who_lost_the_right_meanwhile_makes_nothing_that_lasts,
    a_document_has_fifty_previews_at_most,
    a_preview_is_made_once_under_one_key,
    a_draft_stays_at_its_place_from_page_to_page,
    many_who_look_at_once_all_see_it,
    a_preview_only_reads,
    a_preview_that_cannot_be_made_is_refused,
    authors_show_their_own_drafts_only,
    what_is_no_preview_is_refused,
];

pub const LOOK: &str = r#"{ post(slug: "draft") { title } }"#;

pub const MAKE: &str =
    "mutation($id: ID!) { createPreview(input: { document: $id }) { secret userErrors { code } } }";

pub async fn draft(app: &TestApp) -> Value {
    app.save_post(json!({ "title": "Draft", "slug": "draft" })).await["id"].clone()
}

/// What was permitted when the request came is looked at again when something is made that outlives it.
async fn who_lost_the_right_meanwhile_makes_nothing_that_lasts(app: TestApp) {
    let id = draft(&app).await;
    let owner = owner(&app).await;
    let (account, session) = member(&app, &owner, "Edda", "EDITOR").await;
    let as_editor: Permit<ManageDocuments> = viewer_of(&app, &session).await.permit().expect("an editor");
    let still_owner: Permit<ManageDocuments> = viewer_of(&app, &owner).await.permit().expect("an owner");
    let query =
        "mutation($id: ID!) { setRole(input: { account: $id, role: AUTHOR }) { userErrors { code } } }";
    app.data(As::Token(&owner), query, json!({ "id": account })).await;
    let document = id::parse(id.as_str().expect("an id")).expect("an id");
    let make = domain::Make { document, revision: None, minutes: None };
    for (permit, may) in [(&as_editor, false), (&still_owner, true)] {
        let tx = app.app.db.begin().await.expect("a transaction");
        let made = domain::create(&tx, permit, app.app.clock.now(), make).await;
        tx.rollback().await;
        assert_eq!(made.is_ok(), may, "{made:?}");
        assert!(may || matches!(made, Err(Error::Denied(Denied::Role))));
    }
}

async fn a_document_has_fifty_previews_at_most(app: TestApp) {
    let id = draft(&app).await;
    let mut last = Value::Null;
    for _ in 0..50 {
        last =
            app.mutate("createPreview", json!({ "document": id }), "preview { id }").await["preview"]["id"]
                .clone();
    }
    let refused = app.try_mutate("createPreview", json!({ "document": id }), "secret").await;
    assert_eq!(refusals(&refused), ["TOO_MANY input.document"]);
    app.mutate("revokePreview", json!({ "preview": last }), "").await;
    preview(&app, json!({ "document": id })).await;
    let listed = document(&app, id.as_str().expect("an id"), "previews { id }").await;
    assert_eq!(listed["previews"].as_array().map(Vec::len), Some(50));
    app.advance(24 * HOUR);
    preview(&app, json!({ "document": id })).await;
}

async fn a_preview_is_made_once_under_one_key(app: TestApp) {
    let id = draft(&app).await;
    let body = json!({ "query": MAKE, "variables": { "id": id } }).to_string();
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let request = app.client().post(app.url("/graphql")).header("content-type", "application/json");
        let request =
            request.bearer_auth(app.owner_token()).header("idempotency-key", "one").body(body.clone());
        let reply = Reply::read(request.send().await.expect("an answer")).await;
        secrets.push(text(&reply.body["data"]["createPreview"]["secret"]));
        app.advance(MINUTE);
    }
    assert_eq!(secrets[0], secrets[1]);
    assert!(works(&app, &secrets[0]).await);
    let listed = document(&app, id.as_str().expect("an id"), "previews { createdAt }").await;
    assert_eq!(listed["previews"], json!([{ "createdAt": "2026-11-23T09:00:00Z" }]));
}

/// Time goes on while somebody pages through a list; the draft stays where it is.
async fn a_draft_stays_at_its_place_from_page_to_page(app: TestApp) {
    app.publish_post(json!({ "title": "Open", "slug": "open" })).await;
    app.advance(MINUTE);
    let token = preview(&app, json!({ "document": draft(&app).await })).await;
    for (order, expected) in [("UPDATED_AT_ASC", ["open", "draft"]), ("PUBLISHED_AT_DESC", ["draft", "open"])]
    {
        let query = format!(
            "query($after: String) {{ posts(orderBy: {order}, first: 1, after: $after) {{ nodes {{ slug }} pageInfo {{ endCursor }} }} }}"
        );
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        for _ in 0..3 {
            let page =
                app.data(As::Preview(&token), &query, json!({ "after": after })).await["posts"].clone();
            seen.extend(page["nodes"].as_array().expect("a list").iter().map(|post| text(&post["slug"])));
            after = page["pageInfo"]["endCursor"].clone();
            app.advance(MINUTE);
            if after.is_null() {
                break;
            }
        }
        assert_eq!(seen, expected, "{order}");
    }
}

/// They take turns; none is turned away for that.
async fn many_who_look_at_once_all_see_it(app: TestApp) {
    let body = "A paragraph with **words** in it.\n\n".repeat(2_000);
    let mut tokens = Vec::new();
    for number in 0..6 {
        let input = json!({ "title": "Draft", "slug": format!("draft-{number}"), "body": body });
        tokens.push(preview(&app, json!({ "document": app.save_post(input).await["id"] })).await);
    }
    let looks = tokens.iter().cycle().take(24).map(|token| {
        app.send(As::Preview(token), "{ posts { nodes { title wordCount previous { title } } } }", json!({}))
    });
    for reply in futures_util::future::join_all(looks).await {
        assert_eq!(reply.status, 200, "{}", reply.text);
        let expected = json!([{ "title": "Draft", "wordCount": 12_000, "previous": null }]);
        assert_eq!(reply.body["data"]["posts"]["nodes"], expected);
    }
}

async fn a_preview_only_reads(app: TestApp) {
    let id = draft(&app).await;
    let token = preview(&app, json!({ "document": id })).await;
    let other = app.save_post(json!({ "title": "Other", "slug": "other" })).await["id"].clone();
    let message = "a preview only reads what the public reads, and one draft";
    for (query, status) in [
        (
            format!("mutation {{ publishEntry(input: {{ document: {id} }}) {{ userErrors {{ code }} }} }}"),
            403,
        ),
        (format!("mutation {{ createPreview(input: {{ document: {other} }}) {{ secret }} }}"), 403),
        (
            r#"mutation { signIn(input: { email: "a@example.org", password: "p" }) { token } }"#.to_owned(),
            403,
        ),
        ("{ desk { documents { totalCount } } }".to_owned(), 200),
        (format!("{{ desk {{ document(id: {id}) {{ title }} }} }}"), 200),
    ] {
        let reply = app.send(As::Preview(&token), &query, json!({})).await;
        assert_eq!((reply.status, reply.code()), (status, "FORBIDDEN"), "{query}\n{}", reply.text);
        assert_eq!(reply.body["errors"][0]["message"], message);
    }
    let query = r#"query($ids: [ID!]!) { nodes(ids: $ids) { id } post(slug: "other") { id } changes { nodes { at } } }"#;
    let data = app.data(As::Preview(&token), query, json!({ "ids": [id, other] })).await;
    assert_eq!(data, json!({ "nodes": [null, null], "post": null, "changes": { "nodes": [] } }));
    // It may ask for as much as the token of its frontend.
    let reply = app.send(As::Preview(&token), "{ site { title } }", json!({})).await;
    assert_eq!(reply.body["extensions"]["cost"]["limit"], 10_000);
}

async fn a_preview_that_cannot_be_made_is_refused(app: TestApp) {
    let id = draft(&app).await;
    for (input, expected) in [
        (json!({ "document": "post_01h455vb4pex5vsknk084sn02q" }), "NOT_FOUND input.document"),
        (json!({ "document": "tag_01h455vb4pex5vsknk084sn02q" }), "INVALID_ID input.document"),
        (json!({ "document": id, "revision": 0 }), "NOT_FOUND input.revision"),
        (json!({ "document": id, "revision": 2 }), "NOT_FOUND input.revision"),
        (json!({ "document": id, "expiresInMinutes": 0 }), "OUT_OF_RANGE input.expiresInMinutes"),
        (json!({ "document": id, "expiresInMinutes": 1441 }), "OUT_OF_RANGE input.expiresInMinutes"),
    ] {
        let refused = app.try_mutate("createPreview", input.clone(), "secret url preview { id }").await;
        assert_eq!(refusals(&refused), [expected], "{input}");
        assert_eq!((&refused["secret"], &refused["preview"]), (&Value::Null, &Value::Null));
    }
    for (id, expected) in [
        ("preview_01h455vb4pex5vsknk084sn02q", "NOT_FOUND input.preview"),
        ("post_01h455vb4pex5vsknk084sn02q", "INVALID_ID input.preview"),
    ] {
        let refused = app.try_mutate("revokePreview", json!({ "preview": id }), "preview { id }").await;
        assert_eq!(refusals(&refused), [expected]);
    }
    assert_eq!(document(&app, id.as_str().expect("an id"), "previews { id }").await["previews"], json!([]));
}

async fn authors_show_their_own_drafts_only(app: TestApp) {
    let theirs = draft(&app).await;
    let made = app.mutate("createPreview", json!({ "document": theirs }), "preview { id }").await;
    let owner = owner(&app).await;
    let (_, ada) = member(&app, &owner, "Ada", "AUTHOR").await;
    let save = "mutation { savePost(input: { title: \"Mine\" }) { document { id } } }";
    let mine = app.data(As::Token(&ada), save, json!({})).await["savePost"]["document"]["id"].clone();
    let create = "mutation($id: ID!) { done: createPreview(input: { document: $id }) { url userErrors { code } preview { id } } }";
    let revoke = "mutation($id: ID!) { done: revokePreview(input: { preview: $id }) { userErrors { code } preview { id } } }";
    for (query, id) in [(create, &theirs), (revoke, &made["preview"]["id"])] {
        let refused = app.data(As::Token(&ada), query, json!({ "id": id })).await["done"].clone();
        assert_eq!(refused["userErrors"], json!([{ "code": "NOT_FOUND" }]), "{query}");
    }
    let done = app.data(As::Token(&ada), create, json!({ "id": mine })).await["done"].clone();
    assert_eq!(done["userErrors"], json!([]));
    let done =
        app.data(As::Token(&ada), revoke, json!({ "id": done["preview"]["id"] })).await["done"].clone();
    assert_eq!(done["userErrors"], json!([]));
}

async fn what_is_no_preview_is_refused(app: TestApp) {
    let id = draft(&app).await;
    let token = preview(&app, json!({ "document": id })).await;
    let reader = app.token(&[TokenScope::ContentRead]).await;
    let mut typo = token.clone();
    typo.replace_range(10..11, if &token[10..11] == "0" { "1" } else { "0" });
    let credentials = [
        format!("Preview {typo}"),
        format!("Preview {reader}"),
        format!("Preview {}", app.owner_token()),
        format!("Bearer {token}"),
        "Preview".to_owned(),
        "Preview ".to_owned(),
        format!("Preview {token} {token}"),
        token.clone(),
    ];
    for credential in credentials {
        let body = json!({ "query": LOOK }).to_string();
        let request =
            app.client().post(app.url("/graphql")).header("content-type", "application/json").body(body);
        let reply =
            Reply::read(request.header("authorization", &credential).send().await.expect("an answer")).await;
        assert_eq!((reply.status, reply.code()), (401, "UNAUTHENTICATED"), "{credential}");
    }
    let request = app.client().get(app.url("/graphql")).query(&[("query", LOOK)]);
    let reply = Reply::read(
        request.header("authorization", format!("preview  {token}")).send().await.expect("an answer"),
    )
    .await;
    assert_eq!((reply.status, &reply.body["data"]["post"]["title"]), (200, &json!("Draft")));
}

//! How a preview begins, what it may do, and how it ends.

use serde_json::{Value, json};
use wellspring::domain::credential::{self, Scheme};
use wellspring::domain::error::{Denied, Error};
use wellspring::domain::policy::{ManageDocuments, Permit, TokenScope};
use wellspring::domain::{id, preview as domain};

use super::preview;
use crate::app::{As, Reply, TestApp, refusals, stories};
use crate::publishing::{MINUTE, document, restore, trash};
use crate::team::{HOUR, PASSWORD, member, owner, secret, sign_in, text};

stories![
    a_preview_ends_with_its_time,
    a_preview_that_is_revoked_is_over_at_once,
    a_preview_ends_with_what_made_it,
    signing_out_everywhere_ends_the_previews_of_the_sessions,
    who_lost_the_right_meanwhile_makes_nothing_that_lasts,
    a_preview_ends_with_the_time_of_the_token_that_made_it,
    a_document_has_fifty_previews_at_most,
    a_preview_is_made_once_under_one_key,
    a_draft_stays_at_its_place_from_page_to_page,
    many_who_look_at_once_all_see_it,
    a_preview_rests_while_its_document_is_in_the_trash,
    a_preview_only_reads,
    a_preview_that_cannot_be_made_is_refused,
    authors_show_their_own_drafts_only,
    what_is_no_preview_is_refused,
];

const LOOK: &str = r#"{ post(slug: "draft") { title } }"#;

const MAKE: &str =
    "mutation($id: ID!) { createPreview(input: { document: $id }) { secret userErrors { code } } }";

async fn draft(app: &TestApp) -> Value {
    app.save_post(json!({ "title": "Draft", "slug": "draft" })).await["id"].clone()
}

async fn look(app: &TestApp, token: &str) -> Reply {
    app.send(As::Preview(token), LOOK, json!({})).await
}

async fn works(app: &TestApp, token: &str) -> bool {
    let reply = look(app, token).await;
    assert!(reply.status == 401 || reply.body["data"]["post"]["title"] == "Draft", "{}", reply.text);
    if reply.status == 401 {
        assert_eq!(reply.code(), "UNAUTHENTICATED");
        assert_eq!(reply.headers["www-authenticate"], "Bearer, Preview");
    }
    reply.status == 200
}

async fn a_preview_ends_with_its_time(app: TestApp) {
    let id = draft(&app).await;
    let day = preview(&app, json!({ "document": id })).await;
    let short = preview(&app, json!({ "document": id, "expiresInMinutes": 30 })).await;
    let reply = look(&app, &day).await;
    assert_eq!(reply.headers["cache-control"], "private, no-store");
    assert_eq!(reply.headers["vary"], "Accept, Authorization");
    app.advance(30 * MINUTE - 1);
    assert_eq!((works(&app, &day).await, works(&app, &short).await), (true, true));
    app.advance(1);
    assert_eq!((works(&app, &day).await, works(&app, &short).await), (true, false));
    app.advance(24 * HOUR - 30 * MINUTE - 1);
    assert!(works(&app, &day).await);
    let listed = document(&app, id.as_str().expect("an id"), "previews { expiresAt }").await;
    assert_eq!(listed["previews"], json!([{ "expiresAt": "2026-11-24T09:00:00Z" }]));
    app.advance(1);
    assert!(!works(&app, &day).await);
    // Rows of what has ended go when the next one is made.
    preview(&app, json!({ "document": id })).await;
    let listed = document(&app, id.as_str().expect("an id"), "previews { revision createdAt }").await;
    assert_eq!(listed["previews"], json!([{ "revision": null, "createdAt": "2026-11-24T09:00:00Z" }]));
}

async fn a_preview_that_is_revoked_is_over_at_once(app: TestApp) {
    let id = draft(&app).await;
    let other = preview(&app, json!({ "document": id })).await;
    let made = app
        .mutate(
            "createPreview",
            json!({ "document": id, "revision": 1 }),
            "secret preview { id document revision }",
        )
        .await;
    let (secret, preview) = (text(&made["secret"]), made["preview"].clone());
    assert!(secret.starts_with("wsv_") && text(&preview["id"]).starts_with("preview_"), "{made}");
    assert_eq!((&preview["document"], &preview["revision"]), (&id, &json!(1)));
    assert!(works(&app, &secret).await);
    app.advance(MINUTE);
    for _ in 0..2 {
        let revoked =
            app.mutate("revokePreview", json!({ "preview": preview["id"] }), "preview { revokedAt }").await;
        assert_eq!(revoked["preview"]["revokedAt"], "2026-11-23T09:01:00Z");
        assert_eq!((works(&app, &secret).await, works(&app, &other).await), (false, true));
        app.advance(MINUTE);
    }
    let listed = document(&app, id.as_str().expect("an id"), "previews { revokedAt }").await;
    assert_eq!(listed["previews"], json!([{ "revokedAt": null }]));
    assert!(!listed.to_string().contains(&secret[4..]), "the token is not kept");
    let owner = owner(&app).await;
    let audit = "{ desk { audit { nodes { action subject fields } } } }";
    let events = app.data(As::Token(&owner), audit, json!({})).await["desk"]["audit"]["nodes"].clone();
    let about: Vec<_> =
        events.as_array().expect("a list").iter().filter(|event| event["subject"] == id).collect();
    let event = |action: &str| json!({ "action": action, "subject": id, "fields": [] });
    assert_eq!(about[..3], [&event("revokePreview"), &event("createPreview"), &event("createPreview")]);
}

async fn a_preview_ends_with_what_made_it(app: TestApp) {
    let id = draft(&app).await;
    let owner = owner(&app).await;
    let (account, session) = member(&app, &owner, "Edda", "EDITOR").await;
    let (suspended, her_session) = member(&app, &owner, "Berta", "EDITOR").await;
    let made = app.data(As::Token(&owner), "mutation { createToken(input: { name: \"x\", scopes: [CONTENT_WRITE], expiresInDays: 1 }) { secret apiToken { id } } }", json!({})).await;
    let (program, program_id) =
        (text(&made["createToken"]["secret"]), &made["createToken"]["apiToken"]["id"]);
    let mut previews = Vec::new();
    for maker in [&session, &her_session, &program] {
        let made = app.data(As::Token(maker), MAKE, json!({ "id": id })).await;
        previews.push(text(&made["createPreview"]["secret"]));
    }
    for (query, variables) in [
        (
            "mutation($id: ID!) { done: setRole(input: { account: $id, role: MODERATOR }) { userErrors { code } } }",
            json!({ "id": account }),
        ),
        (
            "mutation($id: ID!) { done: suspendAccount(input: { account: $id }) { userErrors { code } } }",
            json!({ "id": suspended }),
        ),
        (
            "mutation($id: ID!) { done: revokeToken(input: { token: $id }) { userErrors { code } } }",
            json!({ "id": program_id }),
        ),
    ] {
        let token = previews.remove(0);
        assert!(works(&app, &token).await, "{query}");
        let done = app.data(As::Token(&owner), query, variables).await;
        assert_eq!(done["done"]["userErrors"], json!([]));
        assert!(!works(&app, &token).await, "{query}");
    }
    // Who is let in again does not get the old ones back.
    let query = "mutation($id: ID!) { reinstateAccount(input: { account: $id }) { userErrors { code } } }";
    app.data(As::Token(&owner), query, json!({ "id": suspended })).await;
    let listed = document(&app, id.as_str().expect("an id"), "previews { id }").await;
    assert_eq!(listed["previews"], json!([]));
}

/// A session may have been stolen: what ends all of them ends what was made in them. Programs go on.
async fn signing_out_everywhere_ends_the_previews_of_the_sessions(app: TestApp) {
    let id = draft(&app).await;
    let owner = owner(&app).await;
    let (_, mut session) = member(&app, &owner, "Edda", "EDITOR").await;
    let program = preview(&app, json!({ "document": id })).await;
    let make = async |session: &str| {
        text(&app.data(As::Token(session), MAKE, json!({ "id": id })).await["createPreview"]["secret"])
    };
    let first = make(&session).await;
    app.data(As::Token(&session), "mutation { signOut { signedOut } }", json!({})).await;
    assert!(works(&app, &first).await, "one session is over, and that is all");
    session = secret(&sign_in(&app, "edda@example.org", PASSWORD).await);
    app.data(As::Token(&session), "mutation { signOutEverywhere { signedOut } }", json!({})).await;
    assert!(!works(&app, &first).await);
    session = secret(&sign_in(&app, "edda@example.org", PASSWORD).await);
    let second = make(&session).await;
    let query = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) { token } }";
    let input = json!({ "currentPassword": PASSWORD, "newPassword": "another seven legs" });
    app.data(As::Token(&session), query, json!({ "input": input })).await;
    assert!(!works(&app, &second).await);
    assert!(works(&app, &program).await);
}

/// What was permitted when the request came is looked at again when something is made that outlives it.
async fn who_lost_the_right_meanwhile_makes_nothing_that_lasts(app: TestApp) {
    let id = draft(&app).await;
    let owner = owner(&app).await;
    let (account, session) = member(&app, &owner, "Edda", "EDITOR").await;
    let viewer = async |secret: &str| {
        let reader = app.app.db.reader();
        let now = app.app.clock.now();
        let found = credential::present(&reader, &app.app.previews, now, Scheme::Bearer, secret).await;
        found.expect("a database").expect("a session").viewer
    };
    let as_editor: Permit<ManageDocuments> = viewer(&session).await.permit().expect("an editor");
    let still_owner: Permit<ManageDocuments> = viewer(&owner).await.permit().expect("an owner");
    let query =
        "mutation($id: ID!) { setRole(input: { account: $id, role: AUTHOR }) { userErrors { code } } }";
    app.data(As::Token(&owner), query, json!({ "id": account })).await;
    let document = id::parse(id.as_str().expect("an id")).expect("an id");
    let make = domain::Make { document, revision: None, minutes: None };
    for (permit, may) in [(&as_editor, false), (&still_owner, true)] {
        let tx = app.app.db.begin().await.expect("a transaction");
        let made = domain::create(&tx, permit, app.app.clock.now(), make).await;
        tx.rollback().await.expect("an end");
        assert_eq!(made.is_ok(), may, "{made:?}");
        assert!(may || matches!(made, Err(Error::Denied(Denied::Role))));
    }
}

async fn a_preview_ends_with_the_time_of_the_token_that_made_it(app: TestApp) {
    let id = draft(&app).await;
    let owner = owner(&app).await;
    let make = "mutation { createToken(input: { name: \"x\", scopes: [CONTENT_WRITE], expiresInDays: 1 }) { secret } }";
    let program = text(&app.data(As::Token(&owner), make, json!({})).await["createToken"]["secret"]);
    app.advance(12 * HOUR);
    let made = app.data(As::Token(&program), MAKE, json!({ "id": id })).await;
    let token = text(&made["createPreview"]["secret"]);
    let listed = document(&app, id.as_str().expect("an id"), "previews { expiresAt }").await;
    assert_eq!(listed["previews"], json!([{ "expiresAt": "2026-11-24T09:00:00Z" }]));
    app.advance(12 * HOUR - 1);
    assert!(works(&app, &token).await);
    app.advance(1);
    assert!(!works(&app, &token).await);
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

async fn a_preview_rests_while_its_document_is_in_the_trash(app: TestApp) {
    let id = draft(&app).await;
    let token = preview(&app, json!({ "document": id })).await;
    trash(&app, id.as_str().expect("an id")).await;
    assert!(!works(&app, &token).await);
    let refused = app.try_mutate("createPreview", json!({ "document": id }), "secret").await;
    assert_eq!(refusals(&refused), ["INVALID_TRANSITION input.document"]);
    restore(&app, id.as_str().expect("an id")).await;
    assert!(works(&app, &token).await);
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

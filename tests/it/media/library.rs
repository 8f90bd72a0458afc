//! The library: finding files, saying something about them, and who may.

use serde_json::{Value, json};
use wellspring::domain::access::policy::TokenScope;

use super::files::{CAPTIONS, pdf, photo};
use super::{announce, given, text, upload};
use crate::app::{As, TestApp, refusals, stories};
use crate::team::{member, owner};

stories![
    files_are_found_by_kind_state_date_and_words,
    what_is_said_about_a_file_is_changed_once,
    authors_have_their_own_files,
    a_token_for_media_does_nothing_else,
];

async fn names(app: &TestApp, filter: Value) -> Vec<String> {
    let query =
        "query($filter: AssetFilter) { desk { assets(filter: $filter) { totalCount nodes { filename } } } }";
    let found = app.data(As::Owner, query, json!({ "filter": filter })).await["desk"]["assets"].clone();
    let names: Vec<_> = found["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|node| text(&node["filename"]).to_owned())
        .collect();
    assert_eq!(found["totalCount"], names.len());
    names
}

async fn files_are_found_by_kind_state_date_and_words(app: TestApp) {
    let leg = upload(&app, &given("Leg raise 100%.jpg", "image/jpeg", photo(64, 64)), json!({})).await;
    app.advance(60_000);
    upload(&app, &given("captions.vtt", "text/vtt", CAPTIONS.as_bytes().to_vec()), json!({})).await;
    upload(&app, &given("broken.png", "image/png", b"\x89PNG\r\n\x1a\n".to_vec()), json!({})).await;
    upload(&app, &given("sheet.pdf", "application/pdf", pdf(500)), json!({ "isPrivate": true })).await;
    app.mutate("updateAsset", json!({ "asset": leg["id"], "alt": "Ann lifts her LEFT leg" }), "asset { id }")
        .await;

    assert_eq!(
        names(&app, json!({})).await,
        ["sheet.pdf", "broken.png", "captions.vtt", "Leg raise 100%.jpg"]
    );
    for (filter, expected) in [
        (json!({ "kind": "IMAGE" }), vec!["broken.png", "Leg raise 100%.jpg"]),
        (json!({ "kind": "IMAGE", "state": "READY" }), vec!["Leg raise 100%.jpg"]),
        (json!({ "state": "REJECTED" }), vec!["broken.png"]),
        (json!({ "isPrivate": true }), vec!["sheet.pdf"]),
        (json!({ "text": "left LEG" }), vec!["Leg raise 100%.jpg"]),
        (json!({ "text": "100%" }), vec!["Leg raise 100%.jpg"]),
        (json!({ "text": "%" }), vec!["Leg raise 100%.jpg"]),
        (json!({ "uploadedBefore": "2026-11-23T09:00:30Z" }), vec!["Leg raise 100%.jpg"]),
        (json!({ "uploadedFrom": "2026-11-23T09:00:30Z", "kind": "TEXT_TRACK" }), vec!["captions.vtt"]),
        (json!({ "kind": "VIDEO" }), vec![]),
    ] {
        assert_eq!(names(&app, filter.clone()).await, expected, "{filter}");
    }
    let list =
        "{ desk { assets(first: 50) { nodes { url placeholder { color } image(width: 320) { srcset } } } } }";
    let reply = app.send(As::Owner, list, json!({})).await;
    assert_eq!(reply.statements(), 2, "one for the assets, one for what they show");
}

async fn what_is_said_about_a_file_is_changed_once(app: TestApp) {
    let found = upload(&app, &given("leg.jpg", "image/jpeg", photo(64, 64)), json!({})).await;
    let change = json!({
        "asset": found["id"], "expectedVersion": found["version"], "alt": " A leg ", "caption": "Lift.\nHold.",
        "focalPoint": { "x": 0.25, "y": 1.0 },
    });
    let fields = "asset { alt caption version isDecorative focalPoint { x y } }";
    let changed = app.mutate("updateAsset", change.clone(), fields).await["asset"].clone();
    assert_eq!(
        changed,
        json!({
            "alt": "A leg", "caption": "Lift.\nHold.", "version": 3, "isDecorative": false,
            "focalPoint": { "x": 0.25, "y": 1.0 },
        })
    );
    let late = app.try_mutate("updateAsset", change, fields).await;
    assert_eq!(refusals(&late), ["CONFLICT input.expectedVersion"]);
    for (change, expected) in [
        (json!({ "alt": "two\nlines" }), "INVALID input.alt"),
        (json!({ "alt": "a".repeat(1_001) }), "TOO_LONG input.alt"),
        (json!({ "caption": "\u{202e}" }), "INVALID input.caption"),
        (json!({ "focalPoint": { "x": 1.5, "y": 0.5 } }), "OUT_OF_RANGE input.focalPoint.x"),
        (json!({ "focalPoint": { "x": 0.5, "y": -0.1 } }), "OUT_OF_RANGE input.focalPoint.y"),
        (json!({ "isDecorative": true }), "INVALID input.isDecorative"),
    ] {
        let mut input = change.clone();
        input["asset"] = found["id"].clone();
        assert_eq!(refusals(&app.try_mutate("updateAsset", input, fields).await), [expected], "{change}");
    }
    let cleared = json!({ "asset": found["id"], "alt": null, "isDecorative": true, "focalPoint": null });
    let cleared = app.mutate("updateAsset", cleared, fields).await["asset"].clone();
    assert_eq!(
        (&cleared["alt"], &cleared["isDecorative"], &cleared["focalPoint"]),
        (&Value::Null, &json!(true), &json!({ "x": 0.5, "y": 0.5 }))
    );
}

async fn authors_have_their_own_files(app: TestApp) {
    let owner = owner(&app).await;
    let (_, ann) = member(&app, &owner, "Ann", "AUTHOR").await;
    assert_eq!(app.run_jobs().await, 1, "her invitation");
    let private =
        upload(&app, &given("sheet.pdf", "application/pdf", pdf(500)), json!({ "isPrivate": true })).await;
    let public = upload(&app, &given("leg.jpg", "image/jpeg", photo(64, 64)), json!({})).await;
    let see = "query($id: ID!) { desk { asset(id: $id) { id } } }";
    let seen =
        async |id: &Value| app.data(As::Token(&ann), see, json!({ "id": id })).await["desk"]["asset"].clone();
    assert_eq!(seen(&public["id"]).await["id"], public["id"]);
    assert_eq!(seen(&private["id"]).await, Value::Null);
    let change =
        "mutation($id: ID!) { updateAsset(input: { asset: $id, alt: \"x\" }) { userErrors { code } } }";
    let refused = app.data(As::Token(&ann), change, json!({ "id": public["id"] })).await;
    assert_eq!(refused["updateAsset"]["userErrors"], json!([{ "code": "NOT_FOUND" }]));
    let delete = "mutation($id: ID!) { deleteAsset(input: { asset: $id }) { userErrors { code } } }";
    let refused = app.data(As::Token(&ann), delete, json!({ "id": public["id"] })).await;
    assert_eq!(refused["deleteAsset"]["userErrors"], json!([{ "code": "NOT_FOUND" }]));
    // What somebody else is about to send is nobody's business.
    let theirs = announce(&app, &given("a.jpg", "image/jpeg", photo(32, 32)), json!({})).await;
    let look = "query($id: ID!) { desk { upload(id: $id) { id } } }";
    let found = app.data(As::Token(&ann), look, json!({ "id": theirs["id"] })).await;
    assert_eq!(found["desk"]["upload"], Value::Null);

    let (_, max) = member(&app, &owner, "Max", "MODERATOR").await;
    let denied = app.send(As::Token(&max), see, json!({ "id": public["id"] })).await;
    assert_eq!(denied.code(), "FORBIDDEN");
}

async fn a_token_for_media_does_nothing_else(app: TestApp) {
    let token = app.token(&[TokenScope::MediaWrite]).await;
    let file = given("leg.jpg", "image/jpeg", photo(64, 64));
    let create = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id } userErrors { code } } }";
    let made = app.data(As::Token(&token), create, json!({ "input": file.announcement() })).await;
    assert_eq!(made["createUpload"]["userErrors"], json!([]));
    let list = app.data(As::Token(&token), "{ desk { assets { totalCount } } }", json!({})).await;
    assert_eq!(list["desk"]["assets"]["totalCount"], 0);
    let documents = app.send(As::Token(&token), "{ desk { documents { totalCount } } }", json!({})).await;
    assert_eq!(documents.code(), "FORBIDDEN");
    let save = "mutation { savePost(input: { title: \"x\" }) { userErrors { code } } }";
    assert_eq!(app.send(As::Token(&token), save, json!({})).await.code(), "FORBIDDEN");
    let reader = app.token(&[TokenScope::ContentRead]).await;
    let denied = app.send(As::Token(&reader), create, json!({ "input": file.announcement() })).await;
    assert_eq!(denied.code(), "FORBIDDEN");
}

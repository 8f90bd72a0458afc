//! Where files are used: told in the desk, and kept from being deleted by accident.

use serde_json::{Value, json};

use super::files::{CAPTIONS, film_with_sound, photo};
use super::shown::{image, say};
use super::{Given, get, given, send, text, upload};
use crate::app::{As, TestApp, refusals, stories};
use crate::publishing::{document, post, restore, revise, trash, unpublish};
use crate::team::{member, owner};

stories![
    what_is_used_is_told_and_not_deleted,
    whoever_insists_deletes_what_is_used,
    a_revision_that_will_be_published_uses_its_files,
    what_is_used_is_found,
    an_author_sees_documents_of_their_own,
    a_file_that_was_deleted_does_not_stand_in_the_way_of_saving,
    publishing_and_deleting_at_once_leave_nothing_half,
];

const USES: &str = "useCount usedBy { place isLive recording document { title } author { name } }";

async fn uses(app: &TestApp, viewer: As<'_>, id: &Value) -> (Value, Value) {
    let query = format!("query($id: ID!) {{ desk {{ asset(id: $id) {{ {USES} }} }} }}");
    let asset = app.data(viewer, &query, json!({ "id": id })).await["desk"]["asset"].clone();
    (asset["useCount"].clone(), asset["usedBy"].clone())
}

async fn delete(app: &TestApp, id: &Value, force: bool) -> Vec<String> {
    refusals(&app.try_mutate("deleteAsset", json!({ "asset": id, "force": force }), "deletedId").await)
}

fn used(place: &str, is_live: bool, title: &str) -> Value {
    json!({ "place": place, "isLive": is_live, "recording": null, "document": { "title": title }, "author": null })
}

async fn what_is_used_is_told_and_not_deleted(app: TestApp) {
    let leg = json!(image(&app, "leg.jpg", 320, "A leg").await);
    assert_eq!(uses(&app, As::Owner, &leg).await, (json!(0), json!([])));
    let draft = app.save_post(json!({ "title": "Draft", "cover": leg })).await["id"].clone();
    app.advance(1);
    let body = format!("::image[{}]\n\n::image[{}]", text(&leg), text(&leg));
    let live = app.publish_post(json!({ "title": "Live", "cover": leg, "body": body })).await;
    revise(&app, &live, json!({ "body": "Without it", "cover": null, "title": "Later" })).await;
    app.mutate("saveAuthor", json!({ "name": "Nerys", "avatar": leg }), "author { id }").await;
    let author = json!({ "place": "AVATAR", "isLive": true, "recording": null, "document": null, "author": { "name": "Nerys" } });
    assert_eq!(
        uses(&app, As::Owner, &leg).await,
        (
            json!(4),
            json!([
                used("BODY", true, "Later"),
                used("COVER", true, "Later"),
                used("COVER", false, "Draft"),
                author
            ])
        )
    );
    assert_eq!(delete(&app, &leg, false).await, ["IN_USE input.asset"]);
    let refused = app.try_mutate("deleteAsset", json!({ "asset": leg }), "deletedId").await;
    assert_eq!(
        refused["userErrors"][0]["message"],
        "it is used in 4 places (see usedBy); with force it is deleted all the same"
    );

    app.publish(&live).await;
    app.mutate("saveAuthor", json!({ "name": "Other", "slug": "other" }), "author { id }").await;
    let all = "{ authors { nodes { id avatar { id } } } }";
    let nerys = app.public(all).await["authors"]["nodes"][0]["id"].clone();
    app.mutate("saveAuthor", json!({ "id": nerys, "avatar": null }), "author { id }").await;
    assert_eq!(uses(&app, As::Owner, &leg).await, (json!(1), json!([used("COVER", false, "Draft")])));
    // What is in the trash may come back.
    trash(&app, text(&draft)).await;
    assert_eq!(delete(&app, &leg, false).await, ["IN_USE input.asset"]);
    restore(&app, text(&draft)).await;
    revise(&app, text(&draft), json!({ "cover": null })).await;
    assert_eq!(uses(&app, As::Owner, &leg).await, (json!(0), json!([])));
    assert_eq!(delete(&app, &leg, false).await, [""; 0]);
}

async fn whoever_insists_deletes_what_is_used(app: TestApp) {
    let leg = json!(image(&app, "leg.jpg", 320, "A leg").await);
    let film = upload(&app, &given("f.mp4", "video/mp4", film_with_sound()), json!({})).await["id"].clone();
    let track =
        upload(&app, &given("en.vtt", "text/vtt", CAPTIONS.as_bytes().to_vec()), json!({})).await["id"]
            .clone();
    say(&app, &film, json!({ "tracks": [{ "file": track, "kind": "CAPTIONS", "language": "en" }] })).await;
    let (count, by) = uses(&app, As::Owner, &track).await;
    assert_eq!((count, &by[0]["place"], &by[0]["recording"]), (json!(1), &json!("TRACK"), &film));
    let author = app.mutate("saveAuthor", json!({ "name": "Nerys", "avatar": leg }), "author { id }").await;
    let body = format!("Look:\n\n::image[{}]\n\n::video[{}]", text(&leg), text(&film));
    let author = author["author"]["id"].clone();
    let id = app.publish_post(json!({ "title": "One", "cover": leg, "body": body, "author": author })).await;
    let fields = "author { avatar { id } } cover { id } body { html embeds { ... on AssetEmbed { asset { id tracks { kind } } } } }";
    let shown = post(&app, "one", fields).await;
    assert_eq!(shown["body"]["embeds"][1]["asset"]["tracks"], json!([{ "kind": "CAPTIONS" }]));

    assert_eq!(delete(&app, &track, false).await, ["IN_USE input.asset"]);
    assert_eq!(delete(&app, &track, true).await, [""; 0]);
    assert_eq!(delete(&app, &leg, true).await, [""; 0]);
    let shown = post(&app, "one", fields).await;
    assert_eq!((&shown["cover"], &shown["author"]["avatar"]), (&Value::Null, &Value::Null));
    assert_eq!(
        shown["body"]["embeds"],
        json!([{ "asset": null }, { "asset": { "id": film, "tracks": [] } }])
    );
    assert!(!text(&shown["body"]["html"]).contains("<img"), "{shown}");
    let last =
        app.public("{ changes(last: 3) { nodes { action kind id } } }").await["changes"]["nodes"].clone();
    assert_eq!(
        last,
        json!([
            { "action": "UPDATED", "kind": "ASSET", "id": film },
            { "action": "UPDATED", "kind": "AUTHOR", "id": author },
            { "action": "DELETED", "kind": "ASSET", "id": leg },
        ])
    );
    // What lacks its words by force may be changed as before, but not taken from the public.
    say(&app, &film, json!({ "caption": "A film" })).await;
    let hidden = app.try_mutate("updateAsset", json!({ "asset": film, "isPrivate": true }), "asset { id }");
    assert_eq!(refusals(&hidden.await), ["IN_USE input.asset"]);
    // What is public stays so, also through a change of the renderer, and goes when it is taken back.
    revise(&app, &id, json!({ "title": "Two" })).await;
    let refused = app.try_mutate("publishEntry", json!({ "document": id }), "entry { id }").await;
    assert_eq!(
        refusals(&refused),
        ["NOT_FOUND input.cover", "NOT_FOUND input.body", "CAPTIONS_REQUIRED input.body"]
    );
    unpublish(&app, &id).await;
}

async fn a_revision_that_will_be_published_uses_its_files(app: TestApp) {
    let leg = json!(image(&app, "leg.jpg", 320, "A leg").await);
    let id = app.save_post(json!({ "title": "One", "cover": leg })).await["id"].clone();
    let at = json!({ "document": id, "at": "2026-11-24T09:00:00Z" });
    app.mutate("scheduleEntry", at, "schedule { id }").await;
    revise(&app, text(&id), json!({ "cover": null, "title": "Two" })).await;
    assert_eq!(uses(&app, As::Owner, &leg).await.0, 1, "the pinned revision has it");
    assert_eq!(delete(&app, &leg, false).await, ["IN_USE input.asset"]);
    app.advance(24 * 3_600_000);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(
        post(&app, "one", "title cover { id }").await,
        json!({ "title": "One", "cover": { "id": leg } })
    );
}

async fn what_is_used_is_found(app: TestApp) {
    let leg = json!(image(&app, "leg.jpg", 320, "A leg").await);
    upload(&app, &given("free.jpg", "image/jpeg", photo(80, 64)), json!({})).await;
    app.save_post(json!({ "title": "One", "cover": leg })).await;
    let query = format!(
        "query($used: Boolean) {{ desk {{ assets(filter: {{ isUsed: $used }}) {{ totalCount nodes {{ filename {USES} }} }} }} }}"
    );
    for (used, expected) in [
        (json!(true), vec!["leg.jpg"]),
        (json!(false), vec!["free.jpg"]),
        (json!(null), vec!["free.jpg", "leg.jpg"]),
    ] {
        let found = app.data(As::Owner, &query, json!({ "used": used })).await["desk"]["assets"].clone();
        let names: Vec<_> =
            found["nodes"].as_array().expect("a list").iter().map(|node| text(&node["filename"])).collect();
        assert_eq!((names, &found["totalCount"]), (expected.clone(), &json!(expected.len())), "{used}");
    }
    let list = async |first: u32| {
        let query = format!("{{ desk {{ assets(first: {first}) {{ nodes {{ tracks {{ kind }} }} }} }} }}");
        app.send(As::Owner, &query, json!({})).await
    };
    assert_eq!(list(1).await.statements(), list(9).await.statements(), "tracks are read together");
}

/// A file that somebody of the team has uploaded; answers the id of its asset.
async fn uploaded_by(app: &TestApp, token: &str, file: &Given) -> Value {
    let create = "mutation($input: CreateUploadInput!) { createUpload(input: $input) {
        upload { id request { url headers { name value } } } } }";
    let announced = app.data(As::Token(token), create, json!({ "input": file.announcement() })).await;
    let upload = announced["createUpload"]["upload"].clone();
    assert_eq!(send(app, &upload["request"], &file.bytes).await, 200);
    let complete =
        "mutation($id: ID!) { completeUpload(input: { upload: $id }) { upload { asset { id } } } }";
    let completed = app.data(As::Token(token), complete, json!({ "id": upload["id"] })).await;
    assert_eq!(app.run_jobs().await, 1);
    completed["completeUpload"]["upload"]["asset"]["id"].clone()
}

async fn an_author_sees_documents_of_their_own(app: TestApp) {
    let owner = owner(&app).await;
    let (_, ann) = member(&app, &owner, "Ann", "AUTHOR").await;
    assert_eq!(app.run_jobs().await, 1, "her invitation");
    let leg = json!(image(&app, "leg.jpg", 320, "A leg").await);
    app.save_post(json!({ "title": "The owner's", "cover": leg })).await;
    app.advance(1);
    let save = "mutation($cover: ID!) { savePost(input: { title: \"Ann's\", cover: $cover }) { userErrors { code } } }";
    let saved = app.data(As::Token(&ann), save, json!({ "cover": leg })).await;
    assert_eq!(saved["savePost"]["userErrors"], json!([]));
    let (count, by) = uses(&app, As::Token(&ann), &leg).await;
    assert_eq!((count, by[0]["document"].clone()), (json!(2), json!({ "title": "Ann's" })));
    assert_eq!(by[1]["document"], Value::Null, "that there is another, and not which");
    // Her own file, in the work of others, is not hers to take away; in her own work it is.
    let file = given("a.jpg", "image/jpeg", photo(48, 48));
    let own = uploaded_by(&app, &ann, &file).await;
    let delete =
        "mutation($id: ID!) { deleteAsset(input: { asset: $id, force: true }) { userErrors { code } } }";
    let theirs =
        app.save_post(json!({ "title": "Another of the owner's", "cover": own })).await["id"].clone();
    let refused = app.data(As::Token(&ann), delete, json!({ "id": own })).await;
    assert_eq!(refused["deleteAsset"]["userErrors"], json!([{ "code": "IN_USE" }]));
    revise(&app, text(&theirs), json!({ "cover": null })).await;
    app.data(As::Token(&ann), save, json!({ "cover": own })).await;
    let done = app.data(As::Token(&ann), delete, json!({ "id": own })).await;
    assert_eq!(done["deleteAsset"]["userErrors"], json!([]));
    // A private file of somebody else is to her like one that is not there.
    let private =
        upload(&app, &given("p.jpg", "image/jpeg", photo(32, 32)), json!({ "isPrivate": true })).await;
    let refused = app.data(As::Token(&ann), save, json!({ "cover": private["id"] })).await;
    assert_eq!(refused["savePost"]["userErrors"], json!([{ "code": "NOT_FOUND" }]));
}

async fn a_file_that_was_deleted_does_not_stand_in_the_way_of_saving(app: TestApp) {
    let leg = json!(image(&app, "leg.jpg", 320, "A leg").await);
    let id = app.save_post(json!({ "title": "One", "cover": leg })).await["id"].clone();
    assert_eq!(delete(&app, &leg, true).await, [""; 0]);
    revise(&app, text(&id), json!({ "title": "Two" })).await;
    assert_eq!(
        document(&app, text(&id), "revision { title cover }").await["revision"],
        json!({ "title": "Two", "cover": leg })
    );
    let refused = app.try_mutate("publishEntry", json!({ "document": id }), "entry { id }").await;
    assert_eq!(refusals(&refused), ["NOT_FOUND input.cover"]);
}

/// Whoever wins, an entry that is public shows its cover, or the file is gone and the entry is not public with it.
async fn publishing_and_deleting_at_once_leave_nothing_half(app: TestApp) {
    for round in 0..8 {
        let leg = json!(image(&app, "leg.jpg", 64 + round * 4, "A leg").await);
        let title = format!("Round {round}");
        let id = app.save_post(json!({ "title": title, "cover": leg })).await["id"].clone();
        let (published, deleted) = tokio::join!(
            app.try_mutate("publishEntry", json!({ "document": id }), "entry { id }"),
            app.try_mutate("deleteAsset", json!({ "asset": leg, "force": true }), "deletedId"),
        );
        assert_eq!(refusals(&deleted), [""; 0]);
        let shown = post(&app, &format!("round-{round}"), "cover { id url }").await;
        if refusals(&published).is_empty() {
            // Published first, then deleted by force.
            assert_eq!(shown["cover"], Value::Null);
        } else {
            assert_eq!((refusals(&published).len(), shown), (1, Value::Null));
        }
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(app.data(As::Anonymous, node, json!({ "id": leg })).await["node"], Value::Null);
    }
    assert_eq!(get(&app, &app.url("/healthz")).await.status, 200);
}

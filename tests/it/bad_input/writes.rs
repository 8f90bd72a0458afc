//! Input that cannot be saved.

use serde_json::{Value, json};

use super::assert_tells_nothing_inner;
use crate::app::{As, TestApp, refusals, stories};
use crate::publishing::named;
use crate::untouched::state;

stories![
    a_post_that_cannot_be_saved_is_refused_field_by_field,
    a_stale_or_missing_revision_is_a_conflict,
    ids_of_the_wrong_kind_are_refused_where_they_stand,
    a_catalog_that_cannot_be_saved_is_refused_field_by_field,
    a_site_that_cannot_be_saved_is_refused_field_by_field,
    values_of_the_wrong_type_are_refused_before_anything_runs,
];

/// Sends each input and compares the codes and paths of its user errors; nothing may have changed in the end.
async fn refused(app: &TestApp, mutation: &str, cases: Vec<(Value, Vec<&str>)>) {
    let before = state(app).await;
    let mut wrong = Vec::new();
    for (input, expected) in cases {
        let mut what = format!("{mutation} {input}");
        what.truncate(what.floor_char_boundary(200));
        let payload = app.try_mutate(mutation, input, "__typename").await;
        assert_tells_nothing_inner(&what, &payload);
        if refusals(&payload) != expected {
            wrong.push(format!("{what}: expected {expected:?}, found {payload}"));
        }
        for error in payload["userErrors"].as_array().expect("a list") {
            let message = error["message"].as_str().expect("a message");
            assert!((10..300).contains(&message.len()), "{what}: {message}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(state(app).await, before, "{mutation}");
}

async fn a_post_that_cannot_be_saved_is_refused_field_by_field(app: TestApp) {
    app.publish_post(json!({ "title": "Taken" })).await;
    let titled = |key: &str, value: Value| {
        let mut input = json!({ "title": "Good" });
        input[key] = value;
        input
    };
    let megabyte = "t".repeat(1_000_000);
    let cases = vec![
        (json!({}), vec!["REQUIRED input.title"]),
        (json!({ "title": null }), vec!["REQUIRED input.title"]),
        (json!({ "title": "" }), vec!["REQUIRED input.title"]),
        (json!({ "title": " \u{3000}\t" }), vec!["REQUIRED input.title"]),
        (json!({ "title": megabyte }), vec!["TOO_LONG input.title"]),
        (json!({ "title": "a\0b" }), vec!["INVALID input.title"]),
        (json!({ "title": "two\nlines" }), vec!["INVALID input.title"]),
        (titled("excerpt", json!("e".repeat(1_001))), vec!["TOO_LONG input.excerpt"]),
        (titled("excerpt", json!("a\0b")), vec!["INVALID input.excerpt"]),
        (titled("note", json!("n".repeat(501))), vec!["TOO_LONG input.note"]),
        (titled("note", json!("\0")), vec!["INVALID input.note"]),
        (titled("body", json!("b".repeat(200_001))), vec!["TOO_LONG input.body"]),
        (titled("body", json!("a\0b")), vec!["INVALID input.body"]),
        (titled("slug", json!("")), vec!["REQUIRED input.slug"]),
        (titled("slug", json!("with/slash")), vec!["INVALID input.slug"]),
        (titled("slug", json!("..")), vec!["INVALID input.slug"]),
        (titled("slug", json!("UPPER")), vec!["INVALID input.slug"]),
        (titled("slug", json!("a--b")), vec!["INVALID input.slug"]),
        (titled("slug", json!("-a")), vec!["INVALID input.slug"]),
        (titled("slug", json!("a b")), vec!["INVALID input.slug"]),
        (titled("slug", json!("a\0b")), vec!["INVALID input.slug"]),
        (titled("slug", json!("we\u{430}k")), vec!["INVALID input.slug"]),
        (titled("slug", json!("weak\u{200b}")), vec!["INVALID input.slug"]),
        (titled("slug", json!("ｗｅａｋ")), vec!["INVALID input.slug"]),
        (titled("slug", json!("a".repeat(121))), vec!["TOO_LONG input.slug"]),
        (titled("slug", json!("taken")), vec!["TAKEN input.slug"]),
        (titled("locale", json!("xx-nowhere")), vec!["INVALID input.locale"]),
        (titled("locale", json!("\0")), vec!["INVALID input.locale"]),
        (titled("tags", json!(vec!["tag_00000000000000000000000000"; 21])), vec!["TOO_MANY input.tags"]),
        (titled("seriesPosition", json!(0)), vec!["OUT_OF_RANGE input.seriesPosition"]),
        (titled("seriesPosition", json!(100_001)), vec!["OUT_OF_RANGE input.seriesPosition"]),
        (titled("seo", json!({ "title": "s".repeat(301) })), vec!["TOO_LONG input.seo.title"]),
        (titled("seo", json!({ "description": "\0" })), vec!["INVALID input.seo.description"]),
        (titled("videoUrl", json!("javascript:alert(1)")), vec!["INVALID input.videoUrl"]),
        (titled("videoUrl", json!("/relative")), vec!["INVALID input.videoUrl"]),
        (titled("videoUrl", json!("https://example.org/\0")), vec!["INVALID input.videoUrl"]),
        (
            json!({ "title": "", "slug": "A", "excerpt": "e".repeat(1_001), "seriesPosition": -1 }),
            vec![
                "REQUIRED input.title",
                "INVALID input.slug",
                "TOO_LONG input.excerpt",
                "OUT_OF_RANGE input.seriesPosition",
            ],
        ),
    ];
    refused(&app, "savePost", cases.clone()).await;
    let without_video =
        cases.into_iter().filter(|(input, _)| input.get("videoUrl").is_none() && input["slug"] != "taken");
    refused(&app, "savePage", without_video.collect()).await;
}

async fn a_stale_or_missing_revision_is_a_conflict(app: TestApp) {
    let saved = app.save_post(json!({ "title": "One" })).await;
    let id = &saved["id"];
    app.save_post(json!({ "id": id, "expectedRevision": 1, "title": "Two" })).await;
    let cases = vec![
        (
            json!({ "id": id, "expectedRevision": 1, "title": "Late" }),
            vec!["CONFLICT input.expectedRevision"],
        ),
        (
            json!({ "id": id, "expectedRevision": 3, "title": "Early" }),
            vec!["CONFLICT input.expectedRevision"],
        ),
        (
            json!({ "id": id, "expectedRevision": 0, "title": "Zero" }),
            vec!["CONFLICT input.expectedRevision"],
        ),
        (
            json!({ "id": id, "expectedRevision": -7, "title": "Less" }),
            vec!["CONFLICT input.expectedRevision"],
        ),
        (json!({ "id": id, "title": "Blind" }), vec!["REQUIRED input.expectedRevision"]),
    ];
    refused(&app, "savePost", cases).await;
    let stale = |more: Value| {
        let mut input = json!({ "document": id, "expectedRevision": 1 });
        input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        input
    };
    for mutation in ["publishEntry", "trashDocument"] {
        refused(&app, mutation, vec![(stale(json!({})), vec!["CONFLICT input.expectedRevision"])]).await;
    }
    let restored = stale(json!({ "revision": 1 }));
    refused(&app, "restoreRevision", vec![(restored, vec!["CONFLICT input.expectedRevision"])]).await;
    for number in [0, 3, -1, i32::MAX] {
        let input = json!({ "document": id, "revision": number });
        refused(&app, "publishEntry", vec![(input.clone(), vec!["NOT_FOUND input.revision"])]).await;
        refused(&app, "restoreRevision", vec![(input, vec!["NOT_FOUND input.revision"])]).await;
    }
}

async fn ids_of_the_wrong_kind_are_refused_where_they_stand(app: TestApp) {
    let tag = named(&app, "Tag", json!({ "name": "Legs" })).await;
    let author = named(&app, "Author", json!({ "name": "Ann" })).await;
    let unknown = |prefix: &str| format!("{prefix}_01h455vb4pex5vsknk084sn02q");
    let with = |key: &str, value: Value| {
        let mut input = json!({ "title": "Good" });
        input[key] = value;
        input
    };
    let cases = vec![
        (with("author", json!(tag)), vec!["INVALID_ID input.author"]),
        (with("series", json!(author)), vec!["INVALID_ID input.series"]),
        (with("tags", json!([tag, author])), vec!["INVALID_ID input.tags.1"]),
        (with("translationOf", json!(tag)), vec!["INVALID_ID input.translationOf"]),
        (with("id", json!(tag)), vec!["INVALID_ID input.id"]),
        (with("author", json!("")), vec!["INVALID_ID input.author"]),
        (with("author", json!("a\0b")), vec!["INVALID_ID input.author"]),
        (with("author", json!("a".repeat(100_000))), vec!["INVALID_ID input.author"]),
        (with("author", json!(unknown("author"))), vec!["NOT_FOUND input.author"]),
        (with("series", json!(unknown("series"))), vec!["NOT_FOUND input.series"]),
        (with("tags", json!([unknown("tag")])), vec!["NOT_FOUND input.tags.0"]),
        (with("translationOf", json!(unknown("document"))), vec!["NOT_FOUND input.translationOf"]),
    ];
    refused(&app, "savePost", cases).await;
    let moves = || {
        vec![
            (json!({ "document": tag }), vec!["INVALID_ID input.document"]),
            (json!({ "document": "" }), vec!["INVALID_ID input.document"]),
            (json!({ "document": unknown("document") }), vec!["NOT_FOUND input.document"]),
        ]
    };
    for mutation in ["publishEntry", "unpublishEntry", "trashDocument", "restoreDocument"] {
        refused(&app, mutation, moves()).await;
    }
    let cases = vec![
        (json!({ "documents": [] }), vec!["REQUIRED input.documents"]),
        (json!({ "documents": vec![unknown("document"); 51] }), vec!["TOO_MANY input.documents"]),
    ];
    refused(&app, "publishEntries", cases).await;
}

async fn a_catalog_that_cannot_be_saved_is_refused_field_by_field(app: TestApp) {
    for (mutation, kind, label, about) in [
        ("saveTag", "Tag", "name", "description"),
        ("saveSeries", "Series", "title", "description"),
        ("saveAuthor", "Author", "name", "bio"),
    ] {
        named(&app, kind, json!({ label: "Taken" })).await;
        let path = |code: &str, field: &str| format!("{code} input.{field}");
        let expected = [
            (json!({}), path("REQUIRED", label)),
            (json!({ label: "" }), path("REQUIRED", label)),
            (json!({ label: "x".repeat(121) }), path("TOO_LONG", label)),
            (json!({ label: "x".repeat(1_000_000) }), path("TOO_LONG", label)),
            (json!({ label: "a\0b" }), path("INVALID", label)),
            (json!({ label: "Good", about: "x".repeat(4_001) }), path("TOO_LONG", about)),
            (json!({ label: "Good", about: "a\0b" }), path("INVALID", about)),
            (json!({ label: "Good", "slug": "taken" }), path("TAKEN", "slug")),
            (json!({ label: "Good", "slug": "a/b" }), path("INVALID", "slug")),
            (json!({ label: "Good", "slug": "we\u{430}k" }), path("INVALID", "slug")),
            (json!({ label: "Good", "id": "document_01h455vb4pex5vsknk084sn02q" }), path("INVALID_ID", "id")),
        ];
        let cases = expected.iter().map(|(input, error)| (input.clone(), vec![error.as_str()])).collect();
        refused(&app, mutation, cases).await;
    }
}

async fn a_site_that_cannot_be_saved_is_refused_field_by_field(app: TestApp) {
    let menu =
        |url: &str| json!({ "menus": [{ "name": "main", "items": [{ "label": "One", "url": url }] }] });
    let cases = vec![
        (json!({ "title": "" }), vec!["REQUIRED input.title"]),
        (json!({ "title": "a\0b" }), vec!["INVALID input.title"]),
        (json!({ "tagline": "x".repeat(301) }), vec!["TOO_LONG input.tagline"]),
        (json!({ "about": "x".repeat(4_001) }), vec!["TOO_LONG input.about"]),
        (json!({ "baseUrl": "ftp://example.org" }), vec!["INVALID input.baseUrl"]),
        (json!({ "baseUrl": "https://example.org\0" }), vec!["INVALID input.baseUrl"]),
        (json!({ "baseUrl": "https://example.org/?x=1" }), vec!["INVALID input.baseUrl"]),
        (json!({ "baseUrl": "https://example.org/blog" }), vec!["INVALID input.baseUrl"]),
        (json!({ "baseUrl": "https://example.org/#top" }), vec!["INVALID input.baseUrl"]),
        (json!({ "locales": [] }), vec!["OUT_OF_RANGE input.locales"]),
        (json!({ "locales": ["en", "no such language"] }), vec!["INVALID input.locales.1"]),
        (json!({ "locales": ["en\0"] }), vec!["INVALID input.locales.0"]),
        (json!({ "timeZone": "Mars/Olympus" }), vec!["INVALID input.timeZone"]),
        (json!({ "timeZone": "\0" }), vec!["INVALID input.timeZone"]),
        (json!({ "disclaimer": "\0" }), vec!["INVALID input.disclaimer"]),
        (json!({ "postPath": "/posts" }), vec!["INVALID input.postPath"]),
        (json!({ "pagePath": "/../{slug}" }), vec!["INVALID input.pagePath"]),
        (json!({ "postPath": "/{slug}" }), vec!["TAKEN input.pagePath"]),
        (json!({ "postPath": "/{locale}/{slug}", "locales": ["en", "de"] }), vec!["TAKEN input.pagePath"]),
        (menu("javascript:alert(1)"), vec!["INVALID input.menus.0.items.0.url"]),
        (menu("/a\0b"), vec!["INVALID input.menus.0.items.0.url"]),
        (json!({ "menus": [{ "name": "Main menu", "items": [] }] }), vec!["INVALID input.menus.0.name"]),
    ];
    refused(&app, "saveSite", cases).await;
}

async fn values_of_the_wrong_type_are_refused_before_anything_runs(app: TestApp) {
    let before = state(&app).await;
    let query = "mutation($input: SavePostInput!) { savePost(input: $input) { document { id } } }";
    for input in [
        json!(7),
        json!([]),
        json!(null),
        json!({ "title": 7 }),
        json!({ "title": ["a"] }),
        json!({ "title": "a", "tags": [null] }),
        json!({ "title": "a", "seriesPosition": "1" }),
        json!({ "title": "a", "seriesPosition": 1.5 }),
        json!({ "title": "a", "seriesPosition": 3_000_000_000_u64 }),
        json!({ "title": "a", "seo": { "noIndex": "yes" } }),
        json!({ "title": "a", "publishedAt": "99999-12-31T00:00:00Z" }),
        json!({ "title": "a", "publishedAt": "0000-01-01T00:00:00Z" }),
        json!({ "title": "a", "publishedAt": 1_700_000_000 }),
        json!({ "title": "a", "state": "LIVE" }),
    ] {
        let reply = app.send(As::Owner, query, json!({ "input": input })).await;
        let what = input.to_string();
        let (status, code, message) = super::fault(&what, &reply);
        assert!([200, 400].contains(&status), "{what}: {status}");
        assert!(
            ["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"].contains(&code.as_str()),
            "{what}: {code} {message}"
        );
    }
    let invalid = b"{\"query\":\"mutation { saveTag(input: { name: \\\"\xff\\\" }) { tag { id } } }\"}";
    let reply = app.post(As::Owner, invalid.to_vec()).await;
    assert_eq!((reply.code(), reply.status), ("BAD_REQUEST", 400), "{}", reply.text);
    assert_eq!(state(&app).await, before);
}

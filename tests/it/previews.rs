//! A preview shows one document as it would be if it were public, and nothing else that is not.

mod ends;
mod life;
mod links;

use serde_json::{Value, json};

use wellspring::domain::access::policy::TokenScope;

use crate::app::{As, TestApp, refusals, stories};
use crate::media::shown::image;
use crate::publishing::{add_german, entry_id, named, revise, unpublish};

stories![
    a_preview_answers_what_publishing_will_answer,
    a_preview_of_a_pinned_revision_is_that_revision,
    a_draft_with_a_date_to_come_stands_where_it_will_stand,
    a_draft_with_the_path_of_another_entry_can_be_looked_at,
    a_directive_that_is_not_known_yet_is_text,
];

/// Everything that the public can ask in which an entry can appear.
const EVERYTHING: &str = r#"query($slug: String!, $old: String!, $id: ID!, $path: String!, $locale: String) {
  post(slug: $slug, locale: $locale) { ...all } before: post(slug: $old, locale: $locale) { ...all }
  entry(path: $path) { ...all } moved: entry(path: "/posts/was-here") { path }
  node(id: $id) { ... on Post { ...all } } nodes(ids: [$id]) { id }
  newest: posts(first: 2) { ...page } oldest: posts(orderBy: PUBLISHED_AT_ASC, last: 2) { ...page }
  titles: entries(orderBy: TITLE_ASC, first: 3) { nodes { ...short } pageInfo { hasNextPage endCursor } }
  changed: entries(orderBy: UPDATED_AT_DESC) { nodes { ...short } totalCount }
  german: posts(filter: { locale: "de" }) { ...page } prefixed: posts(filter: { slugPrefix: "draft" }) { ...page }
  tagged: posts(filter: { tag: "strength" }) { ...page } other: posts(filter: { tag: "rest", locale: "en" }) { ...page }
  since: posts(filter: { publishedFrom: "2026-11-23T09:05:00Z" }) { ...page }
  page(slug: $slug) { ...page_all } pages { nodes { ...short previous { ...short } next { ...short } } totalCount }
  pagesByTag: entries(filter: { kind: PAGE, tag: "strength" }) { ...entries }
  tags { nodes { slug entries { ...entries } } }
  series(slug: "msmonday") { entries { ...entries } } author(slug: "nerys") { entries { ...entries } }
  neighbour: post(slug: "open-two") { related(first: 8) { ...short } previous { ...short } next { ...short }
    translations { ...short } body { embeds { ...embed } } }
}
fragment short on Entry { id slug locale title path }
fragment embed on Embed { ... on EntryEmbed { slug entry { ...short } } ... on AssetEmbed { asset { ...file } } }
fragment file on Asset { id alt caption url image(width: 320) { srcset } placeholder { color } }
fragment page on PostConnection { nodes { ...short publishedAt } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } }
fragment page_all on Page { ...short menus wordCount body { html } related { ...short } previous { ...short } next { ...short } }
fragment entries on EntryConnection { nodes { ...short } totalCount }
fragment all on Post { ...short excerpt url publishedAt updatedAt videoUrl seriesPosition wordCount readingMinutes jsonLd cover { ...file }
  author { slug } tags { slug } series { slug } seo { title description canonicalUrl noIndex }
  body { markdown html text outline { text } embeds { ...embed } }
  translations { ...short } related { ...short } previous { ...short } next { ...short } }"#;

/// Makes a preview and answers its token.
async fn preview(app: &TestApp, input: Value) -> String {
    let made = app.mutate("createPreview", input, "secret").await;
    made["secret"].as_str().expect("a token").to_owned()
}

struct Place<'a> {
    slug: &'a str,
    path: &'a str,
    locale: &'a str,
}

async fn everything(app: &TestApp, viewer: As<'_>, document: &str, place: &Place<'_>) -> Value {
    let variables = json!({ "slug": place.slug, "old": "was-here", "id": entry_id(document), "path": place.path,
        "locale": place.locale });
    app.data(viewer, EVERYTHING, variables).await
}

/// The clock of a story stands still, so an answer before the publication and one after it are the same to the byte.
async fn a_preview_answers_what_publishing_will_answer(app: TestApp) {
    add_german(&app).await;
    let strength = named(&app, "Tag", json!({ "name": "Strength", "slug": "strength" })).await;
    let rest = named(&app, "Tag", json!({ "name": "Rest", "slug": "rest" })).await;
    let series = named(&app, "Series", json!({ "title": "MSMonday", "slug": "msmonday" })).await;
    let author = named(&app, "Author", json!({ "name": "Nerys", "slug": "nerys" })).await;
    // One file is public already when the drafts are looked at, the other is not.
    let (open, own) = (image(&app, "open.jpg", 64, "Open").await, image(&app, "own.jpg", 72, "Own").await);
    let full = |title: &str, slug: &str| {
        json!({ "title": title, "slug": slug, "cover": open,
            "body": format!("# {title}\n\nText of {title}.\n\n::post[draft-new]\n\n::image[{open}]"),
            "tags": [strength], "series": series, "author": author, "seriesPosition": 1,
            "excerpt": format!("About {title}"), "videoUrl": format!("https://video.example/{slug}") })
    };
    let one = app.publish_post(full("Open one", "open-one")).await;
    app.advance(60_000);
    let two = app.publish_post(full("Open two", "open-two")).await;
    app.advance(60_000);
    let withdrawn = app.publish_post(full("Withdrawn", "was-here")).await;
    unpublish(&app, &withdrawn).await;
    app.advance(600_000);

    // Each draft in turn is looked at, and then published: the next one meets it as an entry of the public.
    let never = app.save_post(full("Draft new", "draft-new")).await["id"].as_str().expect("an id").to_owned();
    let mut german = full("Entwurf", "draft-deutsch");
    german["locale"] = json!("de");
    german["translationOf"] = json!(two);
    let german = app.save_post(german).await["id"].as_str().expect("an id").to_owned();
    let renamed = json!({ "title": "A later title", "slug": "draft-renamed", "tags": [rest], "series": null,
        "body": format!("Rewritten.\n\n::post[open-one]\n\n::image[{own}]"), "cover": own, "author": null, "excerpt": null, "videoUrl": null });
    revise(&app, &one, renamed).await;
    revise(&app, &withdrawn, json!({ "title": "Back again", "tags": [rest, strength] })).await;
    let page = json!({ "title": "About drafts", "slug": "draft-page", "tags": [strength], "body": "::post[draft-new]" });
    app.mutate(
        "saveSite",
        json!({ "menus": [{ "name": "main", "items": [{ "label": "About", "url": "/draft-page" }] }] }),
        "",
    )
    .await;
    let page = app.mutate("savePage", page, "document { id }").await["document"]["id"].clone();
    let drafts = [
        (
            page.as_str().expect("an id").to_owned(),
            Place { slug: "draft-page", path: "/draft-page", locale: "en" },
        ),
        (never, Place { slug: "draft-new", path: "/posts/draft-new", locale: "en" }),
        (german, Place { slug: "draft-deutsch", path: "/de/posts/draft-deutsch", locale: "de" }),
        (one, Place { slug: "draft-renamed", path: "/posts/open-one", locale: "en" }),
        (withdrawn, Place { slug: "was-here", path: "/posts/was-here", locale: "en" }),
    ];
    let reader = app.token(&[TokenScope::ContentRead]).await;
    let public = As::Token(&reader);
    for (document, place) in &drafts {
        let token = preview(&app, json!({ "document": document })).await;
        let before = everything(&app, public, document, place).await;
        let shown = everything(&app, As::Preview(&token), document, place).await;
        assert_ne!(shown, before, "{}", place.slug);
        assert_eq!(everything(&app, public, document, place).await, before, "nothing is written");
        app.publish(document).await;
        let published = everything(&app, public, document, place).await;
        assert_eq!(shown, published, "{}", place.slug);
        assert_eq!(everything(&app, As::Preview(&token), document, place).await, published);
        app.advance(60_000);
    }
}

async fn a_preview_of_a_pinned_revision_is_that_revision(app: TestApp) {
    let id = app.publish_post(json!({ "title": "First", "slug": "first", "body": "one" })).await;
    revise(&app, &id, json!({ "title": "Second", "body": "two" })).await;
    let pinned = preview(&app, json!({ "document": id, "revision": 2 })).await;
    let old = preview(&app, json!({ "document": id, "revision": 1 })).await;
    let newest = preview(&app, json!({ "document": id })).await;
    revise(&app, &id, json!({ "title": "Third", "body": "three" })).await;
    let query = r#"{ post(slug: "first") { title body { text } } posts { nodes { title } totalCount } viewer { kind account { id } scopes preview { entry revision expiresAt } } }"#;
    for (token, title, text, revision) in
        [(&old, "First", "one", 1), (&pinned, "Second", "two", 2), (&newest, "Third", "three", 3)]
    {
        let data = app.data(As::Preview(token), query, json!({})).await;
        assert_eq!(data["post"]["title"], title);
        assert_eq!(data["post"]["body"]["text"].as_str().map(str::trim), Some(text));
        assert_eq!(data["posts"], json!({ "nodes": [{ "title": title }], "totalCount": 1 }));
        let me = json!({ "kind": "PREVIEW", "account": null, "scopes": null, "preview":
            { "entry": entry_id(&id), "revision": revision, "expiresAt": "2026-11-24T09:00:00Z" } });
        assert_eq!(data["viewer"], me);
    }
    let data = app.public(query).await;
    assert_eq!((&data["post"]["title"], &data["viewer"]["preview"]), (&json!("First"), &Value::Null));
}

async fn a_draft_with_a_date_to_come_stands_where_it_will_stand(app: TestApp) {
    app.publish_post(json!({ "title": "Open", "slug": "open" })).await;
    let input = json!({ "title": "Christmas", "slug": "christmas", "publishedAt": "2026-12-24T18:00:00Z" });
    let id = app.save_post(input).await["id"].clone();
    let token = preview(&app, json!({ "document": id })).await;
    let query = "{ posts { nodes { slug publishedAt next { slug } } } }";
    let data = app.data(As::Preview(&token), query, json!({})).await;
    let expected = json!([
        { "slug": "christmas", "publishedAt": "2026-12-24T18:00:00Z", "next": null },
        { "slug": "open", "publishedAt": "2026-11-23T09:00:00Z", "next": { "slug": "christmas" } },
    ]);
    assert_eq!(data["posts"]["nodes"], expected);
}

/// It would be refused as `TAKEN` if it were published; a look at it is no harm.
async fn a_draft_with_the_path_of_another_entry_can_be_looked_at(app: TestApp) {
    let draft = app.save_post(json!({ "title": "Draft", "slug": "same" })).await["id"].clone();
    revise(&app, draft.as_str().expect("an id"), json!({ "slug": "other" })).await;
    app.publish_post(json!({ "title": "First", "slug": "same" })).await;
    let token = preview(&app, json!({ "document": draft, "revision": 1 })).await;
    let query = r#"{ post(slug: "same") { title } entry(path: "/posts/same") { title }
        posts(orderBy: TITLE_ASC) { nodes { title } totalCount } }"#;
    let data = app.data(As::Preview(&token), query, json!({})).await;
    let shown = json!({ "title": "Draft" });
    let both = json!({ "nodes": [shown, { "title": "First" }], "totalCount": 2 });
    assert_eq!(data, json!({ "post": shown, "entry": shown, "posts": both }));
    let refused = app.try_mutate("publishEntry", json!({ "document": draft, "revision": 1 }), "").await;
    assert_eq!(refusals(&refused), ["TAKEN input.slug"]);
}

async fn a_directive_that_is_not_known_yet_is_text(app: TestApp) {
    let input = json!({ "title": "Draft", "slug": "draft", "body": "Look: ::hologram[legs]" });
    let id = app.save_post(input).await["id"].clone();
    let token = preview(&app, json!({ "document": id })).await;
    let query = r#"{ post(slug: "draft") { body { text } } }"#;
    let data = app.data(As::Preview(&token), query, json!({})).await;
    assert_eq!(data["post"]["body"]["text"].as_str().map(str::trim), Some("Look: ::hologram[legs]"));
}

//! Files in content: covers, pictures of authors, images and recordings in texts, and what publishing asks of them.

use serde_json::{Value, json};

use super::files::{CAPTIONS, film, film_with_sound, pdf, photo};
use super::{get, given, is_about, text, upload};
use crate::app::{As, TestApp, media_stories, refusals, stories};
use crate::publishing::{document, post, republish, revise, unpublish};

media_stories![an_image_in_a_text_is_responsive_and_every_address_in_it_works];

stories![
    a_cover_is_public_with_its_entry_and_leaves_with_it,
    an_author_has_a_picture,
    publishing_names_every_file_that_lacks_its_words,
    words_of_a_file_change_everywhere_at_once,
    a_new_file_is_shown_everywhere_at_once,
    a_file_that_is_shown_stays_public,
    a_page_of_covers_takes_two_statements,
    the_change_log_tells_of_files,
    sizes_are_the_frontends,
];

const FILE: &str = "id kind mimeType width height alt caption url placeholder { color thumbhash } \
    image(width: 320) { url width height srcset }";

/// A public image with an alternative text; answers its id.
pub async fn image(app: &TestApp, name: &'static str, width: u32, alt: &str) -> String {
    let made = upload(app, &given(name, "image/jpeg", photo(width, width / 4 * 3)), json!({})).await;
    say(app, &made["id"], json!({ "alt": alt })).await;
    text(&made["id"]).to_owned()
}

pub async fn say(app: &TestApp, id: &Value, mut words: Value) {
    words["asset"] = id.clone();
    app.mutate("updateAsset", words, "asset { id }").await;
}

pub async fn captions(app: &TestApp, name: &'static str) -> Value {
    upload(app, &given(name, "text/vtt", CAPTIONS.as_bytes().to_vec()), json!({})).await["id"].clone()
}

/// The URLs in some html, those of sets among them.
pub fn addresses(html: &str, app: &TestApp) -> Vec<String> {
    let media = app.url("/media/");
    let parts = html.split(['"', ' ', ',']).filter(|part| part.starts_with(&media));
    parts.map(|part| part.replace("&amp;", "&")).collect()
}

async fn an_image_in_a_text_is_responsive_and_every_address_in_it_works(app: TestApp) {
    let leg = image(&app, "Leg.jpg", 1_600, "A leg, \"lifted\"").await;
    say(&app, &json!(leg), json!({ "caption": "Day 1" })).await;
    app.publish_post(json!({ "title": "Legs", "body": format!("Look:\n\n::image[{leg}]\n\nDone.") })).await;
    let body = post(
        &app,
        "legs",
        &format!("body {{ html text embeds {{ ... on AssetEmbed {{ asset {{ {FILE} }} }} }} }}"),
    )
    .await["body"]
        .clone();
    let html = text(&body["html"]);
    assert!(html.starts_with(
        "<p>Look:</p>\n<figure class=\"embed embed-image\"><picture><source type=\"image/webp\" srcset=\""
    ));
    for part in [
        "sizes=\"(min-width: 48rem) 48rem, 100vw\"",
        "width=\"1280\" height=\"960\"",
        "alt=\"A leg, &quot;lifted&quot;\"",
        "loading=\"lazy\"",
        "<figcaption>Day 1</figcaption></figure>\n<p>Done.</p>",
        " 1600w\"",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert_eq!(body["text"], "Look:\n\nDone.");
    let found = addresses(html, &app);
    assert_eq!(found.len(), 11, "five widths in two formats, and the plain one: {found:?}");
    for url in found {
        let answer = get(&app, &url).await;
        assert_eq!(answer.status, 200, "{url}");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        let picture = super::decode(&answer.bytes);
        assert!(is_about(*picture.get_pixel(4, 4), super::files::RED), "{url}");
    }
    let file = &body["embeds"][0]["asset"];
    assert_eq!(
        (&file["id"], &file["alt"], &file["width"]),
        (&json!(leg), &json!("A leg, \"lifted\""), &json!(1_600))
    );
    assert!(html.contains(&format!("data-color=\"{}\"", text(&file["placeholder"]["color"]))));
    assert!(html.contains(&format!("data-thumbhash=\"{}\"", text(&file["placeholder"]["thumbhash"]))));
    let original = get(&app, text(&file["url"])).await;
    assert_eq!((original.status, original.header("content-type")), (200, "image/jpeg"));
}

async fn a_cover_is_public_with_its_entry_and_leaves_with_it(app: TestApp) {
    let cover = image(&app, "cover.jpg", 640, "A path").await;
    let id = app.save_post(json!({ "title": "Paths", "cover": cover })).await["id"].clone();
    let id = text(&id).to_owned();
    assert_eq!(document(&app, &id, "revision { cover }").await["revision"]["cover"], json!(cover));
    let node = "query($id: ID!) { node(id: $id) { ... on Asset { alt url } } }";
    let nobody = async || app.data(As::Anonymous, node, json!({ "id": cover })).await["node"].clone();
    assert_eq!(nobody().await, Value::Null, "nothing public shows it");

    app.publish(&id).await;
    let shown = post(&app, "paths", &format!("cover {{ {FILE} }} jsonLd")).await;
    assert_eq!((&shown["cover"]["id"], &shown["cover"]["alt"]), (&json!(cover), &json!("A path")));
    assert_eq!(shown["cover"]["image"]["width"], 320);
    assert_eq!(get(&app, text(&shown["cover"]["image"]["url"])).await.status, 200);
    let data: Value = serde_json::from_str(text(&shown["jsonLd"])).expect("JSON");
    let social = super::decode(&get(&app, text(&data["image"])).await.bytes);
    assert_eq!(social.dimensions(), (640, 335), "1.91:1");
    assert_eq!(nobody().await["alt"], "A path");

    // A second entry shows it too; it stays until neither does.
    let other = app.publish_post(json!({ "title": "Other", "body": format!("::image[{cover}]") })).await;
    unpublish(&app, &id).await;
    assert_eq!(nobody().await["alt"], "A path");
    republish(&app, &other, json!({ "body": "Nothing to see" })).await;
    assert_eq!(nobody().await, Value::Null);
    app.publish(&id).await;
    assert_eq!(nobody().await["alt"], "A path");
    revise(&app, &id, json!({ "cover": null })).await;
    assert_eq!(
        post(&app, "paths", "cover { id }").await["cover"]["id"],
        json!(cover),
        "a draft changes nothing"
    );
    app.publish(&id).await;
    assert_eq!(post(&app, "paths", "cover { id }").await["cover"], Value::Null);

    let film = upload(&app, &given("f.mp4", "video/mp4", film()), json!({})).await["id"].clone();
    for (given, expected) in [
        (json!("asset_01jd0000000000000000000000"), "NOT_FOUND input.cover"),
        (json!("leg.jpg"), "INVALID_ID input.cover"),
        (json!(id), "INVALID_ID input.cover"),
        (film, "INVALID input.cover"),
    ] {
        let input = json!({ "title": "x", "cover": given });
        assert_eq!(
            refusals(&app.try_mutate("savePost", input, "document { id }").await),
            [expected],
            "{given}"
        );
    }
}

async fn an_author_has_a_picture(app: TestApp) {
    let plain = upload(&app, &given("me.jpg", "image/jpeg", photo(320, 240)), json!({})).await["id"].clone();
    let save = json!({ "name": "Nerys", "slug": "nerys", "avatar": plain });
    let refused = app.try_mutate("saveAuthor", save.clone(), "author { id }").await;
    assert_eq!(refusals(&refused), ["ALT_REQUIRED input.avatar"]);
    say(&app, &plain, json!({ "alt": "Nerys, laughing" })).await;
    let author = app.mutate("saveAuthor", save, "author { id avatar { id alt } }").await["author"].clone();
    assert_eq!(author["avatar"], json!({ "id": plain, "alt": "Nerys, laughing" }));
    app.publish_post(json!({ "title": "Hello", "author": author["id"] })).await;
    let avatar = "author { avatar { alt image(width: 320, ratio: SQUARE) { width height } } }";
    let shown = post(&app, "hello", avatar).await["author"]["avatar"].clone();
    assert_eq!(shown, json!({ "alt": "Nerys, laughing", "image": { "width": 240, "height": 240 } }));
    // The names and pictures of authors are kept in memory; what changes there is seen at the next question.
    say(&app, &plain, json!({ "alt": "Nerys" })).await;
    assert_eq!(post(&app, "hello", "author { avatar { alt } }").await["author"]["avatar"]["alt"], "Nerys");
    app.mutate("saveAuthor", json!({ "id": author["id"], "avatar": null }), "author { id }").await;
    assert_eq!(post(&app, "hello", "author { avatar { alt } }").await["author"]["avatar"], Value::Null);
}

async fn publishing_names_every_file_that_lacks_its_words(app: TestApp) {
    let silent =
        upload(&app, &given("no-alt.jpg", "image/jpeg", photo(64, 48)), json!({})).await["id"].clone();
    let loud =
        upload(&app, &given("loud.mp4", "video/mp4", film_with_sound()), json!({})).await["id"].clone();
    let mute = upload(&app, &given("mute.mp4", "video/mp4", film()), json!({})).await["id"].clone();
    let private =
        upload(&app, &given("p.jpg", "image/jpeg", photo(65, 48)), json!({ "isPrivate": true })).await;
    let paper = upload(&app, &given("a.pdf", "application/pdf", pdf(900)), json!({})).await["id"].clone();
    let broken = given("broken.png", "image/png", b"\x89PNG\r\n\x1a\n".to_vec());
    let broken = upload(&app, &broken, json!({})).await["id"].clone();
    let lines: Vec<String> =
        [&silent, &mute, &private["id"], &paper, &broken, &json!("asset_01jd0000000000000000000000")]
            .iter()
            .map(|id| format!("::image[{}]", text(id)))
            .chain([format!("::video[{}]", text(&loud)), format!("::video[{}]", text(&mute))])
            .collect();
    let input = json!({ "title": "All", "cover": silent, "body": lines.join("\n") });
    let id = app.save_post(input).await["id"].clone();
    let refused = app.try_mutate("publishEntry", json!({ "document": id }), "entry { id }").await;
    assert_eq!(
        refusals(&refused),
        [
            "ALT_REQUIRED input.cover",
            "ALT_REQUIRED input.body",
            "INVALID input.body",
            "NOT_FOUND input.body",
            "INVALID input.body",
            "NOT_READY input.body",
            "NOT_FOUND input.body",
            "CAPTIONS_REQUIRED input.body",
        ]
    );
    let message = |index: usize| text(&refused["userErrors"][index]["message"]).to_owned();
    assert_eq!(
        message(1),
        format!(
            "line 1, column 1: no-alt.jpg ({}) needs an alternative text (alt), or isDecorative where it says nothing",
            text(&silent)
        )
    );
    assert!(
        message(2).contains("mute.mp4") && message(2).contains("is a video, not an image"),
        "{}",
        message(2)
    );
    assert_eq!(
        message(3).replace(text(&private["id"]), "X"),
        message(6).replace("asset_01jd0000000000000000000000", "X").replace("line 6", "line 3"),
        "a private file is like one that is not there"
    );
    let problems =
        document(&app, text(&id), "revision { problems { line message } }").await["revision"]["problems"]
            .clone();
    let lines: Vec<_> = problems.as_array().expect("a list").iter().map(|one| one["line"].clone()).collect();
    assert_eq!(lines, [0, 1, 2, 3, 4, 5, 6, 7], "the desk says so before");

    let schedule = json!({ "document": id, "at": "2026-12-01T00:00:00Z" });
    let refused = app.try_mutate("scheduleEntry", schedule, "schedule { id }").await;
    assert_eq!(refusals(&refused).len(), 8, "what would be refused at its time is refused now");

    say(&app, &silent, json!({ "isDecorative": true })).await;
    say(&app, &loud, json!({ "transcript": "Lift.\n\nHold." })).await;
    let body = format!("::image[{}]\n::video[{}]\n::video[{}]", text(&silent), text(&loud), text(&mute));
    republish(&app, text(&id), json!({ "body": body })).await;
    let html = post(&app, "all", "body { html }").await["body"]["html"].clone();
    assert!(text(&html).contains(" alt=\"\" "), "{html}");
    assert!(
        text(&html).contains("<summary>Transcript</summary><p>Lift.</p><p>Hold.</p></details>"),
        "{html}"
    );
}

async fn words_of_a_file_change_everywhere_at_once(app: TestApp) {
    let leg = image(&app, "leg.jpg", 320, "A leg").await;
    app.publish_post(json!({ "title": "One", "cover": leg, "body": format!("::image[{leg}]") })).await;
    let fields = "cover { alt } body { html }";
    say(&app, &json!(leg), json!({ "alt": "Another leg", "caption": "Day 2" })).await;
    let shown = post(&app, "one", fields).await;
    assert_eq!(shown["cover"]["alt"], "Another leg");
    assert!(text(&shown["body"]["html"]).contains("alt=\"Another leg\""), "{shown}");
    assert!(text(&shown["body"]["html"]).contains("<figcaption>Day 2</figcaption>"), "{shown}");
}

async fn a_new_file_is_shown_everywhere_at_once(app: TestApp) {
    let leg = image(&app, "leg.jpg", 320, "A leg").await;
    app.publish_post(json!({ "title": "One", "cover": leg })).await;
    let before = post(&app, "one", "cover { url width }").await["cover"].clone();
    upload(&app, &given("wide.jpg", "image/jpeg", photo(640, 480)), json!({ "replaces": leg })).await;
    let after = post(&app, "one", "cover { url width }").await["cover"].clone();
    assert_eq!((&before["width"], &after["width"]), (&json!(320), &json!(640)));
    assert_ne!(before["url"], after["url"]);
    assert_eq!(get(&app, text(&after["url"])).await.status, 200);

    // A film with sound does not take the place of a silent one that the public sees, unless it has words.
    let mute = upload(&app, &given("mute.mp4", "video/mp4", film()), json!({})).await["id"].clone();
    app.publish_post(json!({ "title": "Two", "body": format!("::video[{}]", text(&mute)) })).await;
    let version = "body { embeds { ... on AssetEmbed { asset { url } } } }";
    let before = post(&app, "two", version).await;
    upload(&app, &given("loud.mp4", "video/mp4", film_with_sound()), json!({ "replaces": mute })).await;
    assert_eq!(post(&app, "two", version).await, before);
    say(&app, &mute, json!({ "hasNoSpeech": true })).await;
    upload(&app, &given("loud.mp4", "video/mp4", film_with_sound()), json!({ "replaces": mute })).await;
    assert_ne!(post(&app, "two", version).await, before);
}

async fn a_file_that_is_shown_stays_public(app: TestApp) {
    let leg = image(&app, "leg.jpg", 320, "A leg").await;
    let id = app.publish_post(json!({ "title": "One", "cover": leg })).await;
    let hide = json!({ "asset": leg, "isPrivate": true });
    let refused = app.try_mutate("updateAsset", hide.clone(), "asset { id }").await;
    assert_eq!(refusals(&refused), ["IN_USE input.asset"]);
    unpublish(&app, &id).await;
    app.mutate("updateAsset", hide, "asset { id }").await;
    let refused = app.try_mutate("publishEntry", json!({ "document": id }), "entry { id }").await;
    assert_eq!(refusals(&refused), ["NOT_FOUND input.cover"]);
}

async fn a_page_of_covers_takes_two_statements(app: TestApp) {
    for index in 0..6 {
        let cover = image(&app, "cover.jpg", 64 + index * 4, "A cover").await;
        let title = format!("Post {index}");
        app.publish_post(json!({ "title": title, "cover": cover, "body": format!("::image[{cover}]") }))
            .await;
    }
    let plain = app.send(As::Anonymous, "{ posts { nodes { title } } }", json!({})).await;
    let covers = "{ posts { nodes { title cover { alt url image(width: 320) { srcset } } body { html } } } }";
    let with_covers = app.send(As::Anonymous, covers, json!({})).await;
    assert_eq!(with_covers.body["data"]["posts"]["nodes"].as_array().map(Vec::len), Some(6));
    assert_eq!((plain.statements(), with_covers.statements()), (1, 2));
}

async fn the_change_log_tells_of_files(app: TestApp) {
    let leg = image(&app, "leg.jpg", 320, "A leg").await;
    let id = app.publish_post(json!({ "title": "One", "cover": leg })).await;
    say(&app, &json!(leg), json!({ "alt": "Another" })).await;
    say(&app, &json!(leg), json!({ "alt": "Another" })).await;
    unpublish(&app, &id).await;
    say(&app, &json!(leg), json!({ "alt": "A third" })).await;
    let changes = app.public("{ changes(first: 100) { nodes { action kind id path slug } } }").await;
    let of_files: Vec<Value> = changes["changes"]["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|change| change["kind"] == "ASSET")
        .cloned()
        .collect();
    let change =
        |action: &str| json!({ "action": action, "kind": "ASSET", "id": leg, "path": null, "slug": null });
    assert_eq!(of_files, [change("CREATED"), change("UPDATED"), change("DELETED")]);
}

async fn sizes_are_the_frontends(app: TestApp) {
    let leg = image(&app, "leg.jpg", 640, "A leg").await;
    app.publish_post(json!({ "title": "One", "body": format!("::image[{leg}]") })).await;
    let shown =
        post(&app, "one", "body { html(imageSizes: \"(min-width: 60em) \\\"50vw\\\", 100vw\") }").await;
    assert!(
        text(&shown["body"]["html"]).contains("sizes=\"(min-width: 60em) &quot;50vw&quot;, 100vw\""),
        "{shown}"
    );
    for bad in ["", " ", "a\\nb", &"x".repeat(201)] {
        let query = format!("{{ post(slug: \"one\") {{ body {{ html(imageSizes: \"{bad}\") }} }} }}");
        let answer = app.send(As::Anonymous, &query, json!({})).await;
        assert_eq!(answer.body["errors"][0]["extensions"]["argument"], "imageSizes", "{}", answer.text);
    }
}

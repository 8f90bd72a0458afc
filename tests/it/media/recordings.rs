//! Recordings in texts: with captions, chapters and a poster, and those that somebody else serves.

use serde_json::{Value, json};

use super::files::film_with_sound;
use super::shown::{addresses, captions, image, say};
use super::{get, given, text, upload};
use crate::app::{As, TestApp, refusals, stories};
use crate::publishing::{post, unpublish};

stories![
    a_video_has_captions_chapters_and_a_poster,
    a_video_elsewhere_is_a_link_with_a_poster,
    what_the_public_sees_keeps_its_words,
];

async fn a_video_has_captions_chapters_and_a_poster(app: TestApp) {
    let poster = image(&app, "poster.jpg", 640, "The kitchen").await;
    let loud =
        upload(&app, &given("Stand up.mp4", "video/mp4", film_with_sound()), json!({})).await["id"].clone();
    let (english, chapters) = (captions(&app, "en.vtt").await, captions(&app, "chapters.vtt").await);
    let tracks = json!([
        { "file": english, "kind": "CAPTIONS", "language": "EN", "label": "English" },
        { "file": chapters, "kind": "CHAPTERS", "language": "en" },
    ]);
    say(&app, &loud, json!({ "tracks": tracks, "caption": "Two seconds" })).await;
    let desk = "query($id: ID!) { desk { asset(id: $id) { tracks { file kind language label } } } }";
    let set = app.data(As::Owner, desk, json!({ "id": loud })).await["desk"]["asset"]["tracks"].clone();
    assert_eq!(
        set,
        json!([
            { "file": english, "kind": "CAPTIONS", "language": "en", "label": "English" },
            { "file": chapters, "kind": "CHAPTERS", "language": "en", "label": "en" },
        ])
    );
    let body = format!("::video[{} {poster}]", text(&loud));
    app.publish_post(json!({ "title": "Film", "body": body })).await;
    let fields = "body { html embeds { __typename ... on AssetEmbed {
        asset { kind mimeType durationSeconds width image(width: 320) { url } tracks { kind language label url } }
        poster { alt } } } }";
    let body = post(&app, "film", fields).await["body"].clone();
    let embed = &body["embeds"][0];
    assert_eq!(
        (&embed["__typename"], &embed["poster"]["alt"]),
        (&json!("AssetEmbed"), &json!("The kitchen"))
    );
    assert_eq!((&embed["asset"]["kind"], &embed["asset"]["durationSeconds"]), (&json!("VIDEO"), &json!(2.0)));
    assert_eq!(embed["asset"]["image"], Value::Null);
    let html = text(&body["html"]);
    for part in [
        "<video controls preload=\"none\" width=\"640\" height=\"360\" poster=\"",
        "crossorigin=\"anonymous\"><source src=\"",
        "<track kind=\"captions\" srclang=\"en\" label=\"English\" src=\"",
        "<track kind=\"chapters\" srclang=\"en\" label=\"en\" src=\"",
        "<figcaption>Two seconds</figcaption>",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let found = addresses(html, &app);
    assert_eq!(found.len(), 4);
    for url in &found {
        assert_eq!(get(&app, url).await.status, 200, "{url}");
    }
    let captions = get(&app, text(&embed["asset"]["tracks"][0]["url"])).await;
    assert_eq!(captions.header("content-type"), "text/vtt; charset=utf-8");
    assert_eq!(captions.header("access-control-allow-origin"), "*");

    for (track, expected) in [
        (json!({ "file": poster, "kind": "CAPTIONS", "language": "en" }), "INVALID input.tracks.0.file"),
        (json!({ "file": "x", "kind": "CAPTIONS", "language": "en" }), "INVALID_ID input.tracks.0.file"),
        (
            json!({ "file": english, "kind": "CAPTIONS", "language": "english!" }),
            "INVALID input.tracks.0.language",
        ),
        (
            json!({ "file": "asset_01jd0000000000000000000000", "kind": "CAPTIONS", "language": "en" }),
            "NOT_FOUND input.tracks.0.file",
        ),
    ] {
        let input = json!({ "asset": loud, "tracks": [track] });
        assert_eq!(
            refusals(&app.try_mutate("updateAsset", input, "asset { id }").await),
            [expected],
            "{track}"
        );
    }
    let twice = json!({ "file": english, "kind": "CAPTIONS", "language": "en" });
    let input = json!({ "asset": loud, "tracks": [twice, twice] });
    let refused = app.try_mutate("updateAsset", input, "asset { id }").await;
    assert_eq!(refusals(&refused), ["TAKEN input.tracks.1.language"]);
    let input = json!({ "asset": poster, "tracks": [twice] });
    let refused = app.try_mutate("updateAsset", input, "asset { id }").await;
    assert_eq!(refusals(&refused), ["INVALID input.tracks"]);
}

async fn a_video_elsewhere_is_a_link_with_a_poster(app: TestApp) {
    let poster = image(&app, "poster.jpg", 640, "The kitchen").await;
    let body = format!(
        "::video[https://youtu.be/dQw4w9WgXcQ?si=secret&t=9 {poster}]\n\n::video[https://vimeo.com/76979871]"
    );
    app.publish_post(json!({ "title": "Film", "body": body })).await;
    let fields =
        "body { html embeds { ... on PlayerEmbed { service url embedUrl startSeconds poster { alt } } } }";
    let body = post(&app, "film", fields).await["body"].clone();
    assert_eq!(
        body["embeds"],
        json!([
            { "service": "YOUTUBE", "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=9s",
              "embedUrl": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=9", "startSeconds": 9,
              "poster": { "alt": "The kitchen" } },
            { "service": "VIMEO", "url": "https://vimeo.com/76979871",
              "embedUrl": "https://player.vimeo.com/video/76979871?dnt=1", "startSeconds": 0, "poster": null },
        ])
    );
    let html = text(&body["html"]);
    assert!(
        !html.contains("secret") && !html.contains("<iframe") && !html.contains("src=\"https://"),
        "{html}"
    );
    assert!(html.contains("alt=\"The kitchen\"") && html.contains("<span>Video (Vimeo)</span>"), "{html}");
}

async fn what_the_public_sees_keeps_its_words(app: TestApp) {
    let leg = image(&app, "leg.jpg", 320, "A leg").await;
    let loud =
        upload(&app, &given("loud.mp4", "video/mp4", film_with_sound()), json!({})).await["id"].clone();
    say(&app, &loud, json!({ "transcript": "Lift." })).await;
    let body = format!("::image[{leg}]\n::video[{}]", text(&loud));
    let id = app.publish_post(json!({ "title": "Legs", "body": body })).await;
    let refused = async |input: Value| refusals(&app.try_mutate("updateAsset", input, "asset { id }").await);
    assert_eq!(refused(json!({ "asset": leg, "alt": null })).await, ["ALT_REQUIRED input.asset"]);
    assert_eq!(refused(json!({ "asset": leg, "alt": "A lifted leg" })).await, [""; 0]);
    assert_eq!(refused(json!({ "asset": leg, "alt": null, "isDecorative": true })).await, [""; 0]);
    assert_eq!(
        refused(json!({ "asset": loud, "transcript": null })).await,
        ["CAPTIONS_REQUIRED input.asset"]
    );
    // Captions in their place, and then the captions are what has to stay.
    let track = captions(&app, "en.vtt").await;
    let tracks = json!([{ "file": track, "kind": "CAPTIONS", "language": "en" }]);
    assert_eq!(refused(json!({ "asset": loud, "transcript": null, "tracks": tracks })).await, [""; 0]);
    assert_eq!(refused(json!({ "asset": loud, "tracks": [] })).await, ["CAPTIONS_REQUIRED input.asset"]);
    assert_eq!(
        refused(json!({ "asset": track, "isPrivate": true })).await,
        ["CAPTIONS_REQUIRED input.asset"]
    );
    assert_eq!(refused(json!({ "asset": leg, "transcript": "x" })).await, ["INVALID input.transcript"]);
    assert_eq!(refused(json!({ "asset": leg, "hasNoSpeech": true })).await, ["INVALID input.hasNoSpeech"]);
    unpublish(&app, &id).await;
    assert_eq!(refused(json!({ "asset": track, "isPrivate": true })).await, [""; 0]);
    assert_eq!(
        refused(json!({ "asset": loud, "tracks": null })).await,
        [""; 0],
        "what is not public may lack them"
    );
}

//! Private files: nobody finds them by guessing, and a URL that was good ends.

use serde_json::json;

use super::files::{pdf, photo};
use super::{asset, get, given, image, text, upload};
use crate::app::{TestApp, media_stories};

media_stories![
    a_private_file_is_served_until_its_url_ends,
    nobody_guesses_a_url,
    what_becomes_private_has_no_url_without_an_end,
];

async fn a_private_file_is_served_until_its_url_ends(app: TestApp) {
    let file = given("cheat sheet.pdf", "application/pdf", pdf(2_000));
    let found = upload(&app, &file, json!({ "isPrivate": true })).await;
    assert_eq!(found["isPrivate"], true);
    let url = text(&found["url"]);
    let (path, _) = url.split_once("?expires=").expect("an end");
    let served = get(&app, url).await;
    assert_eq!((served.status, served.bytes == file.bytes), (200, true));
    assert!(
        served.header("cache-control").starts_with("private, max-age="),
        "{}",
        served.header("cache-control")
    );
    assert_eq!(get(&app, path).await.status, 404, "not without its end");
    let later = url.replace("expires=1", "expires=2");
    assert_ne!(later, url);
    assert_eq!(get(&app, &later).await.status, 404, "not with another end");
    app.advance(2 * 3_600_000);
    assert_eq!(get(&app, url).await.status, 404, "not after it");
    let again = asset(&app, &found["id"]).await;
    assert_eq!(get(&app, text(&again["url"])).await.status, 200, "the desk has a new one");

    let photo =
        upload(&app, &given("me.jpg", "image/jpeg", photo(640, 480)), json!({ "isPrivate": true })).await;
    let small = image(&app, &photo["id"], "width: 320").await;
    let (path, _) = text(&small["url"]).split_once("?expires=").expect("its renditions are private too");
    assert_eq!(get(&app, text(&small["url"])).await.status, 200);
    assert_eq!(get(&app, path).await.status, 404);
    for candidate in text(&small["srcset"]).split(", ") {
        let (url, _) = candidate.split_once(' ').expect("a width");
        assert!(url.contains("?expires="), "{url}");
        assert_eq!(get(&app, url).await.status, 200);
    }
}

async fn nobody_guesses_a_url(app: TestApp) {
    let private =
        upload(&app, &given("a.jpg", "image/jpeg", photo(640, 480)), json!({ "isPrivate": true })).await;
    let public = upload(&app, &given("b.jpg", "image/jpeg", photo(320, 240)), json!({})).await;
    let shown = image(&app, &public["id"], "width: 320").await;
    let parts = |url: &str| -> Vec<String> {
        let path = url.split('?').next().expect("a path");
        path.rsplitn(4, '/').map(str::to_owned).collect::<Vec<_>>().into_iter().rev().collect()
    };
    let (mine, theirs) = (parts(text(&public["url"])), parts(text(&private["url"])));
    let rendition = parts(text(&shown["url"]));
    let join = |asset: &str, tag: &str, file: &str| format!("{}/{asset}/{tag}/{file}", app.url("/media"));
    let (version, signature) = theirs[2].split_once('.').expect("a version and a signature");
    let altered =
        format!("{version}.{}{}", if signature.starts_with('A') { "B" } else { "A" }, &signature[1..]);
    let guesses = [
        // Another asset, another file, another size under a signature that is good for something else.
        join(&theirs[1], &mine[2], &mine[3]),
        join(&theirs[1], &theirs[2], &theirs[3]),
        join(&theirs[1], &altered, &theirs[3]),
        join(&theirs[1], version, &theirs[3]),
        join(&theirs[1], &format!("{version}."), &theirs[3]),
        join(&theirs[1], &rendition[2], &rendition[3]),
        join(&mine[1], &rendition[2], "321x241.webp"),
        join(&mine[1], &rendition[2], "320x240.png"),
        join(&mine[1], &mine[2], "other.jpg"),
        join("asset_00000000000000000000000000", &mine[2], &mine[3]),
        join("post_00000000000000000000000000", &mine[2], &mine[3]),
        join("%2e%2e", &mine[2], &mine[3]),
        join(&mine[1], &mine[2], "..%2f..%2fobjects"),
        format!("{}?expires=9999999999", text(&public["url"])),
        format!("{}?expires=-1", text(&public["url"])),
        // The store itself takes signed requests alone.
        app.url("/storage"),
        app.url("/storage/"),
        app.url("/storage/?list-type=2"),
        app.url(&format!("/storage/objects/{}", text(&private["sha256"]))),
        app.url("/storage/..%2f..%2fmaster.key"),
    ];
    for guess in guesses {
        let answer = get(&app, &guess).await;
        assert!([400, 403, 404, 405].contains(&answer.status), "{guess}: {}", answer.status);
        assert!(!super::files::contains(&answer.bytes, &[0xFF, 0xD8, 0xFF]), "{guess}");
    }
    assert_eq!(get(&app, text(&public["url"])).await.status, 200);
    assert_eq!(get(&app, text(&private["url"])).await.status, 200);
}

async fn what_becomes_private_has_no_url_without_an_end(app: TestApp) {
    let found = upload(&app, &given("a.jpg", "image/jpeg", photo(640, 480)), json!({})).await;
    let (url, shown) = (text(&found["url"]).to_owned(), image(&app, &found["id"], "width: 320").await);
    assert_eq!(get(&app, &url).await.status, 200);
    assert_eq!(get(&app, text(&shown["url"])).await.status, 200);
    app.mutate("updateAsset", json!({ "asset": found["id"], "isPrivate": true }), "asset { isPrivate }")
        .await;
    assert_eq!(get(&app, &url).await.status, 404);
    assert_eq!(get(&app, text(&shown["url"])).await.status, 404);
    app.mutate("updateAsset", json!({ "asset": found["id"], "isPrivate": false }), "asset { isPrivate }")
        .await;
    assert_eq!(get(&app, &url).await.status, 200);
}

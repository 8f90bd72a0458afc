//! Media: files go straight to the store, are looked at, and come back clean, in every size that is asked for.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wellspring::app::installation::MARKER;

use crate::app::{As, TestApp, media_stories};

pub mod files;
mod gc;
mod kills;
mod library;
mod modes;
mod own_store;
mod private;
mod recordings;
mod refused;
mod renditions;
pub mod shown;
mod signed;
mod store_faults;
mod usage;

use files::{photo, photo_with_place};

media_stories![
    a_photo_goes_straight_to_the_store_and_is_shown_in_every_size,
    a_photo_loses_its_place_and_stays_upright,
    a_large_file_goes_in_parts_and_is_gone_on_with,
    the_same_bytes_twice_are_one_object,
    a_file_of_every_kind_becomes_an_asset,
    a_range_of_a_file_is_sent,
    a_new_file_keeps_the_id_of_the_old,
];

const UPLOAD: &str = "id state filename byteSize rejection request { url headers { name value } } \
    parts { number offset byteSize isStored request { url headers { name value } } } asset { id state }";
const ASSET: &str = "id kind state rejection filename mimeType byteSize sha256 width height durationSeconds isAnimated \
    isPrivate alt url version placeholder { thumbhash dataUrl color }";

/// A file that somebody uploads.
#[derive(Debug, Clone)]
pub struct Given {
    filename: &'static str,
    mime_type: &'static str,
    pub bytes: Vec<u8>,
}

pub fn given(filename: &'static str, mime_type: &'static str, bytes: Vec<u8>) -> Given {
    Given { filename, mime_type, bytes }
}

impl Given {
    fn sha256(&self) -> String {
        hex(&Sha256::digest(&self.bytes))
    }

    fn announcement(&self) -> Value {
        json!({
            "filename": self.filename, "mimeType": self.mime_type, "byteSize": self.bytes.len(), "sha256": self.sha256(),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Announces a file with these changes to what is said of it.
pub async fn announce(app: &TestApp, file: &Given, more: Value) -> Value {
    let mut input = file.announcement();
    input.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    app.mutate("createUpload", input, &format!("upload {{ {UPLOAD} }}")).await["upload"].clone()
}

/// Sends bytes as a browser does: with the headers that it was told, and no others.
pub async fn send(app: &TestApp, request: &Value, bytes: &[u8]) -> StatusCode {
    let mut put = app.client().put(text(&request["url"])).body(bytes.to_vec());
    for header in request["headers"].as_array().expect("headers") {
        if text(&header["name"]) != "content-length" {
            put = put.header(text(&header["name"]), text(&header["value"]));
        }
    }
    put.send().await.expect("an answer of the store").status()
}

async fn complete(app: &TestApp, upload: &Value) -> Value {
    let fields = format!("upload {{ {UPLOAD} }}");
    app.mutate("completeUpload", json!({ "upload": upload["id"] }), &fields).await["upload"].clone()
}

/// Uploads a file in one piece and has it looked at; answers the asset.
pub async fn upload(app: &TestApp, file: &Given, more: Value) -> Value {
    let upload = announce(app, file, more).await;
    assert_eq!(send(app, &upload["request"], &file.bytes).await, 200);
    let completed = complete(app, &upload).await;
    assert_eq!(app.run_jobs().await, 1);
    asset(app, &completed["asset"]["id"]).await
}

/// The keys of everything in the store but its mark.
async fn stored(app: &TestApp) -> Vec<String> {
    let page = app.app.store.list("", None, 100).await.expect("a list");
    page.objects.into_iter().map(|object| object.key).filter(|key| key != MARKER).collect()
}

async fn asset(app: &TestApp, id: &Value) -> Value {
    let query = format!("query($id: ID!) {{ desk {{ asset(id: $id) {{ {ASSET} }} }} }}");
    app.data(As::Owner, &query, json!({ "id": id })).await["desk"]["asset"].clone()
}

/// The URL of an image in a size, such as `width: 640, ratio: WIDE`.
async fn image(app: &TestApp, id: &Value, arguments: &str) -> Value {
    let query = format!(
        "query($id: ID!) {{ desk {{ asset(id: $id) {{ image({arguments}) {{ url width height mimeType srcset }} }} }} }}"
    );
    app.data(As::Owner, &query, json!({ "id": id })).await["desk"]["asset"]["image"].clone()
}

struct Fetched {
    status: u16,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Fetched {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

async fn get(app: &TestApp, url: &str) -> Fetched {
    get_with(app, url, &[]).await
}

async fn get_with(app: &TestApp, url: &str, headers: &[(&str, &str)]) -> Fetched {
    let mut request = app.client().get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Fetched { status, headers, bytes: response.bytes().await.expect("a whole answer").to_vec() }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn decode(bytes: &[u8]) -> image::RgbImage {
    image::load_from_memory(bytes).expect("an image").to_rgb8()
}

/// Whether a pixel is about so red, green and blue: what is lossy is not exact.
fn is_about(pixel: image::Rgb<u8>, expected: [u8; 3]) -> bool {
    pixel.0.iter().zip(expected).all(|(found, wanted)| found.abs_diff(wanted) < 40)
}

async fn a_photo_goes_straight_to_the_store_and_is_shown_in_every_size(app: TestApp) {
    let file = given("Leg raises.JPG", "image/jpeg", photo(1_600, 1_200));
    let announced = announce(&app, &file, json!({})).await;
    assert_eq!(announced["state"], "OPEN");
    assert_eq!(announced["parts"], json!([]));
    assert_eq!(send(&app, &announced["request"], &file.bytes).await, 200);
    if let Some(s3) = &app.s3 {
        let store = format!("http://{}/", s3.address);
        assert!(text(&announced["request"]["url"]).starts_with(&store), "not through the API");
        assert!(s3.received() >= file.bytes.len() as u64);
    }

    let completed = complete(&app, &announced).await;
    assert_eq!(
        (&completed["state"], &completed["asset"]["state"]),
        (&json!("COMPLETED"), &json!("PROCESSING"))
    );
    let early = asset(&app, &completed["asset"]["id"]).await;
    assert_eq!(
        (&early["url"], &early["width"], &early["placeholder"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(app.run_jobs().await, 1);
    let again = complete(&app, &announced).await;
    assert_eq!((&again["state"], &again["asset"]["id"]), (&json!("ENDED"), &completed["asset"]["id"]));
    assert_eq!(app.run_jobs().await, 0, "completing it again changes nothing");

    let found = asset(&app, &completed["asset"]["id"]).await;
    assert_eq!(
        (&found["kind"], &found["state"], &found["mimeType"], &found["width"], &found["height"]),
        (&json!("IMAGE"), &json!("READY"), &json!("image/jpeg"), &json!(1_600), &json!(1_200))
    );
    assert!(text(&found["placeholder"]["dataUrl"]).starts_with("data:image/png;base64,"));
    assert!(text(&found["placeholder"]["color"]).starts_with('#'));
    let url = text(&found["url"]);
    assert!(url.starts_with(&app.url("/media/asset_")) && url.ends_with("/leg-raises.jpg"), "{url}");
    let original = get(&app, url).await;
    assert_eq!(original.status, 200);
    assert_eq!(hex(&Sha256::digest(&original.bytes)), text(&found["sha256"]));
    assert_eq!(original.header("content-type"), "image/jpeg");
    assert_eq!(original.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(original.header("content-disposition"), "inline; filename=\"leg-raises.jpg\"");
    assert_eq!(original.header("x-content-type-options"), "nosniff");
    assert_eq!(original.header("access-control-allow-origin"), "*");
    assert!(original.header("etag").starts_with('"'), "a strong tag");
    let unchanged = get_with(&app, url, &[("if-none-match", original.header("etag"))]).await;
    assert_eq!((unchanged.status, unchanged.bytes.len()), (304, 0));

    for (arguments, width, height, mime_type) in [
        ("width: 640", 640, 480, "image/webp"),
        ("width: 640, ratio: WIDE, format: JPEG", 640, 360, "image/jpeg"),
        ("width: 320, ratio: TALL, fit: CONTAIN, format: PNG", 320, 240, "image/png"),
        ("width: 2560", 1_600, 1_200, "image/webp"),
    ] {
        let shown = image(&app, &found["id"], arguments).await;
        assert_eq!(
            (&shown["width"], &shown["height"], &shown["mimeType"]),
            (&json!(width), &json!(height), &json!(mime_type)),
            "{arguments}"
        );
        let first = get(&app, text(&shown["url"])).await;
        assert_eq!((first.status, first.header("content-type")), (200, mime_type), "{arguments}");
        assert_eq!(decode(&first.bytes).dimensions(), (width, height), "{arguments}");
        let second = get(&app, text(&shown["url"])).await;
        assert_eq!(first.header("etag"), second.header("etag"));
        assert_eq!(first.bytes, second.bytes, "made once");
    }
    let avif = image(&app, &found["id"], "width: 320, format: AVIF").await;
    let avif = get(&app, text(&avif["url"])).await;
    assert_eq!(
        (avif.status, avif.header("content-type"), &avif.bytes[4..12]),
        (200, "image/avif", &b"ftypavif"[..])
    );
    let shown = image(&app, &found["id"], "width: 640").await;
    let widths: Vec<_> = text(&shown["srcset"]).split(", ").filter_map(|one| one.split(' ').nth(1)).collect();
    assert_eq!(widths, ["320w", "640w", "960w", "1280w", "1600w"]);
}

async fn a_photo_loses_its_place_and_stays_upright(app: TestApp) {
    // Stored lying on its side, as a telephone does, with the place where it was taken.
    let file = given("home.jpg", "image/jpeg", photo_with_place(800, 600));
    assert!(files::contains(&file.bytes, files::CANARY));
    let found = upload(&app, &file, json!({})).await;
    assert_eq!((&found["width"], &found["height"]), (&json!(600), &json!(800)), "as it is shown");
    let original = get(&app, text(&found["url"])).await;
    assert!(!files::contains(&original.bytes, files::CANARY), "the place is gone");
    assert!(!files::contains(&original.bytes, b"GPS"));
    assert_eq!(files::orientation(&original.bytes), 6, "browsers turn it");
    for arguments in
        ["width: 320", "width: 320, format: JPEG", "width: 320, format: PNG", "width: 320, ratio: SQUARE"]
    {
        let shown = image(&app, &found["id"], arguments).await;
        let rendition = get(&app, text(&shown["url"])).await;
        assert!(!files::contains(&rendition.bytes, files::CANARY), "{arguments}");
        let picture = decode(&rendition.bytes);
        // The red corner at the top left of what lies on its side is at the top right of what stands.
        assert!(is_about(*picture.get_pixel(picture.width() - 8, 8), files::RED), "{arguments}");
        assert!(!is_about(*picture.get_pixel(8, 8), files::RED), "{arguments}");
    }
}

async fn a_large_file_goes_in_parts_and_is_gone_on_with(app: TestApp) {
    let file = given("plan.pdf", "application/pdf", files::pdf(33 * 1024 * 1024));
    let announced = announce(&app, &file, json!({})).await;
    assert_eq!(announced["request"], Value::Null);
    let parts = announced["parts"].as_array().expect("parts").clone();
    assert_eq!(parts.len(), 3);
    let bytes_of = |part: &Value| {
        let start = usize::try_from(part["offset"].as_i64().expect("a number")).expect("small");
        &file.bytes
            [start..start + usize::try_from(part["byteSize"].as_i64().expect("a number")).expect("small")]
    };
    for index in [2, 0] {
        assert_eq!(send(&app, &parts[index]["request"], bytes_of(&parts[index])).await, 200);
    }
    let early = app.try_mutate("completeUpload", json!({ "upload": announced["id"] }), "upload { id }").await;
    assert_eq!(
        early["userErrors"][0]["message"], "these parts have not arrived: 2",
        "and nothing else is to be sent again"
    );
    let query = format!("query($id: ID!) {{ desk {{ upload(id: $id) {{ {UPLOAD} }} }} }}");
    let later = app.data(As::Owner, &query, json!({ "id": announced["id"] })).await["desk"]["upload"].clone();
    let stored: Vec<_> =
        later["parts"].as_array().expect("parts").iter().map(|part| &part["isStored"]).collect();
    assert_eq!(stored, [true, false, true]);
    assert_eq!(send(&app, &later["parts"][1]["request"], bytes_of(&parts[1])).await, 200);
    let completed = complete(&app, &announced).await;
    assert_eq!(app.run_jobs().await, 1);
    let found = asset(&app, &completed["asset"]["id"]).await;
    assert_eq!((&found["kind"], &found["state"]), (&json!("DOCUMENT"), &json!("READY")));
    assert_eq!(text(&found["sha256"]), file.sha256());
    assert_eq!(get(&app, text(&found["url"])).await.bytes, file.bytes);
}

async fn the_same_bytes_twice_are_one_object(app: TestApp) {
    let file = given("one.jpg", "image/jpeg", photo(320, 240));
    let one = upload(&app, &file, json!({})).await;
    let two = upload(&app, &Given { filename: "two.jpg", ..file }, json!({})).await;
    assert_ne!(one["id"], two["id"]);
    assert_eq!(one["sha256"], two["sha256"]);
    let listed = app.app.store.list("objects/", None, 10).await.expect("a list");
    assert_eq!(listed.objects.len(), 1);
    app.mutate("deleteAsset", json!({ "asset": one["id"] }), "deletedId").await;
    assert_eq!(get(&app, text(&one["url"])).await.status, 404);
    gc::collect(&app).await;
    assert_eq!(get(&app, text(&two["url"])).await.status, 200, "the other one still shows it");
    app.mutate("deleteAsset", json!({ "asset": two["id"] }), "deletedId").await;
    assert_eq!(gc::collect(&app).await.unused.len(), 1);
    assert_eq!(stored(&app).await, [""; 0]);
}

async fn a_file_of_every_kind_becomes_an_asset(app: TestApp) {
    for (filename, mime_type, bytes, kind) in files::every_kind() {
        let found = upload(&app, &given(filename, mime_type, bytes), json!({})).await;
        assert_eq!(
            (&found["state"], &found["kind"], &found["rejection"]),
            (&json!("READY"), &json!(kind), &Value::Null),
            "{filename}"
        );
        let served = get(&app, text(&found["url"])).await;
        let expected = if mime_type == "text/vtt" { "text/vtt; charset=utf-8" } else { mime_type };
        assert_eq!((served.status, served.header("content-type")), (200, expected), "{filename}");
        assert_eq!(hex(&Sha256::digest(&served.bytes)), text(&found["sha256"]), "{filename}");
        assert_eq!(found["placeholder"].is_object(), kind == "IMAGE", "{filename}");
        assert_eq!(image(&app, &found["id"], "width: 320").await.is_object(), kind == "IMAGE", "{filename}");
    }
}

async fn a_range_of_a_file_is_sent(app: TestApp) {
    let file = given("words.pdf", "application/pdf", files::pdf(700_000));
    let found = upload(&app, &file, json!({})).await;
    let url = text(&found["url"]);
    let whole = get(&app, url).await;
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let part = get_with(&app, url, &[("range", "bytes=100000-100009")]).await;
    assert_eq!((part.status, part.header("content-range")), (206, "bytes 100000-100009/700000"));
    assert_eq!(part.bytes, file.bytes[100_000..100_010]);
    let last = get_with(&app, url, &[("range", "bytes=-5")]).await;
    assert_eq!((last.status, last.bytes.as_slice()), (206, &file.bytes[699_995..]));
    let beyond = get_with(&app, url, &[("range", "bytes=700000-")]).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */700000"));
    let other = get_with(&app, url, &[("range", "bytes=0-9"), ("if-range", "\"another\"")]).await;
    assert_eq!((other.status, other.bytes.len()), (200, 700_000));
    let head = app.client().head(url).send().await.expect("an answer");
    assert_eq!(
        (head.status().as_u16(), head.headers()["content-length"].to_str().ok()),
        (200, Some("700000"))
    );
}

async fn a_new_file_keeps_the_id_of_the_old(app: TestApp) {
    let before = upload(&app, &given("old.jpg", "image/jpeg", photo(640, 480)), json!({})).await;
    app.mutate("updateAsset", json!({ "asset": before["id"], "alt": "A leg" }), "asset { id }").await;
    let (old_url, old_image) =
        (text(&before["url"]).to_owned(), image(&app, &before["id"], "width: 320").await);

    let video = given("film.mp4", "video/mp4", files::every_kind()[5].2.clone());
    let mut wrong = video.announcement();
    wrong["replaces"] = before["id"].clone();
    let refused = app.try_mutate("createUpload", wrong, "upload { id }").await;
    assert_eq!(crate::app::refusals(&refused), ["INVALID input.mimeType"]);

    let bad = given("bad.png", "image/png", b"\x89PNG\r\n\x1a\n and nothing else".to_vec());
    let kept = upload(&app, &bad, json!({ "replaces": before["id"] })).await;
    assert_eq!(
        (&kept["id"], &kept["state"], &kept["sha256"]),
        (&before["id"], &json!("READY"), &before["sha256"])
    );

    let file = given("new.png", "image/png", files::png(400, 800));
    let after = upload(&app, &file, json!({ "replaces": before["id"] })).await;
    assert_eq!(
        (&after["id"], &after["filename"], &after["alt"], &after["mimeType"], &after["height"]),
        (&before["id"], &json!("new.png"), &json!("A leg"), &json!("image/png"), &json!(800))
    );
    let followed = get(&app, &old_url).await;
    assert_eq!(
        (followed.status, followed.header("content-type")),
        (200, "image/png"),
        "old URLs lead to the new file"
    );
    let followed = get(&app, text(&old_image["url"])).await;
    assert_eq!(decode(&followed.bytes).dimensions(), (320, 640), "in its own proportions");
    assert_eq!(gc::collect(&app).await.unused.len(), 1, "nobody shows the old one");
}

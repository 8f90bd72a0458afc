//! Images in other sizes: how much work they may be, and what cannot be made.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::files::photo;
use super::{get, given, image, shown, text, upload};
use crate::app::{Files, TestApp, stories, with_s3};
use crate::limits::Node;

with_s3![an_original_is_read_once_for_all_that_wait_and_not_before_there_is_room];
stories![
    what_takes_too_much_memory_is_not_given_out,
    addresses_of_what_cannot_be_made_any_more_lead_to_what_can,
];

const FORMATS: [&str; 4] = ["WEBP", "AVIF", "JPEG", "PNG"];
const MIB: u64 = 1024 * 1024;

async fn an_original_is_read_once_for_all_that_wait_and_not_before_there_is_room(app: TestApp) {
    let s3 = app.s3.as_ref().expect("another store");
    let file = upload(&app, &given("leg.jpg", "image/jpeg", photo(640, 480)), json!({})).await;
    let mut urls = Vec::new();
    for format in FORMATS {
        for more in ["width: 320", "width: 640", "width: 320, ratio: SQUARE", "width: 640, ratio: WIDE"] {
            let made = image(&app, &file["id"], &format!("{more}, format: {format}")).await;
            urls.push(text(&made["url"]).to_owned());
        }
    }
    let before = s3.originals();
    // Other work holds the whole memory budget.
    let all = app.app.pool.room(app.app.config.media.memory).await.expect("as much as there is");
    let twice = urls.iter().chain(&urls);
    let answers = join_all(twice.map(|url| made(&app, url)));
    let looked = async {
        while app.app.renditions.waiting() < 2 * urls.len() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(s3.originals(), before, "nothing is read before there is room for it");
        let metrics = get(&app, &app.url("/metrics")).await;
        let line = format!("\nwellspring_rendition_requests_waiting {}\n", app.app.renditions.waiting());
        assert!(String::from_utf8_lossy(&metrics.bytes).contains(&line), "{line}");
        drop(all);
    };
    let (answers, ()) = tokio::join!(answers, looked);
    for (answer, url) in answers.iter().zip(urls.iter().chain(&urls)) {
        assert_eq!(answer.status, 200, "{url}: {}", String::from_utf8_lossy(&answer.bytes));
    }
    assert_eq!(s3.originals(), before + 1, "one read for {} renditions", urls.len());
    assert_eq!(app.app.renditions.waiting(), 0);
}

/// How often something is asked for again that is not made yet: a busy machine takes its time, and a request waits 20 seconds.
const TRIES: usize = 15;

async fn made(app: &TestApp, url: &str) -> super::Fetched {
    for _ in 1..TRIES {
        let answer = get(app, url).await;
        if answer.status != 503 {
            return answer;
        }
    }
    get(app, url).await
}

/// With so little memory that a large AVIF file cannot be made.
fn little(config: &mut wellspring::config::Config) {
    config.media.memory = 64 * MIB;
}

/// The width of the widest image of a `srcset`.
fn widest(image: &Value) -> &str {
    text(&image["srcset"]).rsplit(' ').next().expect("a width")
}

async fn what_takes_too_much_memory_is_not_given_out(app: TestApp) {
    let node = TestApp::start_changed(app.backend, Files::Own, little).await.expect("as the first one did");
    let leg = shown::image(&node, "Leg.jpg", 1_600, "A leg").await;
    let of = async |arguments: &str| image(&node, &json!(leg), arguments).await;
    for (format, widest_made) in [("AVIF", "960w"), ("WEBP", "1600w"), ("JPEG", "1600w"), ("PNG", "1600w")] {
        let made = of(&format!("width: 1920, format: {format}")).await;
        assert_eq!(widest(&made), widest_made, "{format}");
        assert_eq!(format!("{}w", made["width"]), widest_made, "{format}");
        let answer = self::made(&node, text(&made["url"])).await;
        assert_eq!(answer.status, 200, "{format}");
    }
    assert_eq!(of("width: 960, format: AVIF").await["url"], of("width: 1920, format: AVIF").await["url"]);
    // With the usual settings it is what was asked for.
    let leg = shown::image(&app, "Leg.jpg", 1_600, "A leg").await;
    assert_eq!(image(&app, &json!(leg), "width: 1920, format: AVIF").await["width"], 1_600);
}

async fn addresses_of_what_cannot_be_made_any_more_lead_to_what_can(app: TestApp) {
    let leg = shown::image(&app, "Leg.jpg", 1_600, "A leg").await;
    let node = Node::start(&app, little).await;
    let base = app.url("");
    for (arguments, instead) in [
        ("width: 1600, format: AVIF", "960x720.avif"),
        ("width: 1600, ratio: WIDE, format: AVIF", "960x540-c500-500.avif"),
    ] {
        let asked = image(&app, &json!(leg), &arguments.replace("1600", "1920")).await;
        let path = text(&asked["url"]).strip_prefix(&base).expect("an address of this server");
        let answer = node.get(path).await;
        assert_eq!(answer.status(), 302, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-cache");
        let place = answer.headers()["location"].to_str().expect("an address").to_owned();
        assert!(place.ends_with(instead), "{place}");
        let place = place.strip_prefix(&base).expect("an address of this server");
        let mut answer = node.get(place).await;
        for _ in 1..TRIES {
            if answer.status() == 503 {
                answer = node.get(place).await;
            }
        }
        assert_eq!(answer.status(), 200);
    }
}

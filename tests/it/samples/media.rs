//! Samples of the documentation of files: sending one from a page, and playing a video of elsewhere after a click.

use serde_json::json;

use super::*;
use crate::publishing::post;

const MEDIA: &str = include_str!("../../../docs/media.md");

/// The only sample in JavaScript with this word.
fn script(word: &str) -> String {
    let samples = MEDIA.split("```js\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let found: Vec<_> = samples.filter(|sample| sample.contains(word)).collect();
    assert_eq!(found.len(), 1, "{word}");
    found[0].to_owned()
}

/// A page of the site, once everything that it waits for has been answered.
async fn show(app: &TestApp, browser: &Path, body: &str) -> Seen {
    let html = format!("<!doctype html><body>{body}<img src=\"/hold\" alt=\"\">");
    let site = Site {
        files: Arc::new(HashMap::from([("/", ("text/html; charset=utf-8", html))])),
        app: app.url("/graphql"),
        asked: Arc::default(),
        done: Arc::default(),
    };
    let url = serve(&site).await;
    // The store lets pages of the site send files.
    app.mutate("saveSite", json!({ "baseUrl": url }), "site { baseUrl }").await;
    let browser = browser.to_owned();
    let page = tokio::task::spawn_blocking(move || dump(&browser, &url)).await.expect("the browser ends");
    Seen { page, asked: site.asked() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_sends_a_file() {
    let Some((app, browser)) = start(Backend::Sqlite, None).await else { return };
    let page = "<script type=\"module\">
        const mutate = async (query, variables) => {
          const headers = { \"content-type\": \"application/json\", authorization: \"Bearer TOKEN\" };
          const answer = await fetch(\"/graphql\", { method: \"POST\", headers, body: JSON.stringify({ query, variables }) });
          return (await answer.json()).data;
        };
        const createUpload = async (input) => (await mutate(
          `mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload {
             id request { url headers { name value } }
             parts { number offset byteSize isStored request { url headers { name value } } } } } }`,
          { input })).createUpload;
        const completeUpload = (input) =>
          mutate(`mutation($input: UploadInput!) { completeUpload(input: $input) { upload { id } } }`, { input });
        const text = \"WEBVTT\\n\\n00:00.000 --> 00:01.000\\nHello\\n\";
        const file = new File([text], \"hello.vtt\", { type: \"text/vtt\" });
        try {
          SAMPLE
          document.body.append(\"it was sent\");
        } catch (error) {
          document.body.append(`it failed: ${error}`);
        }
        fetch(\"/done\");
      </script>";
    let page = page.replace("TOKEN", app.owner_token()).replace("SAMPLE", &script("createUpload"));
    let seen = show(&app, &browser, &page).await;
    let told = seen.page.rsplit("</script>").next().unwrap_or_default();
    assert!(told.contains("it was sent"), "{told} {:#?}", seen.asked);
    assert_eq!(app.run_jobs().await, 1);
    let query = "{ desk { assets { nodes { filename state } } } }";
    let found = app.data(As::Owner, query, json!({})).await["desk"]["assets"]["nodes"].clone();
    assert_eq!(found, json!([{ "filename": "hello.vtt", "state": "READY" }]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_of_elsewhere_is_played_after_a_click_and_not_before() {
    let Some((app, browser)) = start(Backend::Sqlite, None).await else { return };
    let video = json!({ "title": "Heels", "body": "::video[https://youtu.be/dQw4w9WgXcQ?si=track]" });
    app.publish_post(video).await;
    let html = post(&app, "heels", "body { html }").await["body"]["html"].clone();
    let html = html.as_str().expect("HTML");
    let page = |drive: &str| {
        format!(
            "{html}<script type=\"module\">{}\n{drive}\nfetch(\"/done\");</script>",
            script("embed-player")
        )
    };
    let seen = show(&app, &browser, &page("")).await;
    assert!(!seen.page.contains("<iframe"), "{}", seen.page);
    assert!(seen.page.contains("href=\"https://www.youtube.com/watch?v=dQw4w9WgXcQ\""), "{}", seen.page);
    let click = "document.querySelector(\".embed-player a\").click();";
    let seen = show(&app, &browser, &page(click)).await;
    let frame = "<iframe src=\"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ";
    assert!(seen.page.contains(frame), "{}", seen.page);
    assert!(seen.page.contains("title=\"Video (YouTube)\""), "{}", seen.page);
    assert!(!seen.page.contains("track\""), "{}", seen.page);
}

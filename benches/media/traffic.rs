//! A server with traffic: files, uploads, large images, and readers beside them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::routing::get;
use bytes::Bytes;
use reqwest::Client;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wellspring::jobs;

use crate::photo::photo;
use crate::server::{self, Server};
use crate::{Failure, percentile};

/// The plain file, in the server's folder.
const PLAIN: &str = "plain.bin";

const UPLOADS: usize = 20;
const UPLOAD: usize = 100 * 1024 * 1024;
const TURN: Duration = Duration::from_secs(5);
const CONNECTIONS: usize = 8;
/// Reads a second that keep neither core busy: a site that is read a great deal.
const STEADY: u32 = 2_000;
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(3);

/// What the child does: serves, works on jobs, and has a plain file beside its routes.
pub fn serve(folder: &Path) -> Result<(), Failure> {
    let plain = folder.join(PLAIN);
    let plain = get(async move || tokio::fs::read(plain).await.map_err(|error| error.to_string()));
    server::run(folder, &[("rate_limit_mutations", "off".to_owned())], |app, routes| {
        tokio::spawn(jobs::work(app, std::future::pending()));
        routes.route("/plain", plain)
    })
}

/// `part` is `files`, `uploads` or `readers`, or none for all of them.
pub async fn measure(folder: &Path, part: Option<&str>) -> Result<(), Failure> {
    let house = Arc::new(House { server: Server::start(folder)?, client: Client::new() });
    let is_wanted = |name: &str| part.is_none_or(|part| part == name);
    if is_wanted("files") {
        files(&house, folder).await?;
    }
    if is_wanted("readers") {
        large_images(&house).await?;
    }
    // Last: two gigabytes go to the disk for a while after it, which is nothing that a reader should be measured beside.
    if is_wanted("uploads") {
        uploads(&house).await?;
    }
    Ok(())
}

struct House {
    server: Server,
    client: Client,
}

impl House {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }

    async fn data(&self, query: &str, variables: Value) -> Result<Value, Failure> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = self.client.post(self.url("/graphql")).header("content-type", "application/json");
        let answer = request.bearer_auth(&self.server.token).body(body).send().await?.text().await?;
        let answer: Value = serde_json::from_str(&answer)?;
        if answer.get("errors").is_some() {
            return Err(answer.to_string().into());
        }
        Ok(answer["data"].clone())
    }

    /// Sends a file to the store; answers its upload.
    async fn send(&self, filename: &str, mime_type: &str, bytes: Bytes) -> Result<String, Failure> {
        let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let input =
            json!({ "filename": filename, "mimeType": mime_type, "byteSize": bytes.len(), "sha256": sha256 });
        let query = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id
            request { url headers { name value } } parts { offset byteSize request { url headers { name value } } } }
            userErrors { message } } }";
        let upload = self.data(query, json!({ "input": input })).await?["createUpload"]["upload"].clone();
        let mut requests = vec![(upload["request"].clone(), bytes.clone())];
        if let Some(parts) = upload["parts"].as_array().filter(|parts| !parts.is_empty()) {
            let slice = |part: &Value| -> Option<(Value, Bytes)> {
                let start = usize::try_from(part["offset"].as_u64()?).ok()?;
                let end = start + usize::try_from(part["byteSize"].as_u64()?).ok()?;
                Some((part["request"].clone(), bytes.slice(start..end)))
            };
            requests = parts.iter().filter_map(slice).collect();
        }
        for (request, body) in requests {
            let mut put = self.client.put(request["url"].as_str().ok_or("no URL")?).body(body);
            for header in request["headers"].as_array().into_iter().flatten() {
                if let (Some(name), Some(value)) = (header["name"].as_str(), header["value"].as_str())
                    && name != "content-length"
                {
                    put = put.header(name, value);
                }
            }
            put.send().await?.error_for_status()?;
        }
        Ok(upload["id"].as_str().ok_or("no id")?.to_owned())
    }

    /// Uploads a file and waits until it is ready; answers its asset.
    async fn upload(&self, filename: &str, mime_type: &str, bytes: Bytes) -> Result<String, Failure> {
        let id = self.send(filename, mime_type, bytes).await?;
        let query =
            "mutation($id: ID!) { completeUpload(input: { upload: $id }) { upload { asset { id } } } }";
        let completed = self.data(query, json!({ "id": id })).await?;
        let asset = completed["completeUpload"]["upload"]["asset"]["id"].clone();
        let begun = Instant::now();
        loop {
            let query = "query($id: ID!) { desk { asset(id: $id) { state rejection } } }";
            let found = self.data(query, json!({ "id": asset })).await?["desk"]["asset"].clone();
            if found["state"] == "READY" {
                return Ok(asset.as_str().ok_or("no id")?.to_owned());
            }
            if found["state"] == "REJECTED" || begun.elapsed() > PATIENCE {
                return Err(found.to_string().into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn image(&self, asset: &str, width: u32, format: &str, ratio: &str) -> Result<String, Failure> {
        let query = format!(
            "query($id: ID!) {{ desk {{ asset(id: $id) {{ image(width: {width}, format: {format}, ratio: {ratio}) {{ url }} }} }} }}"
        );
        let found = self.data(&query, json!({ "id": asset })).await?;
        Ok(found["desk"]["asset"]["image"]["url"].as_str().ok_or("no image")?.to_owned())
    }

    async fn get(&self, url: &str) -> Result<Bytes, Failure> {
        Ok(self.client.get(url).send().await?.error_for_status()?.bytes().await?)
    }
}

/// A stored rendition beside a plain file of the same size, in turns. Each client has another URL, so that no two can share
/// anything but the bytes.
async fn files(house: &Arc<House>, folder: &Path) -> Result<(), Failure> {
    let bytes: Bytes = photo(4_000, 3_000, 2)?.into();
    let mut urls = Vec::new();
    for _ in 0..CONNECTIONS {
        // The same bytes each time: their renditions are stored once.
        let asset = house.upload("photo.jpg", "image/jpeg", bytes.clone()).await?;
        urls.push(house.image(&asset, 1_280, "WEBP", "ORIGINAL").await?);
    }
    let rendition = house.get(&urls[0]).await?;
    std::fs::write(folder.join(PLAIN), &rendition)?;
    let plain = [house.url("/plain")];
    let (mut ours, mut theirs) = (0, 0);
    for _ in 0..2 {
        theirs += load(house, &plain, TURN).await?.len();
        ours += load(house, &urls, TURN).await?.len();
    }
    let ratio = per_second(ours) / per_second(theirs);
    println!(
        "a stored rendition of {} kB: {:.0} per second; a plain file: {:.0}; ratio {ratio:.2} (aim: at least 0.5)",
        rendition.len() / 1_000,
        per_second(ours) / 10.0,
        per_second(theirs) / 10.0
    );
    Ok(())
}

fn per_second(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How fast clients ask.
#[derive(Debug, Clone, Copy)]
enum Pace {
    /// Each as soon as it has its answer: how much the server can do.
    Full,
    /// So many a second together, whatever the answers take: how long one waits. A client that is behind does not wait, and
    /// its time runs from when it should have asked, so that no delay hides behind the one before it.
    PerSecond(u32),
}

/// How long each answer took. The clients share the URLs out among them.
async fn load(house: &Arc<House>, urls: &[String], time: Duration) -> Result<Vec<Duration>, Failure> {
    paced(house, urls, time, Pace::Full).await
}

async fn paced(
    house: &Arc<House>,
    urls: &[String],
    time: Duration,
    pace: Pace,
) -> Result<Vec<Duration>, Failure> {
    let end = Instant::now() + time;
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|client| {
            let (house, url) = (Arc::clone(house), urls[client % urls.len()].clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                let mut next = Instant::now();
                while Instant::now() < end {
                    let begun = match pace {
                        Pace::Full => Instant::now(),
                        Pace::PerSecond(rate) => {
                            next += Duration::from_secs(1) * u32::try_from(CONNECTIONS)? / rate;
                            tokio::time::sleep_until(next.into()).await;
                            next
                        }
                    };
                    house.get(&url).await?;
                    times.push(begun.elapsed());
                }
                Ok::<_, Failure>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.append(&mut task.await??);
    }
    times.sort();
    Ok(times)
}

/// Twenty files of 100 MB at once.
async fn uploads(house: &Arc<House>) -> Result<(), Failure> {
    house.server.forget_peak()?;
    let before = house.server.peak()?;
    let begun = Instant::now();
    let bytes: Bytes = vec![0x25; UPLOAD].into();
    let tasks: Vec<_> = (0..UPLOADS)
        .map(|_| {
            let (house, bytes) = (Arc::clone(house), bytes.clone());
            tokio::spawn(async move { house.send("film.mp4", "video/mp4", bytes).await })
        })
        .collect();
    for task in tasks {
        tokio::time::timeout(PATIENCE, task).await???;
    }
    let added = house.server.peak()? - before;
    println!(
        "{UPLOADS} uploads of 100 MB at once: {added:.0} MB more memory (aim: at most 150), {:.1?}",
        begun.elapsed()
    );
    Ok(())
}

/// Two images of 40 megapixels at a time, and readers beside them, in turns with the same readers alone: one turn of each
/// would measure what else the machine did just then. The clients share the machine with the server, as a frontend does,
/// and keep it busy in both kinds of turn; so what is compared is the same load with the work on images and without.
async fn large_images(house: &Arc<House>) -> Result<(), Failure> {
    let mut assets = Vec::new();
    for seed in [3, 4] {
        assets.push(house.upload("large.jpg", "image/jpeg", photo(7_296, 5_472, seed)?.into()).await?);
    }
    let page = [house.url("/graphql?query=%7Bposts(first:20)%7Bnodes%7Btitle%7D%7D%7D")];
    house.server.forget_peak()?;
    // Other proportions and a format each, so that every rendition is one that nobody has made.
    for (pace, ratio) in [(Pace::PerSecond(STEADY), "WIDE"), (Pace::Full, "ORIGINAL")] {
        let (mut alone, mut beside, mut made) = (Vec::new(), Vec::new(), 0);
        for format in ["WEBP", "JPEG", "PNG"] {
            alone.append(&mut paced(house, &page, TURN, pace).await?);
            let work: Vec<_> = assets
                .iter()
                .map(|asset| tokio::spawn(render(Arc::clone(house), asset.clone(), format, ratio)))
                .collect();
            beside.append(&mut paced(house, &page, TURN, pace).await?);
            for task in work {
                made += tokio::time::timeout(PATIENCE, task).await???;
            }
        }
        alone.sort();
        beside.sort();
        println!(
            "two images of 40 megapixels at a time, {made} renditions: {:.0} MB at most (aim: below 600)",
            house.server.peak()?
        );
        println!("  {pace:?}: {:.0} reads per second alone, {:.0} beside", reads(&alone), reads(&beside));
        let (before, after) = (percentile(&alone, 99), percentile(&beside, 99));
        println!(
            "  p99 of a read: {before:.2?} alone, {after:.2?} beside; ratio {:.2} (aim: at most 1.5)",
            after.as_secs_f64() / before.as_secs_f64()
        );
    }
    Ok(())
}

/// In three turns.
fn reads(times: &[Duration]) -> f64 {
    per_second(times.len()) / (3.0 * TURN.as_secs_f64())
}

/// Has renditions made for as long as a turn; answers how many.
async fn render(house: Arc<House>, asset: String, format: &str, ratio: &str) -> Result<usize, Failure> {
    let (begun, mut made) = (Instant::now(), 0);
    for width in [2_560, 1_920, 1_280, 960, 640, 320] {
        if begun.elapsed() < TURN {
            house.get(&house.image(&asset, width, format, ratio).await?).await?;
            made += 1;
        }
    }
    Ok(made)
}

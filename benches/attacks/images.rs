//! Renditions of one large image, all at once, and beside them everything else that fills memory.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::Failure;
use crate::attack::{TURN, connect, together};
use crate::server::Server;

/// A side of the image, in pixels. Of noise, which takes the most of everything: 48 MB as PNG.
const SIDE: u32 = 4_000;
const FORMATS: [&str; 4] = ["AVIF", "WEBP", "PNG", "JPEG"];
const RATIOS: [&str; 4] = ["ORIGINAL", "LANDSCAPE", "WIDE", "PORTRAIT"];
const WIDTHS: [u32; 4] = [2_560, 1_920, 1_280, 960];

/// Brings the image into the library, and answers the paths of some sixty renditions that nobody has made.
pub async fn bring(server: &Server, folder: &Path) -> Result<Vec<String>, Failure> {
    let file = folder.join("noise.png");
    std::fs::write(&file, noise()?)?;
    let imported = Command::new(env!("CARGO_BIN_EXE_wellspring"))
        .arg("import-media")
        .arg(&file)
        .env("WELLSPRING_DATA_DIR", folder.join("data"))
        .output()?;
    if !imported.status.success() {
        return Err(String::from_utf8_lossy(&imported.stderr).into());
    }
    let mut paths = Vec::new();
    for width in WIDTHS {
        paths.extend(of_width(server, width).await?);
    }
    // Too wide for the memory there is, an image is offered in the next smaller width.
    paths.sort();
    paths.dedup();
    Ok(paths)
}

async fn of_width(server: &Server, width: u32) -> Result<Vec<String>, Failure> {
    let mut fields = String::new();
    for ratio in RATIOS {
        for format in FORMATS {
            fields += &format!(
                "{ratio}_{format}: image(width: {width}, ratio: {ratio}, format: {format}) {{ url }} "
            );
        }
    }
    let query = format!("{{ desk {{ assets(first: 1) {{ nodes {{ {fields} }} }} }} }}");
    let request = reqwest::Client::new()
        .post(format!("http://{}/graphql", server.address))
        .bearer_auth(&server.token)
        .json(&json!({ "query": query }));
    let answer: Value = request.send().await?.json().await?;
    let found = answer["data"]["desk"]["assets"]["nodes"][0].as_object().ok_or(answer.to_string())?;
    let urls = found.values().filter_map(|image| image["url"].as_str());
    Ok(urls.filter_map(|url| url.find("/media/").map(|at| url[at..].to_owned())).collect())
}

fn noise() -> Result<Vec<u8>, Failure> {
    let mut seed: u32 = 1;
    let mut pixels = Vec::with_capacity(SIDE as usize * SIDE as usize * 3);
    for _ in 0..SIDE * SIDE * 3 {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        pixels.push(seed.to_le_bytes()[3]);
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

/// Each asked for by a connection of its own, from four addresses.
pub async fn renditions(server: &Server, paths: &[String]) -> Result<String, Failure> {
    let answers = std::sync::Mutex::new(Vec::new());
    let next = std::sync::atomic::AtomicUsize::new(0);
    together(4, paths.len().div_ceil(4), |last| {
        let (answers, next) = (&answers, &next);
        async move {
            let Some(path) = paths.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) else {
                return Ok(());
            };
            let mut stream = connect(server.address, last).await?;
            let head = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            let mut head = [0; 12];
            stream.read_exact(&mut head).await?;
            answers.lock().map_err(|_| "poisoned")?.push(String::from_utf8_lossy(&head[9..]).into_owned());
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
            Ok(())
        }
    })
    .await;
    let answers = answers.into_inner().map_err(|_| "poisoned")?;
    let made = answers.iter().filter(|status| *status == "200").count();
    Ok(format!("{made} of {} renditions were made within {} s", paths.len(), TURN.as_secs()))
}

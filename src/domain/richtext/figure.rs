//! The html of files in a text: `figure`s with everything that a browser needs to choose, to lay out before anything is
//! loaded, and to be read aloud. Values in, text out: addresses are made elsewhere, and everything is escaped here.

#[cfg(test)]
mod tests;

use entity::text_track::TrackKind;

use super::embed::push_escaped;
use super::player::Player;

/// An image as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Empty for an image that only decorates.
    pub alt: String,
    /// The file for who knows no sets.
    pub src: String,
    pub width: Option<i32>,
    pub height: Option<i32>,
    /// None for an image that moves: it is shown as it is.
    pub sets: Option<Sets>,
    /// Dominant colour, as 0xRRGGBB, and `ThumbHash` in base64.
    pub placeholder: Option<(i32, String)>,
}

/// The image in several sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sets {
    pub webp: String,
    pub jpeg: String,
    /// How wide the page shows it, as in HTML.
    pub sizes: String,
}

/// A video or audio file of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub src: String,
    pub mime_type: String,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub poster: Option<String>,
    pub tracks: Vec<Track>,
    pub transcript: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    pub kind: TrackKind,
    pub language: String,
    pub label: String,
    pub src: String,
}

pub fn image(picture: &Picture, caption: Option<&str>) -> String {
    let mut html = "<figure class=\"embed embed-image\">".to_owned();
    push_picture(&mut html, picture);
    end(&mut html, caption);
    html
}

/// `locale` is that of the text.
pub fn video(video: &Recording, caption: Option<&str>, locale: &str) -> String {
    let mut html = "<figure class=\"embed embed-video\"><video controls".to_owned();
    // With a poster there is something to see before anything is fetched.
    attribute(&mut html, "preload", if video.poster.is_some() { "none" } else { "metadata" });
    side(&mut html, "width", video.width);
    side(&mut html, "height", video.height);
    if let Some(poster) = &video.poster {
        attribute(&mut html, "poster", poster);
    }
    push_source(&mut html, video);
    html.push_str("</video>");
    push_transcript(&mut html, video, locale);
    end(&mut html, caption);
    html
}

pub fn audio(audio: &Recording, caption: Option<&str>, locale: &str) -> String {
    let mut html = "<figure class=\"embed embed-audio\"><audio controls preload=\"metadata\"".to_owned();
    push_source(&mut html, audio);
    html.push_str("</audio>");
    push_transcript(&mut html, audio, locale);
    end(&mut html, caption);
    html
}

/// A link, so that nothing is asked of the service before somebody clicks. A script may make a frame of `data-embed`.
pub fn player(player: &Player, poster: Option<(&Picture, Option<&str>)>) -> String {
    let mut html = "<figure class=\"embed embed-player\"><a".to_owned();
    attribute(&mut html, "href", &player.url());
    attribute(&mut html, "data-embed", &player.embed_url());
    html.push_str(" rel=\"noopener noreferrer\">");
    if let Some((picture, _)) = poster {
        push_picture(&mut html, picture);
    }
    html.push_str("<span>Video (");
    html.push_str(player.service.name());
    html.push_str(")</span></a>");
    end(&mut html, poster.and_then(|(_, caption)| caption));
    html
}

fn push_picture(html: &mut String, picture: &Picture) {
    html.push_str("<picture>");
    // Empty where the server has the memory for JPEG alone.
    if let Some(sets) = picture.sets.as_ref().filter(|sets| !sets.webp.is_empty()) {
        html.push_str("<source type=\"image/webp\"");
        attribute(html, "srcset", &sets.webp);
        attribute(html, "sizes", &sets.sizes);
        html.push('>');
    }
    html.push_str("<img");
    attribute(html, "src", &picture.src);
    if let Some(sets) = &picture.sets {
        attribute(html, "srcset", &sets.jpeg);
        attribute(html, "sizes", &sets.sizes);
    }
    side(html, "width", picture.width);
    side(html, "height", picture.height);
    attribute(html, "alt", &picture.alt);
    html.push_str(" loading=\"lazy\" decoding=\"async\"");
    if let Some((color, hash)) = &picture.placeholder {
        attribute(html, "data-color", &format!("#{:06x}", color & 0xFF_FFFF));
        attribute(html, "data-thumbhash", hash);
    }
    html.push_str("></picture>");
}

/// The rest of the start tag, the file and its tracks.
fn push_source(html: &mut String, recording: &Recording) {
    if !recording.tracks.is_empty() {
        // Tracks from another origin are fetched only so; the answers allow it.
        html.push_str(" crossorigin=\"anonymous\"");
    }
    html.push_str("><source");
    attribute(html, "src", &recording.src);
    attribute(html, "type", &recording.mime_type);
    html.push('>');
    let mut is_first = true;
    for track in &recording.tracks {
        html.push_str("<track");
        attribute(html, "kind", kind(track.kind));
        attribute(html, "srclang", &track.language);
        attribute(html, "label", &track.label);
        attribute(html, "src", &track.src);
        if track.kind == TrackKind::Captions && std::mem::take(&mut is_first) {
            html.push_str(" default");
        }
        html.push('>');
    }
}

fn kind(kind: TrackKind) -> &'static str {
    match kind {
        TrackKind::Captions => "captions",
        TrackKind::Subtitles => "subtitles",
        TrackKind::Descriptions => "descriptions",
        TrackKind::Chapters => "chapters",
    }
}

fn push_transcript(html: &mut String, recording: &Recording, locale: &str) {
    let Some(transcript) = &recording.transcript else { return };
    html.push_str("<details class=\"transcript\"><summary>");
    html.push_str(transcript_word(locale));
    html.push_str("</summary>");
    for paragraph in transcript
        .replace("\r\n", "\n")
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
    {
        html.push_str("<p>");
        push_lines(html, paragraph);
        html.push_str("</p>");
    }
    html.push_str("</details>");
}

/// "Transcript" in the languages that are known, English in others.
fn transcript_word(locale: &str) -> &'static str {
    match locale.split('-').next().unwrap_or(locale) {
        "de" | "da" => "Transkript",
        "es" => "Transcripción",
        "fr" => "Transcription",
        "it" => "Trascrizione",
        "pl" => "Transkrypcja",
        "pt" => "Transcrição",
        "sv" | "nb" | "no" => "Transkription",
        "cs" => "Přepis",
        "uk" => "Розшифровка",
        _ => "Transcript",
    }
}

fn end(html: &mut String, caption: Option<&str>) {
    if let Some(caption) = caption {
        html.push_str("<figcaption>");
        push_lines(html, caption);
        html.push_str("</figcaption>");
    }
    html.push_str("</figure>");
}

fn push_lines(html: &mut String, text: &str) {
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            html.push_str("<br>");
        }
        push_escaped(html, line);
    }
}

fn attribute(html: &mut String, name: &str, value: &str) {
    html.extend([" ", name, "=\""]);
    push_escaped(html, value);
    html.push('"');
}

fn side(html: &mut String, name: &str, pixels: Option<i32>) {
    if let Some(pixels) = pixels {
        attribute(html, name, &pixels.to_string());
    }
}

//! Videos that somebody else serves: which one an address names, and the addresses that we make of that. Addresses are
//! made anew from what was understood, so that nothing of what an author pasted (tracking, lists, sharing ids) reaches readers.

use serde::{Deserialize, Serialize};
use url::Url;

/// One video at a service that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Player {
    pub service: Service,
    /// What the service calls the video.
    pub video: String,
    /// Of a video that only those with the link can see, at Vimeo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where to begin, in seconds.
    #[serde(default)]
    pub start: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Service {
    Youtube,
    Vimeo,
}

impl Service {
    /// As it writes itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::Youtube => "YouTube",
            Self::Vimeo => "Vimeo",
        }
    }
}

impl Player {
    /// `None` for what is no address of one video there.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
        let host = url.host_str()?;
        let host = host.strip_prefix("www.").or_else(|| host.strip_prefix("m.")).unwrap_or(host);
        let mut parts = url.path_segments()?.filter(|part| !part.is_empty());
        match host {
            "youtu.be" => youtube(parts.next()?, &url),
            "youtube.com" | "youtube-nocookie.com" => match parts.next()? {
                "watch" => youtube(&query(&url, "v")?, &url),
                "embed" | "shorts" | "live" | "v" => youtube(parts.next()?, &url),
                _ => None,
            },
            "vimeo.com" => vimeo(parts.next()?, parts.next(), &url),
            "player.vimeo.com" if parts.next() == Some("video") => vimeo(parts.next()?, None, &url),
            _ => None,
        }
    }

    /// Where a person watches it.
    pub fn url(&self) -> String {
        let start = |before: &str| match self.start {
            0 => String::new(),
            seconds => format!("{before}t={seconds}s"),
        };
        match self.service {
            Service::Youtube => format!("https://www.youtube.com/watch?v={}{}", self.video, start("&")),
            Service::Vimeo => {
                let key = self.key.as_ref().map(|key| format!("/{key}")).unwrap_or_default();
                format!("https://vimeo.com/{}{key}{}", self.video, start("#"))
            }
        }
    }

    /// What a frame shows that a page makes after a click, with as little watching of the reader as the service offers.
    pub fn embed_url(&self) -> String {
        match self.service {
            Service::Youtube => {
                let start = if self.start == 0 { String::new() } else { format!("?start={}", self.start) };
                format!("https://www.youtube-nocookie.com/embed/{}{start}", self.video)
            }
            Service::Vimeo => {
                let key = self.key.as_ref().map(|key| format!("&h={key}")).unwrap_or_default();
                let start = if self.start == 0 { String::new() } else { format!("#t={}s", self.start) };
                format!("https://player.vimeo.com/video/{}?dnt=1{key}{start}", self.video)
            }
        }
    }
}

fn youtube(video: &str, url: &Url) -> Option<Player> {
    let is_id =
        video.len() == 11 && video.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let start = query(url, "t").or_else(|| query(url, "start")).and_then(|text| seconds(&text));
    is_id.then(|| Player {
        service: Service::Youtube,
        video: video.to_owned(),
        key: None,
        start: start.unwrap_or_default(),
    })
}

fn vimeo(video: &str, key: Option<&str>, url: &Url) -> Option<Player> {
    let is_id = (1..=12).contains(&video.len()) && video.bytes().all(|b| b.is_ascii_digit());
    let key = key.map(str::to_owned).or_else(|| query(url, "h"));
    let is_key =
        |key: &String| (1..=40).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_id || key.as_ref().is_some_and(|key| !is_key(key)) {
        return None;
    }
    let start = url.fragment().and_then(|text| seconds(text.strip_prefix("t=")?));
    Some(Player { service: Service::Vimeo, video: video.to_owned(), key, start: start.unwrap_or_default() })
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// `90`, `90s` or `1h2m30s`, below a day.
fn seconds(text: &str) -> Option<u32> {
    let mut total: u32 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u32 = rest[..digits].parse().ok()?;
        let unit = match rest[digits..].chars().next() {
            Some('h') => 3_600,
            Some('m') => 60,
            Some('s') | None => 1,
            Some(_) => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = rest.get(digits + 1..).unwrap_or_default();
    }
    Some(total).filter(|&total| total < 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_understood_in_each_of_its_forms_and_made_anew() {
        for (given, url, embed) in [
            (
                "https://youtu.be/dQw4w9WgXcQ?si=tracking&t=90",
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=90s",
                "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=90",
            ),
            (
                "http://m.youtube.com/watch?list=PL1&v=dQw4w9WgXcQ&t=1m30s",
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=90s",
                "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=90",
            ),
            (
                "https://www.youtube.com/shorts/dQw4w9WgXcQ",
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
                "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
            ),
            (
                "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=5",
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=5s",
                "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=5",
            ),
            (
                "https://vimeo.com/76979871",
                "https://vimeo.com/76979871",
                "https://player.vimeo.com/video/76979871?dnt=1",
            ),
            (
                "https://vimeo.com/76979871/ab12cd#t=30s",
                "https://vimeo.com/76979871/ab12cd#t=30s",
                "https://player.vimeo.com/video/76979871?dnt=1&h=ab12cd#t=30s",
            ),
            (
                "https://player.vimeo.com/video/76979871?h=ab12cd",
                "https://vimeo.com/76979871/ab12cd",
                "https://player.vimeo.com/video/76979871?dnt=1&h=ab12cd",
            ),
        ] {
            let player = Player::parse(given).expect(given);
            assert_eq!((player.url().as_str(), player.embed_url().as_str()), (url, embed), "{given}");
            assert_eq!(Player::parse(&player.url()), Some(player.clone()), "{given}");
            let stored = serde_json::to_value(&player).expect("plain data");
            assert_eq!(serde_json::from_value::<Player>(stored).expect("the same"), player);
        }
    }

    #[test]
    fn what_is_no_address_of_one_video_is_none() {
        for given in [
            "",
            "dQw4w9WgXcQ",
            "javascript:alert(1)//youtu.be/dQw4w9WgXcQ",
            "https://youtube.com.example.org/watch?v=dQw4w9WgXcQ",
            "https://example.org/https://youtu.be/dQw4w9WgXcQ",
            "https://youtu.be/short",
            "https://youtu.be/dQw4w9WgXc%22",
            "https://www.youtube.com/playlist?list=PL1",
            "https://www.youtube.com/@somebody",
            "https://vimeo.com/channels/staffpicks",
            "https://vimeo.com/1/\"onload",
            "ftp://vimeo.com/76979871",
        ] {
            assert_eq!(Player::parse(given), None, "{given}");
        }
        let late = Player::parse("https://youtu.be/dQw4w9WgXcQ?t=99999999999").expect("a video");
        assert_eq!(late.start, 0, "a time that makes no sense is left out");
    }
}

//! Where files are served: `/media/{asset}/{version}.{signature}/{file}`, and for private ones until a moment.
//!
//! Every URL is signed by the server, so that nobody can ask for sizes that no page shows, and nobody finds a file by
//! guessing. The version says which bytes the asset showed; the answer under one URL never changes and may be kept for a
//! year. A private file has no URL without an end.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::media_object::Model as Object;
use entity::{AssetId, Timestamp, asset, shown_asset};

use super::image::Spec;
use crate::domain::access::policy::NamedByUrl;
use crate::domain::core::id;
use crate::domain::core::time::{DAY, HOUR};
use crate::media::Format;

/// How long a URL of a private file works that the desk shows.
pub const DESK_LIFETIME: i64 = HOUR;
/// The longest that such a URL works.
const LONGEST: i64 = 7 * DAY;
/// Of the signature and of the version. 128 bits cannot be guessed; the version only tells apart.
const SIGNATURE_BYTES: usize = 16;
const VERSION_DIGITS: usize = 10;

/// What URLs are signed with: the newest key. Those of earlier ones are still good.
pub struct UrlKey(Vec<hmac::Key>);

impl std::fmt::Debug for UrlKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UrlKey")
    }
}

impl UrlKey {
    /// At least one secret, the newest first.
    pub fn new(secrets: impl IntoIterator<Item = [u8; 32]>) -> Self {
        Self(secrets.into_iter().map(|secret| hmac::Key::new(hmac::HMAC_SHA256, &secret)).collect())
    }

    /// The signature by each key, the newest first.
    fn signatures(
        &self,
        asset: &str,
        version: &str,
        file: &str,
        expires: Option<i64>,
    ) -> impl Iterator<Item = String> {
        let end = expires.map_or_else(|| "never".to_owned(), |seconds| seconds.to_string());
        let said = format!("{asset}\n{version}\n{file}\n{end}");
        self.0.iter().map(move |key| {
            URL_SAFE_NO_PAD.encode(&hmac::sign(key, said.as_bytes()).as_ref()[..SIGNATURE_BYTES])
        })
    }
}

/// Makes URLs that start with the server's own.
#[derive(Debug, Clone, Copy)]
pub struct Links<'a> {
    pub base_url: &'a str,
    pub key: &'a UrlKey,
    /// When the URLs of private files end.
    pub end: Timestamp,
}

impl<'a> Links<'a> {
    pub fn new(base_url: &'a str, key: &'a UrlKey, now: Timestamp, lifetime: i64) -> Self {
        // In steps, so that whoever asks twice within one gets the same URL, which caches know.
        let step = lifetime.clamp(1, LONGEST) / 4;
        let end = (now.0 + lifetime.min(LONGEST)).div_euclid(step.max(1)) * step.max(1) + step;
        Self { base_url, key, end: Timestamp(end) }
    }

    /// URLs that end when another one does.
    pub fn ending_with(base_url: &'a str, key: &'a UrlKey, other: &Signed) -> Self {
        Self { base_url, key, end: Timestamp(other.expires.unwrap_or_default().saturating_mul(1_000)) }
    }

    /// The file as it was uploaded, without what is private in it.
    pub fn original(&self, file: &Named) -> String {
        self.make(file, &file.name)
    }

    pub fn rendition(&self, file: &Named, spec: &Spec) -> String {
        self.make(file, &spec.to_string())
    }

    fn make(&self, file: &Named, name: &str) -> String {
        let (id, version) = (id::format(file.id), &file.version);
        let expires = file.is_private.then_some(self.end.0.div_euclid(1_000));
        let signature = self.key.signatures(&id, version, name, expires).next();
        let signature = signature.expect("there is at least one key");
        let end = expires.map(|seconds| format!("?expires={seconds}")).unwrap_or_default();
        format!("{}/media/{id}/{version}.{signature}/{name}{end}", self.base_url)
    }
}

/// What the URL of a file says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub id: AssetId,
    /// Which bytes it shows, in a few digits.
    pub version: String,
    /// What the file itself is called.
    pub name: String,
    pub is_private: bool,
}

impl Named {
    pub fn of(asset: &asset::Model, object: &Object) -> Self {
        Self {
            id: asset.id,
            version: version_of(object),
            name: original_name(&asset.filename, &object.mime_type),
            is_private: asset.is_private,
        }
    }

    pub fn shown(asset: &shown_asset::Model) -> Self {
        let (version, name) = (asset.version.clone(), asset.name.clone());
        Self { id: asset.id, version, name, is_private: false }
    }
}

/// What a file is called where it is served: never like a rendition.
pub fn original_name(filename: &str, mime_type: &str) -> String {
    let ending = Format::from_mime(mime_type).map_or("bin", Format::extension);
    let name = format!("{}.{ending}", plain_stem(filename));
    if name.parse::<Spec>().is_ok() { format!("file-{name}") } else { name }
}

/// Which bytes an object has, in a few digits.
pub(super) fn version_of(object: &Object) -> String {
    hex::encode(&object.sha256).chars().take(VERSION_DIGITS).collect()
}

/// What a URL of ours names. There is no other way to get one than [`verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    asset: NamedByUrl,
    pub version: String,
    pub file: String,
    /// In seconds since 1970; the URLs of public files have no end.
    pub expires: Option<i64>,
}

impl Signed {
    pub fn asset(&self) -> NamedByUrl {
        self.asset
    }

    /// Whether these are the bytes that it was made for. Every version that was signed has as many digits.
    pub fn is_of(&self, sha256: &[u8]) -> bool {
        hex::encode(sha256).starts_with(&self.version)
    }

    /// Which rendition it names; none for the original.
    pub fn spec(&self) -> Option<Spec> {
        self.file.parse().ok()
    }
}

/// Reads the parts of a URL. `None` when the server did not make it, or when it has ended.
pub fn verify(
    key: &UrlKey,
    now: Timestamp,
    asset: &str,
    tag: &str,
    file: &str,
    expires: Option<&str>,
) -> Option<Signed> {
    let (version, signature) = tag.split_once('.')?;
    let id = id::parse::<AssetId>(asset).ok()?;
    let expires = match expires {
        Some(text) => Some(text.parse::<i64>().ok().filter(|seconds| seconds.to_string() == text)?),
        None => None,
    };
    let is_ours = key.signatures(asset, version, file, expires).any(|expected| {
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), signature.as_bytes()).is_ok()
    });
    let has_ended = expires.is_some_and(|seconds| seconds.saturating_mul(1_000) <= now.0);
    (is_ours && !has_ended).then(|| Signed {
        asset: NamedByUrl::verified(id),
        version: version.to_owned(),
        file: file.to_owned(),
        expires,
    })
}

/// What a file is called in a URL: plain letters, digits and hyphens, without its ending.
pub fn plain_stem(filename: &str) -> String {
    let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
    let mut plain = String::new();
    for c in deunicode::deunicode(stem).chars() {
        if c.is_ascii_alphanumeric() {
            plain.push(c.to_ascii_lowercase());
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    plain.truncate(80);
    let plain = plain.trim_end_matches('-');
    if plain.is_empty() { "file".to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_plain_name() {
        for (name, stem) in [
            ("Leg Raises (2).JPG", "leg-raises-2"),
            ("bücher.pdf", "bucher"),
            ("....", "file"),
            ("写真.png", "xie-zhen"),
        ] {
            assert_eq!(plain_stem(name), stem, "{name}");
        }
    }
}

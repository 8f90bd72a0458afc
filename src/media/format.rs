//! The file formats an upload may have, with their names on the web.
//! Says nothing about a file's bytes: that is `container::sniff`.

/// A format that is accepted for upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Jpeg,
    Png,
    Webp,
    Avif,
    Gif,
    Mp4,
    Webm,
    Mp3,
    M4a,
    Pdf,
    Vtt,
}

/// What a format is for on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    Image,
    Video,
    Audio,
    Document,
    TextTrack,
}

impl Format {
    pub const ALL: [Self; 11] = [
        Self::Jpeg,
        Self::Png,
        Self::Webp,
        Self::Avif,
        Self::Gif,
        Self::Mp4,
        Self::Webm,
        Self::Mp3,
        Self::M4a,
        Self::Pdf,
        Self::Vtt,
    ];

    /// The registered media type, without parameters.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
            Self::Gif => "image/gif",
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
            Self::Mp3 => "audio/mpeg",
            Self::M4a => "audio/mp4",
            Self::Pdf => "application/pdf",
            Self::Vtt => "text/vtt",
        }
    }

    /// The usual file name extension, without a dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Gif => "gif",
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Pdf => "pdf",
            Self::Vtt => "vtt",
        }
    }

    /// Reads a `Content-Type`: parameters are ignored, case does not matter, and the names that browsers
    /// really send for the two audio formats are understood (`audio/mp3`, `audio/x-m4a`).
    pub fn from_mime(mime: &str) -> Option<Self> {
        let essence = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "audio/mp3" => Some(Self::Mp3),
            "audio/x-m4a" | "audio/m4a" => Some(Self::M4a),
            known => Self::ALL.into_iter().find(|format| format.mime() == known),
        }
    }

    pub const fn kind(self) -> MediaKind {
        match self {
            Self::Jpeg | Self::Png | Self::Webp | Self::Avif | Self::Gif => MediaKind::Image,
            Self::Mp4 | Self::Webm => MediaKind::Video,
            Self::Mp3 | Self::M4a => MediaKind::Audio,
            Self::Pdf => MediaKind::Document,
            Self::Vtt => MediaKind::TextTrack,
        }
    }
}

#[cfg(test)]
mod tests;

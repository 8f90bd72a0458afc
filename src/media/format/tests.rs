//! The names of formats.

use super::{Format, MediaKind};

#[test]
fn every_format_is_found_by_its_own_media_type() {
    for format in Format::ALL {
        assert_eq!(Format::from_mime(format.mime()), Some(format));
    }
    assert_eq!(Format::from_mime("Text/VTT ; charset=utf-8"), Some(Format::Vtt));
    assert_eq!(Format::from_mime("audio/mp3"), Some(Format::Mp3));
    assert_eq!(Format::from_mime("audio/x-m4a"), Some(Format::M4a));
}

#[test]
fn names_that_were_never_registered_are_unknown() {
    for name in ["image/jpg", "image/svg+xml", "video/quicktime", "", ";", "image/"] {
        assert_eq!(Format::from_mime(name), None, "{name}");
    }
}

#[test]
fn kinds_group_the_formats() {
    let count = |kind| Format::ALL.into_iter().filter(|format| format.kind() == kind).count();
    assert_eq!(
        [MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::Document, MediaKind::TextTrack]
            .map(count),
        [5, 2, 2, 1, 1]
    );
}

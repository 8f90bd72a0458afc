//! The markup of files, to the letter, and that nothing of what people write gets out of its place.

use super::*;

fn photo() -> Picture {
    Picture {
        alt: "A \"leg\" <raised>".to_owned(),
        src: "/m/1280.jpg".to_owned(),
        width: Some(1_280),
        height: Some(960),
        sets: Some(Sets {
            webp: "/m/320.webp 320w".to_owned(),
            jpeg: "/m/320.jpg 320w".to_owned(),
            sizes: "100vw".to_owned(),
        }),
        placeholder: Some((0x0A_0B_0C, "3OcR".to_owned())),
    }
}

fn film() -> Recording {
    Recording {
        src: "/m/film.mp4".to_owned(),
        mime_type: "video/mp4".to_owned(),
        width: Some(640),
        height: Some(360),
        poster: None,
        tracks: Vec::new(),
        transcript: None,
    }
}

const IMG: &str = "<picture><source type=\"image/webp\" srcset=\"/m/320.webp 320w\" sizes=\"100vw\">\
    <img src=\"/m/1280.jpg\" srcset=\"/m/320.jpg 320w\" sizes=\"100vw\" width=\"1280\" height=\"960\" \
    alt=\"A &quot;leg&quot; &lt;raised&gt;\" loading=\"lazy\" decoding=\"async\" data-color=\"#0a0b0c\" \
    data-thumbhash=\"3OcR\"></picture>";

#[test]
fn an_image_is_a_figure_with_sets_sizes_and_words() {
    let expected = format!(
        "<figure class=\"embed embed-image\">{IMG}<figcaption>Day &lt;1&gt;<br>again</figcaption></figure>"
    );
    assert_eq!(image(&photo(), Some("Day <1>\nagain")), expected);
    let moving = Picture { alt: String::new(), sets: None, placeholder: None, ..photo() };
    assert_eq!(
        image(&moving, None),
        "<figure class=\"embed embed-image\"><picture><img src=\"/m/1280.jpg\" width=\"1280\" height=\"960\" alt=\"\" \
         loading=\"lazy\" decoding=\"async\"></picture></figure>"
    );
}

#[test]
fn a_recording_has_its_tracks_and_its_transcript() {
    let track = |kind, language: &str| Track {
        kind,
        language: language.to_owned(),
        label: format!("{language}\"x"),
        src: format!("/m/{language}.vtt"),
    };
    let tracks = vec![
        track(TrackKind::Chapters, "en"),
        track(TrackKind::Captions, "en"),
        track(TrackKind::Captions, "de"),
        track(TrackKind::Descriptions, "en"),
        track(TrackKind::Subtitles, "fr"),
    ];
    let transcript = Some("One.\ntwo\n\n\n<b>Three</b>".to_owned());
    let told = Recording { tracks, transcript, poster: Some("/m/p.jpg".to_owned()), ..film() };
    assert_eq!(
        video(&told, Some("A film"), "de-AT"),
        "<figure class=\"embed embed-video\"><video controls preload=\"none\" width=\"640\" height=\"360\" poster=\"/m/p.jpg\" \
         crossorigin=\"anonymous\"><source src=\"/m/film.mp4\" type=\"video/mp4\">\
         <track kind=\"chapters\" srclang=\"en\" label=\"en&quot;x\" src=\"/m/en.vtt\">\
         <track kind=\"captions\" srclang=\"en\" label=\"en&quot;x\" src=\"/m/en.vtt\" default>\
         <track kind=\"captions\" srclang=\"de\" label=\"de&quot;x\" src=\"/m/de.vtt\">\
         <track kind=\"descriptions\" srclang=\"en\" label=\"en&quot;x\" src=\"/m/en.vtt\">\
         <track kind=\"subtitles\" srclang=\"fr\" label=\"fr&quot;x\" src=\"/m/fr.vtt\"></video>\
         <details class=\"transcript\"><summary>Transkript</summary><p>One.<br>two</p>\
         <p>&lt;b&gt;Three&lt;/b&gt;</p></details><figcaption>A film</figcaption></figure>"
    );
    let sound = Recording { mime_type: "audio/mpeg".to_owned(), width: None, height: None, ..film() };
    assert_eq!(
        audio(&sound, None, "en"),
        "<figure class=\"embed embed-audio\"><audio controls preload=\"metadata\">\
         <source src=\"/m/film.mp4\" type=\"audio/mpeg\"></audio></figure>"
    );
}

#[test]
fn a_video_elsewhere_is_a_link_and_asks_nobody() {
    let elsewhere = Player::parse("https://youtu.be/dQw4w9WgXcQ?t=9").expect("a video");
    let link = "<a href=\"https://www.youtube.com/watch?v=dQw4w9WgXcQ&amp;t=9s\" \
        data-embed=\"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=9\" rel=\"noopener noreferrer\">";
    assert_eq!(
        player(&elsewhere, None),
        format!("<figure class=\"embed embed-player\">{link}<span>Video (YouTube)</span></a></figure>")
    );
    let shown = player(&elsewhere, Some((&photo(), Some("Legs"))));
    assert_eq!(
        shown,
        format!(
            "<figure class=\"embed embed-player\">{link}{IMG}<span>Video (YouTube)</span></a>\
             <figcaption>Legs</figcaption></figure>"
        )
    );
    for tag in ["<iframe", "<script", "<img src=\"https://"] {
        assert!(!shown.contains(tag));
    }
}

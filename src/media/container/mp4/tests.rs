//! MP4 and M4A: boxes, tracks, fragments and what is blanked out.

use super::super::{
    Facts, Format,
    tests::{
        CANARY, accepted_cuts, atom, cleaned, flip_bits, full, has, malformed, run, truncated, unsupported,
        words,
    },
};

/// Twelve hours past 1904, as a date that must go.
const DATE: u32 = 0xA8C0_A8C0;
const UPRIGHT: [u32; 9] = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000];
const QUARTER: [u32; 9] = [0, 0x10000, 0, 0xFFFF_0000, 0, 0, 0, 0, 0x4000_0000];

/// A track of one chunk.
#[derive(Clone)]
struct Sample<'a> {
    id: u32,
    handler: &'a [u8; 4],
    matrix: [u32; 9],
    samples: Vec<&'a [u8]>,
    extra: Vec<u8>,
}

fn video(samples: Vec<&[u8]>) -> Sample<'_> {
    Sample { id: 1, handler: b"vide", matrix: UPRIGHT, samples, extra: Vec::new() }
}

fn sound(samples: Vec<&[u8]>) -> Sample<'_> {
    Sample { id: 2, handler: b"soun", ..video(samples) }
}

fn gps<'a>() -> Sample<'a> {
    Sample { id: 3, handler: b"meta", ..video(vec![CANARY, CANARY]) }
}

fn trak(track: &Sample, chunk: u32) -> Vec<u8> {
    let head = [DATE, DATE, track.id, 0, 3000, 0, 0, 0, 0];
    let size = if track.handler == b"vide" { [640 << 16, 360 << 16] } else { [0, 0] };
    let header = full(*b"tkhd", 7, &words(&[&head[..], &track.matrix, &size].concat()));
    let media = full(*b"mdhd", 0, &words(&[DATE, DATE, 1000, 3000, 0]));
    let handler = full(*b"hdlr", 0, &[&[0; 4], &track.handler[..], &[0; 13]].concat());
    let references = full(*b"dref", 0, &[words(&[1]), full(*b"url ", 1, b"")].concat());
    let description = match track.handler {
        b"vide" => atom(*b"avc1", &[&[0; 24][..], &[2, 128, 1, 104], &[0; 50], &track.extra].concat()),
        b"soun" => atom(*b"mp4a", &[0; 28]),
        _ => atom(*b"mett", CANARY),
    };
    let sizes: Vec<u32> = track.samples.iter().map(|sample| u32::try_from(sample.len()).unwrap()).collect();
    let count = u32::try_from(sizes.len()).unwrap();
    let chunks = u32::from(count > 0);
    let tables = [
        full(*b"stsd", 0, &[words(&[1]), description].concat()),
        full(*b"stts", 0, &words(&[1, count, 1000])),
        full(*b"stsc", 0, &words(&[1, 1, count, 1])),
        full(*b"stsz", 0, &words(&[&[0, count][..], &sizes].concat())),
        full(*b"stco", 0, &words(&[&[chunks][..], &vec![chunk; usize::try_from(chunks).unwrap()]].concat())),
    ];
    let information = [atom(*b"dinf", &references), atom(*b"stbl", &tables.concat())];
    let media = atom(*b"mdia", &[media, handler, atom(*b"minf", &information.concat())].concat());
    atom(*b"trak", &[header, media, atom(*b"udta", b"")].concat())
}

fn movie_header() -> Vec<u8> {
    full(*b"mvhd", 0, &words(&[&[DATE, DATE, 1000, 3000][..], &[0; 20]].concat()))
}

/// A file of these tracks, with `extra` in the index and `between` before the media.
fn file(tracks: &[Sample], extra: &[u8], between: &[u8]) -> Vec<u8> {
    let kind = atom(*b"ftyp", b"isom\0\0\x02\0isomiso2mp41");
    let build = |first: usize| {
        let mut at = first;
        let mut index = movie_header();
        for track in tracks {
            index.extend(trak(track, u32::try_from(at).unwrap()));
            at += track.samples.concat().len();
        }
        index.extend(extra);
        [&kind[..], &atom(*b"moov", &index), between].concat()
    };
    let before = build(build(0).len() + 8);
    let media: Vec<u8> = tracks.iter().flat_map(|track| track.samples.concat()).collect();
    [before, atom(*b"mdat", &media)].concat()
}

fn film() -> Vec<u8> {
    file(&[video(vec![b"picture one", b"two"]), sound(vec![b"la", b"la"])], b"", b"")
}

fn facts() -> Facts {
    Facts {
        width: Some(640),
        height: Some(360),
        duration_ms: Some(3000),
        has_audio: true,
        has_video: true,
        ..Facts::default()
    }
}

#[test]
fn a_film_loses_only_its_dates_and_empty_boxes() {
    let (found, out) = run(Format::Mp4, &film()).unwrap();
    assert_eq!(found, facts());
    assert_eq!(out.len(), film().len());
    assert!(has(&film(), &DATE.to_be_bytes()));
    assert!(!has(&out, &DATE.to_be_bytes()));
    assert!(has(&out, b"picture onetwolala"));
}

#[test]
fn private_boxes_become_zeros_at_every_level() {
    let places = atom(*b"udta", &atom(*b"\xA9xyz", CANARY));
    let mut picture = video(vec![b"picture"]);
    picture.extra = atom(*b"uuid", CANARY);
    let top =
        [atom(*b"uuid", CANARY), atom(*b"free", CANARY), atom(*b"emsg", CANARY), full(*b"meta", 0, CANARY)];
    let film = file(
        &[picture],
        &[places, full(*b"meta", 0, CANARY), atom(*b"uuid", CANARY)].concat(),
        &top.concat(),
    );
    let (found, out) = cleaned(Format::Mp4, &film);
    assert_eq!(found, Facts { has_audio: false, ..facts() });
    assert_eq!(out.len(), film.len());
    assert!(out.ends_with(b"mdatpicture"));
}

#[test]
fn a_track_of_places_is_erased_with_its_samples() {
    let film = file(&[video(vec![b"before"]), gps(), sound(vec![b"after"])], b"", b"");
    let (found, out) = cleaned(Format::Mp4, &film);
    assert_eq!(found, facts());
    let media = [&b"mdatbefore"[..], &vec![0; CANARY.len() * 2], b"after"].concat();
    assert!(out.ends_with(&media));
    assert_eq!(out.windows(4).filter(|bytes| bytes == b"trak").count(), 2);
}

#[test]
fn a_turned_film_is_as_high_as_it_is_shown() {
    let turned = Sample { matrix: QUARTER, ..video(vec![b"picture"]) };
    let (found, _) = run(Format::Mp4, &file(&[turned], b"", b"")).unwrap();
    assert_eq!((found.width, found.height), (Some(360), Some(640)));
}

#[test]
fn sound_and_film_are_told_apart() {
    let song = file(&[sound(vec![b"la"])], b"", b"");
    let (found, _) = run(Format::M4a, &song).unwrap();
    assert_eq!(found, Facts { duration_ms: Some(3000), has_audio: true, ..Facts::default() });
    assert_eq!(run(Format::Mp4, &song).unwrap_err(), unsupported("a video file without a video"));
    assert_eq!(run(Format::M4a, &film()).unwrap_err(), unsupported("a sound file with a video"));
    let neither = file(&[gps()], b"", b"");
    assert_eq!(run(Format::M4a, &neither).unwrap_err(), unsupported("a sound file without sound"));
}

#[test]
fn what_no_player_would_play_is_rejected() {
    let reject = |file: &[u8]| run(Format::Mp4, file).unwrap_err();
    let kind = atom(*b"ftyp", b"isom\0\0\x02\0");
    assert_eq!(reject(&[kind.clone(), atom(*b"mdat", b"abc")].concat()), malformed("it has no index"));
    assert_eq!(reject(&atom(*b"ftyp", b"qt  \0\0\0\0qt  ")), unsupported("a QuickTime file"));
    assert_eq!(reject(&atom(*b"ftyp", b"3gp4\0\0\0\0")), unsupported("this kind of MP4"));
    assert_eq!(reject(&film()[..film().len() - 1]), truncated("a box"));
    assert_eq!(reject(&file(&[video(vec![])], b"", b"")), malformed("a track is empty"));
    let index =
        [kind.clone(), atom(*b"moov", &[movie_header(), trak(&video(vec![b"abc"]), 5000)].concat())].concat();
    assert_eq!(reject(&index), truncated("its media"));
    let mut long = film();
    let at = long.windows(4).position(|bytes| bytes == b"mvhd").unwrap();
    long[at - 3] = 0xFF;
    assert_eq!(reject(&long), malformed("a box is longer than the one around it"));
    let elsewhere = |film: &[u8]| {
        let at = film.windows(4).position(|bytes| bytes == b"url ").unwrap();
        [&film[..at + 7], &[0], &film[at + 8..]].concat()
    };
    assert_eq!(reject(&elsewhere(&film())), unsupported("a file whose media are in another file"));
}

/// Zeroing what the index says must never reach the index itself.
#[test]
fn places_outside_of_the_media_are_rejected() {
    let kind = atom(*b"ftyp", b"isom\0\0\x02\0");
    let index = [movie_header(), trak(&sound(vec![b"x"]), 40), trak(&gps(), 40)].concat();
    let song = [kind, atom(*b"moov", &index), atom(*b"mdat", &[0; 100])].concat();
    assert_eq!(
        run(Format::M4a, &song).unwrap_err(),
        malformed("a sample of metadata lies outside of the media")
    );
}

fn fragmented(id: u32) -> Vec<u8> {
    let extends = atom(*b"mvex", &full(*b"trex", 0, &words(&[id, 1, 400, 0, 0])));
    let mut film = file(&[video(vec![])], &extends, b"");
    let at = film.windows(4).position(|bytes| bytes == b"mvhd").unwrap() + 20;
    film[at..at + 4].fill(0);
    let fragment = |time: u32| {
        let header = full(*b"tfhd", 0, &words(&[1]));
        // Two samples with their own durations, then three with the default.
        let own = atom(*b"trun", &words(&[0x100, 2, 100, 150]));
        let run = atom(*b"trun", &words(&[0, 3]));
        let parts = [header, full(*b"tfdt", 0, &words(&[time])), own, run, atom(*b"udta", CANARY)].concat();
        [
            atom(*b"moof", &[full(*b"mfhd", 0, &words(&[1])), atom(*b"traf", &parts)].concat()),
            atom(*b"mdat", b"fragment"),
        ]
        .concat()
    };
    [film, fragment(0), fragment(1450)].concat()
}

#[test]
fn fragments_are_added_up() {
    let (found, _) = cleaned(Format::Mp4, &fragmented(1));
    assert_eq!(found, Facts { has_audio: false, duration_ms: Some(1450 + 1450), ..facts() });
}

/// A header that was uploaded without its fragments plays nothing.
#[test]
fn an_announcement_of_fragments_is_not_enough() {
    let film = fragmented(1);
    let first = film.windows(4).position(|bytes| bytes == b"moof").unwrap() - 4;
    assert_eq!(run(Format::Mp4, &film[..first]).unwrap_err(), malformed("a track is empty"));
}

#[test]
fn encrypted_films_are_refused() {
    let mut film = film();
    let at = film.windows(4).position(|bytes| bytes == b"avc1").unwrap();
    film[at..at + 4].copy_from_slice(b"encv");
    assert_eq!(run(Format::Mp4, &film).unwrap_err(), unsupported("an encrypted file"));
}

#[test]
fn fragments_of_unknown_or_private_tracks_are_rejected() {
    assert_eq!(run(Format::Mp4, &fragmented(9)).unwrap_err(), malformed("a fragment is of an unknown track"));
    let extends = atom(*b"mvex", &full(*b"trex", 0, &words(&[1, 1, 400, 0, 0])));
    assert_eq!(
        run(Format::Mp4, &file(&[video(vec![b"a"]), gps()], &extends, b"")).unwrap_err(),
        unsupported("a fragmented file with a track of metadata")
    );
}

/// A box for the rest of the file and sizes of 64 bits.
#[test]
fn unusual_sizes_are_understood() {
    let mut film = film();
    let at = film.windows(4).position(|bytes| bytes == b"mdat").unwrap();
    film[at - 4..at].fill(0);
    assert_eq!(run(Format::Mp4, &film).unwrap().0, facts());
    let wide = [&words(&[1])[..], b"uuid", &40_u64.to_be_bytes(), &CANARY[..24]].concat();
    // The chunks are twelve bytes further on than the index says, but still in the file.
    let moved = [atom(*b"ftyp", b"isom\0\0\x02\0"), wide, film[28..].to_vec()].concat();
    let (_, out) = run(Format::Mp4, &moved).unwrap();
    assert!(!has(&out, b"GPS-CANARY"));
}

#[test]
fn a_film_that_is_cut_is_rejected() {
    assert_eq!(accepted_cuts(Format::Mp4, &film()), [0; 0]);
    // Between two fragments there is nothing missing.
    let film = fragmented(1);
    let second = film.windows(4).rposition(|bytes| bytes == b"moof").unwrap() - 4;
    assert_eq!(accepted_cuts(Format::Mp4, &film), [second]);
}

#[test]
fn changed_bits_do_no_harm() {
    flip_bits(Format::Mp4, &file(&[video(vec![b"before"]), gps(), sound(vec![b"after"])], b"", b""));
    flip_bits(Format::Mp4, &fragmented(1));
}

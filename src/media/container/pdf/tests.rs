//! PDF: beginning, end and scripts.

use super::super::{
    Facts, Format,
    tests::{accepted_cuts, flip_bits, malformed, run, truncated, unsupported},
};

fn document(body: &[u8]) -> Vec<u8> {
    [b"%PDF-1.7\n1 0 obj <<", body, b">> endobj\ntrailer <<>>\n%%EOF\n"].concat()
}

#[test]
fn a_document_is_copied_as_it_is() {
    let file = document(b"/Type /Catalog /Producer (someone)");
    assert_eq!(run(Format::Pdf, &file).unwrap(), (Facts::default(), file));
}

#[test]
fn scripts_and_programs_are_refused() {
    let reject = |body: &[u8]| run(Format::Pdf, &document(body)).unwrap_err();
    for body in [&b"/S /JavaScript /JS (x)"[..], b"/S/JavaScript", b"/Java#53cript", b"/#4aavaScript\0"] {
        assert_eq!(reject(body), unsupported("a PDF with scripts"));
    }
    assert_eq!(reject(b"/S /Launch"), unsupported("a PDF that starts programs"));
}

#[test]
fn names_that_only_look_alike_are_fine() {
    for body in
        [&b"/JavaScripts"[..], b"/LaunchTime", b"(JavaScript)", b"/Launc#", b"/Java#5cript", b"/XJavaScript"]
    {
        assert!(run(Format::Pdf, &document(body)).is_ok(), "{}", String::from_utf8_lossy(body));
    }
}

/// The scan goes on where one read ends and the next begins.
#[test]
fn a_name_across_two_reads_is_found() {
    for before in 65_536 - 40..65_536 {
        let body = [vec![b'x'; before - 19], b"/JavaScript ".to_vec()].concat();
        assert_eq!(run(Format::Pdf, &document(&body)).unwrap_err(), unsupported("a PDF with scripts"));
    }
}

/// Bytes in front would let the file be something else, too.
#[test]
fn only_the_first_byte_may_begin_a_document() {
    let begin = || malformed("it does not begin like a PDF");
    for header in [&b"\n%PDF-1.7"[..], b"GIF89a%PDF-1.7", b"<html>%PDF-1.7", b"%PDF-1.8", b"%PDF-3.0"] {
        let file = [header, &document(b"")[8..]].concat();
        assert_eq!(run(Format::Pdf, &file).unwrap_err(), begin());
    }
    let long_tail = [document(b""), vec![b' '; 1100]].concat();
    assert_eq!(run(Format::Pdf, &long_tail).unwrap_err(), truncated("its content"));
}

#[test]
fn a_document_that_is_cut_is_rejected() {
    let file = document(b"/Type /Catalog");
    // Only the line end after the marker may be missing.
    assert_eq!(accepted_cuts(Format::Pdf, &file), [file.len() - 1]);
}

#[test]
fn changed_bits_do_no_harm() {
    flip_bits(Format::Pdf, &document(b"/Type /Catalog /S /Launc"));
}

//! Sources made to hurt: deep, wide and endless. Each story is about 200 kB, runs in a debug build on the small stack of
//! a test thread, and has a bound that only quadratic work exceeds.

use std::time::{Duration, Instant};

use super::super::*;

const SIZE: usize = 200_000;

/// Linear work takes up to 5 s in a debug build on a busy machine; the quadratic one found took 120 s on a quiet one.
const BOUND: Duration = Duration::from_secs(100);

fn repeated(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

fn numbered(piece: impl Fn(usize) -> String) -> String {
    let mut source = String::new();
    for number in 0.. {
        if source.len() >= SIZE {
            break;
        }
        source.push_str(&piece(number));
    }
    source
}

fn endure(sources: &[String]) {
    for source in sources {
        let start: String = source.chars().take(40).collect();
        let before = Instant::now();
        let rendered = render(source);
        fill_embeds(&rendered.rich_text.html, |_| None);
        assert!(before.elapsed() < BOUND, "{:?} for {start:?}", before.elapsed());
        assert!(deepest(&rendered.rich_text.html) <= balance::MAX_DEPTH + 2, "too deep for {start:?}");
        // A table of 10,000 columns and the like write some tags for a character, not a page.
        assert!(rendered.rich_text.html.len() < 45 * SIZE, "{} for {start:?}", rendered.rich_text.html.len());
    }
}

fn deepest(html: &str) -> usize {
    let mut depth = 0usize;
    let mut deepest = 0;
    for tag in html.split('<').skip(1) {
        if tag.starts_with('/') {
            depth -= 1;
        } else if !["br>", "hr>", "img ", "input "].iter().any(|void| tag.starts_with(void)) {
            depth += 1;
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[test]
fn nested_blocks() {
    endure(&[
        repeated(">"),
        repeated("- "),
        repeated("1. "),
        repeated(">- "),
        repeated("- [ ] "),
        format!("{}a\n{}", ">".repeat(10_000), repeated("b\n")),
        numbered(|number| format!("{}- a\n", "  ".repeat(number % 2_000))),
    ]);
}

#[test]
fn brackets_and_references() {
    endure(&[
        repeated("["),
        repeated("![a"),
        repeated("[a]("),
        format!("{}{}", "[a".repeat(20_000), "](b)".repeat(20_000)),
        format!("[a]: /{}\n\n{}", "x".repeat(10_000), repeated("[a]")),
        format!("{}\n\n[^1]: x\n", repeated("[^1]")),
        numbered(|number| format!("[^{number}]: [^{}]\n", number + 1)),
    ]);
}

#[test]
fn emphasis_and_code() {
    endure(&[
        repeated("*"),
        repeated("*_"),
        repeated("**a "),
        format!("{}{}", "*a ".repeat(30_000), " a*".repeat(30_000)),
        repeated("~a~~"),
        numbered(|number| format!("a{}", "`".repeat(number))),
    ]);
}

#[test]
fn wide_and_sparse_tables() {
    endure(&[
        format!("{}|\n{}|\n{}", "|a".repeat(10_000), "|-".repeat(10_000), repeated("|b\n")),
        format!("{}|\n{}|\n{}", "|a".repeat(1_000), "|-".repeat(1_000), repeated("|b\n")),
        repeated("a|b\n-|-\n"),
        repeated("|-|\n"),
    ]);
}

#[test]
fn unclosed_and_nested_raw_html() {
    let bolds = numbered(|number| format!("<b title={number}>"));
    let bold = |count: usize| bolds.split_inclusive('>').take(count).collect::<String>();
    endure(&[
        repeated("<div>"),
        repeated("<svg><math>"),
        repeated("<select><option>"),
        repeated("<!--"),
        repeated("<a "),
        numbered(|number| format!("<p><b title={number}></p>")),
        format!("{}\n\n{}", bold(500), repeated("a\n\n")),
        format!("<ul><li>{}{}", bold(20), repeated("<li>x")),
        format!("<table>{}{}", bold(20), repeated("<tr>x")),
        format!("<a {}>", numbered(|number| format!("a{number} "))),
    ]);
}

#[test]
fn entities_and_long_runs() {
    endure(&[
        repeated("&"),
        repeated("\u{A0}\u{B0}"),
        format!("http://a.b/{}", repeated("&a;")),
        format!("<p title=\"{}\">", repeated("&amp;")),
        numbered(|_| format!("![{}](/x)\n", "&".repeat(400))),
        format!("# a{}", repeated("\u{301}")),
    ]);
}

#[test]
fn directives_and_headings_without_end() {
    endure(&[
        repeated("::post[a]\n"),
        repeated("a\n::x[y]\n"),
        format!("*a\n{}b*", repeated("::post[a]\n")),
        repeated("::x[y] *a*"),
        numbered(|number| format!("# x-{number}\n# x\n")),
    ]);
}

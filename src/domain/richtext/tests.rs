//! Stories of the renderer. `directives`: embeds and their faults; `safety`: what must never reach a reader;
//! `hostile`: sources made to hurt.

mod directives;
mod hostile;
mod safety;

use super::*;

fn html(markdown: &str) -> String {
    render(markdown).rich_text.html
}

fn text(markdown: &str) -> String {
    render(markdown).rich_text.text
}

#[test]
fn a_post_becomes_html_text_outline_and_a_word_count() {
    let rendered = render(
        "# Warm *up*\n\nBreathe **in**, breathe out.[^1]\n\n- [x] neck\n- shoulders\n  - left\n\n\
         ## Cool down\n\n![A mat](/mat.png) & rest\n\n[^1]: Through the nose.\n",
    );
    assert_eq!(rendered.faults, []);
    assert_eq!(
        rendered.rich_text,
        RichText {
            html: "<h1 id=\"h-warm-up\">Warm <em>up</em></h1>\n\
                   <p>Breathe <strong>in</strong>, breathe out.\
                   <sup class=\"footnote-ref\"><a href=\"#fn-1\" id=\"fnref-1\">1</a></sup></p>\n\
                   <ul class=\"contains-task-list\">\n\
                   <li class=\"task-list-item\">\
                   <input type=\"checkbox\" class=\"task-list-item-checkbox\" checked=\"\" disabled=\"\"> neck</li>\n\
                   <li>shoulders\n<ul>\n<li>left</li>\n</ul>\n</li>\n</ul>\n\
                   <h2 id=\"h-cool-down\">Cool down</h2>\n\
                   <p><img src=\"/mat.png\" alt=\"A mat\"> &amp; rest</p>\n\
                   <section class=\"footnotes\">\n<ol>\n<li id=\"fn-1\">\n<p>Through the nose. \
                   <a href=\"#fnref-1\" class=\"footnote-backref\" aria-label=\"Back to reference 1\">\u{21A9}</a></p>\n\
                   </li>\n</ol>\n</section>"
                .to_owned(),
            text: "Warm up\n\nBreathe in, breathe out.\n\nneck\nshoulders\nleft\n\nCool down\n\nA mat & rest\n\n\
                   Through the nose."
                .to_owned(),
            outline: vec![
                Heading { level: 1, text: "Warm up".to_owned(), anchor: "h-warm-up".to_owned() },
                Heading { level: 2, text: "Cool down".to_owned(), anchor: "h-cool-down".to_owned() },
            ],
            embeds: vec![],
            word_count: 17,
        }
    );
}

#[test]
fn tables_strikethrough_autolinks_and_code_keep_their_markup() {
    assert_eq!(
        html("| a | b |\n|---|--:|\n| ~~1~~ | www.example.org |\n\n```rust\nlet x = 1 < 2;\n```\n"),
        "<table>\n<thead>\n<tr>\n<th>a</th>\n<th align=\"right\">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n\
         <td><del>1</del></td>\n<td align=\"right\"><a href=\"http://www.example.org\" rel=\"noopener\">\
         www.example.org</a></td>\n</tr>\n</tbody>\n</table>\n\
         <pre><code class=\"language-rust\">let x = 1 &lt; 2;\n</code></pre>"
    );
}

#[test]
fn text_is_what_one_would_read_aloud() {
    assert_eq!(
        text("a\nb  \nc\n\n> quoted `code`\n\n1. one\n\n2. two\n"),
        "a b\nc\n\nquoted code\n\none\n\ntwo"
    );
    assert_eq!(text("| a | b |\n|---|---|\n| 1 | 2 |\n"), "a\tb\n1\t2");
    assert_eq!(text("    keep\n      this\n\nnext\n"), "keep\n  this\n\nnext");
    assert_eq!(
        text("<details><summary>More</summary>\n\n&lt;words&gt; &copy;&nbsp;me\n\n</details>"),
        "More\n\n<words> \u{A9} me"
    );
    assert_eq!(text("<script>no</script>\n\n<!-- no -->\n\n---\n"), "");
    assert_eq!(text("Fish[^1] and chips[^1].\n\n[^1]: Vinegar.\n"), "Fish and chips.\n\nVinegar.");
}

#[test]
fn anchors_are_readable_and_unique_in_any_script() {
    let anchors = |markdown: &str| -> Vec<String> {
        render(markdown).rich_text.outline.into_iter().map(|heading| heading.anchor).collect()
    };
    assert_eq!(
        anchors(
            "# Don't stop\n# \u{DC}bung & Ruhe\n# \u{41F}\u{440}\u{438}\u{432}\u{435}\u{442} \u{43C}\u{438}\u{440}\n"
        ),
        [
            "h-dont-stop",
            "h-\u{FC}bung-ruhe",
            "h-\u{43F}\u{440}\u{438}\u{432}\u{435}\u{442}-\u{43C}\u{438}\u{440}"
        ]
    );
    // Devanagari keeps its vowel signs and the mark that joins letters.
    assert_eq!(
        anchors("# \u{928}\u{92E}\u{938}\u{94D}\u{924}\u{947}\n"),
        ["h-\u{928}\u{92E}\u{938}\u{94D}\u{924}\u{947}"]
    );
    assert_eq!(anchors("# a\n# a-2\n# a\n# a\n"), ["h-a", "h-a-2", "h-a-3", "h-a-4"]);
    assert_eq!(anchors("# !!!\n#\n"), ["h-section", "h-section-2"]);
    assert_eq!(anchors("<h3 id=\"mine\">Raw</h3>\n"), ["h-raw"]);
}

#[test]
fn every_anchor_of_the_outline_is_one_id_of_the_html() {
    let rich_text = render("# One\n\n## One\n\ntext[^one]\n\n[^one]: # One\n").rich_text;
    assert_eq!(rich_text.outline.len(), 3);
    for heading in &rich_text.outline {
        assert_eq!(rich_text.html.matches(&format!(" id=\"{}\"", heading.anchor)).count(), 1);
    }
}

#[test]
fn footnote_ids_do_not_collide_whatever_the_labels() {
    let html = html("[^a][^a][^a-2][^\u{E9}]\n\n[^a]: 1\n[^a-2]: 2\n[^\u{E9}]: 3\n");
    for id in ["fn-1", "fn-2", "fn-3", "fnref-1", "fnref-1-2", "fnref-2", "fnref-3"] {
        assert_eq!(html.matches(&format!(" id=\"{id}\"")).count(), 1, "{id} in {html}");
        assert_eq!(
            html.matches(&format!(" href=\"#{id}\"")).count(),
            if id == "fn-1" { 2 } else { 1 },
            "{id} in {html}"
        );
    }
}

#[test]
fn reading_time_is_rounded_up_and_never_zero_for_words() {
    assert_eq!([0, 1, 238, 239, 2380].map(reading_minutes), [0, 1, 1, 2, 10]);
    assert_eq!(reading_minutes(u32::MAX), 18_046_082);
}

#[test]
fn rich_text_survives_storage_as_json() {
    let rich_text = render("# a\n\n::page[b]\n").rich_text;
    let json = serde_json::to_string(&rich_text).unwrap();
    assert!(json.contains(r#"{"target":"PAGE","slug":"b"}"#));
    assert_eq!(serde_json::from_str::<RichText>(&json).unwrap(), rich_text);
}

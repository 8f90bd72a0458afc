//! Embeds: where they stand, what fills them, and what is reported instead.

use super::super::*;

fn link(index: usize) -> String {
    let (path, title) = (format!("/{index}"), format!("T{index}"));
    EmbedLink { target: EmbedTarget::Post, path, title, excerpt: None }.html()
}

fn slots(markdown: &str) -> String {
    let html = render(markdown).rich_text.html;
    let html = html.replace('\u{FDD0}', "[post ").replace('\u{FDD2}', "[page ");
    html.replace('\u{FDD4}', "[media ").replace('\u{FDD1}', "]")
}

fn faults(markdown: &str) -> Vec<(u32, u32, String)> {
    let faults = render(markdown).faults.into_iter();
    faults.map(|fault| (fault.place.line, fault.place.column, fault.kind.to_string())).collect()
}

const MALFORMED: &str = "a directive is written `::name[…]`, alone on its line";

#[test]
fn a_directive_alone_on_its_line_becomes_a_block_of_its_own() {
    assert_eq!(slots("::post[a-1]"), "[post 0]");
    assert_eq!(slots("a\n::post[x]\nb\n"), "<p>a</p>\n[post 0]\n<p>b</p>");
    assert_eq!(slots("a  \n::post[x]  \n::page[y]\nb\n"), "<p>a</p>\n[post 0]\n[page 1]\n<p>b</p>");
    assert_eq!(slots("> ::post[x]\n> b\n"), "<blockquote>\n[post 0]\n<p>b</p>\n</blockquote>");
    assert_eq!(slots("- [ ] ::post[x]\n- b\n  ::page[y]\n").matches("[p").count(), 2);
    assert_eq!(slots("1. a\n\n   ::post[x]\n"), "<ol>\n<li>\n<p>a</p>\n[post 0]\n</li>\n</ol>");
    assert_eq!(slots("a\r\n\r\n   ::post[x]\t\r\n"), "<p>a</p>\n[post 0]");
    assert_eq!(slots("\u{FEFF}::post[x]"), "[post 0]");
    assert_eq!(slots("[x]: /elsewhere\n::post[x]\n"), "[post 0]");
    // An author's open paragraph ends before the block.
    assert_eq!(slots("<p>a\n\n::post[x]\n"), "<p>a\n</p>[post 0]");
}

#[test]
fn embeds_are_in_document_order_and_counted_by_slot() {
    let rich_text =
        render("::post[a]\n\nx[^1]\n\n[^1]: note\n\n    ::page[c]\n\n::post[b]\n::post[a]\n").rich_text;
    let embeds: Vec<_> = rich_text.embeds.iter().filter_map(Embed::entry).collect();
    assert_eq!(
        embeds,
        [
            (EmbedTarget::Post, "a"),
            (EmbedTarget::Post, "b"),
            (EmbedTarget::Post, "a"),
            (EmbedTarget::Page, "c")
        ]
    );
    let mut asked = Vec::new();
    fill_embeds(&rich_text.html, |index| {
        asked.push(index);
        None
    });
    assert_eq!(asked, [0, 1, 2, 3]);
    assert_eq!(rich_text.text, "x\n\nnote");
}

const PHOTO: &str = "asset_01jd0000000000000000000000";

#[test]
fn files_and_videos_elsewhere_are_embeds_too() {
    let poster = "asset_01jd0000000000000000000001";
    let markdown = format!(
        "Look:\n\n::image[{PHOTO}]\n::video[{PHOTO} {poster}]\n\n::audio[{PHOTO}]\n\n::video[https://youtu.be/dQw4w9WgXcQ?t=9&si=x]\n"
    );
    let rendered = render(&markdown);
    assert_eq!(rendered.faults, []);
    assert_eq!(slots(&markdown), "<p>Look:</p>\n[media 0]\n[media 1]\n[media 2]\n[media 3]");
    let lines: Vec<_> = rendered.places.iter().map(|place| (place.line, place.column)).collect();
    assert_eq!(lines, [(3, 1), (4, 1), (6, 1), (8, 1)]);
    let files: Vec<_> = rendered.rich_text.embeds.iter().map(|embed| embed.assets().count()).collect();
    assert_eq!(files, [1, 2, 1, 0]);
    assert_eq!(rendered.rich_text.text, "Look:", "what is said of files is theirs, and not part of the text");
    assert_eq!(embeds(&markdown), (rendered.rich_text.embeds.clone(), rendered.places));
    let stored = serde_json::to_value(&rendered.rich_text.embeds).unwrap();
    assert_eq!(serde_json::from_value::<Vec<Embed>>(stored).unwrap(), rendered.rich_text.embeds);
    // As it was stored before there were files.
    let old = serde_json::json!({ "target": "POST", "slug": "weak-legs" });
    assert_eq!(serde_json::from_value::<Embed>(old).unwrap(), Embed::Post { slug: "weak-legs".to_owned() });
}

#[test]
fn what_names_no_file_is_a_fault() {
    let not = |argument: &str, name: &str| {
        format!("`{argument}` is not the id of a file (`asset_…`) that `{name}` can embed")
    };
    let elsewhere = "`https://example.org/v` is not the address of a video at YouTube or Vimeo".to_owned();
    for (markdown, message) in [
        ("::image[leg.jpg]".to_owned(), not("leg.jpg", "image")),
        ("::image[]".to_owned(), not("", "image")),
        (
            "::image[post_01jd0000000000000000000000]".to_owned(),
            not("post_01jd0000000000000000000000", "image"),
        ),
        (format!("::image[{PHOTO} {PHOTO}]"), not(&format!("{PHOTO} {PHOTO}"), "image")),
        (format!("::video[{PHOTO} leg.jpg]"), not("leg.jpg", "video")),
        ("::video[https://example.org/v]".to_owned(), elsewhere),
        ("::video".to_owned(), MALFORMED.to_owned()),
    ] {
        assert_eq!(faults(&markdown), [(1, 1, message)], "{markdown}");
    }
    let many = format!("::image[{PHOTO}]\n").repeat(202) + "::post[x]\n";
    let message = "a text embeds at most 200 files".to_owned();
    assert_eq!(faults(&many), [(201, 1, message.clone()), (202, 1, message)]);
    assert_eq!(render(&many).rich_text.embeds.len(), 201, "links to entries are not counted");
}

#[test]
fn code_escapes_and_prose_are_not_directives() {
    for markdown in [
        "`::post[x]`",
        "    ::post[x]\n",
        "```\n::post[x]\n```",
        "`a\n::post[x]\nb`",
        "\\::post[x]",
        ":\\:post[x]",
        "&#58;:post[x]",
        "\\::a[ ::post[Bad]",
        "see ::post[x]",
        "# ::\n\n::",
        "std::vec\n::vec and ::post are paths\n:: a",
        ":::post[x]",
        "::[x]",
        "| ::post[x] |\n|---|\n| ::post[Y] |",
        "<div>\n::post[x]\n</div>",
    ] {
        let rendered = render(markdown);
        assert_eq!(rendered.faults, [], "{markdown:?}");
        assert_eq!(rendered.rich_text.embeds, [], "{markdown:?}");
        assert!(rendered.rich_text.html.contains("::"), "{markdown:?}");
    }
}

#[test]
fn what_cannot_be_published_stays_text_and_is_reported_with_its_place() {
    let long = "a".repeat(121);
    for (markdown, line, column, message) in [
        ("a\n\n::freebie[x]\n", 3, 1, "unknown directive `freebie`"),
        ("> - ::post[Bad Slug]\n", 1, 5, "`Bad Slug` is not a slug that `post` can embed"),
        ("::post[a--b]", 1, 1, "`a--b` is not a slug that `post` can embed"),
        ("::page[]", 1, 1, "`` is not a slug that `page` can embed"),
        ("::post[\u{E9}]", 1, 1, "`\u{E9}` is not a slug that `post` can embed"),
        ("a\n::post[ \n", 2, 1, MALFORMED),
        ("::post", 1, 1, MALFORMED),
        ("::Post[x]", 1, 1, MALFORMED),
        ("::post[x] and more", 1, 1, MALFORMED),
        ("::post[x][y]", 1, 1, MALFORMED),
        ("::post[x\ny]", 1, 1, MALFORMED),
        ("*a\n::post[x]\nb*", 2, 1, MALFORMED),
        ("::post[x]\n---\n", 1, 1, MALFORMED),
        ("|a|\n|-|\n|b|\n::post[x]\n", 4, 1, MALFORMED),
        ("::post[*a* _b_]", 1, 1, "`*a* _b_` is not a slug that `post` can embed"),
    ] {
        assert_eq!(faults(markdown), [(line, column, message.to_owned())], "{markdown:?}");
        assert_eq!(render(markdown).rich_text.embeds, [], "{markdown:?}");
        assert!(render(markdown).rich_text.text.contains("::"), "{markdown:?}");
    }
    assert_eq!(faults(&format!("::post[{long}]")).len(), 1);
    assert_eq!(faults(&format!("::post[{}]", &long[1..])), []);
}

#[test]
fn lines_are_right_where_comrak_miscounts_them() {
    let markdown = "[a]: /a\n[b]:\n/b\n::x[p]\n[l](m\n'n\no')\n`\n::x[z]\n`\n::x[q]\n::x[q]\n\\::x[r]\n";
    assert_eq!(faults(markdown).iter().map(|fault| fault.0).collect::<Vec<_>>(), [4, 11, 12]);
    assert_eq!(slots("[a]: /a\n::post[b]\n::page[c]\n"), "[post 0]\n[page 1]");
}

#[test]
fn columns_count_characters_of_the_source_as_written() {
    assert_eq!(faults("\u{FDD1}> \u{FDD0} ::x[\u{FDD5}y]")[0].1, 6);
    assert_eq!(
        faults("a\r::x[y]\r\n\r\n  ::z[y]\n").iter().map(|f| (f.0, f.1)).collect::<Vec<_>>(),
        [(2, 1), (4, 3)]
    );
    assert_eq!(faults("[^\u{E9}\u{E9}]: ::x[y]\n\na[^\u{E9}\u{E9}]")[0].1, 8);
}

#[test]
fn filling_escapes_and_an_absent_target_leaves_no_trace() {
    let html = render("a\n\n::post[x]\n\nb\n\n::page[y]\n").rich_text.html;
    let filled = fill_embeds(&html, |index| {
        let link = EmbedLink {
            target: EmbedTarget::Page,
            path: "/a\"onclick=\"&".to_owned(),
            title: "<b>T</b>".to_owned(),
            excerpt: Some("\"a\" & <c>".to_owned()),
        };
        (index == 1).then(|| link.html())
    });
    assert_eq!(
        filled,
        "<p>a</p>\n<p>b</p>\n<aside class=\"embed embed-page\"><a href=\"/a&quot;onclick=&quot;&amp;\">\
         &lt;b&gt;T&lt;/b&gt;</a><p>&quot;a&quot; &amp; &lt;c&gt;</p></aside>"
    );
    assert_eq!(fill_embeds(&html, |_| None), render("a\n\nb\n").rich_text.html + "\n");
    assert_eq!(fill_embeds("<p>a</p>", |index| Some(link(index))), "<p>a</p>");
    assert_eq!(
        fill_embeds("\u{FDD0}0\u{FDD1}", |index| Some(link(index))),
        "<aside class=\"embed embed-post\"><a href=\"/0\">T0</a></aside>"
    );
}

#[test]
fn broken_slots_in_stored_html_are_dropped_without_panic() {
    let huge = format!("a\u{FDD0}{}\u{FDD1}b", "9".repeat(50));
    for html in ["\u{FDD0}", "\u{FDD0}1", "\u{FDD0}\u{FDD1}", "\u{FDD0}x\u{FDD1}", huge.as_str()] {
        assert!(!fill_embeds(html, |index| Some(link(index))).contains("<aside"), "{html:?}");
    }
}

#[test]
fn no_spelling_of_noncharacters_forges_a_slot() {
    for markdown in [
        "\u{FDD0}0\u{FDD1} ::post[x]",
        "&#xFDD0;0&#xFDD1;",
        "<b>&#64976;0&#64977;</b>",
        "<div>&#xFDD0;0&#xFDD1;</div>",
        "[a](/b \"&#xFDD0;0&#xFDD1;\")",
        "![&#xFDD0;0&#xFDD1;](/x)",
        "<b title='&#xFDD0;0&#xFDD1;'>",
        "<hr \u{FDD0}='0'>",
        "<hr &#xFDD0;='0'>",
        "<hr title=' &#xFDD0;=' dir='0'>",
        "<li title=' &#xFDD0;=' dir='x'>",
        "# &#xFDD0;0&#xFDD1;",
        "`&#xFDD0;`\n\n    \u{FDD0}0\u{FDD1}",
        "&#xFDD2;0&#xFDD1; &#xFDD3;&gt;",
        "&#xFDD4;0&#xFDD1; \u{FDD4}0\u{FDD1}",
    ] {
        let rendered = render(&format!("::post[real]\n\n{markdown}\n")).rich_text;
        let mut asked = 0;
        let filled = fill_embeds(&rendered.html, |_| {
            asked += 1;
            None
        });
        assert_eq!(asked, 1, "{markdown}");
        assert!(!filled.contains(is_reserved) && !rendered.text.contains(is_reserved), "{markdown}");
        assert!(!filled.contains(" id=\" "), "{filled}");
    }
}

#[test]
fn a_slot_never_lands_inside_an_attribute() {
    let html = render("<div title=\"\n\n::post[x]\n\n<img src=x onerror=alert(1)>\">\n").rich_text.html;
    let filled = fill_embeds(&html, |index| Some(link(index)));
    assert!(!filled.contains("embed-post") && !filled.contains("onerror"), "{filled}");
}

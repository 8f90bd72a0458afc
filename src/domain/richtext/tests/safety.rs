//! Markup that must never reach a reader. The oracle: what was rendered is a fixed point of the policy.

use proptest::prelude::*;

use super::super::*;

fn assert_safe(markdown: &str) {
    let html = fill_embeds(&render(markdown).rich_text.html, |_| None);
    let lower = html.to_ascii_lowercase();
    for forbidden in
        ["<script", "<svg", "<math", "<style", "<iframe", "<form", "<base", "<meta", "<object", "<embed"]
    {
        assert!(!lower.contains(forbidden), "{forbidden} from {markdown:?}: {html}");
    }
    for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        for attribute in tag.split('"').step_by(2).skip(usize::from(tag.starts_with('/'))) {
            let name = attribute.rsplit(' ').next().unwrap_or_default();
            assert!(!name.starts_with("on") && !name.starts_with("style"), "{tag} from {markdown:?}");
        }
        for address in ["href=\"", "src=\""].iter().filter_map(|key| tag.split(key).nth(1)) {
            // Browsers pass over control characters and white space in a scheme.
            let address: String = address.chars().filter(|&c| c > ' ').collect();
            let Some((scheme, _)) = address.split_once(':') else {
                continue;
            };
            let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
            let allowed = ["http", "https", "mailto", "tel"].iter().any(|ok| scheme.eq_ignore_ascii_case(ok));
            assert!(allowed || !is_scheme, "{tag} from {markdown:?}");
        }
    }
    let mut policy = policy::builder();
    policy.add_generic_attributes(["id"]);
    assert_eq!(policy.clean(&html).to_string(), html, "not a fixed point, from {markdown:?}");
}

#[test]
fn a_line_break_in_disguise_is_one() {
    let html = |markdown| render(markdown).rich_text.html;
    assert_eq!(html("<p>&#xD"), "<p>\n</p>");
    assert_eq!(html("<p>a&#13;&#10;b&#xD;c</p>"), "<p>a\nb\nc</p>");
    for reference in ["&#xD", "&#13;", "&#13;&#10;", "&#10;", "&#xA;&#xA;", "&#13;&#13;"] {
        for markdown in ["<p>$</p>", "<pre>a$x</pre>", "<b title='$'>a</b>", "`$`", "a$b", "<td>$"] {
            assert_safe(&markdown.replace('$', reference));
        }
    }
}

#[test]
fn scripts_handlers_and_foreign_elements_are_gone() {
    for markdown in [
        "<script>alert(1)</script>",
        "<ScRiPt src=//x.org>",
        "a <script>alert(1)</script> b",
        "<img src=x onerror=alert(1)>",
        "<img src=x onerror\n=alert(1)>",
        "<img/src=x/onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<textarea><a title=\"</textarea><img src=x onerror=alert(1)>\">",
        "<base href=//x.org>",
        "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
        "<form action=//x.org><button formaction=javascript:alert(1)>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data=javascript:alert(1)><embed src=javascript:alert(1)>",
        "<style>@import '//x.org'</style><p style='background:url(//x.org)'>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<!-- --!><img src=x onerror=alert(1)> -->",
        "<![CDATA[<img src=x onerror=alert(1)>]]>",
        "<a href='&#x6a&#x61vascript:alert(1)'>a</a>",
        "<a href='java&#10;script:alert(1)'>a</a>",
        "<a href='java&Tab;script&colon;alert(1)'>a</a>",
        "[a](java&#10;script:alert(1))",
        "<a href='&#1;javascript:alert(1)'>a</a>",
        "<a href='&#xFDD0;javascript:alert(1)'>a</a>",
        "<a href='java&#xFDEF;script:alert(1)'>a</a>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<<img src=x onerror=alert(1)>",
        "<a title='>' onclick='alert(1)' \"onfocus=\"alert(1)>",
        "<table><td><svg><td><script>alert(1)</script>",
        "<select><template><img src=x onerror=alert(1)>",
        "```x\" onclick=\"alert(1)\n```",
    ] {
        assert_safe(markdown);
        assert_safe(&format!("a\n\n> {markdown}\n\nb"));
    }
}

#[test]
fn addresses_have_a_known_scheme_or_are_relative() {
    for address in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://x.org",
    ] {
        for markdown in [
            format!("[a]({address})"),
            format!("![a]({address})"),
            format!("<{address}>"),
            format!("[a]\n\n[a]: {address}"),
            format!("<a href=\"{address}\">a</a>"),
            format!("<img src='{address}'>"),
        ] {
            assert_safe(&markdown);
            let html = render(&markdown).rich_text.html;
            assert!(!html.contains("href") && !html.contains("src="), "{markdown}: {html}");
        }
    }
    for address in [
        "https://x.org/?a=1&amp;b",
        "http://x.org",
        "mailto:a@x.org",
        "tel:+49123",
        "/a",
        "a/b",
        "#h-a",
        "?q",
    ] {
        let html = render(&format!("[a]({address})")).rich_text.html;
        assert!(html.contains(&format!("href=\"{address}\"")), "{html}");
    }
}

#[test]
fn links_that_leave_the_site_are_noopener_and_nothing_else_is_kept_of_rel() {
    let html = |markdown| render(markdown).rich_text.html;
    assert_eq!(html("[a](https://x.org)"), "<p><a href=\"https://x.org\" rel=\"noopener\">a</a></p>");
    assert_eq!(html("[a](//x.org)"), "<p><a href=\"//x.org\" rel=\"noopener\">a</a></p>");
    assert_eq!(html("[a](/x)"), "<p><a href=\"/x\">a</a></p>");
    assert_eq!(html("<a rel='opener' target=_blank href='/x'>a</a>"), "<p><a href=\"/x\">a</a></p>");
}

#[test]
fn authors_cannot_set_ids_names_or_foreign_classes() {
    let html = |markdown| render(markdown).rich_text.html;
    assert_eq!(html("<p id=fn-1 class='x footnotes embed'>a</p>"), "<p class=\"footnotes\">a</p>");
    assert_eq!(html("<a id=location name=location href='/x'>a</a>"), "<p><a href=\"/x\">a</a></p>");
    assert_eq!(html("<h1 id=x>a</h1>"), "<h1 id=\"h-a\">a</h1>");
    assert_eq!(html("<code class='language-c++ x'>a</code>"), "<p><code class=\"language-c++\">a</code></p>");
    assert_eq!(
        html("<input name=a type=text>b <input type=CHECKBOX>"),
        "<p>b <input type=\"checkbox\" disabled=\"\"></p>"
    );
    assert_eq!(html("<img name=forms src=/a alt=''>"), "<img src=\"/a\" alt=\"\">");
}

#[test]
fn unclosed_markup_ends_with_its_paragraph() {
    let html = |markdown| render(markdown).rich_text.html;
    assert_eq!(html("a <b>b\n\nc\n"), "<p>a <b>b</b></p>\n<p>c</p>");
    assert_eq!(html("a</div></blockquote> b\n\n</p>c\n"), "<p>a b</p>\nc");
    assert_eq!(html("<a href=/x>[b](/y)</a>"), "<p><a href=\"/x\">b</a></p>");
}

fn fragments() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,8}",
        4 => prop::sample::select(vec![
            "\n", "\n\n", "\n    ", "> ", "- ", "1. ", "* ", "# ", "---\n", "|", "|-|\n", "```", "`", "*", "_", "~~", "[", "](",
            ")", "![", "[^1]", "[^1]: ", "[x] ", "&", "&#x", "&lt;", "&#xFDD0;", "::post[a]", "::page[", "::image[asset_01jd0000000000000000000000]", "::video[https://youtu.be/dQw4w9WgXcQ]", "::x[y]", "\\", ":",
            "\u{FDD0}", "\u{FDD1}", "\u{FDD3}", "\0", "\u{A0}", "javascript:", "data:", "https://a.b", "www.a.b", "a@b.c",
        ]).prop_map(str::to_owned),
        4 => prop::sample::select(vec![
            "<a href=", "<a ", "<b>", "</b>", "<p>", "</p>", "<table>", "<tr>", "<td>", "<th>", "</table>", "<caption>", "<ul>",
            "<li>", "</ul>", "<dl>", "<dt>", "<dd>", "<h1>", "</h1>", "<div>", "</div>", "<svg>", "<math>", "<style>", "<script>",
            "</script>", "<title>", "<textarea>", "<select>", "<template>", "<form>", "<noscript>", "<iframe>", "<ruby><rt>", "<s>",
            "<!--", "-->", "<![CDATA[", "]]>", "<?", "<img src=x onerror=alert(1)>", " onclick=x ", "\"", "'", ">", "/>", "=", "<",
            "</", "<details>", "<summary>", "<code>", "<i title='", "<hr>", "<br>", "<input type=checkbox>", "<section>", "<a href='/x'>",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn whatever_is_written_renders_safely_and_always_the_same(markdown in fragments()) {
        assert_safe(&markdown);
        let rendered = render(&markdown);
        prop_assert_eq!(&render(&markdown), &rendered);
        prop_assert_eq!(embeds(&markdown), (rendered.rich_text.embeds.clone(), rendered.places.clone()));
        let filled = fill_embeds(&rendered.rich_text.html, |index| {
            assert!(index < rendered.rich_text.embeds.len());
            None
        });
        prop_assert!(!filled.contains(is_reserved) && !rendered.rich_text.text.contains(is_reserved));
        let lines: Vec<&str> = markdown.split('\n').collect();
        for fault in rendered.faults {
            // Only where lines end with LF alone is the line known without repeating the renderer.
            if !markdown.contains('\r') {
                let rest: String = lines[fault.place.line as usize - 1].chars().skip(fault.place.column as usize - 1).collect();
                prop_assert!(rest.starts_with(':'), "{:?} in {:?}", rest, markdown);
            }
        }
    }

    #[test]
    fn any_unicode_renders_without_panic(markdown in "(?s).{0,200}") {
        assert_safe(&markdown);
    }
}

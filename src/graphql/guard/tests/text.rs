//! The scan and the parser: what the text alone can be refused for.

use async_graphql::Pos;
use proptest::prelude::*;

use super::super::{Limits, Refusal, parse};
use super::{code, is_quick, unlimited};

fn refusal(query: &str) -> Refusal {
    parse(query, &Limits::default()).unwrap_err()
}

fn nested(open: &str, inner: &str, close: &str, levels: usize) -> String {
    format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn document_length_is_exact() {
    let padded = |bytes: usize| format!("{{a}}{}", " ".repeat(bytes - 3));
    assert!(parse(&padded(32 * 1024), &Limits::default()).is_ok());
    let refused = refusal(&padded(32 * 1024 + 1));
    assert_eq!(refused, Refusal::DocumentTooLarge { found: 32_769, limit: 32_768 });
    assert_eq!((refused.status(), refused.position()), (413, None));
    assert_eq!(is_quick(|| refusal(&"{".repeat(1 << 20)).code()), "DOCUMENT_TOO_LARGE");
}

#[test]
fn token_and_directive_limits_are_exact() {
    let fields = |tokens: usize| format!("{{{}}}", "a ".repeat(tokens - 2));
    assert!(parse(&fields(8_000), &Limits::default()).is_ok());
    assert_eq!(refusal(&fields(8_001)).code(), "TOO_MANY_TOKENS");
    let directives = |count: usize| format!("{{a {}}}", "@x ".repeat(count));
    assert!(parse(&directives(50), &Limits::default()).is_ok());
    assert_eq!(refusal(&directives(51)).code(), "TOO_MANY_DIRECTIVES");
    assert_eq!(refusal(&directives(10_000)).code(), "TOO_MANY_DIRECTIVES");
}

#[test]
fn every_recursion_of_the_parser_stops_at_the_nesting_limit() {
    let shapes: [(&str, &dyn Fn(usize) -> String); 6] = [
        ("selection sets", &|n| nested("{a", "", "}", n)),
        ("inline fragments", &|n| format!("{{{}}}", nested("...{", "a", "}", n - 1))),
        ("lists", &|n| format!("{{a(b:{})}}", nested("[", "1", "]", n - 2))),
        ("objects", &|n| format!("{{a(b:{})}}", nested("{c:", "1", "}", n - 2))),
        ("list types", &|n| format!("query($v:{}){{a}}", nested("[", "Int", "]", n - 1))),
        ("default values", &|n| format!("query($v:X={}){{a}}", nested("[", "1", "]", n - 1))),
    ];
    for (name, shape) in shapes {
        assert!(parse(&shape(32), &Limits::default()).is_ok(), "{name}");
        assert_eq!(refusal(&shape(33)).code(), "NESTING_TOO_DEEP", "{name}");
        let deep = is_quick(|| parse(&shape(50_000), &unlimited()));
        assert_eq!(deep.unwrap_err().code(), "NESTING_TOO_DEEP", "{name}");
    }
    assert_eq!(refusal(&nested("{a", "", "}", 33)).position(), Some(Pos { line: 1, column: 65 }));
}

#[test]
fn the_deepest_allowed_text_parses_on_a_small_stack() {
    let query = format!("{{a(b:{})}}", nested("[", "1", "]", 30));
    let small = std::thread::Builder::new().stack_size(512 * 1024);
    let parsed = small.spawn(move || parse(&query, &Limits::default()).is_ok()).unwrap().join();
    assert!(parsed.unwrap());
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    let many = "{[(".repeat(100);
    assert!(parse(&format!("{{a(b: \"{many}\")}}"), &Limits::default()).is_ok());
    assert!(parse(&format!("{{a(b: \"\\\"{many}\\\\\")}}"), &Limits::default()).is_ok());
    assert!(
        parse(&format!("{{a(b: \"\"\"\n{many} \" \"\" \\\"\"\" {many}\"\"\")}}"), &Limits::default()).is_ok()
    );
    assert!(parse(&format!("#{many} \"\n{{a}}# {many} \"\"\""), &Limits::default()).is_ok());
    assert_eq!(refusal(&format!("# \" \r{{a(b:\"\") {many}")).code(), "NESTING_TOO_DEEP");
    assert_eq!(refusal(&format!("{{a(b:\"\\\\\"){{{many}")).code(), "NESTING_TOO_DEEP");
}

#[test]
fn text_that_cannot_be_lexed_is_a_syntax_error_with_its_place() {
    let at = |query: &str| {
        let refused = refusal(query);
        assert_eq!((refused.code(), refused.status()), ("SYNTAX_ERROR", 400), "{query:?}");
        let at = refused.position().unwrap();
        (at.line, at.column)
    };
    assert_eq!(at("{a(b: \"open)}"), (1, 7));
    assert_eq!(at("{a(b: \"two\nlines\")}"), (1, 7));
    assert_eq!(at("{a\n(b: \"\"\"open\\\"\"\")}"), (2, 5));
    assert_eq!(at("{a\r\n\u{feff} \0}"), (2, 3));
    assert_eq!(at("{a # \u{7}\n}"), (1, 6));
    assert_eq!(at("{é}"), (1, 2));
    assert_eq!(at("{a(b: \"é\") ?}"), (1, 12));
    assert_eq!(at("{a(b: 00)}"), (1, 7));
    assert_eq!(at("{a(b: 1.)}"), (1, 7));
    assert_eq!(at("{a(b: -)}"), (1, 7));
    assert_eq!(at("{a ..b}"), (1, 4));
    assert_eq!(at("{a(b: 1]}"), (1, 8));
    assert_eq!(at("{a"), (1, 3));
    assert_eq!(at("{a(b: 1e999)}"), (1, 7));
    assert_eq!(at("{a} {b}"), (1, 5));
    assert_eq!(at("query a{a} query a{a}"), (1, 12));
    assert_eq!(at(""), (1, 1));
    assert_eq!(at("fragment F on Query{a}"), (1, 1));
}

#[test]
fn a_message_repeats_nothing_of_the_query() {
    let refused = refusal("{ secret(password: \"hunter2\" ! }");
    assert_eq!(refused.to_string(), "syntax error at 1:32: this bracket closes none");
    let refused = refusal("{ secret(password: \"hunter2\" !) }");
    assert_eq!(refused.to_string(), "syntax error at 1:30: unexpected token or end of the document");
}

#[test]
fn tokens_of_every_kind_pass() {
    let query = "query Q($a: [Int!]! = [1, -2], $b: E @x = RED) @x(f: 1.5e-3) {\n  k: a(x: {y: [$a, null, true]}) , ...F ... on T @include(if: $b) { b } }\n\
                 fragment F on T { c(s: \"\\u00e9\\n\", t: \"\"\"\n  block\n\"\"\") }";
    assert!(parse(query, &Limits::default()).is_ok());
    assert_eq!(code(query), "PASSED");
}

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "...",
        ":",
        "!",
        "$",
        "@",
        "=",
        "|",
        "&",
        "a",
        "b",
        "on",
        "F",
        "query",
        "fragment",
        "mutation",
        "true",
        "null",
        "0",
        "-1.5e3",
        "\"s\"",
        "\"\"\"b\"\"\"",
        "\"",
        "\\",
        "#",
        "\n",
        " ",
        "posts",
        "nodes",
        "first",
        "\u{feff}",
        "é",
        "\0",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn byte_soup_neither_panics_nor_lasts(bytes in prop::collection::vec(any::<u8>(), 0..4_000)) {
        is_quick(|| code(&String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn token_soup_neither_panics_nor_lasts(tokens in prop::collection::vec(token(), 0..2_000)) {
        is_quick(|| code(&tokens.concat()));
        is_quick(|| code(&format!("{{posts{{{}", tokens.join(" "))));
    }

    /// The scan must not refuse what the library accepts, apart from its limits and stricter numbers.
    #[test]
    fn the_scan_and_the_parser_agree(tokens in prop::collection::vec(token(), 0..12)) {
        let query = format!("{{a {}}}", tokens.join(" "));
        let scanned = parse(&query, &unlimited());
        let parsed = async_graphql::parser::parse_query(&query);
        prop_assert_eq!(scanned.is_ok(), parsed.is_ok(), "{:?}", scanned.err());
    }
}

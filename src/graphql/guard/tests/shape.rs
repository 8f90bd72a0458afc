//! The survey: depth, width and fragments, and that none of it takes long.

use super::super::{Limits, Refusal, parse};
use super::{check, check_with, code, is_quick, model, unlimited};
use serde_json::{Value, json};

/// `count` fragments that each spread the next `times` times; the last one selects `leaf`.
fn chain(count: usize, times: usize, leaf: &str) -> String {
    let mut query = "{site{...F0}}".to_owned();
    for index in 0..count - 1 {
        let spreads = format!("...F{} ", index + 1).repeat(times);
        query.push_str(&format!("fragment F{index} on Site{{{spreads}}}"));
    }
    query + &format!("fragment F{} on Site{{{leaf}}}", count - 1)
}

#[test]
fn depth_is_exact_also_through_fragments() {
    let deep = |levels: usize| format!("{{site{}{}{}", "{parent".repeat(levels - 1), "", "}".repeat(levels));
    assert_eq!(check(&deep(15)).unwrap().depth, 15);
    assert_eq!(code(&deep(16)), "QUERY_TOO_DEEP");
    let split = |levels: usize| {
        let inner = format!("{}title{}", "parent{".repeat(levels - 2), "}".repeat(levels - 2));
        format!("{{site{{...F}}}}fragment F on Site{{{inner}}}")
    };
    assert_eq!(check(&split(15)).unwrap().depth, 15);
    assert_eq!(code(&split(16)), "QUERY_TOO_DEEP");
}

#[test]
fn aliases_are_exact() {
    let aliased = |count: usize| {
        let fields: String = (0..count).map(|index| format!("a{index}:__typename ")).collect();
        format!("{{{fields}}}")
    };
    assert_eq!(code(&aliased(30)), "PASSED");
    assert_eq!(check(&aliased(31)), Err(Refusal::TooManyAliases { found: 31, limit: 30 }));
    assert_eq!(code(&aliased(10_000)), "DOCUMENT_TOO_LARGE");
    let limits = Limits { aliases: 30, ..unlimited() };
    let refused = is_quick(|| check_with(&aliased(10_000), &limits, Value::Null));
    assert_eq!(refused, Err(Refusal::TooManyAliases { found: 10_000, limit: 30 }));
}

#[test]
fn selections_are_exact_also_through_fragments() {
    let wide = |count: usize| format!("{{{}}}", "__typename ".repeat(count));
    assert_eq!(check(&wide(1_000)).unwrap().selections, 1_000);
    assert_eq!(code(&wide(1_001)), "TOO_MANY_SELECTIONS");
    // Each spread is one selection and the ten fields behind it ten more.
    let spread = |times: usize, more: usize| {
        let (spreads, fields) = ("...F ".repeat(times), "__typename ".repeat(more));
        format!("{{{spreads}{fields}}}fragment F on Query{{{}}}", "__typename ".repeat(10))
    };
    assert_eq!(check(&spread(90, 10)).unwrap().selections, 1_000);
    assert_eq!(code(&spread(90, 11)), "TOO_MANY_SELECTIONS");
}

#[test]
fn operations_and_fragments_are_exact() {
    let operations: String = (0..11).map(|index| format!("query Q{index}{{__typename}}")).collect();
    let run = |query: &str| {
        let document = parse(query, &Limits::default()).unwrap();
        model().measure(&document, Some("Q0"), &Default::default(), &Limits::default()).map_err(|e| e.code())
    };
    assert!(run(&operations[..operations.len() - "query Q10{__typename}".len()]).is_ok());
    assert_eq!(run(&operations), Err("TOO_MANY_OPERATIONS"));
    let star = |count: usize| {
        let spreads: String = (0..count).map(|index| format!("...F{index} ")).collect();
        let fragments: String =
            (0..count).map(|index| format!("fragment F{index} on Query{{__typename}}")).collect();
        format!("{{{spreads}}}{fragments}")
    };
    assert_eq!(code(&star(100)), "PASSED");
    assert_eq!(code(&star(101)), "TOO_MANY_FRAGMENTS");
}

#[test]
fn a_fragment_bomb_is_counted_and_not_run() {
    assert_eq!(is_quick(|| code(&chain(30, 2, "title"))), "TOO_MANY_SELECTIONS");
    let without_limit = is_quick(|| check_with(&chain(31, 2, "title"), &unlimited(), Value::Null));
    assert_eq!(without_limit.map_err(|e| e.code()), Err("NESTING_TOO_DEEP"));
    let wide = is_quick(|| check_with(&chain(30, 100, "title"), &unlimited(), Value::Null));
    assert_eq!(wide.map(|measured| (measured.selections, measured.cost)), Ok((usize::MAX, 1)));
}

#[test]
fn a_bomb_in_an_operation_that_does_not_run_is_refused_too() {
    let bomb =
        chain(20, 2, "title").replace("{site{...F0}}", "query Good{__typename} query Bad{site{...F0}}");
    let document = parse(&bomb, &Limits::default()).unwrap();
    let measured = model().measure(&document, Some("Good"), &Default::default(), &Limits::default());
    assert_eq!(measured.unwrap_err().code(), "TOO_MANY_SELECTIONS");
}

#[test]
fn a_long_chain_of_fragments_uses_no_stack() {
    assert_eq!(code(&chain(1_000, 1, "title")), "TOO_MANY_TOKENS");
    let limits = Limits { nesting: 32, ..unlimited() };
    for length in [1_000, 3_000] {
        let refused = is_quick(|| check_with(&chain(length, 1, "title"), &limits, Value::Null));
        assert_eq!(refused.unwrap_err().code(), "NESTING_TOO_DEEP");
    }
    // The operation, the field and 30 fragments are 32 selection sets.
    assert_eq!(code(&chain(30, 1, "title")), "PASSED");
    assert_eq!(code(&chain(31, 1, "title")), "NESTING_TOO_DEEP");
}

#[test]
fn cycles_and_unknown_fragments_are_refused_by_name() {
    assert_eq!(code("{...F} fragment F on Query{...F}"), "FRAGMENT_CYCLE");
    assert_eq!(
        code("{...F} fragment F on Query{site{...G}} fragment G on Site{parent{...{...F}}}"),
        "FRAGMENT_CYCLE"
    );
    assert_eq!(code("{__typename} fragment F on Query{...G} fragment G on Query{...F}"), "FRAGMENT_CYCLE");
    assert_eq!(code("{...F ...F} fragment F on Query{...G ...G} fragment G on Query{__typename}"), "PASSED");
    let refused = check(&format!("{{\n ...{}}}", "x".repeat(500))).unwrap_err();
    assert_eq!(refused.to_string(), format!("fragment `{}` spread at 2:2 is not defined", "x".repeat(60)));
}

#[test]
fn the_operation_is_chosen_as_the_library_does() {
    let run = |query: &str, name: Option<&str>| {
        let document = parse(query, &Limits::default()).unwrap();
        let measured = model().measure(&document, name, &Default::default(), &Limits::default());
        measured.map_or_else(|refusal| refusal.to_string(), |measured| measured.cost.to_string())
    };
    let two = "query A{__typename} query B{site{title}}";
    assert_eq!(run(two, Some("A")), "0");
    assert_eq!(run(two, Some("B")), "1");
    assert_eq!(run("query B{site{title}}", None), "1");
    assert_eq!(run(two, None), "the document has several operations and the request names none");
    assert_eq!(run(two, Some("C\" <script>")), "the document has no operation `C`");
    assert_eq!(run("{site{title}}", Some("A")), "the document has no operation `A`");
}

#[test]
fn a_variable_copied_a_thousand_times_is_refused() {
    let query = format!("query($v:String){{{}}}", "posts(note:$v){totalCount} ".repeat(400));
    let with = |bytes: usize| check_with(&query, &Limits::default(), json!({"v": "x".repeat(bytes)}));
    assert!(with(1_000).is_ok());
    assert_eq!(with(100_000).unwrap_err().code(), "ARGUMENTS_TOO_LARGE");
    let once = "query($v:String){posts(note:$v){totalCount}}";
    assert!(check_with(once, &Limits::default(), json!({"v": "x".repeat(1 << 20)})).is_ok());
}

#[test]
fn the_first_field_conflict_is_told_instead_of_all_of_them() {
    let arguments: String = (0..1_000).map(|index| format!("x{index}:1 ")).collect();
    let conflict = format!("{{site({arguments}){{title}}{}}}", "site{title}".repeat(300));
    assert_eq!(is_quick(|| code(&conflict)), "FIELD_CONFLICT");
    assert_eq!(code("{a:site{title} ...F} fragment F on Query{a:site{title}}"), "PASSED");
    assert_eq!(code("{entry{...on Post{x:title} ...on Page{x:id}}}"), "PASSED");
    let refused = check("{site{title}\n posts(first:1){totalCount} posts(first:2){totalCount}}").unwrap_err();
    let told = "field `posts` at 2:29 conflicts with another field of the same name, use an alias";
    assert_eq!(refused.to_string(), told);
}

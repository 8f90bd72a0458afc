//! The estimate, each number worked out by hand.

use super::super::{CostModel, Limits, ModelError, Refusal};
use super::{SDL, check, check_with, cost, is_quick};
use async_graphql::Variables;
use async_graphql::parser::types::OperationType;
use serde_json::{Value, json};

const INTROSPECTION: &str = "query IntrospectionQuery { __schema { queryType { name } mutationType { name } \
    subscriptionType { name } types { ...FullType } directives { name description locations args { ...InputValue } } } } \
    fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name description \
    args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } inputFields { ...InputValue } \
    interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } \
    possibleTypes { ...TypeRef } } \
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue } \
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name \
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

#[test]
fn a_home_page_costs_what_the_table_says() {
    let query = "{
      site { title }                               # 1
      posts(first: 10) {                           # 2 + 10 * (1 + 33) + 20 = 362
        totalCount                                 # 20
        pageInfo { hasNextPage endCursor }         # 0
        edges { cursor node {
          title cover { url }                      # 1
          author { name avatar { url } }           # 2
          tags { name }                            # 5 * 1
          comments(last: 2) { nodes { text } }     # 20 + 2 + 2 * 1 = 24, so a node makes 33
          ... on Post { cover { url } }            # 1
        } }
      }
      nodes(ids: [1, 2, 3]) { id ... on Tag { posts(limit: 4) { id } } }   # 3 * (1 + 4) = 15
    }";
    assert_eq!(cost(query), 1 + 362 + 15);
    assert_eq!(check(query).unwrap().operation_type, OperationType::Query);
}

#[test]
fn mutations_and_searches_cost_more_at_the_top() {
    assert_eq!(cost("mutation{publish{post{title}}}"), 10 + 1);
    assert_eq!(cost("mutation{touch}"), 10);
    assert_eq!(cost("{search(first:3){nodes{title}}}"), 20 + 3);
    assert_eq!(cost("{search(first:3){nodes{author{name}} totalCount}}"), 20 + 3 * 2 + 20);
}

#[test]
fn an_interface_costs_its_dearest_type() {
    // Shared: author 1. Post: comments 20 + 2 + 4 = 26. Page: nothing more.
    let query = "{entry{author{name} ...on Post{comments(first:4){nodes{text}}} ...on Page{author{name}}}}";
    assert_eq!(cost(query), 1 + 1 + 26);
    // Both branches are never taken at once, so they do not add up: an author with its avatar is 2, a cover 1.
    assert_eq!(
        cost("{node(id:1){id ...on Author{avatar{url}} ...on Post{author{avatar{url}} cover{url}}}}"),
        1 + 3
    );
    assert_eq!(cost("{embed{...on Asset{url} ...on Post{cover{url}}}}"), 1 + 1);
    // A fragment on an interface applies to every type that has it.
    assert_eq!(cost("{node(id:1){...E}} fragment E on Entry{author{name}}"), 1 + 1);
    assert_eq!(cost("{post{...on Tag{posts(limit:100){id}}}}"), 1);
}

#[test]
fn nested_pages_multiply() {
    // related: 22 + 10 * (1 + (22 + 10 * 1)) = 352, and the entry 1.
    let query = "{entry{related(first:10){nodes{related(first:10){nodes{title}}}}}}";
    assert_eq!(cost(query), 353);
    let deep =
        format!("{{entry{}{}}}", "{related(first:100){nodes".repeat(6), "{id}".to_owned() + &"}}".repeat(6));
    assert_eq!(cost(&deep), 1 + (0..6).fold(0, |child, _| 22 + 100 * (1 + child)));
}

#[test]
fn an_endless_cost_saturates() {
    let query = format!(
        "{{entry{}{}}}",
        "{related(first:100){nodes".repeat(14),
        "{id}".to_owned() + &"}}".repeat(14)
    );
    let limits = Limits { depth: 40, ..Limits::default() };
    assert_eq!(check_with(&query, &limits, Value::Null).unwrap().cost, u64::MAX);
}

#[test]
fn a_page_size_is_taken_from_wherever_it_comes() {
    let posts = |argument: &str| cost(&format!("{{posts{argument}{{nodes{{id}}}}}}")) - 2;
    assert_eq!(posts(""), 20);
    assert_eq!(posts("(first:7)"), 7);
    assert_eq!(posts("(last:8)"), 8);
    assert_eq!(posts("(first:7 last:8)"), 8);
    assert_eq!(posts("(first:0)"), 1);
    assert_eq!(posts("(first:-5)"), 1);
    assert_eq!(posts("(first:101)"), 100);
    assert_eq!(posts("(first:99999999999999999999)"), 100);
    assert_eq!(posts("(first:null)"), 20);
    assert_eq!(posts("(first:\"3\")"), 100);
    assert_eq!(cost("{comments{nodes{text}}}"), 2 + 50, "the default of the schema");
}

#[test]
fn a_page_size_in_a_variable_is_resolved() {
    let posts = |definition: &str, variables: Value| {
        let query = format!(
            "query($n: Int {definition}){{posts(first:$n){{...P}}}} fragment P on PostConnection{{nodes{{id}}}}"
        );
        check_with(&query, &Limits::default(), variables).unwrap().cost - 2
    };
    assert_eq!(posts("", json!({"n": 3})), 3);
    assert_eq!(posts("= 9", json!({"n": 3})), 3);
    assert_eq!(posts("= 9", json!({})), 9);
    assert_eq!(posts("", json!({})), 20);
    assert_eq!(posts("= 9", json!({"n": null})), 20);
    assert_eq!(posts("", json!({"n": -1})), 1);
    assert_eq!(posts("", json!({"n": u64::MAX})), 100);
    assert_eq!(posts("", json!({"n": 1e300})), 100);
    assert_eq!(posts("", json!({"n": "12"})), 100);
    assert_eq!(posts("", json!({"n": [1, 2]})), 100);
}

#[test]
fn ids_count_themselves() {
    let nodes = |variables| {
        let query = "query($ids: [ID!]!, $id: ID){nodes(ids:$ids){id}}";
        check_with(query, &Limits::default(), variables).unwrap().cost
    };
    assert_eq!(nodes(json!({"ids": ["a", "b"]})), 2);
    assert_eq!(nodes(json!({"ids": vec!["a"; 5_000]})), 5_000);
    assert_eq!(nodes(json!({"ids": "a"})), 1);
    assert_eq!(nodes(json!({})), 5);
    assert_eq!(cost("query($id:ID){nodes(ids:[$id,$id,1]){id}}"), 3);
}

#[test]
fn asking_for_the_schema_costs_what_it_may_answer() {
    assert_eq!(check(INTROSPECTION).unwrap().cost, 50);
    assert_eq!(cost("{__schema{types{name}} __type(name:\"Post\"){name} site{title}}"), 101);
    // The real schema, through which the standard query must pass with room to grow.
    let model = CostModel::from_sdl(&crate::graphql::sdl()).unwrap();
    let price = |query: &str| {
        let document = super::parse(query, &Limits::default()).unwrap();
        model.measure(&document, None, &Variables::default(), &Limits::default()).unwrap().cost
    };
    let standard = price(INTROSPECTION);
    assert!((100..600).contains(&standard), "{standard}");
    let part = |inner: &str| format!("possibleTypes{{interfaces{{{inner}}}}}");
    let bomb = (0..5).fold("fields{name}".to_owned(), |inner, _| part(&inner));
    let bomb = price(&format!("{{__type(name:\"Node\"){{{bomb}}}}}"));
    assert!(bomb > 1_000, "{bomb}");
}

#[test]
fn what_repeats_or_is_long_is_not_free() {
    assert_eq!(cost("{posts(first:10){nodes{a:title b:title title}}}"), 2 + 10 * (1 + 2));
    assert_eq!(cost("{posts(first:3,filter:{slugPrefix:\"a\"}){nodes{id}}}"), 20 + 2 + 3);
    let with = |filter: Value| {
        let query = "query($f: F){posts(first:3,filter:$f){nodes{id}}}";
        check_with(query, &Limits::default(), json!({ "f": filter })).unwrap().cost
    };
    assert_eq!(with(json!({ "slugPrefix": "a" })), 20 + 2 + 3);
    assert_eq!(with(json!({ "tag": "a" })), 2 + 3);
    let real = CostModel::from_sdl(&crate::graphql::sdl()).unwrap();
    let price = |query: &str| {
        let document = super::parse(query, &Limits::default()).unwrap();
        real.measure(&document, None, &Variables::default(), &Limits::default()).unwrap().cost
    };
    assert_eq!(price("{posts(first:10){nodes{body{html wordCount}}}}"), 2 + 10 * (1 + 1 + 1));
    assert_eq!(price("{tags(first:10){nodes{entries(first:1){nodes{title}}}}}"), 2 + 10 * (1 + 20 + 2 + 1));
    let revisions = "{desk{document(id:1){revisions(first:10){nodes{html problems{line}}}}}}";
    assert_eq!(price(revisions), 1 + 1 + 20 + 2 + 10 * (1 + 100 + 100 + 5));
}

#[test]
fn what_the_schema_does_not_know_costs_one() {
    assert_eq!(cost("{nothing{posts{nodes{id}}} site{what} ...on Nobody{a}}"), 1 + (1 + 1) + 1);
    assert_eq!(cost("subscription{anything{a}}"), 1);
}

#[test]
fn skipped_fields_cost_as_if_they_were_not() {
    assert_eq!(cost("{site @skip(if:true){title parent @include(if:false){title}}}"), 2);
}

#[test]
fn many_types_under_one_interface_stay_linear() {
    let mut sdl = "interface Node{id:ID next:Node}type Query{node:Node}".to_owned();
    for index in 0..300 {
        sdl.push_str(&format!("type T{index} implements Node{{id:ID next:Node}}"));
    }
    let model = CostModel::from_sdl(&sdl).unwrap();
    let query = format!("{{node{}{}", "{next".repeat(14), "}".repeat(15));
    let document = super::parse(&query, &Limits::default()).unwrap();
    let measured = is_quick(|| model.measure(&document, None, &Default::default(), &Limits::default()));
    assert_eq!(measured.unwrap().cost, 15);
}

#[test]
fn a_schema_without_its_query_type_is_a_defect() {
    assert!(
        matches!(CostModel::from_sdl("type Post{id:ID}"), Err(ModelError::NoQueryType(name)) if name == "Query")
    );
    assert!(matches!(CostModel::from_sdl("type {"), Err(ModelError::Parse(_))));
    assert!(CostModel::from_sdl(SDL).is_ok());
}

#[test]
fn too_expensive_tells_both_numbers() {
    let refused = Refusal::TooExpensive { cost: 1_001, limit: 1_000 };
    assert_eq!(refused.to_string(), "the operation costs 1001 points, at most 1000 are allowed");
    assert_eq!((refused.code(), refused.status()), ("QUERY_TOO_EXPENSIVE", 400));
}

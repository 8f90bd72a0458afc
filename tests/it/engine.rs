//! What we rely on in the GraphQL engine, told on a toy schema without any code of ours. These stories
//! decided between async-graphql 7 and 8 (`docs/decisions.md`) and fail when an upgrade breaks what we rely
//! on. Where the engine leaves the specification the story says so, so that a mended engine is noticed too.
//! Hostile input is not here: it is sent to the whole server.

use std::sync::{Arc, Mutex};

use async_graphql::{
    Context, EmptySubscription, Enum, InputObject, Interface, MaybeUndefined, MergedObject, Object,
    PathSegment, Request, Schema, ServerError, SimpleObject, Union, Value, Variables, value,
};

/// What resolvers did, in the order in which they did it.
type Log = Arc<Mutex<Vec<String>>>;

fn note(ctx: &Context<'_>, line: impl Into<String>) {
    ctx.data_unchecked::<Log>().lock().expect("no story panics while it holds the log").push(line.into());
}

struct Answer {
    data: String,
    errors: Vec<String>,
    log: Vec<String>,
}

async fn ask(request: impl Into<Request>) -> Answer {
    let log = Log::default();
    let schema = Schema::build(Query(Item(1), Rest), Mutation(Item(1)), EmptySubscription);
    let schema = schema.disable_suggestions().finish();
    let response = schema.execute(request.into().data(log.clone())).await;
    let errors = response.errors.iter().map(told).collect();
    Answer {
        data: response.data.to_string(),
        errors,
        log: log.lock().expect("no story panics while it holds the log").clone(),
    }
}

fn with(query: &str, variables: Value) -> Request {
    Request::new(query).variables(Variables::from_value(variables))
}

/// The data of an answer without errors.
async fn data(request: impl Into<Request>) -> String {
    let answer = ask(request).await;
    assert_eq!(answer.errors, [""; 0]);
    answer.data
}

/// The message of a request that is refused before any resolver runs.
async fn refusal(request: impl Into<Request>) -> String {
    let answer = ask(request).await;
    assert_eq!((answer.data.as_str(), answer.log.len()), ("null", 0));
    answer.errors.join("; ")
}

/// `message @path line:column`
fn told(error: &ServerError) -> String {
    let segments = error.path.iter().map(|segment| match segment {
        PathSegment::Field(name) => name.clone(),
        PathSegment::Index(index) => index.to_string(),
    });
    let [at] = error.locations[..] else { return error.message.clone() };
    format!("{} @{} {}:{}", error.message, segments.collect::<Vec<_>>().join("."), at.line, at.column)
}

/// A failure without `Display`, as ours is: only the conversion decides what the client reads.
#[derive(Clone)]
struct Fault;

#[expect(clippy::disallowed_types, reason = "this file tests the library itself")]
impl From<Fault> for async_graphql::Error {
    fn from(_: Fault) -> Self {
        Self::new("broken")
    }
}

/// Its `broken` fields fail unless the number is zero.
struct Item(i32);

impl Item {
    fn check(&self) -> Result<i32, Fault> {
        if self.0 == 0 { Ok(0) } else { Err(Fault) }
    }
}

#[Object]
impl Item {
    /// Lets everything else that is ready run first.
    async fn slow(&self, ctx: &Context<'_>) -> i32 {
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
        note(ctx, "slow");
        1
    }

    async fn fast(&self, ctx: &Context<'_>) -> i32 {
        note(ctx, "fast");
        2
    }

    async fn first(&self, #[graphql(default = 10)] n: i32, tag: Option<String>) -> String {
        format!("{n} {tag:?}")
    }

    async fn broken(&self) -> Result<i32, Fault> {
        self.check()
    }

    async fn broken_inside_option(&self) -> Option<Result<i32, Fault>> {
        Some(self.check())
    }

    async fn broken_outside_option(&self) -> Result<Option<i32>, Fault> {
        self.check().map(Some)
    }

    async fn item(&self) -> Item {
        Item(1)
    }

    async fn maybe_item(&self) -> Option<Item> {
        Some(Item(1))
    }

    async fn items(&self) -> Vec<Item> {
        vec![Item(0), Item(1)]
    }

    async fn loose_items(&self) -> Vec<Option<Item>> {
        vec![Some(Item(0)), Some(Item(1)), None]
    }
}

#[derive(SimpleObject)]
struct Post {
    title: &'static str,
    author: &'static str,
}

#[derive(SimpleObject)]
struct Page {
    title: &'static str,
}

const POST: Post = Post { title: "Well", author: "Ada" };
const PAGE: Page = Page { title: "About" };

#[derive(Interface)]
#[graphql(field(name = "title", ty = "&&'static str"))]
enum Entry {
    Post(Post),
    Page(Page),
}

#[derive(Union)]
enum Hit {
    Post(Post),
    Page(Page),
}

#[derive(Clone, Copy, PartialEq, Eq, Enum, Debug)]
enum Order {
    Newest,
    Oldest,
}

#[derive(InputObject)]
struct Paging {
    #[graphql(default = 10)]
    first: i32,
    #[graphql(default_with = "Order::Newest")]
    order: Order,
}

#[derive(InputObject)]
struct Patch {
    title: MaybeUndefined<String>,
    cover: MaybeUndefined<Note>,
    #[graphql(flatten)]
    note: Note,
}

#[derive(InputObject)]
struct Note {
    text: MaybeUndefined<String>,
}

struct Rest;

#[Object]
impl Rest {
    /// Notes the fields that look-ahead sees below.
    async fn entries(&self, ctx: &Context<'_>) -> Vec<Entry> {
        let fields: Vec<&str> = ctx.field().selection_set().map(|field| field.name()).collect();
        note(ctx, fields.join(" "));
        vec![Entry::Post(POST), Entry::Page(PAGE)]
    }

    async fn hits(&self) -> Vec<Hit> {
        vec![Hit::Post(POST), Hit::Page(PAGE)]
    }

    /// Notes the arguments of each `first` two levels below.
    async fn ahead(&self, ctx: &Context<'_>) -> Item {
        for field in ctx.look_ahead().field("item").field("first").selection_fields() {
            let arguments = field.arguments().expect("a value");
            let shown = arguments.iter().map(|(name, value)| format!("{name}={value}"));
            note(ctx, shown.collect::<Vec<_>>().join(" "));
        }
        Item(0)
    }

    async fn argument(&self, value: MaybeUndefined<String>) -> String {
        format!("{value:?}")
    }

    async fn patch(&self, input: Patch) -> String {
        let cover = input.cover.map_value(|cover| cover.text);
        format!("{:?}, {cover:?}, {:?}", input.title, input.note.text)
    }

    async fn paging(&self, paging: Paging) -> String {
        format!("{} {:?}", paging.first, paging.order)
    }
}

#[derive(MergedObject)]
struct Query(Item, Rest);

#[derive(MergedObject)]
struct Mutation(Item);

#[tokio::test]
async fn keys_follow_the_query_through_fragments_when_the_first_field_ends_last() {
    let answer = ask("{ a: slow item { slow fast z: slow } b: fast }").await;
    assert_eq!(answer.data, "{a: 1, item: {slow: 1, fast: 2, z: 1}, b: 2}");
    assert_eq!(answer.log, ["fast", "fast", "slow", "slow", "slow"]);
    let merged = "{ item { slow ...F } ...G item { z: fast } }
        fragment F on Item { fast item { fast } } fragment G on Query { item { item { slow } } fast }";
    assert_eq!(data(merged).await, "{item: {slow: 1, fast: 2, item: {fast: 2, slow: 1}, z: 2}, fast: 2}");
}

#[tokio::test]
async fn a_failure_empties_the_nearest_nullable_parent() {
    for (query, data, error) in [
        ("{ item { broken } }", "null", "item.broken 1:10"),
        ("{ maybeItem { broken } fast }", "{maybeItem: null, fast: 2}", "maybeItem.broken 1:15"),
        ("{ maybeItem { fast item { x: broken } } }", "{maybeItem: null}", "maybeItem.item.x 1:27"),
        ("{ item { fast m: maybeItem { broken } } }", "{item: {fast: 2, m: null}}", "item.m.broken 1:30"),
        ("{ looseItems { broken } }", "{looseItems: [{broken: 0}, null, null]}", "looseItems.1.broken 1:16"),
        // The specification wants the whole path: `broken` is missing at its end.
        ("{ maybeItem { items { broken } } }", "{maybeItem: null}", "maybeItem.items.1 1:23"),
    ] {
        let answer = ask(query).await;
        assert_eq!(answer.data, data, "{query}");
        assert_eq!(answer.errors, [format!("broken @{error}")], "{query}");
    }
}

/// The specification wants `null` in both: so a nullable field that can fail is an `Option<Result<_, _>>`.
#[tokio::test]
async fn a_nullable_field_survives_its_failure_only_when_the_option_is_outside() {
    let inside = ask("{ maybeItem { fast brokenInsideOption } }").await;
    assert_eq!(inside.data, "{maybeItem: {fast: 2, brokenInsideOption: null}}");
    assert_eq!(inside.errors, ["broken @maybeItem.brokenInsideOption 1:20"]);
    assert_eq!(ask("{ maybeItem { fast brokenOutsideOption } }").await.data, "{maybeItem: null}");
}

#[tokio::test]
async fn an_omitted_argument_is_undefined_and_null_is_null() {
    let plain = "query($v: String) { argument(value: $v) }";
    let default = "query($v: String = \"d\") { argument(value: $v) }";
    for (request, seen) in [
        (Request::new("{ argument }"), "Undefined"),
        (Request::new("{ argument(value: null) }"), "Null"),
        (Request::new(plain), "Undefined"),
        (with(plain, value!({"v": null})), "Null"),
        (Request::new(default), "Value(\\\"d\\\")"),
        (with(default, value!({"v": null})), "Null"),
    ] {
        assert_eq!(data(request).await, format!("{{argument: \"{seen}\"}}"));
    }
}

#[tokio::test]
async fn an_input_object_tells_omitted_from_null_when_nested_and_flattened() {
    let pieces = "query($t: String, $c: String, $n: String) {
        patch(input: { title: $t, cover: { text: $c }, text: $n }) }";
    let cover = "query($c: Note) { patch(input: { cover: $c }) }";
    let whole = "query($i: Patch!) { patch(input: $i) }";
    for (query, variables, seen) in [
        ("{ patch(input: {}) }", value!({}), "Undefined, Undefined, Undefined"),
        ("{ patch(input: { title: null, cover: null, text: null }) }", value!({}), "Null, Null, Null"),
        (pieces, value!({}), "Undefined, Value(Undefined), Undefined"),
        (pieces, value!({"t": null, "c": null, "n": null}), "Null, Value(Null), Null"),
        (cover, value!({}), "Undefined, Undefined, Undefined"),
        (cover, value!({"c": {}}), "Undefined, Value(Undefined), Undefined"),
        (whole, value!({"i": {}}), "Undefined, Undefined, Undefined"),
        (whole, value!({"i": {"cover": {"text": null}, "text": null}}), "Undefined, Value(Null), Null"),
    ] {
        assert_eq!(data(with(query, variables)).await, format!("{{patch: \"{seen}\"}}"), "{query}");
    }
}

#[tokio::test]
async fn fragments_on_interfaces_and_unions_answer_by_type() {
    let query = "{ entries { title ...P } hits { __typename ... on Entry { title } ... on Post { author } } }
        fragment P on Page { __typename }";
    let entries = r#"[{title: "Well"}, {title: "About", __typename: "Page"}]"#;
    let hits =
        r#"[{__typename: "Post", title: "Well", author: "Ada"}, {__typename: "Page", title: "About"}]"#;
    assert_eq!(data(query).await, format!("{{entries: {entries}, hits: {hits}}}"));
}

/// It also forgets the type: a field asked of posts only is seen for all entries.
#[tokio::test]
async fn look_ahead_sees_through_fragments_and_forgets_what_is_skipped() {
    let query = "query($off: Boolean!) { entries { t: title title @skip(if: $off)
        ... on Post @include(if: $off) { author } ...P @skip(if: $off) } } fragment P on Page { __typename }";
    assert_eq!(ask(with(query, value!({"off": true}))).await.log, ["title author"]);
    assert_eq!(ask(with(query, value!({"off": false}))).await.log, ["title title __typename"]);
}

#[tokio::test]
async fn look_ahead_fills_variables_into_arguments_and_leaves_out_the_defaults_of_the_schema() {
    let query = "query($n: Int!, $m: Int = 7, $t: String) {
        ahead { item { first(n: $n, tag: $t) a: first(n: $m) } ... { item { b: first } } } }";
    let answer = ask(with(query, value!({"n": 2}))).await;
    assert_eq!(answer.data, r#"{ahead: {item: {first: "2 None", a: "7 None", b: "10 None"}}}"#);
    assert_eq!(answer.log, ["n=2", "n=7", ""]);
}

#[tokio::test]
async fn mutations_run_one_after_another_until_one_that_may_not_be_null_fails() {
    let serial = ask("mutation { slow brokenInsideOption fast }").await;
    assert_eq!(serial.data, "{slow: 1, brokenInsideOption: null, fast: 2}");
    assert_eq!(serial.errors, ["broken @brokenInsideOption 1:17"]);
    assert_eq!(serial.log, ["slow", "fast"]);
    let aborted = ask("mutation { slow broken fast }").await;
    assert_eq!((aborted.data.as_str(), aborted.log.join(" ").as_str()), ("null", "slow"));
}

/// The specification wants one run: so a mutation that repeats a key is ours to refuse.
#[tokio::test]
async fn a_key_asked_twice_runs_twice() {
    let answer = ask("mutation { fast fast }").await;
    assert_eq!((answer.data.as_str(), answer.log.join(" ").as_str()), ("{fast: 2}", "fast fast"));
}

/// The specification wants the argument's default too: so ours are `Option`s with a fallback in the resolver.
#[tokio::test]
async fn defaults_fill_what_an_input_object_omits_but_no_argument_whose_variable_is_omitted() {
    assert_eq!(data("{ paging(paging: { order: OLDEST }) }").await, r#"{paging: "10 Oldest"}"#);
    let query = "query($n: Int, $o: Order) { paging(paging: { first: $n, order: $o }) }";
    assert_eq!(data(query).await, r#"{paging: "10 Newest"}"#);
    assert_eq!(data(with(query, value!({"o": "OLDEST"}))).await, r#"{paging: "10 Oldest"}"#);
    let error = refusal("query($n: Int) { first(n: $n) }").await;
    assert_eq!(error, "Expected input type \"Int\", found null. @first 1:27");
}

/// The specification wants `slow` in the last answer: so defaults join the variables before execution.
#[tokio::test]
async fn skip_and_include_drop_fields_but_do_not_see_the_default_of_a_variable() {
    let query = "query($on: Boolean!) { fast slow @include(if: $on) a: fast @skip(if: $on) }";
    assert_eq!(data(with(query, value!({"on": true}))).await, "{fast: 2, slow: 1}");
    assert_eq!(data(with(query, value!({"on": false}))).await, "{fast: 2, a: 2}");
    assert_eq!(data("{ fast @skip(if: true) }").await, "{}");
    assert_eq!(data("query($on: Boolean = true) { fast slow @include(if: $on) }").await, "{fast: 2}");
}

#[tokio::test]
async fn values_of_the_wrong_type_are_refused() {
    let int = "query($n: Int!) { first(n: $n) }";
    assert_eq!(data(with(int, value!({"n": 2147483647}))).await, "{first: \"2147483647 None\"}");
    for wrong in [value!(2147483648u32), value!(1.5), value!("1"), value!(true), value!(null)] {
        refusal(with(int, value!({"n": wrong}))).await;
    }
    for (query, error) in [
        ("{ first(n: 2147483648) }", "from -2147483648 to 2147483647 are accepted. @first 1:12"),
        ("{ first(n: 1.0) }", "expected type \"Int\" @ 1:9"),
        ("{ paging(paging: { order: MIDDLE }) }", "does not contain the value \"MIDDLE\" @ 1:10"),
    ] {
        let refusal = refusal(query).await;
        assert!(refusal.ends_with(error), "{refusal}");
    }
}

#[tokio::test]
async fn unknown_names_and_keys_of_two_meanings_are_refused_without_a_suggestion() {
    let titel = with("query($i: Patch!) { patch(input: $i) }", value!({"i": {"titel": "t"}}));
    for (request, error) in [
        (Request::new("{ fas }"), "Unknown field \"fas\" on type \"Query\". @ 1:3"),
        (Request::new("{ first(m: 1) }"), "Unknown argument \"m\" on field \"first\" of type \"Query\""),
        (Request::new("{ fast @nope }"), "Unknown directive \"nope\" @ 1:8"),
        (titel, "Invalid value for argument \"input\", unknown field \"titel\" of type \"Patch\" @ 1:27"),
        (Request::new("{ x: fast x: slow }"), "Fields \"x\" conflict because \"fast\" and \"slow\" are "),
        (Request::new("{ first(n: 1) first(n: 2) }"), "Fields \"n\" conflict because they have differing "),
    ] {
        let refusal = refusal(request).await;
        assert!(refusal.starts_with(error), "{refusal}");
    }
}

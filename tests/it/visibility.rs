//! What everybody sees of a document, as a table that is committed: every path of the public's side that leads to entries,
//! for every state of a document and every kind of viewer. A path that is not in the table fails the story.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};
use wellspring::domain::access::policy::TokenScope;

use crate::app::{As, TestApp, stories};
use crate::leaks::TEAM;
use crate::leaks::schema::Schema;
use crate::publishing::named;
use crate::questions::{self, Asked};
use crate::team::{member, owner, text};

stories![the_table_of_visibility_is_the_committed_one];

/// The states with the language in which a document of each lives among two public neighbours.
const STATES: [(&str, &str); 6] = [
    ("draft", "de"),
    ("scheduled", "fr"),
    ("published", "es"),
    ("changed", "it"),
    ("withdrawn", "pt"),
    ("trashed", "nl"),
];

/// What lists and fields of entries are made of.
const ENTRIES: [&str; 9] = [
    "Entry",
    "Node",
    "Page",
    "PageConnection",
    "Post",
    "PostConnection",
    "Routine",
    "RoutineConnection",
    "EntryConnection",
];
const EDGES: [&str; 4] = ["EntryEdge", "PageEdge", "PostEdge", "RoutineEdge"];

/// Every path with a query for it: `$L` is a language, `$S` a slug, `$P` a path, `$I` the characters of an id, `$k` and
/// `$K` a kind, `$E` what to ask of the entry.
const PATHS: [(&str, &str); 40] = [
    ("Author.entries", r#"author(slug: "nerys") { entries(first: 100) { nodes { $E } } }"#),
    ("EntryConnection.edges", r#"entries(filter: { locale: "$L" }) { edges { node { $E } } }"#),
    ("EntryConnection.nodes", r#"entries(filter: { locale: "$L" }) { nodes { $E } }"#),
    ("EntryEdge.node", "entries(last: 100) { edges { node { $E } } }"),
    (
        "EntryEmbed.entry",
        r#"$ks(filter: { locale: "$L" }) { nodes { body { embeds { ... on EntryEmbed { entry { $E } } } } } }"#,
    ),
    ("Page.next", r#"pages(filter: { locale: "$L" }) { nodes { next { $E } } }"#),
    ("Page.previous", r#"pages(filter: { locale: "$L" }) { nodes { previous { $E } } }"#),
    ("Page.related", r#"pages(filter: { locale: "$L" }) { nodes { related(first: 20) { $E } } }"#),
    ("Page.translations", r#"page(slug: "sibling-$S") { translations { $E } }"#),
    ("PageConnection.edges", r#"pages(filter: { locale: "$L" }) { edges { node { $E } } }"#),
    ("PageConnection.nodes", r#"pages(filter: { locale: "$L" }) { nodes { $E } }"#),
    ("PageEdge.node", "pages(orderBy: UPDATED_AT_ASC, last: 100) { edges { node { $E } } }"),
    ("Post.next", r#"posts(filter: { locale: "$L" }) { nodes { next { $E } } }"#),
    ("Post.previous", r#"posts(filter: { locale: "$L" }) { nodes { previous { $E } } }"#),
    ("Post.related", r#"posts(filter: { locale: "$L" }) { nodes { related(first: 20) { $E } } }"#),
    ("Post.translations", r#"post(slug: "sibling-$S") { translations { $E } }"#),
    ("PostConnection.edges", r#"posts(filter: { locale: "$L" }) { edges { node { $E } } }"#),
    ("PostConnection.nodes", r#"posts(filter: { locale: "$L" }) { nodes { $E } }"#),
    ("PostEdge.node", "posts(orderBy: UPDATED_AT_ASC, last: 100) { edges { node { $E } } }"),
    ("AskedQuestion.answers", r#"askedQuestion(secret: "$Q") { answers { $E } }"#),
    ("Query.entries", r#"entries(filter: { kind: $K, locale: "$L" }, orderBy: TITLE_ASC) { nodes { $E } }"#),
    ("Query.entry", r#"entry(path: "$P") { $E }"#),
    ("Query.node", r#"node(id: "$k_$I") { ... on Entry { $E } }"#),
    ("Query.nodes", r#"nodes(ids: ["$k_$I"]) { ... on Entry { $E } }"#),
    ("Query.page", r#"page(slug: "$S", locale: "$L") { $E }"#),
    ("Query.pages", r#"pages(filter: { slugPrefix: "$S" }) { nodes { $E } }"#),
    ("Query.post", r#"post(slug: "$S", locale: "$L") { $E }"#),
    ("Query.posts", r#"posts(filter: { slugPrefix: "$S" }) { nodes { $E } }"#),
    ("Query.routine", r#"routine(slug: "$S", locale: "$L") { $E }"#),
    ("Query.routines", r#"routines(filter: { slugPrefix: "$S" }) { nodes { $E } }"#),
    ("Question.answers", "questions { nodes { answers { $E } } }"),
    ("Routine.next", r#"routines(filter: { locale: "$L" }) { nodes { next { $E } } }"#),
    ("Routine.previous", r#"routines(filter: { locale: "$L" }) { nodes { previous { $E } } }"#),
    ("Routine.related", r#"routines(filter: { locale: "$L" }) { nodes { related(first: 20) { $E } } }"#),
    ("Routine.translations", r#"routine(slug: "sibling-$S") { translations { $E } }"#),
    ("RoutineConnection.edges", r#"routines(filter: { locale: "$L" }) { edges { node { $E } } }"#),
    ("RoutineConnection.nodes", r#"routines(filter: { locale: "$L" }) { nodes { $E } }"#),
    ("RoutineEdge.node", "routines(orderBy: UPDATED_AT_ASC, last: 100) { edges { node { $E } } }"),
    ("Series.entries", r#"series(slug: "msmonday") { entries(first: 100) { nodes { $E } } }"#),
    ("Tag.entries", r#"tag(slug: "strength") { entries(first: 100, locale: "$L") { nodes { $E } } }"#),
];

/// What tells of an entry without being one.
const TRACES: [(&str, &str); 6] = [
    ("Change.id", "changes(last: 100) { nodes { id } }"),
    ("Change.slug", "changes(last: 100) { nodes { slug path } }"),
    ("Query.node, document", r#"node(id: "document_$I") { id ... on Document { title } }"#),
    ("RichText.html", r#"$ks(filter: { locale: "$L" }) { nodes { body { html } } }"#),
    ("totalCount", r#"$ks(filter: { slugPrefix: "$S" }) { totalCount }"#),
    ("totalCount of a tag", r#"entries(filter: { tag: "strength", slugPrefix: "$S" }) { totalCount }"#),
];

/// A document in a state.
struct Target {
    kind: &'static str,
    state: &'static str,
    locale: &'static str,
    slug: String,
    /// The characters of its id.
    id: String,
    /// The token of a preview of it, and that of one that shows the first revision whatever is saved.
    preview: String,
    pinned: String,
    /// With which the reader of the question that a post answers comes back.
    secret: String,
}

/// Who looks: always the same, or whoever has a preview of what is looked for.
enum Who<'a> {
    Always(As<'a>),
    WithPreview,
    WithPinnedPreview,
}

async fn the_table_of_visibility_is_the_committed_one(app: TestApp) {
    is_complete(&app).await;
    let locales: Vec<&str> = std::iter::once("en").chain(STATES.map(|(_, locale)| locale)).collect();
    app.mutate("saveSite", json!({ "locales": locales }), "site { title }").await;
    let owner = owner(&app).await;
    let (_, editor) = member(&app, &owner, "Edda", "EDITOR").await;
    let (_, ada) = member(&app, &owner, "Ada", "AUTHOR").await;
    let (_, bea) = member(&app, &owner, "Bea", "AUTHOR").await;
    let (_, moderator) = member(&app, &owner, "Mo", "MODERATOR").await;
    let targets = targets(&app, &ada).await;
    let other = app.save_post(json!({ "title": "Other" })).await["id"].clone();
    let other = preview(&app, &json!({ "document": other })).await;
    let mut tokens = Vec::new();
    for scope in TokenScope::ALL {
        tokens.push((scope.name(), app.token(&[scope]).await));
    }
    let mut viewers = vec![
        ("anonymous", Who::Always(As::Anonymous)),
        ("owner", Who::Always(As::Token(&owner))),
        ("editor", Who::Always(As::Token(&editor))),
        ("author, own", Who::Always(As::Token(&ada))),
        ("author, others'", Who::Always(As::Token(&bea))),
        ("moderator", Who::Always(As::Token(&moderator))),
    ];
    viewers.extend(tokens.iter().map(|(name, token)| (*name, Who::Always(As::Token(token)))));
    viewers.extend([
        ("preview, another's", Who::Always(As::Preview(&other))),
        ("preview", Who::WithPreview),
        ("preview of revision 1", Who::WithPinnedPreview),
    ]);

    let mut table = format!("{:<24} {:<10}", "", "");
    for (name, _) in &viewers {
        write!(table, " {name:<18}").expect("written");
    }
    for (path, query) in PATHS.into_iter().chain(TRACES) {
        for target in targets.iter().filter(|target| path_has(query, target.kind)) {
            let name =
                if query.contains("$k") { format!("{path}, {}", target.kind) } else { path.to_owned() };
            write!(table, "\n{name:<24} {:<10}", target.state).expect("written");
            for (_, viewer) in &viewers {
                let viewer = match viewer {
                    Who::Always(viewer) => *viewer,
                    Who::WithPreview => As::Preview(&target.preview),
                    Who::WithPinnedPreview => As::Preview(&target.pinned),
                };
                write!(table, " {:<18}", seen(&app, viewer, query, target).await).expect("written");
            }
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("visibility", table.join("\n"));
}

/// Every field of the public's side that answers entries is in the table.
async fn is_complete(app: &TestApp) {
    let schema = Schema::read(app).await;
    let mut found = BTreeSet::new();
    for path in schema.reachable() {
        let (ty, name) = path.split_once('.').expect("a type and a field");
        let field = schema.get(ty).fields().iter().find(|field| field.name == name).expect("a field");
        let answer = field.answer.named();
        if !TEAM.contains(&ty) && ENTRIES.iter().chain(&EDGES).any(|known| *known == answer) {
            found.insert(path);
        }
    }
    let known: BTreeSet<String> = PATHS.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(found, known, "a path is not in the table of visibility yet, or has gone");
}

/// Whether a path can lead to a document of this kind. Those to every kind are tried with posts, but where it matters. A
/// text that embeds a routine is not published before it, and not without it: see `routines::embedding`.
fn path_has(query: &str, kind: &str) -> bool {
    let of_one_kind = |kind: &str| query.starts_with(kind);
    match kind {
        "post" => !of_one_kind("page") && !of_one_kind("routine"),
        "routine" => of_one_kind("routine") || query.contains("$k") && !query.contains("body"),
        _ => of_one_kind("page") || query.contains("$k"),
    }
}

/// The revision that an answer tells of, or what else it tells of the document.
async fn seen(app: &TestApp, viewer: As<'_>, query: &str, target: &Target) -> String {
    let prefix = match target.kind {
        "post" => "/posts",
        "routine" => "/routines",
        _ => "",
    };
    let query = query
        .replace("$E", "id title")
        .replace("$L", target.locale)
        .replace("$S", &target.slug)
        .replace("$P", &format!("/{}{prefix}/{}", target.locale, target.slug))
        .replace("$I", &target.id)
        .replace("$Q", &target.secret)
        .replace("$k", target.kind)
        .replace("$K", &target.kind.to_uppercase());
    let reply = app.send(viewer, &format!("{{ {query} }}"), json!({})).await;
    if reply.status == 401 {
        return "401".to_owned();
    }
    assert_eq!((reply.status, reply.code()), (200, ""), "{query}\n{}", reply.text);
    let text = reply.body["data"].to_string();
    if query.contains("totalCount") {
        return text.chars().filter(char::is_ascii_digit).collect();
    }
    let tells = |what: &str| text.contains(what);
    let title = |number: &str| format!("{} {number}", target.slug);
    match () {
        () if tells(&title("one")) => "one",
        () if tells(&title("two")) => "two",
        () if tells(&target.id) => "id",
        () if tells(&format!("\"{}\"", target.slug)) => "slug",
        () => "-",
    }
    .to_owned()
}

async fn preview(app: &TestApp, input: &Value) -> String {
    text(&app.mutate("createPreview", input.clone(), "secret").await["secret"])
}

/// A post, a page and a routine in every state, by an author, each between two public neighbours that share everything with it.
async fn targets(app: &TestApp, author: &str) -> Vec<Target> {
    let shared = json!({
        "tags": [named(app, "Tag", json!({ "name": "Strength", "slug": "strength" })).await],
        "series": named(app, "Series", json!({ "title": "MSMonday", "slug": "msmonday" })).await,
        "author": named(app, "Author", json!({ "name": "Nerys", "slug": "nerys" })).await,
    });
    let mut targets = Vec::new();
    for kind in ["post", "page", "routine"] {
        for (state, locale) in STATES {
            targets.push(target(app, author, &shared, kind, state, locale).await);
        }
    }
    targets
}

async fn target(
    app: &TestApp,
    author: &str,
    shared: &Value,
    kind: &'static str,
    state: &'static str,
    locale: &'static str,
) -> Target {
    let slug = format!("{kind}-{state}");
    let save = async |own: Value| {
        let mut input = shared.clone();
        input.as_object_mut().expect("an object").extend(own.as_object().expect("an object").clone());
        let (mutation, input_type) = match kind {
            "post" => ("savePost", "SavePostInput"),
            "page" => ("savePage", "SavePageInput"),
            _ => ("saveRoutine", "SaveRoutineInput"),
        };
        if kind == "routine" {
            for part in ["exercises", "blocks", "safetyNotes"] {
                input[part] = crate::routines::two_steps()[part].clone();
            }
        }
        let query = format!(
            "mutation($input: {input_type}!) {{ done: {mutation}(input: $input) {{ document {{ id }} userErrors {{ path message }} }} }}"
        );
        let done = app.data(As::Token(author), &query, json!({ "input": input })).await["done"].clone();
        assert_eq!(done["userErrors"], json!([]), "{input}");
        app.advance(60_000);
        done["document"]["id"].clone()
    };
    let live = async |id: Value| {
        app.publish(id.as_str().expect("an id")).await;
        app.advance(60_000);
    };
    let link = if kind == "routine" { String::new() } else { format!("\n\n::{kind}[{slug}]") };
    let body = format!("Look here.{link}\n");
    let beside = |name: &str| json!({ "title": name, "slug": format!("{name}-{slug}"), "locale": locale, "body": body });
    live(save(beside("before")).await).await;
    let title = |number: &str| json!(format!("{slug} {number}"));
    let mut first = json!({ "title": title("one"), "slug": slug, "locale": locale });
    let mut secret = String::new();
    if kind == "post" {
        let asked = question(app, author).await;
        first["questions"] = json!([asked.id]);
        secret = asked.secret;
    }
    let id = save(first).await;
    let sibling = json!({ "title": "Sibling", "slug": format!("sibling-{slug}"), "translationOf": id });
    live(save(sibling).await).await;
    let newest = preview(app, &json!({ "document": id })).await;
    let pinned = preview(app, &json!({ "document": id, "revision": 1 })).await;
    if !["draft", "scheduled"].contains(&state) {
        live(id.clone()).await;
    }
    live(save(beside("after")).await).await;
    let document = json!({ "document": id });
    match state {
        "scheduled" => {
            let input = json!({ "document": id, "at": "2027-01-01T00:00:00Z" });
            drop(app.mutate("scheduleEntry", input, "schedule { id }").await);
        }
        "changed" => {
            drop(save(json!({ "id": id, "expectedRevision": 1, "title": title("two") })).await);
        }
        "withdrawn" => drop(app.mutate("unpublishEntry", document, "document { id }").await),
        "trashed" => drop(app.mutate("trashDocument", document, "document { id }").await),
        _ => {}
    }
    let id = text(&id).replace("document_", "");
    Target { kind, state, locale, slug, id, preview: newest, pinned, secret }
}

/// A public question that the author may answer.
async fn question(app: &TestApp, author: &str) -> Asked {
    let asked = questions::accepted(app, json!({})).await;
    questions::publish(app, &asked.id, "Stairs are too much for me.").await;
    let me = app.data(As::Token(author), "{ viewer { account { id } } }", json!({})).await;
    let input = json!({ "question": asked.id, "assignee": me["viewer"]["account"]["id"] });
    app.mutate("assignQuestion", input, "question { id }").await;
    asked
}

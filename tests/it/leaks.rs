//! The leak crawl: whatever a stranger asks, nothing that was not published comes back.
//!
//! Canaries stand in drafts, trashed and withdrawn documents, other revisions, notes, accounts and tokens. Queries are
//! made from the live schema, so that a new field cannot escape; the team's own view proves that they would find them.

mod crawl;
mod plant;
mod refused;
pub mod schema;

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use wellspring::domain::access::policy::TokenScope;

use self::crawl::Crawl;
use self::plant::{COVER, EMAIL, FIELDS, MARK, NAME, PREVIEW_URL, Planted, TOKEN_NAME, plant};
use self::schema::Schema;
use crate::app::{As, TestApp, stories};

stories![
    no_query_of_a_stranger_finds_what_was_not_published,
    hidden_documents_are_nothing_under_any_id_slug_or_path,
    counts_and_pages_hold_public_entries_only,
    the_desk_opens_to_the_team_only,
    no_page_of_the_server_tells_anything,
];

/// The types that only the team is answered with.
pub const TEAM: [&str; 39] = [
    "Account",
    "ApiToken",
    "AuditEvent",
    "AuditEventConnection",
    "AuditEventEdge",
    "AssetUse",
    "Desk",
    "DeskAsset",
    "DeskAssetConnection",
    "DeskAssetEdge",
    "DeskQuestion",
    "DeskQuestionConnection",
    "DeskQuestionEdge",
    "DeskTextTrack",
    "DifferenceLine",
    "Document",
    "DocumentConnection",
    "DocumentEdge",
    "FieldDifference",
    "HttpHeader",
    "Job",
    "JobConnection",
    "JobEdge",
    "Preview",
    "PreviewUrls",
    "ReplyTemplate",
    "Revision",
    "RevisionConnection",
    "RevisionDifference",
    "RevisionEdge",
    "RoutineContent",
    "Schedule",
    "ScheduleConnection",
    "ScheduleEdge",
    "SendRequest",
    "Teammate",
    "TextProblem",
    "Upload",
    "UploadPart",
];

/// Fields that lie deeper than the crawl goes, all of them below `Upload`, which only its sender sees.
const DEEP: [&str; 4] = ["HttpHeader.name", "HttpHeader.value", "SendRequest.headers", "UploadPart.request"];

/// The type that only those with a preview are answered with.
const PREVIEW: &str = "ViewerPreview";

/// What a crawl came across.
#[derive(Default)]
struct Findings {
    /// Each canary with the first request whose answer had it.
    canaries: BTreeMap<String, String>,
    /// Every `Type.field` that an answer had.
    answered: BTreeSet<String>,
    /// Fields at the root with the codes of their errors.
    errors: BTreeSet<(String, String)>,
}

async fn no_query_of_a_stranger_finds_what_was_not_published(app: TestApp) {
    let mut planted = plant(&app).await;
    let schema = Schema::read(&app).await;
    let session = crate::team::owner(&app).await;
    announce_files(&app, &session, &mut planted).await;
    let queries = Crawl::new(&schema, &planted.known).queries();
    assert!(queries.len() > 300, "a crawl of {} queries proves nothing", queries.len());

    let stranger = crawl(&app, As::Anonymous, &planted, &queries).await;
    assert_eq!(stranger.canaries, BTreeMap::new());
    assert_eq!(stranger.errors, errors(&[("desk", "UNAUTHENTICATED")]));
    let reader = app.token(&[TokenScope::ContentRead]).await;
    let reader = crawl(&app, As::Token(&reader), &planted, &queries).await;
    assert_eq!(reader.canaries, BTreeMap::new());
    assert_eq!(reader.errors, errors(&[("desk", "FORBIDDEN")]));
    let own = |field: &&String| !field.starts_with("Account.");
    let of_others: BTreeSet<_> = reader.answered.iter().filter(own).cloned().collect();
    assert_eq!(of_others, stranger.answered);

    // The same queries in the hands of the team find everything: so they would have found it above.
    let owner = crawl(&app, As::Token(&session), &planted, &queries).await;
    assert_eq!(owner.errors, errors(&[]));
    let all: BTreeSet<String> = planted.canaries.iter().cloned().collect();
    let found = |findings: &Findings| findings.canaries.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(found(&owner), all);

    // Editors and tokens see every document, and nothing of tokens and addresses; authors none but their own documents;
    // moderators none.
    let for_owners = [EMAIL, TOKEN_NAME];
    let of_documents: BTreeSet<String> =
        all.iter().filter(|name| !for_owners.contains(&name.as_str())).cloned().collect();
    let (_, editor) = crate::team::member(&app, &session, "Edda", "EDITOR").await;
    let drafts = app.token(&[TokenScope::DraftsRead]).await;
    let writer = app.token(&[TokenScope::ContentWrite]).await;
    for viewer in [As::Token(&editor), As::Token(&drafts), As::Token(&writer)] {
        let findings = crawl(&app, viewer, &planted, &queries).await;
        assert_eq!(
            (found(&findings), findings.errors),
            (of_documents.clone(), errors(&[("desk", "FORBIDDEN")]))
        );
    }
    let own = "canary-ada-title";
    // Files that are not private are for all of those who write.
    let [filename, alt, caption] = COVER;
    // Whoever works on questions knows the others by name.
    let of_authors = [own, PREVIEW_URL, filename, alt, caption, NAME];
    for (name, role, expected) in [("Ada", "AUTHOR", &of_authors[..]), ("Mo", "MODERATOR", &[])] {
        let (_, session) = crate::team::member(&app, &session, name, role).await;
        if role == "AUTHOR" {
            let save =
                format!("mutation {{ savePost(input: {{ title: {own:?} }}) {{ document {{ id }} }} }}");
            app.data(As::Token(&session), &save, json!({})).await;
            planted.canaries.push(own.to_owned());
        }
        let findings = crawl(&app, As::Token(&session), &planted, &queries).await;
        let expected = expected.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(
            (found(&findings), &findings.errors),
            (expected, &errors(&[("desk", "FORBIDDEN")])),
            "{role}"
        );
    }

    // A preview finds what the public will read of its one document, and nothing else.
    let mut of_previews = BTreeSet::new();
    for preview in &planted.previews {
        let findings = crawl(&app, As::Preview(&preview.token), &planted, &queries).await;
        let fields = FIELDS.iter().filter(|field| **field != "note");
        let mut expected: BTreeSet<String> =
            fields.map(|field| format!("canary-{}-{field}", preview.name)).collect();
        if preview.name == "draft" {
            expected.extend(COVER.map(str::to_owned));
        }
        assert_eq!(
            (found(&findings), &findings.errors),
            (expected, &errors(&[("desk", "FORBIDDEN")])),
            "{}",
            preview.name
        );
        of_previews.extend(findings.answered);
    }

    // Every field that exists was answered to somebody, and those of the team to nobody else.
    let reachable = schema.reachable().into_iter().filter(|field| !DEEP.contains(&field.as_str()));
    let is_of_team = |field: &String| TEAM.iter().any(|name| field.starts_with(&format!("{name}.")));
    let (team, others): (BTreeSet<_>, BTreeSet<_>) = reachable.partition(is_of_team);
    assert_eq!(different(&of_previews, &others), [""; 0]);
    let public = others.into_iter().filter(|field| !field.starts_with(&format!("{PREVIEW}."))).collect();
    assert_eq!(different(&stranger.answered, &public), [""; 0]);
    assert_eq!(different(&owner.answered, &(&team | &public)), [""; 0]);
}

/// What somebody is about to upload is seen by nobody else: two files of the owner's, one of them in parts.
async fn announce_files(app: &TestApp, session: &str, planted: &mut Planted) {
    for size in [1_000, 40 * 1024 * 1024] {
        let create = format!(
            "mutation {{ createUpload(input: {{ filename: \"a.pdf\", mimeType: \"application/pdf\", byteSize: {size},
                sha256: \"{}\" }}) {{ upload {{ id }} }} }}",
            "0".repeat(64)
        );
        let made = app.data(As::Token(session), &create, json!({})).await;
        let id = made["createUpload"]["upload"]["id"].to_string();
        planted.known.get_mut("Upload.id").expect("planted").push(id);
    }
}

/// What is in one of the sets only.
fn different<'a>(one: &'a BTreeSet<String>, other: &'a BTreeSet<String>) -> Vec<&'a str> {
    one.symmetric_difference(other).map(String::as_str).collect()
}

async fn hidden_documents_are_nothing_under_any_id_slug_or_path(app: TestApp) {
    let planted = plant(&app).await;
    let reader = app.token(&[TokenScope::ContentRead]).await;
    for viewer in [As::Anonymous, As::Token(&reader)] {
        for prefix in ["document", "post", "page", "routine", "tag", "series", "author"] {
            let ids: Vec<String> = planted.hidden.iter().map(|id| format!("{prefix}_{id}")).collect();
            let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
            let data = app.data(viewer, query, json!({ "ids": ids })).await;
            assert_eq!(data, json!({ "nodes": vec![Value::Null; planted.hidden.len()] }), "{prefix}");
            for id in ids {
                let data =
                    app.data(viewer, "query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
                assert_eq!(data, json!({ "node": null }), "{id}");
            }
        }
        let places = [
            ("en", "canary-draft-slug"),
            ("fr", "canary-translation-slug"),
            ("en", "canary-trashed-slug"),
            ("en", "canary-later-slug"),
            ("en", "quiet-withdrawn"),
            ("en", "quiet-page"),
            ("en", "quiet-routine"),
            ("en", "quiet-gone"),
        ];
        for (locale, slug) in places {
            let query = "query($slug: String!, $locale: String, $posts: String!, $pages: String!, $routines: String!) {
                post(slug: $slug, locale: $locale) { id } page(slug: $slug, locale: $locale) { id }
                routine(slug: $slug, locale: $locale) { id }
                a: entry(path: $posts) { id } b: entry(path: $pages) { id } c: entry(path: $routines) { id } }";
            let prefix = if locale == "en" { "" } else { "/fr" };
            let variables = json!({ "slug": slug, "locale": locale,
                "posts": format!("{prefix}/posts/{slug}"), "routines": format!("{prefix}/routines/{slug}"), "pages": format!("https://open.example{prefix}/{slug}/") });
            let data = app.data(viewer, query, variables).await;
            assert_eq!(
                data,
                json!({ "post": null, "page": null, "routine": null, "a": null, "b": null, "c": null }),
                "{slug}"
            );
        }
        // The path of a revision that was replaced leads to the entry as it is now, and no further.
        let moved = app.data(viewer, r#"{ entry(path: "/posts/quiet-replaced") { title path } post(slug: "quiet-replaced") { id } }"#, json!({})).await;
        assert_eq!(
            moved,
            json!({ "entry": { "title": "Replaced", "path": "/posts/replaced" }, "post": null })
        );
    }
}

async fn counts_and_pages_hold_public_entries_only(app: TestApp) {
    plant(&app).await;
    let reader = app.token(&[TokenScope::ContentRead]).await;
    for viewer in [As::Anonymous, As::Token(&reader)] {
        let counts = "{ entries { totalCount } posts { totalCount } pages { totalCount }
            english: posts(filter: { locale: \"en\" }) { totalCount } french: posts(filter: { locale: \"fr\" }) { totalCount }
            tagged: entries(filter: { tag: \"strength\" }) { totalCount } prefixed: entries(filter: { slugPrefix: \"canary\" }) { totalCount }
            quiet: entries(filter: { slugPrefix: \"quiet\" }) { totalCount } series: posts(filter: { series: \"msmonday\" }) { totalCount }
            since: posts(filter: { publishedFrom: \"2026-11-23T09:00:00Z\" }) { totalCount }
            tag(slug: \"strength\") { entries { totalCount } } author(slug: \"nerys\") { entries { totalCount } } }";
        let data = app.data(viewer, counts, json!({})).await;
        let n = |count: u32| json!({ "totalCount": count });
        let expected = json!({ "entries": n(7), "posts": n(5), "pages": n(1), "english": n(4), "french": n(0),
            "tagged": n(7), "prefixed": n(0), "quiet": n(0), "series": n(5), "since": n(5),
            "tag": { "entries": n(7) }, "author": { "entries": n(7) } });
        assert_eq!(data, expected);

        let oldest_first = ["open-two", "open-one", "offen-eins", "later", "replaced"];
        assert_eq!(walk(&app, viewer, "PUBLISHED_AT_ASC", "first: 1, after").await, oldest_first);
        assert_eq!(walk(&app, viewer, "PUBLISHED_AT_DESC", "last: 1, before").await, oldest_first);
        let by_title = ["later", "offen-eins", "open-one", "open-two", "replaced"];
        assert_eq!(walk(&app, viewer, "TITLE_ASC", "first: 2, after").await, by_title);
    }
}

/// The slugs of all posts, page by page along the cursors.
async fn walk(app: &TestApp, viewer: As<'_>, order: &str, page: &str) -> Vec<String> {
    let query = format!(
        "query($cursor: String) {{ posts(orderBy: {order}, {page}: $cursor) {{ totalCount nodes {{ slug }} pageInfo {{ startCursor endCursor }} }} }}"
    );
    let cursor = if page.contains("after") { "endCursor" } else { "startCursor" };
    let mut slugs = Vec::new();
    let mut at = Value::Null;
    loop {
        let posts = app.data(viewer, &query, json!({ "cursor": at })).await["posts"].clone();
        assert_eq!(posts["totalCount"], 5);
        assert_eq!(secrets(&posts.to_string(), &posts), BTreeSet::new());
        let nodes = posts["nodes"].as_array().expect("nodes");
        slugs.extend(nodes.iter().filter_map(|node| node["slug"].as_str()).map(str::to_owned));
        at = posts["pageInfo"][cursor].clone();
        if nodes.is_empty() {
            return slugs;
        }
    }
}

async fn the_desk_opens_to_the_team_only(app: TestApp) {
    plant(&app).await;
    let query = "{ site { title } desk { documents { totalCount nodes { title } } } }";
    let reader = app.token(&[TokenScope::ContentRead]).await;
    let refusals = [
        (As::Anonymous, "UNAUTHENTICATED", "this needs an access token or a session"),
        (As::Token(&reader), "FORBIDDEN", "this token lacks the scope drafts:read"),
    ];
    for (viewer, code, message) in refusals {
        let reply = app.send(viewer, query, json!({})).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.body["data"], json!({ "site": { "title": "Open site" }, "desk": null }));
        assert_eq!(reply.body["errors"].as_array().map(Vec::len), Some(1));
        assert_eq!((reply.code(), reply.body["errors"][0]["message"].as_str()), (code, Some(message)));
    }
    for scope in [TokenScope::DraftsRead, TokenScope::ContentWrite] {
        let team = app.token(&[scope]).await;
        let data = app.data(As::Token(&team), query, json!({})).await;
        assert_eq!(data["desk"]["documents"]["totalCount"], 14, "{}", scope.name());
    }
}

async fn no_page_of_the_server_tells_anything(app: TestApp) {
    plant(&app).await;
    for path in ["/", "/console/examples.js", "/healthz", "/readyz", "/posts/canary-draft-slug", "/graphql"] {
        let response = app.client().get(app.url(path)).send().await.expect("an answer");
        let headers = told(response.headers());
        let text = response.text().await.expect("a whole answer");
        assert_eq!(secrets(&format!("{headers}{text}"), &Value::Null), BTreeSet::new(), "{path}");
    }
}

async fn crawl(app: &TestApp, viewer: As<'_>, planted: &Planted, queries: &[String]) -> Findings {
    let mut findings = Findings::default();
    for query in queries {
        let reply = app.send(viewer, query, json!({})).await;
        assert_eq!(reply.status, 200, "{query}\n{}", reply.text);
        for secret in secrets(&format!("{}{}", told(&reply.headers), reply.text), &reply.body) {
            let known = planted.canaries.iter().filter(|canary| secret.contains(canary.as_str())).cloned();
            let named: Vec<String> = known.collect();
            assert!(!named.is_empty(), "an unknown canary: {secret}");
            for canary in named {
                findings.canaries.entry(canary).or_insert_with(|| query.clone());
            }
        }
        visit(&reply.body["data"], "Query", &mut findings.answered);
        for error in reply.body["errors"].as_array().into_iter().flatten() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            findings.errors.insert((text(&error["path"][0]), text(&error["extensions"]["code"])));
        }
    }
    findings
}

/// Notes every field of every object of an answer.
fn visit(value: &Value, root: &str, answered: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            let ty = object.get("__typename").and_then(Value::as_str).unwrap_or(root);
            for (field, inner) in object.iter().filter(|(field, _)| *field != "__typename") {
                answered.insert(format!("{ty}.{field}"));
                visit(inner, root, answered);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| visit(item, root, answered)),
        _ => {}
    }
}

/// The words with the mark of a canary, in the text and inside of the cursors.
fn secrets(text: &str, body: &Value) -> BTreeSet<String> {
    let mut all = text.to_lowercase();
    cursors(body, &mut all);
    if !all.contains(MARK) {
        return BTreeSet::new();
    }
    let words = all.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.contains(MARK)).map(str::to_owned).collect()
}

fn cursors(value: &Value, found: &mut String) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                let cursor = inner.as_str().filter(|_| name.to_lowercase().ends_with("cursor"));
                if let Some(bytes) = cursor.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) {
                    found.push('\n');
                    found.push_str(&String::from_utf8_lossy(&bytes).to_lowercase());
                }
                cursors(inner, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| cursors(item, found)),
        _ => {}
    }
}

fn told(headers: &HeaderMap) -> String {
    format!("{headers:?}\n")
}

fn errors(expected: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    expected.iter().map(|&(field, code)| (field.to_owned(), code.to_owned())).collect()
}

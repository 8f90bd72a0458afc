//! `serve --demo`: what a newcomer meets first.

use std::path::Path;

use serde_json::{Value, json};

use super::program::{Server, token};

/// The first query of the README, which is what a newcomer sends.
fn first_query() -> Option<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(readme).ok()?;
    let (_, rest) = text.split_once("```graphql\n")?;
    Some(rest.split_once("```").expect("the block ends").0.to_owned())
}

#[tokio::test]
async fn the_demo_answers_the_first_query_of_the_readme() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &["--demo"]).await;
    let query = first_query().expect("the README has a query");
    let data = server.data("", &query).await;
    let nodes = data["posts"]["nodes"].as_array().expect("posts");
    assert_eq!(nodes.len(), 3);
    for node in nodes {
        for field in ["title", "path", "author", "tags", "series"] {
            assert!(!node[field].is_null(), "{field} of {node}");
        }
    }
}

#[tokio::test]
async fn the_demo_is_a_whole_site() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &["--demo"]).await;
    let counts = "{
        posts { totalCount } pages { totalCount } tags { totalCount } seriesList { totalCount } authors { totalCount }
        german: posts(filter: { locale: \"de\" }) { totalCount nodes { translations { locale } } }
        site { locales menus { items { url } } }
    }";
    let public = server.data("", counts).await;
    let count = |name: &str| public[name]["totalCount"].as_u64().expect("a number");
    assert!(count("posts") >= 14, "{} posts", count("posts"));
    let named = ["pages", "tags", "seriesList", "authors", "german"].map(count);
    assert_eq!(named, [2, 8, 2, 2, 2]);
    let english = json!({ "translations": [{ "locale": "en" }] });
    assert_eq!(public["german"]["nodes"], json!([english, english]));

    let token = token(folder.path());
    let states = "{ desk {
        draft: documents(filter: { state: DRAFT }) { totalCount }
        trashed: documents(filter: { state: TRASHED }) { totalCount }
        changed: documents(filter: { state: CHANGED }) { totalCount nodes { difference(from: 1) { fields { field } } } }
    } }";
    let desk = server.data(&token, states).await["desk"].clone();
    let count = |name: &str| desk[name]["totalCount"].clone();
    assert_eq!(["draft", "trashed", "changed"].map(count), [1, 1, 1]);
    let changed = &desk["changed"]["nodes"][0]["difference"]["fields"];
    assert!(changed.as_array().is_some_and(|fields| !fields.is_empty()));

    // Every link of the site leads somewhere: menus, embeds, and the posts' own paths.
    let menus = public["site"]["menus"].as_array().expect("menus").iter();
    let links =
        menus.flat_map(|menu| menu["items"].as_array().expect("items")).map(|item| item["url"].clone());
    let query = "query($path: String!) { entry(path: $path) { path } }";
    for link in links {
        let found = server.send("", query, json!({ "path": link })).await.expect("an answer");
        assert_eq!(found["data"]["entry"]["path"], link);
    }
    let texts = "{ entries(first: 100) { nodes { slug wordCount body { embeds {
        ... on EntryEmbed { target: entry { id } } ... on AssetEmbed { target: asset { id } } } } } } }";
    let texts = server.data(&token, texts).await["entries"]["nodes"].clone();
    for entry in texts.as_array().expect("entries") {
        assert!(entry["wordCount"].as_u64().is_some_and(|words| words > 100), "{entry}");
        let embeds = entry["body"]["embeds"].as_array().expect("embeds");
        assert!(embeds.iter().all(|embed| embed["target"] != Value::Null), "{entry}");
    }

    // Its files are there, with their words, and are served.
    let files = "{ authors { nodes { avatar { alt } } } posts(first: 100) { nodes { cover { alt url image(width: 640) { url } } } }
        post(slug: \"kitchen-counter-balance\") { body { embeds { ... on AssetEmbed { poster { alt }
            asset { kind durationSeconds transcript url tracks { kind language url } } } } } } }";
    let files = server.data("", files).await;
    for author in files["authors"]["nodes"].as_array().expect("authors") {
        assert!(author["avatar"]["alt"].is_string(), "{author}");
    }
    let covers: Vec<&Value> =
        files["posts"]["nodes"].as_array().expect("posts").iter().map(|post| &post["cover"]).collect();
    assert_eq!(covers.iter().filter(|cover| cover.is_object()).count(), 5);
    let film = &files["post"]["body"]["embeds"][0];
    assert_eq!(
        (&film["asset"]["kind"], film["asset"]["tracks"].as_array().map(Vec::len)),
        (&json!("VIDEO"), Some(3))
    );
    assert!(film["asset"]["transcript"].is_string() && film["poster"]["alt"].is_string(), "{film}");
    let tracks = film["asset"]["tracks"].as_array().expect("tracks").iter().map(|track| &track["url"]);
    let shown = covers
        .iter()
        .filter(|cover| cover.is_object())
        .flat_map(|cover| [&cover["url"], &cover["image"]["url"]]);
    for url in tracks.chain(shown).chain([&film["asset"]["url"]]) {
        let answer = reqwest::get(url.as_str().expect("a URL")).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{url}");
    }
}

#[tokio::test]
async fn the_demo_stays_out_of_a_site_with_content() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Server::start(folder.path(), &[]).await;
    let save = "mutation { savePost(input: { title: \"Mine\" }) { document { title } } }";
    server.data(&token, save).await;
    drop(server);
    let server = Server::start(folder.path(), &["--demo"]).await;
    let documents = server.data(&token, "{ desk { documents { nodes { title } } } }").await;
    assert_eq!(documents["desk"]["documents"]["nodes"], json!([{ "title": "Mine" }]));
}

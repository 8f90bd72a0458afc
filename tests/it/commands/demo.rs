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
    let texts = "{ entries(first: 100) { nodes { slug wordCount body { embeds { ... on EntryEmbed { slug entry { title } } } } } } }";
    let texts = server.data(&token, texts).await["entries"]["nodes"].clone();
    for entry in texts.as_array().expect("entries") {
        assert!(entry["wordCount"].as_u64().is_some_and(|words| words > 100), "{entry}");
        let embeds = entry["body"]["embeds"].as_array().expect("embeds");
        assert!(embeds.iter().all(|embed| embed["entry"] != Value::Null), "{entry}");
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

//! The site, tags, series and authors: a change to one shows at once, everywhere and on every node.

use serde_json::{Value, json};
use wellspring::app::App;
use wellspring::domain::access::policy::Viewer;
use wellspring::graphql::ApiRequest;

use crate::app::{As, TestApp, refusals, stories};
use crate::publishing::{add_german, named};

stories![
    a_new_name_shows_at_once_in_entries_and_on_other_nodes,
    a_slug_of_the_catalog_is_unique_and_may_change,
    paths_follow_the_sites_pattern,
    menus_are_kept_in_order_and_pages_know_theirs,
    a_locale_that_a_document_has_stays,
    bad_settings_are_refused_together_and_change_nothing,
];

/// Asks a node for what everybody may see, without a server of its own.
pub async fn ask(node: &App, query: &str) -> Value {
    execute(node, Viewer::Anonymous, query, json!({})).await
}

/// An operation that a node runs for a viewer, in this process.
pub async fn execute(node: &App, viewer: Viewer, query: &str, variables: Value) -> Value {
    let Value::Object(variables) = variables else { panic!("variables are an object") };
    let request = ApiRequest { query: query.to_owned(), variables, ..ApiRequest::default() };
    let answer = node.api.execute(node.ctx(viewer), node.db.clone(), request).await;
    assert!(answer.response.errors.is_empty(), "{:?}", answer.response.errors);
    answer.response.data.into_json().expect("plain data")
}

/// A second node over the same database.
async fn second_node(app: &TestApp) -> App {
    let config = app.app.config.as_ref().clone();
    App::start(config, app.app.clock.clone()).await.expect("a second node starts")
}

async fn a_new_name_shows_at_once_in_entries_and_on_other_nodes(app: TestApp) {
    let tag = named(&app, "Tag", json!({ "name": "Legs" })).await;
    let series = named(&app, "Series", json!({ "title": "Mondays" })).await;
    let author = named(&app, "Author", json!({ "name": "Nerys" })).await;
    app.publish_post(json!({ "title": "Post", "tags": [tag], "series": series, "author": author })).await;
    let other = second_node(&app).await;
    let entry =
        "{ post(slug: \"post\") { tags { name description } series { title } author { name bio } jsonLd } }";
    let lists = "{ tags { nodes { name } } seriesList { nodes { title } } authors { nodes { name } } site { title } }";
    let seen = |by: &'static str, tag: &str, series: &str, author: &str, site: &str| {
        let (app, other) = (&app, &other);
        let expected_entry = json!([
            [{ "name": tag, "description": null }], { "title": series }, { "name": author, "bio": null }, author,
        ]);
        let expected_lists = json!({
            "tags": { "nodes": [{ "name": tag }] }, "seriesList": { "nodes": [{ "title": series }] },
            "authors": { "nodes": [{ "name": author }] }, "site": { "title": site },
        });
        async move {
            for (node, post, all) in [
                ("this node", app.public(entry).await, app.public(lists).await),
                ("the other node", ask(other, entry).await, ask(other, lists).await),
            ] {
                let post = &post["post"];
                let data: Value = serde_json::from_str(post["jsonLd"].as_str().expect("text")).expect("JSON");
                let found = json!([post["tags"], post["series"], post["author"], data["author"]["name"]]);
                assert_eq!(found, expected_entry, "{node}, {by}");
                assert_eq!(all, expected_lists, "{node}, {by}");
            }
        }
    };
    seen("before", "Legs", "Mondays", "Nerys", "Untitled site").await;
    app.mutate("saveTag", json!({ "id": tag, "name": "Weak legs" }), "tag { name }").await;
    seen("after the tag", "Weak legs", "Mondays", "Nerys", "Untitled site").await;
    app.mutate("saveSeries", json!({ "id": series, "title": "MSMonday" }), "series { title }").await;
    seen("after the series", "Weak legs", "MSMonday", "Nerys", "Untitled site").await;
    app.mutate("saveAuthor", json!({ "id": author, "name": "Nerys H." }), "author { name }").await;
    seen("after the author", "Weak legs", "MSMonday", "Nerys H.", "Untitled site").await;
    app.mutate("saveSite", json!({ "title": "Steady Ground" }), "site { title }").await;
    seen("after the site", "Weak legs", "MSMonday", "Nerys H.", "Steady Ground").await;

    // The other node lists by name and slug too, whoever reads first after a change.
    app.mutate("saveTag", json!({ "id": tag, "slug": "knees" }), "tag { slug }").await;
    let by_slug = "{
        posts(filter: { tag: \"knees\" }) { totalCount } old: tag(slug: \"legs\") { id } tag(slug: \"knees\") { name }
    }";
    assert_eq!(
        ask(&other, by_slug).await,
        json!({ "posts": { "totalCount": 1 }, "old": null, "tag": { "name": "Weak legs" } })
    );
    other.db.close().await.expect("a clean end");
}

async fn a_slug_of_the_catalog_is_unique_and_may_change(app: TestApp) {
    for (kind, label) in [("Tag", "name"), ("Series", "title"), ("Author", "name")] {
        let (mutation, field) = (format!("save{kind}"), kind.to_lowercase());
        let id = named(&app, kind, json!({ label: "Übung macht" })).await;
        let fields = format!("{field} {{ slug {label} updatedAt }}");
        let attempt = |input: Value| app.try_mutate(&mutation, input, &fields);
        assert_eq!(refusals(&attempt(json!({ label: "ubung macht!" })).await), ["TAKEN input.slug"]);
        assert_eq!(refusals(&attempt(json!({ "slug": "x" })).await), [format!("REQUIRED input.{label}")]);
        let both = attempt(json!({ label: " ", "slug": "No Slug" })).await;
        assert_eq!(refusals(&both), [format!("REQUIRED input.{label}"), "INVALID input.slug".to_owned()]);
        assert_eq!(refusals(&attempt(json!({ "id": "post_1", label: "x" })).await), ["INVALID_ID input.id"]);
        let text = id.as_str().expect("an id");
        let nowhere = text.replace(&text[text.len() - 4..], "0000");
        assert_eq!(refusals(&attempt(json!({ "id": nowhere, label: "x" })).await), ["NOT_FOUND input.id"]);
        let saved = attempt(json!({ "id": id, label: "Master" })).await;
        assert_eq!(saved[&field]["slug"], "ubung-macht", "a new name leaves the slug alone");
        let saved = attempt(json!({ "id": id, "slug": null })).await;
        assert_eq!((&saved[&field]["slug"], &saved[&field][label]), (&json!("master"), &json!("Master")));
    }
}

async fn paths_follow_the_sites_pattern(app: TestApp) {
    add_german(&app).await;
    app.publish_post(json!({ "title": "Legs" })).await;
    app.publish_post(json!({ "title": "Beine", "locale": "de" })).await;
    let page = app.mutate("savePage", json!({ "title": "About" }), "document { id }").await;
    app.publish(page["document"]["id"].as_str().expect("an id")).await;
    let paths = || async {
        let query = "{ entries(orderBy: TITLE_ASC) { nodes { path url seo { canonicalUrl } } } }";
        let nodes = app.public(query).await["entries"]["nodes"].clone();
        let nodes = nodes.as_array().expect("nodes").iter();
        nodes.map(|node| (node["path"].clone(), node["url"].clone())).collect::<Vec<_>>()
    };
    let expected = |paths: [&str; 3], base: &str| -> Vec<_> {
        paths.iter().map(|path| (json!(path), json!(format!("{base}{path}")))).collect()
    };
    let own = app.app.config.base_url.to_string();
    let old = ["/about", "/de/posts/beine", "/posts/legs"];
    assert_eq!(paths().await, expected(old, &own));
    for path in old {
        let found = crate::publishing::leads_to(&app, &format!("{own}{path}")).await;
        assert_eq!(found.as_deref(), Some(path));
    }

    let base_url = "https://steady.example/";
    let input = json!({ "postPath": "/{locale}/q/{slug}", "pagePath": "/info/{slug}", "baseUrl": base_url });
    app.mutate("saveSite", input, "site { postPath pagePath baseUrl }").await;
    let new = ["/info/about", "/de/q/beine", "/en/q/legs"];
    assert_eq!(paths().await, expected(new, "https://steady.example"));
    for path in new {
        for asked in [path.to_owned(), format!("https://steady.example{path}")] {
            let found = crate::publishing::leads_to(&app, &asked).await;
            assert_eq!(found.as_deref(), Some(path), "{asked}");
        }
    }
    for gone in ["/about", "/posts/legs", "/q/legs", "/fr/q/legs", "https://other.example/en/q/legs"] {
        assert_eq!(crate::publishing::leads_to(&app, gone).await, None, "{gone}");
    }
}

async fn menus_are_kept_in_order_and_pages_know_theirs(app: TestApp) {
    let page = app.mutate("savePage", json!({ "title": "About" }), "document { id }").await;
    app.publish(page["document"]["id"].as_str().expect("an id")).await;
    let menus = json!([
        { "name": "main", "items": [{ "label": "Home", "url": "/" }, { "label": "About", "url": "/about" }] },
        { "name": "footer", "items": [{ "label": "Elsewhere", "url": "https://other.example/?a=b" }] },
        { "name": "empty", "items": [] },
    ]);
    app.mutate("saveSite", json!({ "menus": menus }), "site { title }").await;
    let query = "{
        site {
            menus { name items { label url } }
            footer: menu(name: \"footer\") { items { label } } menu(name: \"none\") { name }
        }
        entries { nodes { ... on Page { menus } } }
    }";
    let found = app.public(query).await;
    assert_eq!(
        found,
        json!({
            "site": { "menus": menus, "footer": { "items": [{ "label": "Elsewhere" }] }, "menu": null },
            "entries": { "nodes": [{ "menus": ["main"] }] },
        })
    );
    for (items, expected) in [
        (json!([{ "label": "", "url": "/" }]), ["REQUIRED input.menus.0.items.0.label"]),
        (json!([{ "label": "x", "url": "javascript:alert(1)" }]), ["INVALID input.menus.0.items.0.url"]),
        (json!([{ "label": "x", "url": "//other.example" }]), ["INVALID input.menus.0.items.0.url"]),
        (json!(vec![json!({ "label": "x", "url": "/" }); 51]), ["TOO_MANY input.menus.0.items"]),
    ] {
        let input = json!({ "menus": [{ "name": "main", "items": items }] });
        assert_eq!(refusals(&app.try_mutate("saveSite", input, "site { title }").await), expected);
    }
    let twice = json!({ "menus": [{ "name": "main", "items": [] }, { "name": "main", "items": [] }] });
    assert_eq!(
        refusals(&app.try_mutate("saveSite", twice, "site { title }").await),
        ["TAKEN input.menus.1.name"]
    );
    assert_eq!(app.public(query).await, found);
    app.mutate("saveSite", json!({ "menus": null }), "site { title }").await;
    assert_eq!(app.public("{ site { menus { name } } }").await, json!({ "site": { "menus": [] } }));
}

async fn a_locale_that_a_document_has_stays(app: TestApp) {
    let save = |locales: &'static [&'static str]| {
        app.try_mutate("saveSite", json!({ "locales": locales }), "site { locales }")
    };
    assert_eq!(
        save(&["EN", "pt-br", "en", "zh-hant"]).await["site"]["locales"],
        json!(["en", "pt-BR", "zh-Hant"])
    );
    let id = app.save_post(json!({ "title": "Pernas", "locale": "pt-BR" })).await["id"].clone();
    crate::publishing::trash(&app, id.as_str().expect("an id")).await;
    assert_eq!(refusals(&save(&["en"]).await), ["IN_USE input.locales"]);
    assert_eq!(save(&["pt-BR", "en"]).await["site"]["locales"], json!(["pt-BR", "en"]));
    assert_eq!(app.save_post(json!({ "title": "Braços" })).await["state"], "DRAFT");
    let locales = app.data(As::Owner, "{ desk { documents { nodes { locale } } } }", json!({})).await;
    assert_eq!(locales["desk"]["documents"]["nodes"], json!([{ "locale": "pt-BR" }, { "locale": "pt-BR" }]));
    assert_eq!(refusals(&save(&[]).await), ["OUT_OF_RANGE input.locales"]);
    assert_eq!(
        refusals(&save(&["en", "klingon!"]).await),
        ["INVALID input.locales.1", "IN_USE input.locales"]
    );
}

async fn bad_settings_are_refused_together_and_change_nothing(app: TestApp) {
    let settings = "{ site { title tagline about baseUrl locales timeZone disclaimer postPath pagePath } }";
    let before = app.public(settings).await;
    let input = json!({
        "title": "", "tagline": "x".repeat(301), "baseUrl": "ftp://steady.example", "timeZone": "Mars/Olympus",
        "postPath": "/posts", "pagePath": "/a/{slug}/../b", "about": "fine", "locales": [],
    });
    let refused = app.try_mutate("saveSite", input, "site { title }").await;
    assert_eq!(
        refusals(&refused),
        [
            "REQUIRED input.title",
            "TOO_LONG input.tagline",
            "INVALID input.baseUrl",
            "INVALID input.timeZone",
            "INVALID input.postPath",
            "INVALID input.pagePath",
            "OUT_OF_RANGE input.locales",
        ]
    );
    let same = json!({ "postPath": "/{slug}" });
    assert_eq!(refusals(&app.try_mutate("saveSite", same, "site { title }").await), ["TAKEN input.pagePath"]);
    assert_eq!(app.public(settings).await, before);
}

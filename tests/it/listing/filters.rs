//! Filters give exactly what fits them.

use serde_json::{Value, json};

use crate::app::{As, TestApp, stories};
use crate::publishing::{add_german, named};

stories![
    a_filter_gives_exactly_what_fits,
    an_unknown_name_gives_an_empty_list,
    a_bad_filter_is_refused_by_name
];

/// Titles and count of a list, by title.
async fn titles(app: &TestApp, field: &str, filter: &Value) -> (Vec<String>, Value) {
    let kind = if field == "entries" { "AnyEntryFilter" } else { "EntryFilter" };
    let query = format!(
        "query($filter: {kind}) {{ list: {field}(filter: $filter, orderBy: TITLE_ASC, first: 100) {{
            totalCount nodes {{ title }}
        }} }}"
    );
    let list = app.data(As::Anonymous, &query, json!({ "filter": filter })).await["list"].clone();
    let nodes = list["nodes"].as_array().expect("nodes").iter();
    let titles = nodes.map(|node| node["title"].as_str().expect("a title").to_owned());
    (titles.collect(), list["totalCount"].clone())
}

async fn publish_several(app: &TestApp) {
    add_german(app).await;
    let mut ids = json!({});
    for (kind, label, names) in [
        ("Tag", "name", ["Legs", "Heat"]),
        ("Series", "title", ["Mondays", "Moves"]),
        ("Author", "name", ["Nerys", "Tomasz"]),
    ] {
        for name in names {
            ids[name] = named(app, kind, json!({ label: name })).await;
        }
    }
    for (title, locale, tags, series, author, published) in [
        ("a", "en", &["Legs", "Heat"][..], "Mondays", "Nerys", "2026-01-01T00:00:00Z"),
        ("ab", "en", &["Legs"], "Moves", "Tomasz", "2026-02-01T00:00:00Z"),
        ("b", "en", &["Heat"], "Mondays", "Tomasz", "2026-03-01T00:00:00Z"),
        ("c", "en", &[], "", "", "2026-04-01T00:00:00Z"),
        ("d", "de", &["Legs"], "Mondays", "Nerys", "2026-03-01T00:00:00Z"),
        ("page", "en", &["Legs"], "Mondays", "Nerys", "2026-02-01T00:00:00Z"),
    ] {
        let tags: Vec<_> = tags.iter().map(|tag| ids[tag].clone()).collect();
        let input = json!({
            "title": title, "locale": locale, "tags": tags, "series": ids[series], "author": ids[author],
            "publishedAt": published,
        });
        let kind = if title == "page" { "savePage" } else { "savePost" };
        let saved = app.mutate(kind, input, "document { id }").await;
        app.publish(saved["document"]["id"].as_str().expect("an id")).await;
    }
    app.save_post(
        json!({ "title": "draft", "tags": [ids["Legs"]], "series": ids["Mondays"], "author": ids["Nerys"] }),
    )
    .await;
}

async fn a_filter_gives_exactly_what_fits(app: TestApp) {
    publish_several(&app).await;
    for (filter, expected) in [
        (Value::Null, &["a", "ab", "b", "c", "d", "page"][..]),
        (json!({}), &["a", "ab", "b", "c", "d", "page"]),
        (json!({ "kind": "POST" }), &["a", "ab", "b", "c", "d"]),
        (json!({ "kind": "PAGE" }), &["page"]),
        (json!({ "tag": "legs" }), &["a", "ab", "d", "page"]),
        (json!({ "tag": "heat" }), &["a", "b"]),
        (json!({ "series": "mondays" }), &["a", "b", "d", "page"]),
        (json!({ "author": "tomasz" }), &["ab", "b"]),
        (json!({ "locale": "de" }), &["d"]),
        (json!({ "locale": "EN" }), &["a", "ab", "b", "c", "page"]),
        (json!({ "locale": "fr" }), &[]),
        (json!({ "publishedFrom": "2026-03-01T00:00:00Z" }), &["b", "c", "d"]),
        (json!({ "publishedFrom": "2026-03-01T01:00:00.001+01:00" }), &["c"]),
        (json!({ "publishedBefore": "2026-02-01T00:00:00Z" }), &["a"]),
        (
            json!({ "publishedFrom": "2026-02-01T00:00:00Z", "publishedBefore": "2026-03-01T00:00:00Z" }),
            &["ab", "page"],
        ),
        (json!({ "publishedFrom": "2026-03-01T00:00:00Z", "publishedBefore": "2026-03-01T00:00:00Z" }), &[]),
        (json!({ "slugPrefix": "a" }), &["a", "ab"]),
        (json!({ "slugPrefix": "ab" }), &["ab"]),
        (json!({ "slugPrefix": "abc" }), &[]),
        (json!({ "tag": "legs", "series": "mondays", "author": "nerys", "locale": "en" }), &["a", "page"]),
        (json!({ "tag": "legs", "kind": "POST", "slugPrefix": "a", "author": "tomasz" }), &["ab"]),
        (json!({ "tag": "heat", "series": "moves" }), &[]),
    ] {
        let (found, count) = titles(&app, "entries", &filter).await;
        assert_eq!(found, expected, "{filter}");
        assert_eq!(count, expected.len(), "{filter}");
        if filter.get("kind").is_none() {
            let posts: Vec<_> = expected.iter().filter(|title| **title != "page").copied().collect();
            let (found, count) = titles(&app, "posts", &filter).await;
            assert_eq!(
                (found, count),
                (posts.iter().map(|&t| t.to_owned()).collect(), json!(posts.len())),
                "{filter}"
            );
            let pages: Vec<_> = expected.iter().filter(|title| **title == "page").copied().collect();
            let (found, count) = titles(&app, "pages", &filter).await;
            assert_eq!(
                (found, count),
                (pages.iter().map(|&t| t.to_owned()).collect(), json!(pages.len())),
                "{filter}"
            );
        }
    }

    let of_catalog = "{
        tag(slug: \"legs\") { all: entries { ...titles } de: entries(locale: \"de\") { ...titles } }
        series(slug: \"mondays\") {
            all: entries(orderBy: TITLE_DESC) { ...titles }
            en: entries(locale: \"en\") { ...titles }
        }
        author(slug: \"nerys\") { all: entries { ...titles } fr: entries(locale: \"fr\") { ...titles } }
    } fragment titles on EntryConnection { totalCount nodes { title } }";
    let list = |titles: &[&str]| {
        let nodes: Vec<_> = titles.iter().map(|title| json!({ "title": title })).collect();
        json!({ "totalCount": titles.len(), "nodes": nodes })
    };
    assert_eq!(
        app.public(of_catalog).await,
        json!({
            "tag": { "all": list(&["d", "page", "ab", "a"]), "de": list(&["d"]) },
            "series": { "all": list(&["page", "d", "b", "a"]), "en": list(&["a", "b", "page"]) },
            "author": { "all": list(&["d", "page", "a"]), "fr": list(&[]) },
        })
    );
}

async fn an_unknown_name_gives_an_empty_list(app: TestApp) {
    app.publish_post(json!({ "title": "a" })).await;
    let nothing = json!({
        "totalCount": 0, "nodes": [], "edges": [],
        "pageInfo": { "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null },
    });
    for filter in
        ["tag: \"none\"", "series: \"none\"", "author: \"none\"", "tag: \"No Slug!\"", "slugPrefix: \"z\""]
    {
        let query = format!(
            "{{ posts(filter: {{ {filter} }}) {{
                totalCount nodes {{ id }} edges {{ cursor }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
            }} }}"
        );
        assert_eq!(app.public(&query).await["posts"], nothing, "{filter}");
    }
    let unknown =
        app.public("{ tag(slug: \"none\") { id } series(slug: \"\") { id } author(slug: \"A B\") { id } }");
    assert_eq!(unknown.await, json!({ "tag": null, "series": null, "author": null }));
}

async fn a_bad_filter_is_refused_by_name(app: TestApp) {
    for (filter, code, argument) in [
        ("slugPrefix: \"\"", "BAD_USER_INPUT", "filter.slugPrefix"),
        ("slugPrefix: \"a%\"", "BAD_USER_INPUT", "filter.slugPrefix"),
        ("slugPrefix: \"Ä\"", "BAD_USER_INPUT", "filter.slugPrefix"),
        ("locale: \"klingon!\"", "BAD_USER_INPUT", "filter.locale"),
    ] {
        let query = format!("{{ posts(filter: {{ {filter} }}) {{ totalCount }} }}");
        let reply = app.send(As::Anonymous, &query, json!({})).await;
        assert_eq!(reply.code(), code, "{filter}");
        assert_eq!(reply.body["errors"][0]["extensions"]["argument"], argument, "{filter}");
    }
}

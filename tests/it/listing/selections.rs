//! One operation may ask for the same things in many ways, and each gets its answer.

use serde_json::{Value, json};

use crate::app::{As, TestApp, stories};
use crate::publishing::{MINUTE, named};

stories![
    two_selections_of_one_list_both_get_their_fields,
    related_under_two_aliases_has_two_lengths,
    lists_nest_in_lists,
    the_entry_interface_takes_fragments,
    fields_left_out_by_a_directive_are_left_out,
    a_page_has_every_field_of_an_entry,
];

async fn publish_three(app: &TestApp) {
    let tag = named(app, "Tag", json!({ "name": "Legs" })).await;
    for (title, video) in
        [("one", Value::Null), ("two", json!("https://video.example/2")), ("three", Value::Null)]
    {
        let input = json!({ "title": title, "tags": [tag], "body": format!("# {title}"), "videoUrl": video });
        app.publish_post(input).await;
        app.advance(MINUTE);
    }
    let input = json!({ "title": "about", "tags": [tag], "body": "# about" });
    let page = app.mutate("savePage", input, "document { id }").await;
    app.publish(page["document"]["id"].as_str().expect("an id")).await;
}

async fn two_selections_of_one_list_both_get_their_fields(app: TestApp) {
    publish_three(&app).await;
    let data = app
        .public(
            "{
                titles: posts(first: 1) { nodes { title } }
                texts: posts(first: 1) { edges { node { body { text } videoUrl } } }
                posts(first: 2) { nodes { title } }
                posts(first: 2) { nodes { body { markdown } related(first: 1) { title } } }
                ...more
            }
            fragment more on Query { posts(first: 2) { totalCount edges { node { previous { slug } } } } }",
        )
        .await;
    assert_eq!(
        data,
        json!({
            "titles": { "nodes": [{ "title": "three" }] },
            "texts": { "edges": [{ "node": { "body": { "text": "three" }, "videoUrl": null } }] },
            "posts": {
                "nodes": [
                    { "title": "three", "body": { "markdown": "# three" }, "related": [{ "title": "about" }] },
                    { "title": "two", "body": { "markdown": "# two" }, "related": [{ "title": "about" }] },
                ],
                "totalCount": 3,
                "edges": [
                    { "node": { "previous": { "slug": "two" } } },
                    { "node": { "previous": { "slug": "one" } } },
                ],
            },
        })
    );
}

async fn related_under_two_aliases_has_two_lengths(app: TestApp) {
    publish_three(&app).await;
    let query = "query($n: Int = 3) { post(slug: \"one\") {
        one: related(first: 1) { title }
        two: related(first: 2) { title body { text } }
        all: related(first: $n) { ...card }
        related { slug }
    } }
    fragment card on Entry { title related(first: 1) { title } }";
    let data = app.data(As::Anonymous, query, json!({})).await;
    assert_eq!(
        data["post"],
        json!({
            "one": [{ "title": "about" }],
            "two": [{ "title": "about", "body": { "text": "about" } }, { "title": "three", "body": { "text": "three" } }],
            "all": [
                { "title": "about", "related": [{ "title": "three" }] },
                { "title": "three", "related": [{ "title": "about" }] },
                { "title": "two", "related": [{ "title": "about" }] },
            ],
            "related": [{ "slug": "about" }, { "slug": "three" }, { "slug": "two" }],
        })
    );
}

async fn lists_nest_in_lists(app: TestApp) {
    publish_three(&app).await;
    named(&app, "Tag", json!({ "name": "Unused" })).await;
    let data = app
        .public(
            "{ tags(first: 2) { totalCount nodes { name entries(first: 1, orderBy: TITLE_ASC) {
                totalCount pageInfo { hasNextPage }
                nodes { title tags { name entries(last: 1) { totalCount nodes { title } } } }
            } } } }",
        )
        .await;
    let inner = json!({ "name": "Legs", "entries": { "totalCount": 4, "nodes": [{ "title": "one" }] } });
    assert_eq!(
        data["tags"],
        json!({ "totalCount": 2, "nodes": [
            { "name": "Legs", "entries": {
                "totalCount": 4, "pageInfo": { "hasNextPage": true }, "nodes": [{ "title": "about", "tags": [inner] }],
            } },
            { "name": "Unused", "entries": { "totalCount": 0, "pageInfo": { "hasNextPage": false }, "nodes": [] } },
        ] })
    );
}

async fn the_entry_interface_takes_fragments(app: TestApp) {
    publish_three(&app).await;
    let menu = json!([{ "name": "main", "items": [{ "label": "About", "url": "/about" }] }]);
    app.mutate("saveSite", json!({ "menus": menu }), "site { title }").await;
    let query = "{
        entries(first: 3) { nodes {
            __typename ...card
            ... on Post { videoUrl body { text } }
            ... on Page { menus }
            ... on Node { id }
            ... @include(if: true) { seo { title } }
        } }
    }
    fragment card on Entry { title next { ... on Post { slug } ...deeper } }
    fragment deeper on Entry { title }";
    let mut data = app.public(query).await;
    for node in data["entries"]["nodes"].as_array_mut().expect("nodes") {
        let id = node.as_object_mut().expect("an object").remove("id").expect("an id");
        let prefix = node["__typename"].as_str().expect("a name").to_lowercase();
        assert!(id.as_str().is_some_and(|id| id.starts_with(&format!("{prefix}_"))), "{id}");
    }
    assert_eq!(
        data["entries"]["nodes"],
        json!([
            { "__typename": "Page", "title": "about", "next": null, "menus": ["main"], "seo": { "title": "about" } },
            {
                "__typename": "Post", "title": "three", "next": null, "videoUrl": null,
                "body": { "text": "three" }, "seo": { "title": "three" },
            },
            {
                "__typename": "Post", "title": "two", "next": { "slug": "three", "title": "three" },
                "videoUrl": "https://video.example/2", "body": { "text": "two" }, "seo": { "title": "two" },
            },
        ])
    );
}

async fn fields_left_out_by_a_directive_are_left_out(app: TestApp) {
    publish_three(&app).await;
    let query = "query($with: Boolean = false, $without: Boolean!) { posts(last: 1) { nodes {
        title
        body @include(if: $with) { html }
        related(first: 1) @skip(if: $without) { title }
    } } }";
    let ask = |variables: Value| async {
        app.data(As::Anonymous, query, variables).await["posts"]["nodes"].clone()
    };
    assert_eq!(ask(json!({ "without": true })).await, json!([{ "title": "one" }]));
    assert_eq!(
        ask(json!({ "without": false, "with": true })).await,
        json!([{
            "title": "one", "body": { "html": "<h1 id=\"h-one\">one</h1>" }, "related": [{ "title": "about" }],
        }])
    );
}

async fn a_page_has_every_field_of_an_entry(app: TestApp) {
    let query = "{
        entry: __type(name: \"Entry\") { fields { name } possibleTypes { name fields { name } } }
    }";
    let types = app.public(query).await;
    let names = |of: &Value| -> Vec<String> {
        let list = of.as_array().expect("a list").iter();
        list.map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
    };
    let of_entry = names(&types["entry"]["fields"]);
    assert_eq!(names(&types["entry"]["possibleTypes"]), ["Post", "Page", "Routine"]);
    for kind in types["entry"]["possibleTypes"].as_array().expect("types") {
        let own = names(&kind["fields"]);
        let missing: Vec<_> = of_entry.iter().filter(|name| !own.contains(name)).collect();
        assert_eq!(missing, [""; 0], "{}", kind["name"]);
    }
    publish_three(&app).await;
    let page =
        app.public("{ page(slug: \"about\") { title path body { text } tags { name } jsonLd menus } }").await;
    assert_eq!(page["page"]["title"], "about");
    let pages =
        app.public("{ pages { nodes { id title body { html } related(first: 1) { title } } } }").await;
    assert_eq!(pages["pages"]["nodes"][0]["related"], json!([{ "title": "three" }]));
}

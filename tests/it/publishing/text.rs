//! The text of an entry in its several forms, and what must not be published.

use serde_json::{Value, json};

use super::{document, post, revise};
use crate::app::{TestApp, refusals, stories};

stories![
    a_text_is_served_as_markdown_html_text_and_outline,
    scripts_and_handlers_do_not_reach_the_reader,
    an_unknown_directive_is_refused_with_its_place_and_visible_to_the_team,
];

async fn a_text_is_served_as_markdown_html_text_and_outline(app: TestApp) {
    let body = "# Weak *legs*\n\nStand up.  \nSit down.[^1]\n\n## Why?\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n\
                [^1]: Slowly.";
    app.publish_post(json!({ "title": "Legs", "body": body })).await;
    let html = "<h1 id=\"h-weak-legs\">Weak <em>legs</em></h1>\n\
        <p>Stand up.<br>\nSit down.<sup class=\"footnote-ref\"><a href=\"#fn-1\" id=\"fnref-1\">1</a></sup></p>\n\
        <h2 id=\"h-why\">Why?</h2>\n\
        <table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n\
        </tbody>\n</table>\n\
        <section class=\"footnotes\">\n<ol>\n<li id=\"fn-1\">\n<p>Slowly. \
        <a href=\"#fnref-1\" class=\"footnote-backref\" aria-label=\"Back to reference 1\">\u{21A9}</a></p>\n\
        </li>\n</ol>\n</section>";
    let fields =
        "body { markdown html text outline { level text anchor } embeds { ... on EntryEmbed { slug } } wordCount readingMinutes }
        wordCount readingMinutes";
    assert_eq!(
        post(&app, "legs", fields).await,
        json!({
            "body": {
                "markdown": body, "html": html,
                "text": "Weak legs\n\nStand up.\nSit down.\n\nWhy?\n\na\tb\n1\t2\n\nSlowly.",
                "outline": [
                    { "level": 1, "text": "Weak legs", "anchor": "h-weak-legs" },
                    { "level": 2, "text": "Why?", "anchor": "h-why" },
                ],
                "embeds": [], "wordCount": 12, "readingMinutes": 1,
            },
            "wordCount": 12, "readingMinutes": 1,
        })
    );
    app.publish_post(json!({ "title": "Nothing" })).await;
    assert_eq!(
        post(&app, "nothing", fields).await,
        json!({
            "body": {
                "markdown": "", "html": "", "text": "", "outline": [], "embeds": [],
                "wordCount": 0, "readingMinutes": 0,
            },
            "wordCount": 0, "readingMinutes": 0,
        })
    );
}

async fn scripts_and_handlers_do_not_reach_the_reader(app: TestApp) {
    let body = "<script>alert(1)</script>\n\n<p onclick=\"alert(2)\">Fine</p>\n\n[link](javascript:alert(3))";
    let id = app.publish_post(json!({ "title": "Legs", "body": body })).await;
    let expected = "<p>Fine</p>\n<p><a rel=\"noopener\">link</a></p>";
    let html = post(&app, "legs", "body { html }").await["body"]["html"].clone();
    assert_eq!(html.as_str().map(str::trim), Some(expected));
    let preview = document(&app, &id, "revision { html }").await["revision"]["html"].clone();
    assert_eq!(preview, html);
}

async fn an_unknown_directive_is_refused_with_its_place_and_visible_to_the_team(app: TestApp) {
    let id = app.publish_post(json!({ "title": "Legs", "body": "Fine." })).await;
    let body = "Stand up.\n\n> ::freebie[knees]\n\n::post[Not A Slug]";
    revise(&app, &id, json!({ "body": body })).await;
    let refused =
        app.try_mutate("publishEntry", json!({ "document": id }), "document { id } entry { id }").await;
    assert_eq!((&refused["document"], &refused["entry"]), (&Value::Null, &Value::Null));
    assert_eq!(refusals(&refused), ["UNKNOWN_DIRECTIVE input.body", "UNKNOWN_DIRECTIVE input.body"]);
    let told = |index: usize| refused["userErrors"][index]["message"].clone();
    assert_eq!(told(0), "line 3, column 3: unknown directive `freebie`");
    assert_eq!(told(1), "line 5, column 1: `Not A Slug` is not a slug that `post` can embed");
    assert_eq!(post(&app, "legs", "body { text }").await, json!({ "body": { "text": "Fine." } }));

    let preview = document(&app, &id, "revision { html problems { line column message } }").await;
    assert_eq!(
        preview["revision"],
        json!({
            "html": "<p>Stand up.</p>\n<blockquote>\n<p>::freebie[knees]</p>\n</blockquote>\n<p>::post[Not A Slug]</p>",
            "problems": [
                { "line": 3, "column": 3, "message": "unknown directive `freebie`" },
                { "line": 5, "column": 1, "message": "`Not A Slug` is not a slug that `post` can embed" },
            ],
        })
    );
}

//! The editorial calendar: what is to come and what failed, in the order of time.

use serde_json::{Value, json};

use super::{HOUR, draft, publish_at, unpublish_at};
use crate::app::{As, TestApp, stories};
use crate::publishing::unpublish;

stories![the_calendar_lists_what_is_to_come_in_the_order_of_time,];

async fn titles(app: &TestApp, arguments: &str) -> (Vec<String>, Value) {
    let query = format!(
        "{{ desk {{ upcoming{arguments} {{ nodes {{ action state document {{ title }} }} pageInfo {{ endCursor hasNextPage }} }} }} }}"
    );
    let data = app.data(As::Owner, &query, json!({})).await["desk"]["upcoming"].clone();
    let nodes = data["nodes"].as_array().expect("a list").iter();
    let words = |node: &Value| {
        let title = node["document"]["title"].as_str().unwrap_or_default();
        format!("{} {title}", node["action"].as_str().unwrap_or_default())
    };
    (nodes.map(words).collect(), data["pageInfo"].clone())
}

async fn the_calendar_lists_what_is_to_come_in_the_order_of_time(app: TestApp) {
    let (one, two, three) = (draft(&app, "One").await, draft(&app, "Two").await, draft(&app, "Three").await);
    publish_at(&app, &three, "2026-11-25T09:00:00Z").await;
    publish_at(&app, &one, "2026-11-23T10:00:00Z").await;
    unpublish_at(&app, &one, "2026-11-26T09:00:00Z").await;
    publish_at(&app, &two, "2026-11-24T09:00:00Z").await;
    let all = ["PUBLISH One", "PUBLISH Two", "PUBLISH Three", "UNPUBLISH One"];
    assert_eq!(titles(&app, "").await.0, all);
    let range = "(from: \"2026-11-24T09:00:00Z\", to: \"2026-11-26T09:00:00Z\")";
    assert_eq!(titles(&app, range).await.0, all[1..3]);
    let (first, info) = titles(&app, "(first: 3)").await;
    assert_eq!((first.as_slice(), &info["hasNextPage"]), (&all.map(str::to_owned)[..3], &json!(true)));
    app.advance(1_000);
    let (rest, _) = titles(&app, &format!("(first: 3, after: {})", info["endCursor"])).await;
    assert_eq!(rest, all[3..]);

    // What is done leaves the calendar, what failed stays in view for a week.
    app.advance(HOUR);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(titles(&app, "").await.0, all[1..]);
    unpublish(&app, &one).await;
    app.advance(72 * HOUR);
    assert_eq!(app.run_jobs().await, 3);
    assert_eq!(titles(&app, "").await.0, ["UNPUBLISH One"]);
    app.advance(7 * 24 * HOUR);
    assert_eq!(titles(&app, "").await.0, [""; 0]);
    assert_eq!(titles(&app, "(from: \"2026-01-01T00:00:00Z\")").await.0, ["UNPUBLISH One"]);
    let statements = app.send(As::Owner, "{ desk { upcoming(from: \"2026-01-01T00:00:00Z\") { nodes { document { title } account { name } } } } }", json!({})).await;
    assert_eq!(statements.statements(), 4, "whatever the number of rows");
}

//! What must not have changed when an input was refused.

use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::{Value, json};

use crate::app::{As, TestApp};

/// Everything that a mutation could change, as the owner sees it.
pub async fn state(app: &TestApp) -> Value {
    let query = "{
        desk { documents(first: 100, orderBy: CREATED_AT_ASC) { totalCount nodes {
            id kind state locale title slug headRevision liveRevision lastLiveRevision updatedAt firstPublishedAt trashedAt
            previews { id revokedAt }
            revision { number note markdown excerpt videoUrl seriesPosition publishedAt author tags series } } } }
        previewUrls: desk { previewUrls { post page } }
        calendar: desk { upcoming(first: 100) { nodes { id at state endedAt } } jobs(first: 100) { nodes { id state runAt } } }
        files: desk { assets(first: 100) { nodes { id state alt caption isPrivate version updatedAt } } }
        questions: desk { questions(first: 100) { nodes { id state changedAt assignee { id } declineReason mergedInto toldAt erasedAt
            answeredBy publication { text updatedAt } } } replyTemplates { id title text } }
        questionCalls(first: 100) { nodes { id slug title text opensAt closesAt updatedAt } }
        changes(last: 1) { pageInfo { endCursor } }
        entries(first: 100) { totalCount nodes { id path title excerpt updatedAt publishedAt } }
        tags(first: 100) { nodes { id slug name description updatedAt } }
        seriesList(first: 100) { nodes { id slug title description updatedAt } }
        authors(first: 100) { nodes { id slug name bio updatedAt } }
        site { title tagline about baseUrl locales timeZone disclaimer postPath pagePath menus { name items { label url } } } }";
    let mut state = app.data(As::Owner, query, json!({})).await;
    let uploads = entity::upload::Entity::find()
        .order_by_asc(entity::upload::Column::Id)
        .all(&app.app.db.reader())
        .await;
    state["uploads"] = json!(uploads.expect("uploads"));
    // What is sealed changes with every word, and readings stand in the audit log.
    let sealed = entity::question_intake::Entity::find()
        .order_by_asc(entity::question_intake::Column::Id)
        .all(&app.app.db.reader())
        .await;
    state["questions"]["sealed"] = json!(sealed.expect("questions"));
    let audit = entity::audit::Entity::find().count(&app.app.db.reader()).await;
    state["audit"] = json!(audit.expect("a count"));
    state
}

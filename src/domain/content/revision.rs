//! Revisions: reading them, and the difference between two of them in words that an editor understands.

use std::time::{Duration, Instant};

use entity::{DocumentId, revision};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::kinds::{Content, EntryContent};
use crate::domain::access::policy::{Permit, ReadDocuments, Scope, Visible};
use crate::domain::core::error::Result;
use crate::domain::core::heavy::Wanted;
use crate::domain::core::keyset::{Direction, Key, Page, Position, Slice};
use crate::domain::core::{id, time};
use crate::domain::routine::{Frequency, Routine};

/// The content of a revision that is known to exist.
pub(in crate::domain) async fn content(
    db: &impl ConnectionTrait,
    document: DocumentId,
    number: i32,
) -> Result<Content> {
    let row = revision::Entity::find_by_id((document, number)).one(db).await?;
    let row =
        row.ok_or_else(|| sea_orm::DbErr::RecordNotFound("a revision that its document names".to_owned()))?;
    read(&row)
}

/// The typed content of a row.
pub fn read(row: &revision::Model) -> Result<Content> {
    serde_json::from_value(row.content.clone())
        .map_err(|error| sea_orm::DbErr::Json(error.to_string()).into())
}

pub async fn by_number(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    document: DocumentId,
    number: i32,
) -> Result<Option<Visible<revision::Model>>> {
    Scope::<revision::Entity>::team(permit)
        .narrow(|select| {
            select
                .filter(revision::Column::DocumentId.eq(document))
                .filter(revision::Column::Number.eq(number))
        })
        .one(db)
        .await
}

/// The revisions of a document, newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    document: DocumentId,
    page: &Page,
) -> Result<Slice<Visible<revision::Model>>> {
    use sea_orm::sea_query::Expr;
    let rows = Scope::<revision::Entity>::team(permit)
        .narrow(|select| {
            let mut select = select.filter(revision::Column::DocumentId.eq(document));
            let key = Expr::col((revision::Entity, revision::Column::Number));
            let id = Expr::col((revision::Entity, revision::Column::DocumentId));
            page.apply(QueryFilter::query(&mut select), key, id, Direction::Descending);
            select
        })
        .all(db)
        .await?;
    Ok(page.slice(rows))
}

pub fn position(revision: &revision::Model) -> Position {
    Position { key: Key::Int(revision.number.into()), id: revision.document_id.0 }
}

/// What changed in one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDifference {
    /// The field's name in the API.
    pub field: &'static str,
    pub lines: Vec<DifferenceLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferenceLine {
    pub change: LineChange,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineChange {
    Kept,
    Removed,
    Added,
}

/// How long two revisions are compared. The price of a difference is made for this.
const COMPARISON: Duration = Duration::from_millis(200);
/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;

/// The fields that differ between two revisions, in the order of the editor's form, with the lines that changed.
///
/// Time is bounded for all of them together: past it the comparison is coarser, never wrong. What nobody waits for is left.
pub fn difference(before: &Content, after: &Content, wanted: &Wanted) -> Vec<FieldDifference> {
    let deadline = Instant::now() + COMPARISON;
    fields(before)
        .into_iter()
        .zip(fields(after))
        .take_while(|_| !wanted.is_over())
        .filter(|((_, before), (_, after))| before != after)
        .map(|((field, before), (_, after))| FieldDifference {
            field,
            lines: lines(&before, &after, deadline),
        })
        .collect()
}

/// The names of the fields that differ, as in the API.
pub(in crate::domain) fn changed_fields(before: &Content, after: &Content) -> Vec<&'static str> {
    fields(before)
        .into_iter()
        .zip(fields(after))
        .filter(|((_, before), (_, after))| before != after)
        .map(|((field, _), _)| field)
        .collect()
}

fn lines(before: &str, after: &str, deadline: Instant) -> Vec<DifferenceLine> {
    // Every line ends alike, or the last one would differ from itself with another below it.
    let ended = |text: &str| if text.is_empty() { String::new() } else { format!("{text}\n") };
    let (before, after) = (ended(before), ended(after));
    let comparison = TextDiff::configure().deadline(deadline).diff_lines(before.as_str(), after.as_str());
    comparison
        .grouped_ops(CONTEXT)
        .iter()
        .flatten()
        .flat_map(|operation| comparison.iter_changes(operation))
        .map(|change| DifferenceLine {
            change: match change.tag() {
                ChangeTag::Equal => LineChange::Kept,
                ChangeTag::Delete => LineChange::Removed,
                ChangeTag::Insert => LineChange::Added,
            },
            text: change.value().trim_end_matches(['\r', '\n']).to_owned(),
        })
        .collect()
}

/// Every field as text. The order and names are the same for every revision of a kind.
fn fields(content: &Content) -> Vec<(&'static str, String)> {
    let EntryContent {
        title,
        slug,
        excerpt,
        body,
        cover,
        author,
        tags,
        series,
        series_position,
        published_at,
        seo_title,
        seo_description,
        no_index,
    } = content.entry();
    let mut fields = vec![
        ("title", title.clone()),
        ("slug", slug.clone()),
        ("excerpt", excerpt.clone().unwrap_or_default()),
        ("body", body.clone()),
        ("cover", cover.map(id::format).unwrap_or_default()),
        ("author", author.map(id::format).unwrap_or_default()),
        ("tags", tags.iter().map(|&tag| id::format(tag)).collect::<Vec<_>>().join("\n")),
        ("series", series.map(id::format).unwrap_or_default()),
        ("seriesPosition", series_position.map(|position| position.to_string()).unwrap_or_default()),
        ("publishedAt", published_at.map(time::format).unwrap_or_default()),
        ("seo.title", seo_title.clone().unwrap_or_default()),
        ("seo.description", seo_description.clone().unwrap_or_default()),
        ("seo.noIndex", no_index.to_string()),
    ];
    match content {
        Content::Post(post) => {
            fields.push(("videoUrl", post.video_url.clone().unwrap_or_default()));
            let questions: Vec<String> = post.questions.iter().map(|&id| id::format(id)).collect();
            fields.push(("questions", questions.join("\n")));
        }
        Content::Page(_) => {}
        Content::Routine(content) => fields.extend(routine_fields(&content.routine)),
    }
    fields
}

/// What only a routine has. Its lists are shown as they are in the API, a value on a line.
fn routine_fields(routine: &Routine) -> Vec<(&'static str, String)> {
    let Routine {
        goal,
        audience,
        difficulty,
        frequency,
        progression,
        safety_notes,
        last_reviewed,
        reviewed_by,
        video,
        exercises,
        blocks,
    } = routine;
    vec![
        ("goal", goal.clone().unwrap_or_default()),
        ("audience", audience.clone().unwrap_or_default()),
        ("difficulty", difficulty.map(|difficulty| difficulty.words().to_owned()).unwrap_or_default()),
        ("frequency", frequency.as_ref().map(Frequency::words).unwrap_or_default()),
        ("progression", listed(progression)),
        ("safetyNotes", listed(safety_notes)),
        ("lastReviewed", last_reviewed.map(|date| date.to_string()).unwrap_or_default()),
        ("reviewedBy", reviewed_by.clone().unwrap_or_default()),
        ("video", video.as_ref().map(values).unwrap_or_default()),
        ("exercises", listed(exercises)),
        ("blocks", listed(blocks)),
    ]
}

fn listed<T: Serialize>(parts: &[T]) -> String {
    parts.iter().map(values).collect::<Vec<_>>().join("\n")
}

/// The values of a part, without those that were not given.
fn values<T: Serialize>(part: &T) -> String {
    let mut value = serde_json::to_value(part).expect("plain data");
    drop_empty(&mut value);
    serde_json::to_string_pretty(&value).expect("plain data")
}

fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields
                .retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
            fields.values_mut().for_each(drop_empty);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

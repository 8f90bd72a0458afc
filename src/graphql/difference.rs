//! The difference between two revisions, for an editor's eyes.

use async_graphql::{Context, Enum, SimpleObject};
use entity::DocumentId;

use super::ctx;
use super::error::Result;
use crate::domain::access::policy::ReadDocuments;
use crate::domain::content::revision as domain;
use crate::domain::core::error as domain_error;
use crate::domain::core::heavy::Wanted;

/// What a line counts for beside its text, in bytes of an answer's texts: it is an object, and there may be 100,000.
const LINE: usize = 1_024;

/// The changes from one revision to another.
#[derive(SimpleObject)]
pub struct RevisionDifference {
    /// The number of the older revision.
    from: i32,
    /// The number of the newer revision.
    to: i32,
    /// The fields that differ, in the order of an editor's form.
    fields: Vec<FieldDifference>,
}

/// The changes in one field.
#[derive(SimpleObject)]
pub struct FieldDifference {
    /// The name of the field in the API, such as `title` or `seo.description`.
    field: String,
    /// The changed lines, each with up to three unchanged lines before and after it.
    lines: Vec<DifferenceLine>,
}

/// One line of a field in a difference.
#[derive(SimpleObject)]
pub struct DifferenceLine {
    /// Whether the line was kept, removed or added.
    change: LineChange,
    /// The text of the line without the line break.
    text: String,
}

/// What happened to a line between two revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::LineChange")]
pub enum LineChange {
    /// The line is in both revisions.
    Kept,
    /// The line is only in the older revision.
    Removed,
    /// The line is only in the newer revision.
    Added,
}

/// The difference, or nothing when one of the revisions does not exist.
pub async fn between(
    context: &Context<'_>,
    document: DocumentId,
    from: i32,
    to: i32,
) -> Result<Option<RevisionDifference>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadDocuments>()?;
    let before = domain::by_number(&ctx.db, &permit, document, from).await?;
    let after = domain::by_number(&ctx.db, &permit, document, to).await?;
    let (Some(before), Some(after)) = (before, after) else { return Ok(None) };
    let compare = move |wanted: &Wanted| -> domain_error::Result<_> {
        Ok(domain::difference(&domain::read(&before)?, &domain::read(&after)?, wanted))
    };
    let fields = ctx.heavy.run(&ctx.client, compare).await?;
    let lines = fields.iter().flat_map(|field| &field.lines);
    ctx.answer_text(lines.map(|line| line.text.len() + LINE).sum())?;
    let fields = fields
        .into_iter()
        .map(|field| FieldDifference {
            field: field.field.to_owned(),
            lines: field
                .lines
                .into_iter()
                .map(|line| DifferenceLine { change: line.change.into(), text: line.text })
                .collect(),
        })
        .collect();
    Ok(Some(RevisionDifference { from, to, fields }))
}

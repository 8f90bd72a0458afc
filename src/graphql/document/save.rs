//! Saving documents, and moving them to the trash and back.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::document as row;

use super::Document;
use crate::domain::access::policy::{ManageDocuments, ManageQuestions, Permit};
use crate::domain::content::document as domain;
use crate::domain::content::kinds::{ContentPatch, EntryPatch, Save};
use crate::domain::content::publish::routines::Embedded;
use crate::domain::core::error::Refusals;
use crate::domain::core::id;
use crate::domain::core::patch::Patch;
use crate::graphql::ctx;
use crate::graphql::error::{Result, UserError};
use crate::graphql::input::{map_patch, patch};
use crate::graphql::payload::{Outcome, perform, refused};
use crate::graphql::publish::addressed;
use crate::graphql::scalars::DateTime;

/// What to save of any document. An omitted field is left alone, `null` clears it.
#[derive(InputObject)]
pub struct SaveDocumentInput {
    /// The document to change; without, a new one is made.
    id: Option<ID>,
    /// Number of the newest revision that you saw; needed to change a document.
    expected_revision: Option<i32>,
    /// Language of a new document, one of the site's; the first of them without.
    locale: Option<String>,
    /// The document that a new one translates.
    translation_of: Option<ID>,
    /// Why this was saved, for the team, at most 500 characters.
    note: Option<String>,
    /// 1 to 300 characters; needed for a new document.
    title: MaybeUndefined<String>,
    /// Lower-case letters, digits and hyphens, at most 120 characters. Made from the title when left out.
    slug: MaybeUndefined<String>,
    /// A summary in plain text, at most 1,000 characters.
    excerpt: MaybeUndefined<String>,
    /// Markdown, at most 200,000 characters.
    body: MaybeUndefined<String>,
    /// Id of an image of the library that stands for the entry.
    cover: MaybeUndefined<ID>,
    /// Id of the author who signs.
    author: MaybeUndefined<ID>,
    /// Ids of tags in order, at most 20.
    tags: MaybeUndefined<Vec<ID>>,
    /// Id of a series.
    series: MaybeUndefined<ID>,
    /// Place in the series, 1 to 100,000.
    series_position: MaybeUndefined<i32>,
    /// A date to show instead of that of the first publication; must have passed when the document is published.
    published_at: MaybeUndefined<DateTime>,
    /// For search engines and link previews.
    seo: MaybeUndefined<SeoInput>,
}

/// For search engines and link previews. An omitted field is left alone, `null` clears it.
#[derive(InputObject)]
pub struct SeoInput {
    /// Instead of the title, at most 300 characters.
    title: MaybeUndefined<String>,
    /// Instead of the excerpt, at most 1,000 characters.
    description: MaybeUndefined<String>,
    /// Whether search engines should leave the entry out.
    no_index: MaybeUndefined<bool>,
}

/// What was saved.
#[derive(SimpleObject)]
pub struct SaveDocumentPayload {
    /// As it is now; null when the input was refused.
    document: Option<Document>,
    /// What is wrong with the input. Empty when it was saved.
    user_errors: Vec<UserError>,
}

impl SaveDocumentPayload {
    fn refused(user_errors: Vec<UserError>) -> Self {
        Self { document: None, user_errors }
    }
}

/// Saves a document of any kind.
pub async fn save(
    context: &Context<'_>,
    input: SaveDocumentInput,
    kind: impl FnOnce(EntryPatch) -> ContentPatch + Send,
) -> Result<SaveDocumentPayload> {
    let permit = ctx(context).viewer.permit::<ManageDocuments>()?;
    let mut refusals = Refusals::default();
    let id = input.id.and_then(|id| id::parse_document_at(&id, &["id"], &mut refusals));
    let original =
        input.translation_of.and_then(|id| id::parse_document_at(&id, &["translationOf"], &mut refusals));
    if let Err(errors) = refused(context, refusals)? {
        return Ok(SaveDocumentPayload::refused(errors));
    }
    let seo = match input.seo {
        MaybeUndefined::Undefined => (Patch::Keep, Patch::Keep, Patch::Keep),
        MaybeUndefined::Null => (Patch::Clear, Patch::Clear, Patch::Clear),
        MaybeUndefined::Value(seo) => (patch(seo.title), patch(seo.description), patch(seo.no_index)),
    };
    let entry = EntryPatch {
        title: patch(input.title),
        slug: patch(input.slug),
        excerpt: patch(input.excerpt),
        body: patch(input.body),
        cover: map_patch(input.cover, |id| id.0),
        author: map_patch(input.author, |id| id.0),
        tags: map_patch(input.tags, |ids| ids.into_iter().map(|id| id.0).collect()),
        series: map_patch(input.series, |id| id.0),
        series_position: patch(input.series_position),
        published_at: map_patch(input.published_at, |moment| moment.0),
        seo_title: seo.0,
        seo_description: seo.1,
        no_index: seo.2,
    };
    let save = Save {
        id,
        expected_revision: input.expected_revision,
        locale: input.locale,
        translation_of: original,
        note: input.note,
        patch: kind(entry),
        questions: ctx(context).viewer.permit::<ManageQuestions>().ok().map(Arc::new),
    };
    let now = ctx(context).now;
    let outcome = perform(context, async |tx| domain::save(tx, &permit, now, save).await).await?;
    Ok(saved(&permit, outcome))
}

/// Which document to move.
#[derive(InputObject)]
pub struct MoveDocumentInput {
    /// `document_…`, or the id of its entry.
    pub document: ID,
    /// Number of the newest revision that you saw; with it, a document that has moved on is refused.
    pub expected_revision: Option<i32>,
}

/// Which document to take from the public.
#[derive(InputObject)]
pub struct WithdrawDocumentInput {
    /// `document_…`, or the id of its entry.
    pub document: ID,
    /// Number of the newest revision that you saw; with it, a document that has moved on is refused.
    pub expected_revision: Option<i32>,
    /// Whether a routine goes although public texts embed it, and leaves a gap in them.
    pub force: Option<bool>,
}

/// What becomes of a routine that public texts embed.
pub fn embedded(force: Option<bool>) -> Embedded {
    if force == Some(true) { Embedded::Withdrawn } else { Embedded::Kept }
}

/// Which revision to bring back.
#[derive(InputObject)]
pub struct RestoreRevisionInput {
    /// `document_…`, or the id of its entry.
    document: ID,
    /// Number of the revision whose content to save again as the newest.
    revision: i32,
    /// Number of the newest revision that you saw; with it, a document that has moved on is refused.
    expected_revision: Option<i32>,
}

#[derive(Default)]
pub struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Puts a document into the trash. It is not public any more, and what was scheduled for it is cancelled; everything
    /// of it is kept. A routine that public texts embed goes only with `force`. Needs `content:write`.
    async fn trash_document(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: WithdrawDocumentInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        let WithdrawDocumentInput { document, expected_revision, force } = input;
        let document = MoveDocumentInput { document, expected_revision };
        Some(change(context, document, Change::Trash(embedded(force))).await)
    }

    /// Takes a document out of the trash, as a draft with all its revisions. Needs `content:write`.
    async fn restore_document(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: MoveDocumentInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        Some(change(context, input, Change::Restore).await)
    }

    /// Saves the content of an old revision as the newest. Nothing becomes public by it. Needs `content:write`.
    async fn restore_revision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: RestoreRevisionInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        let RestoreRevisionInput { document, revision, expected_revision } = input;
        let document = MoveDocumentInput { document, expected_revision };
        Some(change(context, document, Change::RestoreRevision(revision)).await)
    }
}

enum Change {
    Trash(Embedded),
    Restore,
    RestoreRevision(i32),
}

async fn change(
    context: &Context<'_>,
    input: MoveDocumentInput,
    change: Change,
) -> Result<SaveDocumentPayload> {
    let (permit, id) = match addressed(context, &input.document)? {
        Ok(found) => found,
        Err(errors) => return Ok(SaveDocumentPayload::refused(errors)),
    };
    let (now, expected) = (ctx(context).now, input.expected_revision);
    let outcome = perform(context, async |tx| match change {
        Change::Trash(embedded) => domain::trash(tx, &permit, now, id, expected, embedded).await,
        Change::Restore => domain::restore(tx, &permit, now, id, expected).await,
        Change::RestoreRevision(number) => {
            domain::restore_revision(tx, &permit, now, id, number, expected).await
        }
    });
    Ok(saved(&permit, outcome.await?))
}

fn saved(permit: &Permit<ManageDocuments>, outcome: Outcome<row::Model>) -> SaveDocumentPayload {
    match outcome {
        Ok(row) => {
            SaveDocumentPayload { document: Some(Document::new(permit.wrote(row))), user_errors: Vec::new() }
        }
        Err(errors) => SaveDocumentPayload::refused(errors),
    }
}

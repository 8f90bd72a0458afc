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
    /// The ID of the document to change. If omitted, a new document is created.
    id: Option<ID>,
    /// The number of the newest revision that the caller has seen. Required when a document is changed. If there is a
    /// newer revision, the mutation is refused with the code `CONFLICT`.
    expected_revision: Option<i32>,
    /// The language of a new document, one of the site's. Defaults to the site's first language.
    locale: Option<String>,
    /// The ID of the document that a new document is a translation of.
    translation_of: Option<ID>,
    /// A note for the team on why this revision was saved, at most 500 characters.
    note: Option<String>,
    /// The title, 1 to 300 characters. Required for a new document.
    title: MaybeUndefined<String>,
    /// The slug: lower-case letters, digits and hyphens, at most 120 characters. By default it is made from the title.
    slug: MaybeUndefined<String>,
    /// A summary in plain text, at most 1,000 characters.
    excerpt: MaybeUndefined<String>,
    /// The text as Markdown, at most 200,000 characters.
    body: MaybeUndefined<String>,
    /// The ID of an image in the library that represents the entry.
    cover: MaybeUndefined<ID>,
    /// The ID of the author who signs the entry.
    author: MaybeUndefined<ID>,
    /// The IDs of the tags in order, at most 20.
    tags: MaybeUndefined<Vec<ID>>,
    /// The ID of a series.
    series: MaybeUndefined<ID>,
    /// The position in the series, 1 to 100,000.
    series_position: MaybeUndefined<i32>,
    /// A date to show instead of the time of the first publication. It has to be in the past when the document is
    /// published.
    published_at: MaybeUndefined<DateTime>,
    /// The title and the description for search engines and link previews.
    seo: MaybeUndefined<SeoInput>,
}

/// The fields for search engines and link previews. A field that is omitted is not changed, and a field that is `null`
/// is cleared.
#[derive(InputObject)]
pub struct SeoInput {
    /// The title for search engines instead of the entry's own, at most 300 characters.
    title: MaybeUndefined<String>,
    /// The description for search engines instead of the excerpt, at most 1,000 characters.
    description: MaybeUndefined<String>,
    /// Whether search engines are asked not to index the entry.
    no_index: MaybeUndefined<bool>,
}

/// The result of saving an object.
#[derive(SimpleObject)]
pub struct SaveDocumentPayload {
    /// The object after the change, or null if the input was refused.
    document: Option<Document>,
    /// The problems with the input. Empty if the object was saved.
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

/// The document to restore from the trash.
#[derive(InputObject)]
pub struct MoveDocumentInput {
    /// The ID of the document (`document_…`), or the ID of its entry.
    pub document: ID,
    /// The number of the newest revision that the caller has seen. If it is given and the document has a newer
    /// revision, the mutation is refused with the code `CONFLICT`.
    pub expected_revision: Option<i32>,
}

/// The document to unpublish or to move to the trash.
#[derive(InputObject)]
pub struct WithdrawDocumentInput {
    /// The ID of the document (`document_…`), or the ID of its entry.
    pub document: ID,
    /// The number of the newest revision that the caller has seen. If it is given and the document has a newer
    /// revision, the mutation is refused with the code `CONFLICT`.
    pub expected_revision: Option<i32>,
    /// Whether to remove a routine even if public texts embed it. The texts then have a gap in its place. Defaults to
    /// false.
    pub force: Option<bool>,
}

/// What becomes of a routine that public texts embed.
pub fn embedded(force: Option<bool>) -> Embedded {
    if force == Some(true) { Embedded::Withdrawn } else { Embedded::Kept }
}

/// Restores the content of an old revision.
#[derive(InputObject)]
pub struct RestoreRevisionInput {
    /// The ID of the document (`document_…`), or the ID of its entry.
    document: ID,
    /// The number of the revision whose content is saved as a new revision.
    revision: i32,
    /// The number of the newest revision that the caller has seen. If it is given and the document has a newer
    /// revision, the mutation is refused with the code `CONFLICT`.
    expected_revision: Option<i32>,
}

#[derive(Default)]
pub struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Moves a document to the trash. It is no longer public and its schedules are cancelled, but everything of it is
    /// kept. A routine that public texts embed can only be moved with `force`. Requires the scope `content:write`.
    async fn trash_document(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: WithdrawDocumentInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        let WithdrawDocumentInput { document, expected_revision, force } = input;
        let document = MoveDocumentInput { document, expected_revision };
        Some(change(context, document, Change::Trash(embedded(force))).await)
    }

    /// Restores a document from the trash as a draft, with all its revisions. Requires the scope `content:write`.
    async fn restore_document(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: MoveDocumentInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        Some(change(context, input, Change::Restore).await)
    }

    /// Saves the content of an old revision as a new one. It does not publish anything. Requires the scope
    /// `content:write`.
    async fn restore_revision(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: RestoreRevisionInput,
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

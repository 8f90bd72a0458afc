//! Making documents public and taking them back.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::DocumentId;

use super::document::{Document, WithdrawDocumentInput, embedded};
use super::entry::Entry;
use super::error::{Result, UserError};
use super::payload::{Outcome, perform, refused};
use super::plan::Plan;
use super::{ctx, load};
use crate::domain::access::policy::{ManageDocuments, Permit};
use crate::domain::content::{entry, publish as domain};
use crate::domain::core::error::Refusals;
use crate::domain::core::id;

/// What to publish.
#[derive(InputObject)]
pub struct PublishEntryInput {
    /// `document_…`, or the id of its entry.
    document: ID,
    /// Number of the revision to publish; the newest without.
    revision: Option<i32>,
    /// Number of the newest revision that you saw; with it, a document that has moved on is refused.
    expected_revision: Option<i32>,
}

/// What to publish together.
#[derive(InputObject)]
pub struct PublishEntriesInput {
    /// 1 to 50 documents, each `document_…` or the id of its entry.
    documents: Vec<ID>,
}

/// What became public.
#[derive(SimpleObject)]
pub struct PublishEntryPayload {
    /// The document as it is now; null when the input was refused.
    document: Option<Document>,
    /// What the public sees now.
    entry: Option<Entry>,
    /// What is wrong. Empty when it was published.
    user_errors: Vec<UserError>,
}

/// What became public together.
#[derive(SimpleObject)]
pub struct PublishEntriesPayload {
    /// The documents as they are now, in the order of the input; empty when one was refused.
    documents: Vec<Document>,
    /// What is wrong. When there is anything, none of the documents was published.
    user_errors: Vec<UserError>,
}

/// What left the public.
#[derive(SimpleObject)]
pub struct UnpublishEntryPayload {
    /// The document as it is now; null when the input was refused.
    document: Option<Document>,
    /// What is wrong. Empty when it was unpublished.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct PublishMutation;

#[Object]
impl PublishMutation {
    /// Makes a revision public, in the place of the one that was. Needs `content:write`.
    async fn publish_entry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: PublishEntryInput,
    ) -> Option<Result<PublishEntryPayload>> {
        Some(publish(context, input).await)
    }

    /// Publishes the newest revisions of several documents at once: all of them or none. Needs `content:write`.
    async fn publish_entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: PublishEntriesInput,
    ) -> Option<Result<PublishEntriesPayload>> {
        Some(publish_all(context, input).await)
    }

    /// Takes an entry out of the public. Its document and revisions stay. A routine that public texts embed goes only with
    /// `force`. Needs `content:write`.
    async fn unpublish_entry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: WithdrawDocumentInput,
    ) -> Option<Result<UnpublishEntryPayload>> {
        Some(unpublish(context, input).await)
    }
}

async fn publish(context: &Context<'_>, input: PublishEntryInput) -> Result<PublishEntryPayload> {
    let ctx = ctx(context);
    let (permit, id) = match addressed(context, &input.document)? {
        Ok(found) => found,
        Err(user_errors) => return Ok(PublishEntryPayload { document: None, entry: None, user_errors }),
    };
    let PublishEntryInput { revision, expected_revision, .. } = input;
    let outcome = perform(context, async |tx| {
        domain::publish(tx, &permit, ctx.now, id, revision, expected_revision).await
    });
    let document = match outcome.await? {
        Ok(row) => Some(Document::new(permit.wrote(row))),
        Err(user_errors) => return Ok(PublishEntryPayload { document: None, entry: None, user_errors }),
    };
    let field = context.field();
    let selected = field.selection_set().filter(|field| field.name() == "entry");
    let plan = Plan::of(selected.flat_map(|field| field.selection_set().collect::<Vec<_>>()));
    let found = entry::by_ids(&ctx.db, &[id], plan.columns).await?;
    let entry = load::nodes(ctx, found, &plan).await?.pop().map(Entry::new);
    Ok(PublishEntryPayload { document, entry, user_errors: Vec::new() })
}

async fn publish_all(context: &Context<'_>, input: PublishEntriesInput) -> Result<PublishEntriesPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageDocuments>()?;
    let mut refusals = Refusals::default();
    let mut ids: Vec<DocumentId> = Vec::new();
    for (index, text) in input.documents.iter().enumerate() {
        ids.extend(id::parse_document_at(text, &["documents", &index.to_string()], &mut refusals));
    }
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(PublishEntriesPayload { documents: Vec::new(), user_errors });
    }
    let outcome = perform(context, async |tx| domain::bulk::publish_all(tx, &permit, ctx.now, &ids).await);
    Ok(match outcome.await? {
        Ok(rows) => {
            let documents = rows.into_iter().map(|row| Document::new(permit.wrote(row))).collect();
            PublishEntriesPayload { documents, user_errors: Vec::new() }
        }
        Err(user_errors) => PublishEntriesPayload { documents: Vec::new(), user_errors },
    })
}

async fn unpublish(context: &Context<'_>, input: WithdrawDocumentInput) -> Result<UnpublishEntryPayload> {
    let (permit, id) = match addressed(context, &input.document)? {
        Ok(found) => found,
        Err(user_errors) => return Ok(UnpublishEntryPayload { document: None, user_errors }),
    };
    let now = ctx(context).now;
    let (expected, embedded) = (input.expected_revision, embedded(input.force));
    let outcome =
        perform(context, async |tx| domain::unpublish(tx, &permit, now, id, expected, embedded).await);
    Ok(match outcome.await? {
        Ok(row) => UnpublishEntryPayload {
            document: Some(Document::new(permit.wrote(row))),
            user_errors: Vec::new(),
        },
        Err(user_errors) => UnpublishEntryPayload { document: None, user_errors },
    })
}

/// The permit to change documents, and which one is meant.
pub fn addressed(context: &Context<'_>, id: &str) -> Result<Outcome<(Permit<ManageDocuments>, DocumentId)>> {
    let permit = ctx(context).viewer.permit::<ManageDocuments>()?;
    let mut refusals = Refusals::default();
    let id = id::parse_document_at(id, &["document"], &mut refusals);
    if let Err(errors) = refused(context, refusals)? {
        return Ok(Err(errors));
    }
    Ok(Ok((permit, id.expect("refused otherwise"))))
}

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

/// Publishes a document.
#[derive(InputObject)]
pub struct PublishEntryInput {
    /// The ID of the document (`document_…`), or the ID of its entry.
    document: ID,
    /// The number of the revision to publish. Defaults to the newest.
    revision: Option<i32>,
    /// The number of the newest revision that the caller has seen. If it is given and the document has a newer
    /// revision, the mutation is refused with the code `CONFLICT`.
    expected_revision: Option<i32>,
}

/// Publishes several documents together.
#[derive(InputObject)]
pub struct PublishEntriesInput {
    /// The IDs of 1 to 50 documents (`document_…`), or the IDs of their entries.
    documents: Vec<ID>,
}

/// The result of publishing a document.
#[derive(SimpleObject)]
pub struct PublishEntryPayload {
    /// The document after the change, or null if the input was refused.
    document: Option<Document>,
    /// The entry as the public sees it now.
    entry: Option<Entry>,
    /// The problems with the input. Empty if the document was published.
    user_errors: Vec<UserError>,
}

/// The result of publishing several documents.
#[derive(SimpleObject)]
pub struct PublishEntriesPayload {
    /// The documents after the change, in the order of the input. Empty if one of them was refused.
    documents: Vec<Document>,
    /// The problems with the input. If there are any, none of the documents was published.
    user_errors: Vec<UserError>,
}

/// The result of unpublishing a document.
#[derive(SimpleObject)]
pub struct UnpublishEntryPayload {
    /// The document after the change, or null if the input was refused.
    document: Option<Document>,
    /// The problems with the input. Empty if the document was unpublished.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct PublishMutation;

#[Object]
impl PublishMutation {
    /// Publishes a revision, which replaces the one that was public before. Requires the scope `content:write`.
    async fn publish_entry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: PublishEntryInput,
    ) -> Option<Result<PublishEntryPayload>> {
        Some(publish(context, input).await)
    }

    /// Publishes the newest revisions of several documents in one transaction: either all of them or none. Requires the
    /// scope `content:write`.
    async fn publish_entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: PublishEntriesInput,
    ) -> Option<Result<PublishEntriesPayload>> {
        Some(publish_all(context, input).await)
    }

    /// Unpublishes an entry. Its document and all revisions are kept. A routine that public texts embed can only be
    /// unpublished with `force`. Requires the scope `content:write`.
    async fn unpublish_entry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: WithdrawDocumentInput,
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

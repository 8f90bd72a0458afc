//! Previews for the team: showing somebody a document that is not public, and ending that.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{PreviewId, document, preview};

use super::ctx;
use super::error::{Result, UserError};
use super::payload::{perform, perform_each_time, refused};
use super::publish::addressed;
use super::scalars::DateTime;
use crate::domain::access::policy::{ManageDocuments, ReadDocuments, Visible};
use crate::domain::content::preview as domain;
use crate::domain::core::error::Refusals;
use crate::domain::core::id;

/// A preview of one document as if it were public. Its token is shown once, when the preview is created, and is not
/// stored.
pub struct Preview(Visible<preview::Model>);

/// A preview of one document as if it were public. Its token is shown once, when the preview is created, and is not
/// stored.
#[Object]
impl Preview {
    /// The ID of the preview.
    async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// The ID of the document that the preview shows.
    async fn document(&self) -> ID {
        id::format(self.0.document_id).into()
    }

    /// The number of the revision that the preview shows. Null if it always shows the newest one.
    async fn revision(&self) -> Option<i32> {
        self.0.revision
    }

    /// The ID of the account that created the preview.
    async fn account(&self) -> ID {
        id::format(self.0.account_id).into()
    }

    /// The time of creation.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The time at which the preview expires.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// The time at which it was revoked, or null if it still works.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }
}

/// The URLs at which the frontend shows previews, by kind of document.
#[derive(SimpleObject)]
pub struct PreviewUrls {
    /// The URL for posts, or null if none is set.
    post: Option<String>,
    /// The URL for pages, or null if none is set.
    page: Option<String>,
    /// The URL for routines, or null if none is set.
    routine: Option<String>,
}

#[derive(Default)]
pub struct PreviewDesk;

#[Object]
impl PreviewDesk {
    /// The URLs at which the frontend shows previews, as set by `saveSite`.
    async fn preview_urls(&self, context: &Context<'_>) -> Option<Result<PreviewUrls>> {
        let urls = async {
            ctx(context).viewer.permit::<ReadDocuments>()?;
            let urls = &ctx(context).fresh_catalog().await?.site.preview_urls;
            let text = |url: Option<&crate::domain::site::settings::PreviewUrl>| {
                url.map(|url| url.as_str().to_owned())
            };
            Ok(PreviewUrls {
                post: text(urls.post.as_ref()),
                page: text(urls.page.as_ref()),
                routine: text(urls.routine.as_ref()),
            })
        };
        Some(urls.await)
    }
}

/// The previews of a document that work.
pub async fn of_document(context: &Context<'_>, document: &Visible<document::Model>) -> Result<Vec<Preview>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadDocuments>()?;
    let rows = domain::of_document(&ctx.db, &permit, ctx.now, document.id).await?;
    Ok(rows.into_iter().map(Preview).collect())
}

/// The document and the revision to preview.
#[derive(InputObject)]
pub struct CreatePreviewInput {
    /// The ID of the document (`document_…`), or the ID of its entry.
    document: ID,
    /// The number of the revision to show. If omitted, the preview always shows the newest revision.
    revision: Option<i32>,
    /// The lifetime in minutes, 1 to 1,440. Defaults to 1,440 (one day).
    expires_in_minutes: Option<i32>,
}

/// The result of creating a preview.
#[derive(SimpleObject)]
pub struct CreatePreviewPayload {
    /// The preview, or null if the input was refused.
    preview: Option<Preview>,
    /// The token that a frontend sends in the header `Authorization: Preview …`. It is shown only this once.
    secret: Option<String>,
    /// The URL of the preview on the frontend, including the token. Null if the site's settings have no preview URL for
    /// this kind.
    url: Option<String>,
    /// The problems with the input. Empty if the object was created.
    user_errors: Vec<UserError>,
}

/// Revokes a preview.
#[derive(InputObject)]
pub struct RevokePreviewInput {
    /// The ID of the preview (`preview_…`).
    preview: ID,
}

/// The result of revoking a preview.
#[derive(SimpleObject)]
pub struct RevokePreviewPayload {
    /// The object after the change, or null if the input was refused.
    preview: Option<Preview>,
    /// The problems with the input. Empty if the preview was revoked.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct PreviewMutation;

#[Object]
impl PreviewMutation {
    /// Creates a token that shows one document as if it were public, for at most one day. A frontend sends it in the
    /// header `Authorization: Preview …` together with its usual queries. Requires the scope `content:write`.
    async fn create_preview(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The document and the revision to preview.")] input: CreatePreviewInput,
    ) -> Option<Result<CreatePreviewPayload>> {
        Some(create(context, input).await)
    }

    /// Revokes a preview at once. Requires the scope `content:write`.
    async fn revoke_preview(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The object that the mutation changes.")] input: RevokePreviewInput,
    ) -> Option<Result<RevokePreviewPayload>> {
        Some(revoke(context, input).await)
    }
}

async fn create(context: &Context<'_>, input: CreatePreviewInput) -> Result<CreatePreviewPayload> {
    let refusal = |user_errors| CreatePreviewPayload { preview: None, secret: None, url: None, user_errors };
    let (permit, document) = match addressed(context, &input.document)? {
        Ok(found) => found,
        Err(user_errors) => return Ok(refusal(user_errors)),
    };
    let ctx = ctx(context);
    let make = domain::Make { document, revision: input.revision, minutes: input.expires_in_minutes };
    let outcome = perform(context, async |tx| domain::create(tx, &permit, ctx.now, make).await);
    let made = match outcome.await? {
        Ok(made) => made,
        Err(user_errors) => return Ok(refusal(user_errors)),
    };
    let url = domain::link(&ctx.fresh_catalog().await?.site, &ctx.base_url, &made);
    Ok(CreatePreviewPayload {
        secret: Some(made.secret),
        preview: Some(Preview(permit.wrote(made.preview))),
        url,
        user_errors: Vec::new(),
    })
}

async fn revoke(context: &Context<'_>, input: RevokePreviewInput) -> Result<RevokePreviewPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageDocuments>()?;
    let mut refusals = Refusals::default();
    let id: Option<PreviewId> = id::parse_at(&input.preview, &["preview"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(RevokePreviewPayload { preview: None, user_errors });
    }
    let outcome = perform_each_time(context, async |tx| {
        domain::revoke(tx, &permit, ctx.now, id.expect("refused otherwise")).await
    })
    .await?;
    Ok(match outcome {
        Ok(row) => RevokePreviewPayload { preview: Some(Preview(row)), user_errors: Vec::new() },
        Err(user_errors) => RevokePreviewPayload { preview: None, user_errors },
    })
}

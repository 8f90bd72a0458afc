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

/// A look at one document as if it were public. Its token was shown once and is not kept.
pub struct Preview(Visible<preview::Model>);

/// A look at one document as if it were public. Its token was shown once and is not kept.
#[Object]
impl Preview {
    /// Id of the preview.
    async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// Id of the document that it shows.
    async fn document(&self) -> ID {
        id::format(self.0.document_id).into()
    }

    /// Number of the revision that it shows; null when it shows the newest, also after it is saved again.
    async fn revision(&self) -> Option<i32> {
        self.0.revision
    }

    /// Id of the account that made it.
    async fn account(&self) -> ID {
        id::format(self.0.account_id).into()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it ends.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// When it was revoked; null while it works.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }
}

/// Where the frontend shows previews, by kind of document.
#[derive(SimpleObject)]
pub struct PreviewUrls {
    /// For posts; null where there is no such place yet.
    post: Option<String>,
    /// For pages; null where there is no such place yet.
    page: Option<String>,
    /// For routines; null where there is no such place yet.
    routine: Option<String>,
}

#[derive(Default)]
pub struct PreviewDesk;

#[Object]
impl PreviewDesk {
    /// Where the frontend shows previews, as `saveSite` was told.
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

/// What to show.
#[derive(InputObject)]
pub struct CreatePreviewInput {
    /// `document_…`, or the id of its entry.
    document: ID,
    /// Number of the revision to show, whatever is saved after it; without, always the newest.
    revision: Option<i32>,
    /// Minutes until it ends, 1 to 1,440; 1,440 without.
    expires_in_minutes: Option<i32>,
}

/// The preview that was made.
#[derive(SimpleObject)]
pub struct CreatePreviewPayload {
    /// What is kept of it; null when the input was refused.
    preview: Option<Preview>,
    /// What a frontend sends as `Authorization: Preview …`, shown this once.
    secret: Option<String>,
    /// Where the frontend shows it, with the token inside; null when the site's settings have no place for this kind.
    url: Option<String>,
    /// What is wrong. Empty when it was made.
    user_errors: Vec<UserError>,
}

/// Which preview to end.
#[derive(InputObject)]
pub struct RevokePreviewInput {
    /// `preview_…`.
    preview: ID,
}

/// The preview that was ended.
#[derive(SimpleObject)]
pub struct RevokePreviewPayload {
    /// As it is now; null when the input was refused.
    preview: Option<Preview>,
    /// What is wrong. Empty when it has ended.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct PreviewMutation;

#[Object]
impl PreviewMutation {
    /// Makes a token that shows one document as if it were public, for a day at most: a frontend sends it as
    /// `Authorization: Preview …` with the queries that it always sends. Needs `content:write`.
    async fn create_preview(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to show.")] input: CreatePreviewInput,
    ) -> Option<Result<CreatePreviewPayload>> {
        Some(create(context, input).await)
    }

    /// Ends a preview at once. Needs `content:write`.
    async fn revoke_preview(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokePreviewInput,
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

//! Words that the team uses again and again when it writes to a reader.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::ReplyTemplateId;
use entity::reply_template::Model;

use super::ctx;
use super::error::{Result, UserError};
use super::input::{parse_optional_id, patch};
use super::payload::{perform, refused};
use super::scalars::DateTime;
use crate::domain::access::policy::{ManageTemplates, ReadQuestions, Visible};
use crate::domain::core::error::Refusals;
use crate::domain::core::id;
use crate::domain::questions::reply_template as domain;

/// A text that the team uses repeatedly in replies to readers.
pub struct ReplyTemplate(Visible<Model>);

/// A text that the team uses repeatedly in replies to readers.
#[Object]
impl ReplyTemplate {
    /// The ID of the reply template.
    async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// The name of the template for the team, at most 120 characters.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The text of the template: plain text, at most 4,000 characters.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// The time of the last change.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

pub async fn all(context: &Context<'_>) -> Result<Vec<ReplyTemplate>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadQuestions>()?;
    Ok(domain::list(&ctx.db, &permit).await?.into_iter().map(ReplyTemplate).collect())
}

/// The fields of a reply template to save. A field that is omitted is not changed.
#[derive(InputObject)]
pub struct SaveReplyTemplateInput {
    /// The ID of the object to change. If omitted, a new one is created.
    id: Option<ID>,
    /// The name of the template for the team, 1 to 120 characters.
    title: MaybeUndefined<String>,
    /// The text of the template: plain text, 1 to 4,000 characters.
    text: MaybeUndefined<String>,
}

/// Deletes a reply template.
#[derive(InputObject)]
pub struct DeleteReplyTemplateInput {
    /// The ID of the reply template (`template_…`).
    id: ID,
}

/// The result of saving or deleting a reply template.
#[derive(SimpleObject)]
pub struct ReplyTemplatePayload {
    /// The template after the change, or as it was before it was deleted. Null if the input was refused.
    template: Option<ReplyTemplate>,
    /// The problems with the input. Empty if the mutation was carried out.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ReplyTemplateMutation;

#[Object]
impl ReplyTemplateMutation {
    /// Creates or changes a reply template. Requires the scope `questions:manage`, or an owner or editor who has signed
    /// in.
    async fn save_reply_template(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The object to create or to change.")] input: SaveReplyTemplateInput,
    ) -> Option<Result<ReplyTemplatePayload>> {
        Some(save(context, input).await)
    }

    /// Deletes a reply template. Replies that were written with it are kept. Requires the scope `questions:manage`, or
    /// an owner or editor who has signed in.
    async fn delete_reply_template(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The object that the mutation changes.")] input: DeleteReplyTemplateInput,
    ) -> Option<Result<ReplyTemplatePayload>> {
        Some(delete(context, input).await)
    }
}

async fn save(context: &Context<'_>, input: SaveReplyTemplateInput) -> Result<ReplyTemplatePayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageTemplates>()?;
    let mut refusals = Refusals::default();
    let id: Option<ReplyTemplateId> = parse_optional_id(input.id, &["id"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(ReplyTemplatePayload { template: None, user_errors });
    }
    let save = domain::Save { id, title: patch(input.title), text: patch(input.text) };
    let outcome = perform(context, async |tx| domain::save(tx, &permit, ctx.now, save).await).await?;
    Ok(match outcome {
        Ok(row) => {
            ReplyTemplatePayload { template: Some(ReplyTemplate(permit.wrote(row))), user_errors: Vec::new() }
        }
        Err(user_errors) => ReplyTemplatePayload { template: None, user_errors },
    })
}

async fn delete(context: &Context<'_>, input: DeleteReplyTemplateInput) -> Result<ReplyTemplatePayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageTemplates>()?;
    let mut refusals = Refusals::default();
    let id: Option<ReplyTemplateId> = id::parse_at(&input.id, &["id"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(ReplyTemplatePayload { template: None, user_errors });
    }
    let id = id.expect("refused otherwise");
    let outcome = perform(context, async |tx| domain::delete(tx, &permit, ctx.now, id).await).await?;
    Ok(match outcome {
        Ok(row) => {
            ReplyTemplatePayload { template: Some(ReplyTemplate(permit.wrote(row))), user_errors: Vec::new() }
        }
        Err(user_errors) => ReplyTemplatePayload { template: None, user_errors },
    })
}

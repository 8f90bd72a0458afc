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

/// Words that the team uses again and again when it writes to a reader.
pub struct ReplyTemplate(Visible<Model>);

/// Words that the team uses again and again when it writes to a reader.
#[Object]
impl ReplyTemplate {
    /// Id of the template.
    async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// What the team calls it, at most 120 characters.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The words, plain text, at most 4,000 characters.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

pub async fn all(context: &Context<'_>) -> Result<Vec<ReplyTemplate>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadQuestions>()?;
    Ok(domain::list(&ctx.db, &permit).await?.into_iter().map(ReplyTemplate).collect())
}

/// What to save of a template. An omitted field is left alone.
#[derive(InputObject)]
pub struct SaveReplyTemplateInput {
    /// Which one to change; without, a new one is made.
    id: Option<ID>,
    /// What the team calls it, 1 to 120 characters.
    title: MaybeUndefined<String>,
    /// The words, plain text, 1 to 4,000 characters.
    text: MaybeUndefined<String>,
}

/// Which template goes.
#[derive(InputObject)]
pub struct DeleteReplyTemplateInput {
    /// `template_…`.
    id: ID,
}

/// What became of the template.
#[derive(SimpleObject)]
pub struct ReplyTemplatePayload {
    /// As it is now, or as it was; null when the input was refused.
    template: Option<ReplyTemplate>,
    /// What is wrong. Empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct ReplyTemplateMutation;

#[Object]
impl ReplyTemplateMutation {
    /// Saves words to answer with again and again. Needs `questions:manage`, or an owner or editor who has signed in.
    async fn save_reply_template(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to save.")] input: SaveReplyTemplateInput,
    ) -> Option<Result<ReplyTemplatePayload>> {
        Some(save(context, input).await)
    }

    /// Removes a template. What was written with it stays. Needs `questions:manage`, or an owner or editor who has signed in.
    async fn delete_reply_template(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DeleteReplyTemplateInput,
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

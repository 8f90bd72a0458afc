//! API tokens: making, listing and revoking them.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::{ApiTokenId, api_token};

use super::ctx;
use super::error::{Result, UserError};
use super::payload::{perform, perform_each_time, refused};
use super::scalars::DateTime;
use crate::domain::access::policy::{ManageTokens, TokenScope, Visible};
use crate::domain::core::error::Refusals;
use crate::domain::core::id;
use crate::domain::team::token as domain;

/// An API token. Its secret was shown once and is not kept.
pub struct ApiToken(Visible<api_token::Model>);

/// An API token. Its secret was shown once and is not kept.
#[Object]
impl ApiToken {
    /// Id of the token.
    async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// What it is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may be used for, such as `content:write`.
    async fn scopes(&self) -> Vec<&str> {
        self.0.scopes.split(' ').collect()
    }

    /// Id of the account that made it.
    async fn account(&self) -> ID {
        id::format(self.0.account_id).into()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it ends; never when null.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// The beginning of the last day (UTC) on which it was used.
    async fn last_used_on(&self) -> Option<DateTime> {
        self.0.last_used_on.map(DateTime)
    }

    /// When it was revoked; null while it works.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "TokenScope", remote = "TokenScope")]
pub enum Scope {
    /// `content:read`: what everybody may read, with the larger budget.
    ContentRead,
    /// `drafts:read`: documents and revisions.
    DraftsRead,
    /// `content:write`: documents, tags, series, authors and the site.
    ContentWrite,
    /// `media:write`: the library of files.
    MediaWrite,
    /// `questions:read`: what readers wrote, their names and addresses. Each reading is in the audit log.
    QuestionsRead,
    /// `questions:manage`: the queue of questions without their words, what becomes of them, and what the public reads.
    QuestionsManage,
}

#[derive(Default)]
pub struct TokenDesk;

#[Object]
impl TokenDesk {
    /// All API tokens, newest first, at most 500. For owners.
    async fn tokens(&self, context: &Context<'_>) -> Option<Result<Vec<ApiToken>>> {
        let ctx = ctx(context);
        let listed = async {
            let permit = ctx.viewer.permit::<ManageTokens>()?;
            Ok(domain::list(&ctx.db, &permit).await?.into_iter().map(ApiToken).collect())
        };
        Some(listed.await)
    }
}

/// What token to make.
#[derive(InputObject)]
pub struct CreateTokenInput {
    /// What it is for, 1 to 120 characters.
    name: String,
    /// What it may be used for; at least one.
    scopes: Vec<Scope>,
    /// Days until it ends, 1 to 3,650; never without.
    expires_in_days: Option<i32>,
}

/// The token that was made.
#[derive(SimpleObject)]
pub struct CreateTokenPayload {
    /// What is kept of it; null when the input was refused.
    api_token: Option<ApiToken>,
    /// What to send as `Authorization: Bearer …`, shown this once.
    secret: Option<String>,
    /// What is wrong. Empty when it was made.
    user_errors: Vec<UserError>,
}

/// Which token to revoke.
#[derive(InputObject)]
pub struct RevokeTokenInput {
    /// Id of the token.
    token: ID,
}

/// The token that was revoked.
#[derive(SimpleObject)]
pub struct RevokeTokenPayload {
    /// As it is now; null when the input was refused.
    api_token: Option<ApiToken>,
    /// What is wrong. Empty when it is revoked.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct TokenMutation;

#[Object]
impl TokenMutation {
    /// Makes an API token for a program, on behalf of the viewer. For owners who have signed in.
    async fn create_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to make.")] input: CreateTokenInput,
    ) -> Option<Result<CreateTokenPayload>> {
        Some(create(context, input).await)
    }

    /// Ends an API token at once. For owners who have signed in.
    async fn revoke_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which one.")] input: RevokeTokenInput,
    ) -> Option<Result<RevokeTokenPayload>> {
        Some(revoke(context, input).await)
    }
}

async fn create(context: &Context<'_>, input: CreateTokenInput) -> Result<CreateTokenPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageTokens>()?;
    let make = domain::Make {
        name: input.name,
        scopes: input.scopes.into_iter().map(TokenScope::from).collect(),
        expires_in_days: input.expires_in_days,
    };
    let outcome = perform(context, async |tx| {
        let (row, secret) = domain::make(tx, &permit, ctx.now, make).await?;
        Ok((row, secret.reveal().to_owned()))
    });
    Ok(match outcome.await? {
        Ok((row, secret)) => CreateTokenPayload {
            api_token: Some(ApiToken(permit.wrote(row))),
            secret: Some(secret),
            user_errors: Vec::new(),
        },
        Err(user_errors) => CreateTokenPayload { api_token: None, secret: None, user_errors },
    })
}

async fn revoke(context: &Context<'_>, input: RevokeTokenInput) -> Result<RevokeTokenPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageTokens>()?;
    let mut refusals = Refusals::default();
    let id: Option<ApiTokenId> = id::parse_at(&input.token, &["token"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(RevokeTokenPayload { api_token: None, user_errors });
    }
    let outcome = perform_each_time(context, async |tx| {
        domain::revoke(tx, &permit, ctx.now, id.expect("refused otherwise")).await
    })
    .await?;
    Ok(match outcome {
        Ok(row) => RevokeTokenPayload { api_token: Some(ApiToken(row)), user_errors: Vec::new() },
        Err(user_errors) => RevokeTokenPayload { api_token: None, user_errors },
    })
}

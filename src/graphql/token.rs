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

/// An API token. Its secret is shown once, when the token is created, and is not stored.
pub struct ApiToken(Visible<api_token::Model>);

/// An API token. Its secret is shown once, when the token is created, and is not stored.
#[Object]
impl ApiToken {
    /// The ID of the token.
    async fn id(&self) -> ID {
        id::format(self.0.id).into()
    }

    /// A note on what the token is used for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The scopes of the token, such as `content:write`.
    async fn scopes(&self) -> Vec<&str> {
        self.0.scopes.split(' ').collect()
    }

    /// The ID of the account that created the token.
    async fn account(&self) -> ID {
        id::format(self.0.account_id).into()
    }

    /// The time of creation.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The time at which the token expires, or null if it never does.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// The start of the last day (UTC) on which the token was used, or null if it never was.
    async fn last_used_on(&self) -> Option<DateTime> {
        self.0.last_used_on.map(DateTime)
    }

    /// The time at which it was revoked, or null if it still works.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }
}

/// A permission of an API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "TokenScope", remote = "TokenScope")]
pub enum Scope {
    /// `content:read`: reads public content, with a larger cost budget than anonymous clients have.
    ContentRead,
    /// `drafts:read`: reads documents and revisions.
    DraftsRead,
    /// `content:write`: reads and changes documents, tags, series, authors and the site.
    ContentWrite,
    /// `media:write`: reads and changes the media library.
    MediaWrite,
    /// `questions:read`: reads the texts, names and email addresses of readers. Each reading is recorded in the audit
    /// log.
    QuestionsRead,
    /// `questions:manage`: manages the queue of questions and their public versions, without reading the originals.
    QuestionsManage,
}

#[derive(Default)]
pub struct TokenDesk;

#[Object]
impl TokenDesk {
    /// All API tokens, newest first, at most 500. Visible to owners only.
    async fn tokens(&self, context: &Context<'_>) -> Option<Result<Vec<ApiToken>>> {
        let ctx = ctx(context);
        let listed = async {
            let permit = ctx.viewer.permit::<ManageTokens>()?;
            Ok(domain::list(&ctx.db, &permit).await?.into_iter().map(ApiToken).collect())
        };
        Some(listed.await)
    }
}

/// Creates an API token.
#[derive(InputObject)]
pub struct CreateTokenInput {
    /// A note on what the token is used for, 1 to 120 characters.
    name: String,
    /// The scopes of the token. At least one is required.
    scopes: Vec<Scope>,
    /// The lifetime in days, 1 to 3,650. If omitted, the token never expires.
    expires_in_days: Option<i32>,
}

/// The result of creating a token.
#[derive(SimpleObject)]
pub struct CreateTokenPayload {
    /// The token, or null if the input was refused.
    api_token: Option<ApiToken>,
    /// The secret to send in the header `Authorization: Bearer …`. It is shown only this once.
    secret: Option<String>,
    /// The problems with the input. Empty if the object was created.
    user_errors: Vec<UserError>,
}

/// Revokes an API token.
#[derive(InputObject)]
pub struct RevokeTokenInput {
    /// The ID of the token.
    token: ID,
}

/// The result of revoking a token.
#[derive(SimpleObject)]
pub struct RevokeTokenPayload {
    /// The object after the change, or null if the input was refused.
    api_token: Option<ApiToken>,
    /// The problems with the input. Empty if the token was revoked.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct TokenMutation;

#[Object]
impl TokenMutation {
    /// Creates an API token that acts on behalf of the caller. Only owners who have signed in may do this.
    async fn create_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The token to create.")] input: CreateTokenInput,
    ) -> Option<Result<CreateTokenPayload>> {
        Some(create(context, input).await)
    }

    /// Revokes an API token at once. Only owners who have signed in may do this.
    async fn revoke_token(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The object that the mutation changes.")] input: RevokeTokenInput,
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

//! Signing in and out, and choosing passwords.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::account;

use super::account::Account;
use super::ctx;
use super::error::{Result, UserError};
use super::payload::{perform, perform_each_time, refused};
use super::scalars::DateTime;
use crate::ctx::Ctx;
use crate::domain::access::limit::{Class, Key};
use crate::domain::access::policy::Visible;
use crate::domain::core::error::Refusals;
use crate::domain::team::session::{self, Begun};
use crate::domain::team::{account as domain, password};

/// The credentials.
#[derive(InputObject)]
pub struct SignInInput {
    /// The email address of the account. Case is ignored.
    email: String,
    /// The password of the account.
    password: String,
}

/// Changes the caller's own password.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The current password.
    current_password: String,
    /// The new password, 12 to 256 characters.
    new_password: String,
}

/// The first account.
#[derive(InputObject)]
pub struct SetUpInput {
    /// The secret that the server printed when it started.
    token: String,
    /// The name that the team knows this person by, 1 to 120 characters.
    name: String,
    /// The email address of the account.
    email: String,
    /// The password, 12 to 256 characters.
    password: String,
}

/// Sets a password with the secret of an invitation or of a password reset.
#[derive(InputObject)]
pub struct ChoosePasswordInput {
    /// The secret from the link. It works once.
    token: String,
    /// The password, 12 to 256 characters.
    password: String,
}

/// Requests a password reset.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// The email address of the account. Case is ignored.
    email: String,
}

/// The result of requesting a password reset. It is the same for every address.
#[derive(SimpleObject)]
pub struct RequestPasswordResetPayload {
    /// The problems with the input. Empty whether or not an account has the address.
    user_errors: Vec<UserError>,
}

/// A new session.
#[derive(SimpleObject)]
pub struct SessionPayload {
    /// The secret to send in the header `Authorization: Bearer …`. It is shown only this once, and is null if the input
    /// was refused. The session expires one week after its last use.
    token: Option<String>,
    /// The latest time at which the session expires, 30 days from now.
    expires_at: Option<DateTime>,
    /// The account that has signed in.
    account: Option<Account>,
    /// The problems with the input. Empty if the session was started.
    user_errors: Vec<UserError>,
}

/// The result of signing out.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// Whether the caller is signed out now.
    signed_out: bool,
    /// The problems with the input. Always empty.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct SignInMutation;

#[Object]
impl SignInMutation {
    /// Starts a session. The answer is the same for an unknown address and for a wrong password.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The credentials.")] input: SignInInput,
    ) -> Option<Result<SessionPayload>> {
        Some(sign_in(context, input).await)
    }

    /// Ends the session that the request is sent with.
    async fn sign_out(&self, context: &Context<'_>) -> Option<Result<SignOutPayload>> {
        Some(sign_out(context, Which::This).await)
    }

    /// Ends all sessions of the account, including the current one.
    async fn sign_out_everywhere(&self, context: &Context<'_>) -> Option<Result<SignOutPayload>> {
        Some(sign_out(context, Which::All).await)
    }

    /// Changes the caller's password. All sessions of the account end, and a new one starts.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The current password and the new one.")] input: ChangePasswordInput,
    ) -> Option<Result<SessionPayload>> {
        Some(change_password(context, input).await)
    }

    /// Creates the first owner, with the secret that the server printed when it started.
    async fn set_up(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first account.")] input: SetUpInput,
    ) -> Option<Result<SessionPayload>> {
        Some(set_up(context, input).await)
    }

    /// Sends a link for resetting the password to this address, if an account has it. The answer does not tell whether
    /// one does. The link works once and for one hour.
    async fn request_password_reset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The address of the account.")] input: RequestPasswordResetInput,
    ) -> Option<Result<RequestPasswordResetPayload>> {
        Some(request_reset(context, input).await)
    }

    /// Sets a password with the secret of an invitation or of a password reset. Earlier sessions end, and a new one
    /// starts.
    async fn choose_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The secret and the new password.")] input: ChoosePasswordInput,
    ) -> Option<Result<SessionPayload>> {
        Some(choose_password(context, input).await)
    }
}

async fn sign_in(context: &Context<'_>, input: SignInInput) -> Result<SessionPayload> {
    let ctx = ctx(context);
    ctx.limits.check_sign_in(ctx.now, &ctx.client, &input.email.trim().to_lowercase())?;
    let proved = domain::sign_in::prove(&ctx.db, &ctx.passwords, &input.email, input.password).await?;
    let outcome =
        perform_each_time(context, async |tx| domain::sign_in::sign_in(tx, ctx.now, proved).await).await?;
    Ok(begun(ctx, outcome))
}

async fn request_reset(
    context: &Context<'_>,
    input: RequestPasswordResetInput,
) -> Result<RequestPasswordResetPayload> {
    let ctx = ctx(context);
    ctx.limits.check_reset(ctx.now, &ctx.client, &input.email.trim().to_lowercase())?;
    let outcome = perform(context, async |tx| domain::letter::request_reset(tx, ctx.now, &input.email).await);
    let user_errors = outcome.await?.err().unwrap_or_default();
    Ok(RequestPasswordResetPayload { user_errors })
}

async fn change_password(context: &Context<'_>, input: ChangePasswordInput) -> Result<SessionPayload> {
    let ctx = ctx(context);
    let (account, _) = ctx.viewer.signed_in()?;
    ctx.limits.check(ctx.now, Class::SignIn, Key::Account(account))?;
    let email = domain::own(&ctx.db, account).await?.and_then(|account| account.email.clone());
    let email = email.unwrap_or_default();
    let hash = match new_hash(context, input.new_password, &email, "newPassword").await? {
        Ok(hash) => hash,
        Err(user_errors) => return Ok(begun(ctx, Err(user_errors))),
    };
    let proved = domain::sign_in::prove_own(&ctx.db, &ctx.passwords, account, input.current_password).await?;
    let outcome = perform_each_time(context, async |tx| {
        domain::sign_in::change_password(tx, ctx.now, proved, hash).await
    })
    .await?;
    Ok(begun(ctx, outcome))
}

async fn set_up(context: &Context<'_>, input: SetUpInput) -> Result<SessionPayload> {
    let ctx = ctx(context);
    ctx.limit_address(Class::SignIn)?;
    let SetUpInput { token, name, email, password } = input;
    let mut refusals = Refusals::default();
    let set_up = domain::sign_in::SetUp::check(&name, &email, &password, &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(begun(ctx, Err(user_errors)));
    }
    let hash = ctx.passwords.hash(password).await?;
    let outcome = perform_each_time(context, async |tx| {
        domain::sign_in::set_up(tx, ctx.now, &token, set_up, hash).await
    })
    .await?;
    Ok(begun(ctx, outcome))
}

async fn choose_password(context: &Context<'_>, input: ChoosePasswordInput) -> Result<SessionPayload> {
    let ctx = ctx(context);
    ctx.limit_address(Class::SignIn)?;
    let hash = match new_hash(context, input.password, "", "password").await? {
        Ok(hash) => hash,
        Err(user_errors) => return Ok(begun(ctx, Err(user_errors))),
    };
    let outcome = perform_each_time(context, async |tx| {
        domain::sign_in::choose_password(tx, ctx.now, &input.token, hash).await
    })
    .await?;
    Ok(begun(ctx, outcome))
}

/// The hash of a new password, or what is wrong with it. Nothing is hashed that would be refused.
async fn new_hash(
    context: &Context<'_>,
    password: String,
    email: &str,
    field: &str,
) -> Result<std::result::Result<String, Vec<UserError>>> {
    let mut refusals = Refusals::default();
    password::check(&password, email, &[field], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(Err(user_errors));
    }
    Ok(Ok(ctx(context).passwords.hash(password).await?))
}

fn begun(
    ctx: &Ctx,
    outcome: std::result::Result<(Visible<account::Model>, Begun), Vec<UserError>>,
) -> SessionPayload {
    match outcome {
        Ok((account, begun)) => {
            if let Some(email) = &account.email {
                ctx.limits.signed_in(ctx.now, &ctx.client, email);
            }
            SessionPayload {
                token: Some(begun.secret.reveal().to_owned()),
                expires_at: Some(DateTime(begun.expires_at)),
                account: Some(Account::own(account)),
                user_errors: Vec::new(),
            }
        }
        Err(user_errors) => SessionPayload { token: None, expires_at: None, account: None, user_errors },
    }
}

enum Which {
    This,
    All,
}

async fn sign_out(context: &Context<'_>, which: Which) -> Result<SignOutPayload> {
    let ctx = ctx(context);
    let (account, session) = ctx.viewer.signed_in()?;
    let outcome = perform_each_time(context, async |tx| match which {
        Which::This => session::end(tx, session).await,
        Which::All => domain::sign_in::sign_out_everywhere(tx, ctx.now, account).await,
    })
    .await?;
    Ok(match outcome {
        Ok(()) => SignOutPayload { signed_out: true, user_errors: Vec::new() },
        Err(user_errors) => SignOutPayload { signed_out: false, user_errors },
    })
}

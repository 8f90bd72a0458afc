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

/// Who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// Address of the account, whatever its case.
    email: String,
    /// Password.
    password: String,
}

/// Another password.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password so far.
    current_password: String,
    /// The new one, 12 to 256 characters.
    new_password: String,
}

/// The first account.
#[derive(InputObject)]
pub struct SetUpInput {
    /// The secret that the server showed when it started.
    token: String,
    /// Name within the team, 1 to 120 characters.
    name: String,
    /// Address.
    email: String,
    /// 12 to 256 characters.
    password: String,
}

/// A password, chosen with the secret of an invitation or a reset.
#[derive(InputObject)]
pub struct ChoosePasswordInput {
    /// The secret; it works once.
    token: String,
    /// 12 to 256 characters.
    password: String,
}

/// Who needs another password.
#[derive(InputObject)]
pub struct RequestPasswordResetInput {
    /// Address of the account, whatever its case.
    email: String,
}

/// The same for every address.
#[derive(SimpleObject)]
pub struct RequestPasswordResetPayload {
    /// What is wrong. Empty, whether or not somebody has the address.
    user_errors: Vec<UserError>,
}

/// A session that began.
#[derive(SimpleObject)]
pub struct SessionPayload {
    /// What to send as `Authorization: Bearer …`, shown this once; null when the input was refused. It ends a week after its
    /// last use.
    token: Option<String>,
    /// When it ends at the latest, 30 days from now.
    expires_at: Option<DateTime>,
    /// Who has signed in.
    account: Option<Account>,
    /// What is wrong. Empty when the session began.
    user_errors: Vec<UserError>,
}

/// What a sign-out did.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// Whether the viewer is signed out now.
    signed_out: bool,
    /// What is wrong. Empty, because nothing can be.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct SignInMutation;

#[Object]
impl SignInMutation {
    /// Begins a session. An unknown address and a wrong password are answered alike.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: SignInInput,
    ) -> Option<Result<SessionPayload>> {
        Some(sign_in(context, input).await)
    }

    /// Ends the session with which this is sent.
    async fn sign_out(&self, context: &Context<'_>) -> Option<Result<SignOutPayload>> {
        Some(sign_out(context, Which::This).await)
    }

    /// Ends every session of the account, this one too.
    async fn sign_out_everywhere(&self, context: &Context<'_>) -> Option<Result<SignOutPayload>> {
        Some(sign_out(context, Which::All).await)
    }

    /// Puts another password in place. Every session of the account ends, and a new one begins.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The old password and the new one.")] input: ChangePasswordInput,
    ) -> Option<Result<SessionPayload>> {
        Some(change_password(context, input).await)
    }

    /// Makes the first owner, with the secret that the server showed when it started.
    async fn set_up(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first account.")] input: SetUpInput,
    ) -> Option<Result<SessionPayload>> {
        Some(set_up(context, input).await)
    }

    /// Sends a link for another password to whoever has this address, within moments. The answer does not tell whether
    /// somebody has. The link works once, for an hour.
    async fn request_password_reset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who needs it.")] input: RequestPasswordResetInput,
    ) -> Option<Result<RequestPasswordResetPayload>> {
        Some(request_reset(context, input).await)
    }

    /// Chooses a password with the secret of an invitation or a reset. Earlier sessions end, and a new one begins.
    async fn choose_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The secret and the password.")] input: ChoosePasswordInput,
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

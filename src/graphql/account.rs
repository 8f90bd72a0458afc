//! Who is on the team, and who asks.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::{AccountId, AccountStatus, Role as RowRole, account};

use super::ctx;
use super::error::{Result, UserError};
use super::payload::{perform, perform_each_time, refused};
use super::scalars::DateTime;
use crate::ctx::Ctx;
use crate::domain::access::policy::{ManageAccounts, Permit, Viewer as Asker, Visible};
use crate::domain::core::error::Refusals;
use crate::domain::core::id;
use crate::domain::team::account as domain;

/// A member of the team. Accounts are never public; the public profile of a person is an `Author`.
pub struct Account {
    row: Visible<account::Model>,
    /// Whether it has just been proved to be the viewer's own, by a password for instance.
    is_own: bool,
}

impl Account {
    pub fn new(row: Visible<account::Model>) -> Self {
        Self { row, is_own: false }
    }

    pub fn own(row: Visible<account::Model>) -> Self {
        Self { row, is_own: true }
    }

    /// Addresses are for those who invite, and for whoever they belong to; programs have no use for them.
    fn is_told_to(&self, viewer: &Asker) -> bool {
        let is_signed_in = viewer.signed_in().is_ok_and(|(account, _)| account == self.row.id);
        self.is_own || is_signed_in || viewer.permit::<ManageAccounts>().is_ok()
    }
}

/// A member of the team. Accounts are never public; the public profile of a person is an `Author`.
#[Object]
impl Account {
    /// The ID of the account.
    async fn id(&self) -> ID {
        id::format(self.row.id).into()
    }

    /// The name that the team knows this person by.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// The email address in lower case, or null if the account has none. Visible to owners and to the account itself.
    async fn email(&self, context: &Context<'_>) -> Option<&str> {
        self.row.email.as_deref().filter(|_| self.is_told_to(&ctx(context).viewer))
    }

    /// The role, which decides what the account is allowed to do.
    async fn role(&self) -> Role {
        self.row.role.into()
    }

    /// Whether the account is active or suspended.
    async fn status(&self) -> AccountState {
        self.row.status.into()
    }

    /// Whether the account has a password. Nobody can sign in to an account without one. Visible to owners and to the
    /// account itself.
    async fn has_password(&self, context: &Context<'_>) -> Option<bool> {
        self.is_told_to(&ctx(context).viewer).then_some(self.row.password_hash.is_some())
    }

    /// The time at which the account was created.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }
}

/// The role of an account, which decides what it is allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowRole")]
pub enum Role {
    /// Has all permissions and manages the team.
    Owner,
    /// Manages all documents, and the site with its tags, series and authors.
    Editor,
    /// Manages its own documents.
    Author,
    /// Moderates comments and readers' questions, and has no access to documents.
    Moderator,
}

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "AccountStatus")]
pub enum AccountState {
    /// The account can be used.
    Active,
    /// The account cannot be used. Its sessions have ended and its API tokens are revoked.
    Suspended,
}

/// The caller.
#[derive(SimpleObject)]
pub struct Viewer {
    /// How the caller is identified.
    kind: ViewerKind,
    /// The account of the session or the API token. Null for anonymous callers and for previews.
    account: Option<Account>,
    /// The scopes of the API token. Null for other callers.
    scopes: Option<Vec<String>>,
    /// The content of the preview. Null for other callers.
    preview: Option<ViewerPreview>,
}

/// What a preview shows.
#[derive(SimpleObject)]
pub struct ViewerPreview {
    /// The ID of the entry that the draft would become.
    entry: ID,
    /// The number of the revision that is shown.
    revision: i32,
    /// The time at which the preview expires.
    expires_at: DateTime,
}

/// How a caller is identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ViewerKind {
    /// The caller is anonymous.
    Anonymous,
    /// The caller has signed in.
    Team,
    /// The caller uses an API token.
    Token,
    /// The caller uses the token of a preview.
    Preview,
}

#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// The caller as the server sees it.
    async fn viewer(&self, context: &Context<'_>) -> Result<Viewer> {
        let ctx = ctx(context);
        let viewer = |kind| Viewer { kind, account: None, scopes: None, preview: None };
        Ok(match &ctx.viewer {
            Asker::Anonymous => viewer(ViewerKind::Anonymous),
            Asker::Team { account, .. } => {
                Viewer { account: own(ctx, *account).await?, ..viewer(ViewerKind::Team) }
            }
            Asker::Token { account, scopes, .. } => Viewer {
                account: own(ctx, *account).await?,
                scopes: Some(scopes.names().map(str::to_owned).collect()),
                ..viewer(ViewerKind::Token)
            },
            Asker::Preview(preview) => {
                let entry = &preview.draft.entry;
                let shown = ViewerPreview {
                    entry: id::format_entry(entry.kind, entry.id).into(),
                    revision: entry.revision,
                    expires_at: DateTime(preview.expires_at),
                };
                Viewer { preview: Some(shown), ..viewer(ViewerKind::Preview) }
            }
        })
    }
}

async fn own(ctx: &Ctx, id: AccountId) -> Result<Option<Account>> {
    Ok(domain::own(&ctx.db, id).await?.map(Account::new))
}

#[derive(Default)]
pub struct TeamDesk;

#[Object]
impl TeamDesk {
    /// All accounts of the team in the order in which they joined, at most 500. Visible to owners only.
    async fn accounts(&self, context: &Context<'_>) -> Option<Result<Vec<Account>>> {
        let ctx = ctx(context);
        let listed = async {
            let permit = ctx.viewer.permit::<ManageAccounts>()?;
            Ok(domain::list(&ctx.db, &permit).await?.into_iter().map(Account::new).collect())
        };
        Some(listed.await)
    }
}

/// Invites a person to the team.
#[derive(InputObject)]
pub struct InviteMemberInput {
    /// The name that the team knows this person by, 1 to 120 characters.
    name: String,
    /// The email address. It has to be unique among all accounts.
    email: String,
    /// The role, which decides what the account is allowed to do.
    role: Role,
}

/// The result of an invitation.
#[derive(SimpleObject)]
pub struct InviteMemberPayload {
    /// The new account, or null if the input was refused.
    account: Option<Account>,
    /// The secret of an invitation, to be passed on by other means than email and used with `choosePassword` within 7
    /// days. It is shown only this once. The invitation email contains another secret; using one of them invalidates
    /// both.
    token: Option<String>,
    /// The problems with the input. Empty if the account was created.
    user_errors: Vec<UserError>,
}

/// The account and its new role.
#[derive(InputObject)]
pub struct SetRoleInput {
    /// The ID of the account.
    account: ID,
    /// The new role of the account.
    role: Role,
}

/// The account to suspend or to reinstate.
#[derive(InputObject)]
pub struct AccountInput {
    /// The ID of the account.
    account: ID,
}

/// The result of a change to an account.
#[derive(SimpleObject)]
pub struct AccountPayload {
    /// The object after the change, or null if the input was refused.
    account: Option<Account>,
    /// The problems with the input. Empty if the mutation was carried out.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Creates an account and sends an email with a link for choosing a password. Only owners may do this.
    async fn invite_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Invites a person to the team.")] input: InviteMemberInput,
    ) -> Option<Result<InviteMemberPayload>> {
        Some(invite(context, input).await)
    }

    /// Changes the role of an account. Its sessions end and its API tokens are revoked. Only owners may do this.
    async fn set_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The account and its new role.")] input: SetRoleInput,
    ) -> Option<Result<AccountPayload>> {
        Some(change(context, &input.account, Change::Role(input.role.into())).await)
    }

    /// Suspends an account, so that it cannot be used. Its content is kept. Only owners may do this.
    async fn suspend_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The account to suspend.")] input: AccountInput,
    ) -> Option<Result<AccountPayload>> {
        Some(change(context, &input.account, Change::Status(AccountStatus::Suspended)).await)
    }

    /// Reinstates a suspended account, so that it can sign in again. Its old API tokens stay revoked. Only owners may
    /// do this.
    async fn reinstate_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The account to reinstate.")] input: AccountInput,
    ) -> Option<Result<AccountPayload>> {
        Some(change(context, &input.account, Change::Status(AccountStatus::Active)).await)
    }
}

async fn invite(context: &Context<'_>, input: InviteMemberInput) -> Result<InviteMemberPayload> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ManageAccounts>()?;
    let InviteMemberInput { name, email, role } = input;
    let outcome = perform(context, async |tx| {
        let (row, secret) = domain::member::invite(tx, &permit, ctx.now, &name, &email, role.into()).await?;
        Ok((row.id, secret.reveal().to_owned()))
    });
    Ok(match outcome.await? {
        Ok((id, secret)) => InviteMemberPayload {
            account: domain::by_id(&ctx.db, &permit, id).await?.map(Account::new),
            token: Some(secret),
            user_errors: Vec::new(),
        },
        Err(user_errors) => InviteMemberPayload { account: None, token: None, user_errors },
    })
}

enum Change {
    Role(RowRole),
    Status(AccountStatus),
}

async fn change(context: &Context<'_>, account: &str, change: Change) -> Result<AccountPayload> {
    let ctx = ctx(context);
    let permit: Permit<ManageAccounts> = ctx.viewer.permit()?;
    let mut refusals = Refusals::default();
    let id: Option<AccountId> = id::parse_at(account, &["account"], &mut refusals);
    if let Err(user_errors) = refused(context, refusals)? {
        return Ok(AccountPayload { account: None, user_errors });
    }
    let id = id.expect("refused otherwise");
    let outcome = perform_each_time(context, async |tx| match change {
        Change::Role(role) => domain::member::set_role(tx, &permit, ctx.now, id, role).await,
        Change::Status(status) => domain::member::set_status(tx, &permit, ctx.now, id, status).await,
    })
    .await?;
    Ok(match outcome {
        Ok(row) => AccountPayload { account: Some(Account::new(row)), user_errors: Vec::new() },
        Err(user_errors) => AccountPayload { account: None, user_errors },
    })
}

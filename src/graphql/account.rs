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

/// A member of the team. Never public.
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

/// A member of the team. Never public.
#[Object]
impl Account {
    /// Id of the account.
    async fn id(&self) -> ID {
        id::format(self.row.id).into()
    }

    /// Name within the team.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Address, if the account has one; in lower case. For owners and for oneself, after signing in.
    async fn email(&self, context: &Context<'_>) -> Option<&str> {
        self.row.email.as_deref().filter(|_| self.is_told_to(&ctx(context).viewer))
    }

    /// What the account may do.
    async fn role(&self) -> Role {
        self.row.role.into()
    }

    /// Whether the account may be used.
    async fn status(&self) -> AccountState {
        self.row.status.into()
    }

    /// Whether a password was chosen; without one nobody can sign in. For owners and for oneself, after signing in.
    async fn has_password(&self, context: &Context<'_>) -> Option<bool> {
        self.is_told_to(&ctx(context).viewer).then_some(self.row.password_hash.is_some())
    }

    /// When the account was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }
}

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "RowRole")]
pub enum Role {
    /// Everything, and who is on the team.
    Owner,
    /// All documents, and the site with its tags, series and authors.
    Editor,
    /// Documents of its own.
    Author,
    /// Comments and readers' questions; no documents.
    Moderator,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "AccountStatus")]
pub enum AccountState {
    /// It may.
    Active,
    /// It may not: its sessions have ended and its tokens are revoked.
    Suspended,
}

/// Who asks.
#[derive(SimpleObject)]
pub struct Viewer {
    /// How the server knows.
    kind: ViewerKind,
    /// The account behind the session or token; null for anonymous.
    account: Option<Account>,
    /// The scopes of a token; null otherwise.
    scopes: Option<Vec<String>>,
    /// What a preview shows; null otherwise.
    preview: Option<ViewerPreview>,
}

/// What a preview shows, for whoever looks at it.
#[derive(SimpleObject)]
pub struct ViewerPreview {
    /// Id that the draft's entry has.
    entry: ID,
    /// Number of the revision that is shown.
    revision: i32,
    /// When the preview ends.
    expires_at: DateTime,
}

/// How a viewer is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ViewerKind {
    /// Not at all.
    Anonymous,
    /// By a session.
    Team,
    /// By an API token.
    Token,
    /// By the token of a preview.
    Preview,
}

#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// Who asks, as the server sees it.
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
    /// Everybody on the team in the order in which they came, at most 500. For owners.
    async fn accounts(&self, context: &Context<'_>) -> Option<Result<Vec<Account>>> {
        let ctx = ctx(context);
        let listed = async {
            let permit = ctx.viewer.permit::<ManageAccounts>()?;
            Ok(domain::list(&ctx.db, &permit).await?.into_iter().map(Account::new).collect())
        };
        Some(listed.await)
    }
}

/// Whom to invite.
#[derive(InputObject)]
pub struct InviteMemberInput {
    /// Name within the team, 1 to 120 characters.
    name: String,
    /// Address, unique among accounts.
    email: String,
    /// What the account may do.
    role: Role,
}

/// Who was invited.
#[derive(SimpleObject)]
pub struct InviteMemberPayload {
    /// The new account; null when the input was refused.
    account: Option<Account>,
    /// The secret of an invitation for `choosePassword` within 7 days, shown this once, to be handed over by another way
    /// than mail. The letter has one of its own; using one of them ends both.
    token: Option<String>,
    /// What is wrong. Empty when the account was made.
    user_errors: Vec<UserError>,
}

/// Whose role to change.
#[derive(InputObject)]
pub struct SetRoleInput {
    /// Id of the account.
    account: ID,
    /// What it may do from now on.
    role: Role,
}

/// Whom to suspend or reinstate.
#[derive(InputObject)]
pub struct AccountInput {
    /// Id of the account.
    account: ID,
}

/// The account after the change.
#[derive(SimpleObject)]
pub struct AccountPayload {
    /// As it is now; null when the input was refused.
    account: Option<Account>,
    /// What is wrong. Empty when it was done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Makes an account, and sends a link with which its owner chooses a password. For owners.
    async fn invite_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom to invite.")] input: InviteMemberInput,
    ) -> Option<Result<InviteMemberPayload>> {
        Some(invite(context, input).await)
    }

    /// Gives an account another role. Its sessions end and its tokens are revoked. For owners.
    async fn set_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose role to change.")] input: SetRoleInput,
    ) -> Option<Result<AccountPayload>> {
        Some(change(context, &input.account, Change::Role(input.role.into())).await)
    }

    /// Keeps an account from doing anything. What it wrote stays. For owners.
    async fn suspend_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom to suspend.")] input: AccountInput,
    ) -> Option<Result<AccountPayload>> {
        Some(change(context, &input.account, Change::Status(AccountStatus::Suspended)).await)
    }

    /// Lets a suspended account sign in again; its old tokens stay revoked. For owners.
    async fn reinstate_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom to reinstate.")] input: AccountInput,
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

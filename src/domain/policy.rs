//! Who asks, and what they may have.
//!
//! Reads start from a [`Scope`], which has the policy inside, and yield [`Visible`] rows; nothing else makes one.
//! Team-side functions take a [`Permit`], and the only way to get one is [`Viewer::permit`]. So a check that was
//! forgotten does not compile.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::str::FromStr;

use entity::AccountId;
use sea_orm::{EntityTrait, QueryTrait, Select};

use super::error::Denied;

/// Who sent the request. A credential that is wrong never gets this far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    Anonymous,
    Token { account: AccountId, scopes: Scopes },
}

impl Viewer {
    /// The proof that this viewer may do `A`.
    pub fn permit<A: Action>(&self) -> Result<Permit<A>, Denied> {
        match self {
            Self::Anonymous => Err(Denied::Unauthenticated),
            Self::Token { account, scopes } if A::ANY_OF.iter().any(|&scope| scopes.contains(scope)) => {
                Ok(Permit { account: *account, action: PhantomData })
            }
            Self::Token { .. } => Err(Denied::MissingScope(A::ANY_OF[0].name())),
        }
    }
}

/// A proof that its holder may do `A`, and on whose account.
#[derive(Debug)]
pub struct Permit<A> {
    account: AccountId,
    action: PhantomData<A>,
}

impl<A> Permit<A> {
    pub fn account(&self) -> AccountId {
        self.account
    }
}

impl Permit<ManageDocuments> {
    /// What its holder has just written, as it was written: another editor may have gone on since.
    pub fn wrote<M>(&self, row: M) -> Visible<M> {
        Visible(row)
    }

    /// What an account approved when it made a schedule, for the worker that carries it out: nobody is signed in then.
    /// A schedule was only ever written with a permit of that account, and names one document and one revision.
    pub(super) fn of_schedule(schedule: &entity::schedule::Model) -> Self {
        Self { account: schedule.account_id, action: PhantomData }
    }
}

impl Permit<ManageJobs> {
    /// What its holder has just changed.
    pub fn wrote<M>(&self, row: M) -> Visible<M> {
        Visible(row)
    }
}

/// Something that not everybody may do.
pub trait Action {
    /// Each of these scopes is enough. The first one is named to those who have none.
    const ANY_OF: &'static [TokenScope];
}

/// Read documents, revisions and their notes, whatever their state.
#[derive(Debug)]
pub struct ReadDocuments;

impl Action for ReadDocuments {
    /// Who may write a draft sees what was written.
    const ANY_OF: &'static [TokenScope] = &[TokenScope::DraftsRead, TokenScope::ContentWrite];
}

/// Write, publish and trash documents.
#[derive(Debug)]
pub struct ManageDocuments;

impl Action for ManageDocuments {
    const ANY_OF: &'static [TokenScope] = &[TokenScope::ContentWrite];
}

/// Change the site, its tags, series and authors.
#[derive(Debug)]
pub struct ManageSite;

impl Action for ManageSite {
    const ANY_OF: &'static [TokenScope] = &[TokenScope::ContentWrite];
}

/// See what is done in the background.
#[derive(Debug)]
pub struct ReadJobs;

impl Action for ReadJobs {
    const ANY_OF: &'static [TokenScope] = &[TokenScope::ContentWrite];
}

/// Try dead jobs again, or drop them.
#[derive(Debug)]
pub struct ManageJobs;

impl Action for ManageJobs {
    const ANY_OF: &'static [TokenScope] = &[TokenScope::ContentWrite];
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenScope {
    ContentRead,
    DraftsRead,
    ContentWrite,
}

impl TokenScope {
    pub const ALL: [Self; 3] = [Self::ContentRead, Self::DraftsRead, Self::ContentWrite];

    pub fn name(self) -> &'static str {
        match self {
            Self::ContentRead => "content:read",
            Self::DraftsRead => "drafts:read",
            Self::ContentWrite => "content:write",
        }
    }
}

impl FromStr for TokenScope {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|scope| scope.name() == name).ok_or(())
    }
}

/// A set of scopes, written as their names with a space between.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<TokenScope>);

impl Scopes {
    pub fn all() -> Self {
        Self(TokenScope::ALL.to_vec())
    }

    pub fn contains(&self, scope: TokenScope) -> bool {
        self.0.contains(&scope)
    }
}

impl FromIterator<TokenScope> for Scopes {
    fn from_iter<I: IntoIterator<Item = TokenScope>>(scopes: I) -> Self {
        let mut unique = Vec::new();
        for scope in scopes {
            if !unique.contains(&scope) {
                unique.push(scope);
            }
        }
        Self(unique)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|scope| scope.name()).collect();
        f.write_str(&names.join(" "))
    }
}

impl FromStr for Scopes {
    type Err = ();

    fn from_str(names: &str) -> Result<Self, ()> {
        names.split_ascii_whitespace().map(str::parse).collect()
    }
}

/// Something that its viewer may see. GraphQL types are built from these only.
#[derive(Debug, Clone)]
pub struct Visible<M>(M);

impl<M> Deref for Visible<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.0
    }
}

impl<M> Visible<M> {
    pub fn into_inner(self) -> M {
        self.0
    }
}

/// Where every read starts: the rows of `E` that somebody may see, and no others.
#[derive(Debug)]
pub struct Scope<E: EntityTrait> {
    select: Select<E>,
}

impl<E: Public> Scope<E> {
    /// The rows that everybody may see.
    pub fn public() -> Self {
        Self { select: E::find() }
    }
}

impl<E: Shared> Scope<E> {
    /// Every row, for a holder of the permit.
    pub fn team(_: &Permit<ReadDocuments>) -> Self {
        Self { select: E::find() }
    }

    /// Every row, for a writer that is about to change it.
    pub fn write(_: &Permit<ManageDocuments>) -> Self {
        Self { select: E::find() }
    }
}

impl Scope<entity::job::Entity> {
    /// Every job.
    pub fn queue(_: &Permit<ReadJobs>) -> Self {
        Self { select: entity::job::Entity::find() }
    }
}

impl<E: EntityTrait> Scope<E> {
    #[must_use]
    pub fn narrow(self, change: impl FnOnce(Select<E>) -> Select<E>) -> Self {
        Self { select: change(self.select) }
    }

    pub fn statement(self) -> sea_orm::sea_query::SelectStatement {
        self.select.into_query()
    }

    pub async fn all(
        self,
        db: &impl sea_orm::ConnectionTrait,
    ) -> super::error::Result<Vec<Visible<E::Model>>> {
        Ok(self.select.all(db).await?.into_iter().map(Visible).collect())
    }

    pub async fn one(
        self,
        db: &impl sea_orm::ConnectionTrait,
    ) -> super::error::Result<Option<Visible<E::Model>>> {
        Ok(self.select.one(db).await?.map(Visible))
    }

    /// Runs the statement and reads its rows by position, for the paths where a full row costs too much.
    pub async fn decode<M>(
        self,
        db: &impl sea_orm::ConnectionTrait,
        mut row: impl FnMut(&sea_orm::QueryResult) -> Result<M, sea_orm::DbErr>,
    ) -> super::error::Result<Vec<Visible<M>>> {
        let rows = db.query_all(&self.statement()).await?;
        Ok(rows.iter().map(|result| row(result).map(Visible)).collect::<Result<_, _>>()?)
    }
}

/// A table whose rows are public by being there.
pub trait Public: EntityTrait {}

impl Public for entity::author::Entity {}
impl Public for entity::change::Entity {}
impl Public for entity::entry::Entity {}
impl Public for entity::post::Entity {}
impl Public for entity::rich_text::Entity {}
impl Public for entity::series::Entity {}
impl Public for entity::site::Entity {}
impl Public for entity::tag::Entity {}

/// A table whose rows everybody on the team may see. Tokens are not among them.
pub trait Shared: EntityTrait {}

impl Shared for entity::account::Entity {}
impl Shared for entity::document::Entity {}
impl Shared for entity::revision::Entity {}
impl Shared for entity::schedule::Entity {}

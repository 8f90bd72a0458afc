//! Where reads start: the rows that somebody may see, and the wrapper that proves it.

use std::ops::Deref;

use entity::{
    AccountId, AccountStatus, account, api_token, asset, audit, document, job, media_object, preview,
    question_intake, reply_template, revision, schedule, text_track, upload,
};
use sea_orm::sea_query::{ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, Select,
};

use super::action::{
    ManageAccounts, ManageDocuments, ManageMedia, ManageTokens, OnQuestions, ReadDocuments, ReadJobs,
    ReadMedia, ReadQuestions, Writes,
};
use super::overlay::{PublicTables, lay};
use super::permit::{Permit, Reach};
use entity::AssetId;

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

    /// The same with what belongs to it.
    pub(in crate::domain) fn map<N>(self, with: impl FnOnce(M) -> N) -> Visible<N> {
        Visible(with(self.0))
    }
}

impl<A: Writes> Permit<A> {
    /// What its holder has just written, as it was written: another editor may have gone on since.
    pub fn wrote<M>(&self, row: M) -> Visible<M> {
        Visible(row)
    }
}

/// Where every read starts: the rows of `E` that somebody may see, and no others.
#[derive(Debug)]
pub struct Scope<E: EntityTrait> {
    select: Select<E>,
}

impl<E: Public> Scope<E> {
    /// The rows that everybody may see, and the draft of a preview among them where the viewer has one.
    pub fn public(db: &impl PublicTables) -> Self {
        let mut select = E::find();
        if let Some(draft) = db.draft() {
            let (table, backend) = (E::default().table_name(), db.get_database_backend());
            lay(draft, table, backend, QuerySelect::query(&mut select));
        }
        Self { select }
    }
}

impl<E: Shared> Scope<E> {
    /// The rows that a holder of the permit may read.
    pub fn team(permit: &Permit<ReadDocuments>) -> Self {
        Self::within(permit)
    }

    /// The rows that a writer may change.
    pub fn write(permit: &Permit<ManageDocuments>) -> Self {
        Self::within(permit)
    }

    fn within<A>(permit: &Permit<A>) -> Self {
        let select = match permit.reach {
            Reach::All => E::find(),
            Reach::Own => E::owned_by(E::find(), permit.account()),
        };
        Self { select }
    }
}

impl Scope<account::Entity> {
    /// Every account, for whoever may change them.
    pub fn accounts(_: &Permit<ManageAccounts>) -> Self {
        Self { select: account::Entity::find() }
    }

    /// Who is on the team and can be handed a question.
    pub fn teammates(_: &Permit<ReadQuestions>) -> Self {
        Self { select: account::Entity::find().filter(account::Column::Status.eq(AccountStatus::Active)) }
    }

    /// One's own account.
    pub fn own_account(id: AccountId) -> Self {
        Self { select: account::Entity::find_by_id(id) }
    }
}

impl Scope<asset::Entity> {
    /// The library of files: everything, or for those who work on their own alone, what everybody may see and theirs.
    pub fn library(permit: &Permit<ReadMedia>) -> Self {
        Self::usable(permit)
    }

    /// What the holder of the permit may use: everything, or what everybody may see and their own.
    pub(in crate::domain) fn usable<A>(permit: &Permit<A>) -> Self {
        let select = asset::Entity::find();
        let select = match permit.reach {
            Reach::All => select,
            Reach::Own => {
                let is_own = asset::Column::OwnerId.eq(permit.account());
                select.filter(is_own.or(asset::Column::IsPrivate.eq(false)))
            }
        };
        Self { select }
    }

    /// What the holder of the permit may change.
    pub fn own_media(permit: &Permit<ManageMedia>) -> Self {
        let select = asset::Entity::find();
        let select = match permit.reach {
            Reach::All => select,
            Reach::Own => select.filter(asset::Column::OwnerId.eq(permit.account())),
        };
        Self { select }
    }
}

/// The asset that a URL names whose signature is right. Only what verifies signatures makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedByUrl(AssetId);

impl NamedByUrl {
    pub(in crate::domain) fn verified(asset: AssetId) -> Self {
        Self(asset)
    }
}

impl Scope<asset::Entity> {
    /// What a URL names that this server signed, joined with the stored object that it shows, unless it is private by now
    /// and the URL has no end.
    pub fn signed(url: NamedByUrl, has_end: bool) -> Self {
        let shows = asset::Entity::belongs_to(media_object::Entity)
            .from(asset::Column::ObjectId)
            .to(media_object::Column::Id);
        let mut select = asset::Entity::find_by_id(url.0)
            .join(JoinType::InnerJoin, shows.into())
            .filter(media_object::Column::State.eq(media_object::ObjectState::Stored));
        if !has_end {
            select = select.filter(asset::Column::IsPrivate.eq(false));
        }
        Self { select }
    }

    /// The same with its object.
    pub async fn with_object(
        self,
        db: &impl ConnectionTrait,
    ) -> crate::domain::core::error::Result<Option<(Visible<asset::Model>, Visible<media_object::Model>)>>
    {
        let found = self.select.select_also(media_object::Entity).one(db).await?;
        Ok(found.and_then(|(asset, object)| Some((Visible(asset), Visible(object?)))))
    }
}

impl Scope<media_object::Entity> {
    /// What these assets show.
    pub fn shown_by(assets: &[&Visible<asset::Model>]) -> Self {
        let ids = assets.iter().filter_map(|asset| asset.object_id);
        let stored = media_object::Column::State.eq(media_object::ObjectState::Stored);
        Self {
            select: media_object::Entity::find().filter(media_object::Column::Id.is_in(ids)).filter(stored),
        }
    }
}

impl Scope<text_track::Entity> {
    /// The tracks of these files.
    pub fn tracks_of(assets: &[&Visible<asset::Model>]) -> Self {
        let ids = assets.iter().map(|asset| asset.id);
        Self { select: text_track::Entity::find().filter(text_track::Column::AssetId.is_in(ids)) }
    }
}

impl Scope<upload::Entity> {
    /// One's own uploads: what was announced is nobody else's.
    pub fn uploads(permit: &Permit<ManageMedia>) -> Self {
        Self { select: upload::Entity::find().filter(upload::Column::AccountId.eq(permit.account())) }
    }
}

impl Scope<job::Entity> {
    /// Every job.
    pub fn queue(_: &Permit<ReadJobs>) -> Self {
        Self { select: job::Entity::find() }
    }
}

impl Scope<question_intake::Entity> {
    /// What readers sent in: everything, or what was assigned to those who work on their own alone.
    pub fn queue<A: OnQuestions>(permit: &Permit<A>) -> Self {
        let select = question_intake::Entity::find();
        let select = match permit.reach {
            Reach::All => select,
            Reach::Own => select.filter(question_intake::Column::AssigneeId.eq(permit.account())),
        };
        Self { select }
    }
}

impl Scope<reply_template::Entity> {
    pub fn templates(_: &Permit<ReadQuestions>) -> Self {
        Self { select: reply_template::Entity::find() }
    }
}

impl Scope<audit::Entity> {
    pub fn audit(_: &Permit<ManageAccounts>) -> Self {
        Self { select: audit::Entity::find() }
    }
}

impl Scope<api_token::Entity> {
    pub fn tokens(_: &Permit<ManageTokens>) -> Self {
        Self { select: api_token::Entity::find() }
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
    ) -> crate::domain::core::error::Result<Vec<Visible<E::Model>>> {
        Ok(self.select.all(db).await?.into_iter().map(Visible).collect())
    }

    pub async fn one(
        self,
        db: &impl sea_orm::ConnectionTrait,
    ) -> crate::domain::core::error::Result<Option<Visible<E::Model>>> {
        Ok(self.select.one(db).await?.map(Visible))
    }

    /// Runs the statement and reads its rows by position, for the paths where a full row costs too much.
    pub async fn decode<M>(
        self,
        db: &impl sea_orm::ConnectionTrait,
        mut row: impl FnMut(&sea_orm::QueryResult) -> Result<M, sea_orm::DbErr>,
    ) -> crate::domain::core::error::Result<Vec<Visible<M>>> {
        let rows = db.query_all(&self.statement()).await?;
        Ok(rows.iter().map(|result| row(result).map(Visible)).collect::<Result<_, _>>()?)
    }
}

/// A table whose rows are public by being there.
pub trait Public: EntityTrait {}

impl Public for entity::author::Entity {}
impl Public for entity::change::Entity {}
impl Public for entity::entry::Entity {}
impl Public for entity::question::Entity {}
impl Public for entity::question_call::Entity {}
impl Public for entity::redirect::Entity {}
impl Public for entity::series::Entity {}
impl Public for entity::shown_asset::Entity {}
impl Public for entity::site::Entity {}
impl Public for entity::tag::Entity {}

/// A table of the team. Tokens and sessions are not among them.
pub trait Shared: EntityTrait {
    /// Only what belongs to an account, for those who work on their own alone.
    fn owned_by(select: Select<Self>, account: AccountId) -> Select<Self>;
}

impl Shared for document::Entity {
    fn owned_by(select: Select<Self>, account: AccountId) -> Select<Self> {
        select.filter(document::Column::OwnerId.eq(account))
    }
}

impl Shared for revision::Entity {
    fn owned_by(select: Select<Self>, account: AccountId) -> Select<Self> {
        select.filter(revision::Column::DocumentId.in_subquery(documents_of(account)))
    }
}

impl Shared for schedule::Entity {
    fn owned_by(select: Select<Self>, account: AccountId) -> Select<Self> {
        select.filter(schedule::Column::DocumentId.in_subquery(documents_of(account)))
    }
}

impl Shared for preview::Entity {
    fn owned_by(select: Select<Self>, account: AccountId) -> Select<Self> {
        select.filter(preview::Column::DocumentId.in_subquery(documents_of(account)))
    }
}

fn documents_of(account: AccountId) -> SelectStatement {
    let mut own = Query::select();
    own.column(document::Column::Id).from(document::Entity).and_where(document::Column::OwnerId.eq(account));
    own
}

/// Who saved a revision is known to whoever may read it.
impl Shared for account::Entity {
    fn owned_by(select: Select<Self>, _: AccountId) -> Select<Self> {
        select
    }
}

/// An account, to whoever has just proved that it is their own.
pub fn own(account: account::Model) -> Visible<account::Model> {
    Visible(account)
}

/// A question, to whoever has its secret.
pub fn of_asker<M>(own: M) -> Visible<M> {
    Visible(own)
}

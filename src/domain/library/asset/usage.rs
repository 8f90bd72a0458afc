//! Where files are used: which revisions show them, which authors have them as a picture, which recordings have them as a
//! text track. What is used is not deleted by accident, and what is used in public is kept public (`shown`).

use std::collections::BTreeSet;

use entity::asset::AssetKind;
use entity::asset_use::{ActiveModel, Column, Entity, UsePlace};
use entity::schedule::{self, ScheduleState};
use entity::{AccountId, AssetId, AuthorId, DocumentId, asset, author, document, text_track};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Func, OnConflict, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, Set,
};

use crate::db::Tx;
use crate::domain::access::policy::{Permit, ReadMedia};
use crate::domain::core::error::Result;
use crate::domain::core::query::scalar;
use crate::domain::richtext::Place;
use entity::shown_asset;

/// What one revision shows of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub asset: AssetId,
    pub at: At,
    /// What the file has to be there.
    pub kind: AssetKind,
    /// The seconds of a video from and up to which it is shown there.
    pub from: Option<i32>,
    pub until: Option<i32>,
}

/// Where a revision shows a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    Cover,
    Text(Place),
    /// The path of a video of a routine.
    Clip(Vec<String>),
}

impl Use {
    /// The second that a video of so many milliseconds does not have. It has to begin before the video is over.
    pub fn beyond(&self, length: i64) -> Option<i32> {
        let until = self.until.filter(|&until| i64::from(until) * 1_000 > length);
        until.or(self.from.filter(|&from| i64::from(from) * 1_000 >= length))
    }

    fn stored_place(&self) -> UsePlace {
        match self.at {
            At::Cover => UsePlace::Cover,
            At::Text(_) => UsePlace::Body,
            At::Clip(_) => UsePlace::Clip,
        }
    }
}

/// Notes what a revision uses. Doing it again changes nothing.
pub(in crate::domain) async fn record(
    tx: &Tx,
    document: DocumentId,
    revision: i32,
    uses: &[Use],
) -> Result<()> {
    let once: BTreeSet<_> = uses.iter().map(|one| (one.asset, one.stored_place())).collect();
    if once.is_empty() {
        return Ok(());
    }
    let rows = once.into_iter().map(|(asset, place)| ActiveModel {
        document_id: Set(document),
        revision: Set(revision),
        asset_id: Set(asset),
        place: Set(place),
    });
    let known = OnConflict::columns([Column::DocumentId, Column::Revision, Column::AssetId, Column::Place])
        .do_nothing()
        .to_owned();
    Entity::insert_many(rows).on_conflict(known).exec_without_returning(tx).await?;
    Ok(())
}

/// Notes what a revision uses now that it is rendered in another way; answers what it used before.
pub(in crate::domain) async fn replace(
    tx: &Tx,
    document: DocumentId,
    revision: i32,
    uses: &[Use],
) -> Result<BTreeSet<AssetId>> {
    let before = of_revision(tx, document, revision).await?;
    Entity::delete_many()
        .filter(Column::DocumentId.eq(document))
        .filter(Column::Revision.eq(revision))
        .exec(tx)
        .await?;
    record(tx, document, revision, uses).await?;
    Ok(before)
}

/// What a revision was noted to use.
pub(in crate::domain) async fn of_revision(
    tx: &Tx,
    document: DocumentId,
    revision: i32,
) -> Result<BTreeSet<AssetId>> {
    let rows = Entity::find()
        .filter(Column::DocumentId.eq(document))
        .filter(Column::Revision.eq(revision))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.asset_id).collect())
}

/// Which of these files something public shows.
pub(super) async fn in_public(tx: &Tx, assets: &BTreeSet<AssetId>) -> Result<BTreeSet<AssetId>> {
    // A file may be in thousands of revisions; the first that is live is enough.
    let is_live = Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .join(JoinType::InnerJoin, to_document())
        .filter(Expr::col((Entity, Column::AssetId)).eq(Expr::col((asset::Entity, asset::Column::Id))))
        .filter(is_revision(document::Column::LiveRevision))
        .into_query();
    let live: Vec<AssetId> = asset::Entity::find()
        .select_only()
        .column(asset::Column::Id)
        .filter(asset::Column::Id.is_in(assets.iter().copied()))
        .filter(Expr::exists(is_live))
        .into_tuple()
        .all(tx)
        .await?;
    Ok(live.into_iter().chain(avatars(tx, assets).await?).collect())
}

/// Which of these files are the picture of an author.
pub(super) async fn avatars(tx: &Tx, assets: &BTreeSet<AssetId>) -> Result<Vec<AssetId>> {
    let authors =
        author::Entity::find().filter(author::Column::AvatarId.is_in(assets.iter().copied())).all(tx).await?;
    Ok(authors.into_iter().filter_map(|author| author.avatar_id).collect())
}

/// One place where a file is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    pub by: User,
    /// Whether the public sees it there.
    pub is_live: bool,
}

/// What uses a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    Document {
        id: DocumentId,
        place: UsePlace,
    },
    Author(AuthorId),
    /// A video or audio file whose text track it is.
    Recording(AssetId),
}

/// Where a file is used by what is live, the newest, or going to be published: each document once per place, the newest
/// first, then authors, then recordings; so many at the most.
pub async fn list(
    db: &impl ConnectionTrait,
    _: &Permit<ReadMedia>,
    id: AssetId,
    most: u64,
) -> Result<Vec<Used>> {
    let rows: Vec<(DocumentId, UsePlace, i32)> = by_documents(id)
        .order_by_desc(Column::DocumentId)
        .order_by_asc(Column::Place)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    let documents = rows
        .into_iter()
        .map(|(id, place, is_live)| Used { by: User::Document { id, place }, is_live: is_live == 1 });
    let authors = author::Entity::find().filter(author::Column::AvatarId.eq(id)).limit(most).all(db).await?;
    let authors = authors.into_iter().map(|author| Used { by: User::Author(author.id), is_live: true });
    let is_file = text_track::Column::FileId.eq(id);
    let tracks = text_track::Entity::find().filter(is_file).limit(most).all(db).await?;
    let shown = which(db, tracks.iter().map(|track| track.asset_id)).await?;
    let tracks = tracks
        .into_iter()
        .map(|track| Used { by: User::Recording(track.asset_id), is_live: shown.contains(&track.asset_id) });
    Ok(documents.chain(authors).chain(tracks).take(usize::try_from(most).unwrap_or(usize::MAX)).collect())
}

/// In how many places a file is used.
pub async fn count(db: &impl ConnectionTrait, _: &Permit<ReadMedia>, id: AssetId) -> Result<u64> {
    total(db, id).await
}

pub(super) async fn total(db: &impl ConnectionTrait, id: AssetId) -> Result<u64> {
    let uses = Query::select()
        .expr(Func::count(Expr::val(1)))
        .from_subquery(by_documents(id).into_query(), Alias::new("uses"))
        .to_owned();
    let documents: i64 = scalar(db, &uses).await?;
    let authors = author::Entity::find().filter(author::Column::AvatarId.eq(id)).count(db).await?;
    let tracks = text_track::Entity::find().filter(text_track::Column::FileId.eq(id)).count(db).await?;
    Ok(documents.unsigned_abs() + authors + tracks)
}

/// Whether a document of somebody else, or an author's profile, uses a file.
pub(super) async fn is_others(tx: &Tx, id: AssetId, account: AccountId) -> Result<bool> {
    let is_theirs = document::Column::OwnerId.ne(account);
    let document =
        by_documents(id).filter(is_theirs).limit(1).into_tuple::<(DocumentId, UsePlace, i32)>().one(tx);
    let is_avatar = !avatars(tx, &BTreeSet::from([id])).await?.is_empty();
    Ok(is_avatar || document.await?.is_some())
}

/// The documents that use a file, each once per place: id, place, and 1 where the public sees it.
fn by_documents(id: AssetId) -> Select<Entity> {
    let is_live = Expr::case(is_revision(document::Column::LiveRevision), 1).finally(0);
    Entity::find()
        .select_only()
        .columns([Column::DocumentId, Column::Place])
        .expr_as(Func::max(is_live), "is_live")
        .join(JoinType::InnerJoin, to_document())
        .filter(Column::AssetId.eq(id))
        .filter(counts())
        .group_by(Column::DocumentId)
        .group_by(Column::Place)
}

/// A condition on `asset`: something uses it.
pub(super) fn is_used() -> Condition {
    let this = || Expr::col((asset::Entity, asset::Column::Id));
    let by_document = Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .join(JoinType::InnerJoin, to_document())
        .filter(Expr::col((Entity, Column::AssetId)).eq(this()))
        .filter(counts())
        .into_query();
    let by_author = Query::select()
        .expr(Expr::val(1))
        .from(author::Entity)
        .and_where(Expr::col((author::Entity, author::Column::AvatarId)).eq(this()))
        .to_owned();
    let as_track = Query::select()
        .expr(Expr::val(1))
        .from(text_track::Entity)
        .and_where(Expr::col((text_track::Entity, text_track::Column::FileId)).eq(this()))
        .to_owned();
    Condition::any().add(Expr::exists(by_document)).add(Expr::exists(by_author)).add(Expr::exists(as_track))
}

fn to_document() -> sea_orm::RelationDef {
    Entity::belongs_to(document::Entity).from(Column::DocumentId).to(document::Column::Id).into()
}

fn is_revision(column: document::Column) -> SimpleExpr {
    Expr::col((document::Entity, column)).eq(Expr::col((Entity, Column::Revision)))
}

/// A condition on a use: its revision is live, the newest, or going to be published.
fn counts() -> Condition {
    let scheduled = Query::select()
        .expr(Expr::val(1))
        .from(schedule::Entity)
        .and_where(
            Expr::col((schedule::Entity, schedule::Column::DocumentId))
                .eq(Expr::col((Entity, Column::DocumentId))),
        )
        .and_where(
            Expr::col((schedule::Entity, schedule::Column::Revision))
                .eq(Expr::col((Entity, Column::Revision))),
        )
        .and_where(schedule::Column::State.eq(ScheduleState::Pending))
        .to_owned();
    Condition::any()
        .add(is_revision(document::Column::LiveRevision))
        .add(is_revision(document::Column::HeadRevision))
        .add(Expr::exists(scheduled))
}

/// Which of these the public can read.
pub(in crate::domain) async fn which(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = AssetId>,
) -> Result<BTreeSet<AssetId>> {
    let ids: Vec<AssetId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<AssetId> = shown_asset::Entity::find()
        .select_only()
        .column(shown_asset::Column::Id)
        .filter(shown_asset::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

//! What a preview shows: the draft, projected once and kept for a while.
//!
//! A link to a preview is in the hands of people who are not on the team, and projecting a long text takes a second. So
//! previews of a process take turns, for projecting and for reading: many of them make each other slow, and nobody else.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::preview::{Column, Entity, Model};
use entity::{
    AccountStatus, AssetId, DocumentId, QuestionId, Timestamp, account, api_token, document, revision,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use tokio::sync::Semaphore;

use crate::domain::access::draft::{Draft, Preview, Projection};
use crate::domain::content::projection::{Projected, Source, project};
use crate::domain::content::{publish, revision as revisions};
use crate::domain::core::error::{Error, Result};
use crate::domain::core::heavy::{Heavy, Who};
use crate::domain::core::secret::{Purpose, hash_of};
use crate::domain::library::asset::shown;
use crate::domain::team::token;

/// How many projections are kept. The longest have a few megabytes each.
const KEPT: usize = 8;
/// How long a request waits to project; below the deadline of a request.
const PATIENCE: Duration = Duration::from_secs(4);

/// What the previews of a process share.
#[derive(Debug)]
pub struct Previews {
    reading: Arc<Semaphore>,
    heavy: Arc<Heavy>,
    kept: Mutex<VecDeque<(Source, Kept)>>,
}

/// A projection, with the ids of the files that it shows and of the questions that it answers.
#[derive(Debug, Clone)]
struct Kept {
    projection: Arc<Projection>,
    assets: Arc<BTreeSet<AssetId>>,
    questions: Arc<[QuestionId]>,
}

impl Previews {
    pub fn new(heavy: Arc<Heavy>) -> Self {
        Self { reading: Arc::new(Semaphore::new(1)), heavy, kept: Mutex::default() }
    }

    async fn projection(&self, db: &impl ConnectionTrait, source: Source) -> Result<Kept> {
        if let Some(kept) = self.kept(&source) {
            return Ok(kept);
        }
        let turn = tokio::time::timeout(PATIENCE, self.heavy.turn(Who::Previews)).await;
        let turn = turn.map_err(|_| Error::Unavailable)?;
        // Somebody else may have wanted the same.
        if let Some(kept) = self.kept(&source) {
            return Ok(kept);
        }
        let content = revisions::content(db, source.document, source.revision).await?;
        let work = turn.run(move |_| {
            // An unknown directive is visible text, and a file that cannot be shown is not there.
            let Projected { projection, uses, questions, .. } = project(&source, &content);
            let assets = uses.into_iter().map(|one| one.asset).collect();
            let (projection, assets) = (Arc::new(projection), Arc::new(assets));
            (source, Kept { projection, assets, questions: questions.into() })
        });
        let (source, made) = work.await;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front((source, made.clone()));
        Ok(made)
    }

    fn kept(&self, source: &Source) -> Option<Kept> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(of, _)| of == source).map(|(_, kept)| kept.clone())
    }
}

/// What a token shows. `None` when it is malformed, unknown or over.
pub async fn present(
    db: &impl ConnectionTrait,
    previews: &Previews,
    now: Timestamp,
    secret: &str,
) -> Result<Option<Preview>> {
    let Some(hash) = hash_of(Purpose::Preview, secret) else { return Ok(None) };
    let row = Entity::find().filter(Column::Hash.eq(hash)).one(db).await?;
    let Some(row) = row.filter(|row| row.revoked_at.is_none() && now < row.expires_at) else {
        return Ok(None);
    };
    if !maker_is_good(db, now, &row).await? {
        return Ok(None);
    }
    let document = document::Entity::find_by_id(row.document_id).one(db).await?;
    let Some(document) = document.filter(|document| document.trashed_at.is_none()) else { return Ok(None) };
    let number = row.revision.unwrap_or(document.head_revision);
    // One moment as long as it shows the same, or the draft would move while somebody pages through a list.
    let moment = Ord::max(row.created_at, saved_at(db, document.id, number).await?);
    // A date that its author gave stays, also one to come: the draft stands where it will stand then.
    let first_published_at = document.first_published_at.unwrap_or(moment);
    let source = publish::source(&document, number, first_published_at, moment);
    let Kept { projection, assets, questions } = previews.projection(db, source).await?;
    // The files are as they are now, like those of everything public.
    let assets = shown::as_if_shown(db, &assets).await?;
    let turns = Arc::clone(&previews.reading);
    let draft = Draft { projection, assets, questions };
    Ok(Some(Preview { id: row.id, expires_at: row.expires_at, draft, turns }))
}

async fn saved_at(db: &impl ConnectionTrait, document: DocumentId, number: i32) -> Result<Timestamp> {
    let row = revision::Entity::find_by_id((document, number))
        .select_only()
        .column(revision::Column::CreatedAt)
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.ok_or_else(|| DbErr::RecordNotFound("a revision that its document names".to_owned()))?)
}

async fn maker_is_good(db: &impl ConnectionTrait, now: Timestamp, row: &Model) -> Result<bool> {
    if let Some(id) = row.token_id {
        let token = api_token::Entity::find_by_id(id).one(db).await?;
        if !token.is_some_and(|token| token::works(&token, now)) {
            return Ok(false);
        }
    }
    let account = account::Entity::find_by_id(row.account_id).one(db).await?;
    Ok(account.is_some_and(|account| account.status == AccountStatus::Active))
}

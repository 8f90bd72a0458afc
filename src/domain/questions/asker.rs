//! The reader's own side of a question, behind the secret that came with it: no account, no password.

use entity::question_intake::{Column, Entity, Model, QuestionState};
use entity::{QuestionId, Timestamp, question_link};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    Set,
};

use super::ask::Consents;
use super::original::{self, Consent, Original};
use super::state::{Transition, moved};
use super::{answer, erase, lock, publication, read, tell, triage};
use crate::db::Tx;
use crate::domain::access::policy::{Visible, of_asker};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::sealed::Keyring;
use crate::domain::core::secret::{Purpose, hash_of};
use crate::domain::journal::change;

/// A question as its reader sees it.
#[derive(Debug)]
pub struct Own {
    pub row: Model,
    /// `None` once it is erased.
    pub original: Option<Original>,
    /// Questions whose answers are the reader's: this one, and the one that it repeats.
    pub answered_as: Vec<QuestionId>,
}

impl Own {
    /// What the reader is told. Whoever sends advertisements need not know that it was recognised.
    pub fn state(&self) -> QuestionState {
        match self.row.state {
            QuestionState::Spam => QuestionState::Received,
            state => state,
        }
    }
}

/// The question that a secret leads to.
pub async fn find(db: &impl ConnectionTrait, keys: &Keyring, secret: &str) -> Result<Option<Visible<Own>>> {
    let Some(id) = id_of(db, secret).await? else { return Ok(None) };
    let row = Entity::find_by_id(id).one(db).await?;
    row.map(|row| own(keys, row)).transpose()
}

/// Which question a secret leads to.
pub async fn id_of(db: &impl ConnectionTrait, secret: &str) -> Result<Option<QuestionId>> {
    let Some(hash) = hash_of(Purpose::Question, secret) else { return Ok(None) };
    let link = question_link::Entity::find_by_id(hash).one(db).await?;
    Ok(link.map(|link| link.question_id))
}

fn own(keys: &Keyring, row: Model) -> Result<Visible<Own>> {
    let original = original::open(keys, &row)?;
    let answered_as = std::iter::once(row.id).chain(row.merged_into).collect();
    Ok(of_asker(Own { row, original, answered_as }))
}

/// The question of a secret, which nobody else changes until this transaction ends.
async fn locked(tx: &Tx, secret: &str) -> Result<Model> {
    let row = match id_of(tx, secret).await? {
        Some(id) => {
            lock::with_answers(tx, id).await?;
            Entity::find().filter(Column::Id.eq(id)).lock_exclusive().one(tx).await?
        }
        None => None,
    };
    match row {
        Some(row) => Ok(row),
        None => refuse(&["secret"], ErrorCode::Expired, "this link leads to no question, or not any more"),
    }
}

/// Changes what the reader agrees to, from now on, in the words that were shown when the question was asked. Without the
/// consent to a paraphrase, what is public of the question leaves the public; without that to an answer, the address is
/// forgotten.
pub async fn change_consents(
    tx: &Tx,
    keys: &Keyring,
    now: Timestamp,
    secret: &str,
    consents: Consents,
) -> Result<QuestionId> {
    let row = locked(tx, secret).await?;
    let Some(mut original) = original::open(keys, &row)? else {
        return refuse(&["secret"], ErrorCode::InvalidTransition, "nothing is left of this question");
    };
    if consents.answer_privately && original.email.is_none() {
        let message = "there is no address to answer to";
        return refuse(&["consents", "answerPrivately"], ErrorCode::Invalid, message);
    }
    let Some(last) = original.consent().cloned() else {
        return refuse(&["secret"], ErrorCode::InvalidTransition, "nothing is left of this question");
    };
    let Consents { answer_privately, publish_paraphrase } = consents;
    if !answer_privately {
        // It was kept for nothing else.
        original.email = None;
    }
    original.consents.push(Consent { at: now, answer_privately, publish_paraphrase, ..last });
    // A ledger of a year of clicks is as good as one of ten thousand.
    let surplus = original.consents.len().saturating_sub(MAX_CONSENTS);
    original.consents.drain(1..=surplus.min(original.consents.len() - 1)).for_each(drop);
    let id = row.id;
    let mut changed = row.clone().into_active_model();
    original::reseal(keys, &row, &original, &mut changed)?;
    if original.email.is_none() {
        changed.address_hash = Set(None);
    }
    changed.update(tx).await?;
    let hidden = if consents.publish_paraphrase { Vec::new() } else { publication::hide(tx, id).await? };
    change::append(tx, now, hidden).await?;
    Ok(id)
}

/// How many changes of mind are remembered, beside the first consent.
const MAX_CONSENTS: usize = 50;

/// The reader wants no answer any more. What is public of the question leaves the public; the words stay sealed until they
/// are erased, or their time is over.
pub async fn withdraw(tx: &Tx, now: Timestamp, secret: &str) -> Result<QuestionId> {
    let row = locked(tx, secret).await?;
    let id = row.id;
    let state = moved(row.state, Transition::Withdraw, &["secret"])?;
    let mut row = row.into_active_model();
    (row.state, row.changed_at, row.merged_into) = (Set(state), Set(now), Set(None));
    row.update(tx).await?;
    triage::release(tx, now, id).await?;
    tell::cancel(tx, id).await?;
    answer::leave_out(tx, id).await?;
    let hidden = publication::hide(tx, id).await?;
    read::forget_counted(tx, id).await?;
    change::append(tx, now, hidden).await?;
    Ok(id)
}

/// Destroys what is private of the question, and takes what is public of it out of the public.
pub async fn erase(tx: &Tx, now: Timestamp, secret: &str) -> Result<QuestionId> {
    let row = locked(tx, secret).await?;
    let id = row.id;
    let changes = erase::erase(tx, now, row).await?;
    change::append(tx, now, changes).await?;
    Ok(id)
}

/// Refuses consents that could not be stored, before anything is looked up.
pub fn check(consents: Consents, refusals: &mut Refusals) {
    if !consents.answer_privately && !consents.publish_paraphrase {
        let message = "agree to something, withdraw the question, or erase it";
        refusals.push(&["consents"], ErrorCode::ConsentRequired, message);
    }
}

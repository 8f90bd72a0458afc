//! What a reader sent in, sealed under a key of its own. Whoever of the team reads it is noted in the audit log.

use entity::question_intake::{Column, Model};
use entity::{AccountId, QuestionId, Timestamp, question_intake, question_note};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde::{Deserialize, Serialize};

use crate::db::Tx;
use crate::domain::access::policy::{Permit, ReadOriginals, Scope, Visible};
use crate::domain::core::error::{Error, ErrorCode, Refusals, Result};
use crate::domain::core::id;
use crate::domain::core::sealed::{DataKey, Keyring, Wrapped};
use crate::domain::journal::audit;

/// How many can be read at once.
pub const MAX_READ: usize = 50;

/// What is sealed. Stored as JSON and read back for ever, so fields are only added, each with a default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// Empty once its time is over.
    pub text: String,
    /// Null for who wants no name.
    pub display_name: Option<String>,
    pub email: Option<String>,
    /// What the reader agreed to, the last one holds.
    pub consents: Vec<Consent>,
    /// What the team wrote to the reader.
    #[serde(default)]
    pub replies: Vec<Reply>,
}

/// What a reader agreed to at some moment, and to which words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    pub at: Timestamp,
    pub wording: i32,
    /// SHA-256 of the words, in hexadecimal digits.
    pub wording_hash: String,
    pub answer_privately: bool,
    pub publish_paraphrase: bool,
}

/// Words of the team to the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub at: Timestamp,
    pub text: String,
}

impl Original {
    /// The consent that holds. There is always one; without, nothing would be allowed.
    pub fn consent(&self) -> Option<&Consent> {
        self.consents.last()
    }

    pub fn allows_answer(&self) -> bool {
        self.consent().is_some_and(|consent| consent.answer_privately)
    }

    pub fn allows_paraphrase(&self) -> bool {
        self.consent().is_some_and(|consent| consent.publish_paraphrase)
    }
}

/// A question with what is private of it.
#[derive(Debug)]
pub struct Opened {
    pub row: Model,
    pub sealed: Sealed,
}

/// What is private of a question.
#[derive(Debug, Default)]
pub struct Sealed {
    /// `None` once it is erased.
    pub original: Option<Original>,
    /// Oldest first.
    pub notes: Vec<Note>,
    /// No key that is here opens it, or it was changed.
    pub is_unreadable: bool,
}

impl Opened {
    /// The row apart from what was sealed.
    pub fn split(opened: Visible<Self>) -> (Visible<Model>, Sealed) {
        let mut apart = None;
        let row = opened.map(|Self { row, sealed }| {
            apart = Some(sealed);
            row
        });
        (row, apart.unwrap_or_default())
    }
}

/// A note of the team.
#[derive(Debug)]
pub struct Note {
    pub account: AccountId,
    pub at: Timestamp,
    pub text: String,
}

/// What a question's texts and keys are bound to.
pub(super) fn row_name(id: QuestionId) -> Vec<u8> {
    [b"question_intake\0".as_slice(), id.0.as_bytes()].concat()
}

/// The key of a question; `None` once it is erased.
pub(super) fn data_key(keys: &Keyring, row: &Model) -> Result<Option<DataKey>> {
    let (Some(key_id), Some(key)) = (&row.key_id, &row.wrapped_key) else { return Ok(None) };
    let wrapped = Wrapped { key_id: key_id.clone(), key: key.clone() };
    keys.unwrap(&row_name(row.id), &wrapped).map(Some)
}

pub(super) fn open(keys: &Keyring, row: &Model) -> Result<Option<Original>> {
    let (Some(key), Some(sealed)) = (data_key(keys, row)?, &row.sealed) else { return Ok(None) };
    let bytes = key.open(&row_name(row.id), sealed)?;
    // The error would repeat a value, and this goes into the log.
    let original = serde_json::from_slice(&bytes);
    Ok(Some(original.map_err(|_| sea_orm::DbErr::Json("an original has another shape".to_owned()))?))
}

pub(super) fn seal(key: &DataKey, id: QuestionId, original: &Original) -> Vec<u8> {
    key.seal(&row_name(id), serde_json::to_vec(original).expect("plain data"))
}

/// Seals a changed original under the key that the question has, into a row that is about to be written.
pub(super) fn reseal(
    keys: &Keyring,
    row: &Model,
    original: &Original,
    into: &mut question_intake::ActiveModel,
) -> Result<()> {
    if let Some(key) = data_key(keys, row)? {
        into.sealed = Set(Some(seal(&key, row.id, original)));
    }
    Ok(())
}

/// Reads the originals of questions, each noted in the audit log, in the order of the ids.
pub async fn read(
    tx: &Tx,
    permit: &Permit<ReadOriginals>,
    keys: &Keyring,
    now: Timestamp,
    ids: &[QuestionId],
) -> Result<Vec<Visible<Opened>>> {
    let rows = Scope::<question_intake::Entity>::queue(permit)
        .narrow(|select| select.filter(Column::Id.is_in(ids.iter().copied())))
        .all(tx)
        .await?;
    let mut refusals = Refusals::default();
    for (index, id) in ids.iter().enumerate() {
        if !rows.iter().any(|row| row.id == *id) {
            let message = "there is no such question";
            refusals.push(&["questions", &index.to_string()], ErrorCode::NotFound, message);
        }
    }
    refusals.finish()?;
    let notes = question_note::Entity::find()
        .filter(question_note::Column::QuestionId.is_in(ids.iter().copied()))
        .order_by_asc(question_note::Column::CreatedAt)
        .order_by_asc(question_note::Column::Id)
        .all(tx)
        .await?;
    let mut opened = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(row) = rows.iter().find(|row| row.id == *id) else { continue };
        audit::record(tx, now, permit.actor(), "readQuestions", Some(id::format(*id)), &[]).await?;
        let own = notes.iter().filter(|note| note.question_id == *id);
        let sealed = match unseal(keys, row, own) {
            // One of them is no reason to keep the others from their reader.
            Err(Error::Fault(fault)) => {
                tracing::error!(question = id::format(*id), error = %fault, "a question cannot be opened: {fault}");
                Sealed { is_unreadable: true, ..Sealed::default() }
            }
            unsealed => unsealed?,
        };
        opened.push(row.clone().map(|row| Opened { row, sealed }));
    }
    Ok(opened)
}

fn unseal<'a>(
    keys: &Keyring,
    row: &Model,
    notes: impl Iterator<Item = &'a question_note::Model>,
) -> Result<Sealed> {
    let mut sealed = Sealed { original: open(keys, row)?, ..Sealed::default() };
    if let Some(key) = data_key(keys, row)? {
        for note in notes {
            let text = String::from_utf8_lossy(&key.open(&row_name(row.id), &note.sealed)?).into_owned();
            sealed.notes.push(Note { account: note.account_id, at: note.created_at, text });
        }
    }
    Ok(sealed)
}

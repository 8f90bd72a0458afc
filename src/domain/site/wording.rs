//! The words to which a reader consents. Each version stays for ever, with the hash of its texts, so that it can be shown
//! years later to what exactly somebody agreed.

use entity::consent_wording::{ActiveModel, Column, Entity};
use entity::{Timestamp, consent_wording};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::db::Tx;
use crate::domain::core::error::{ErrorCode, Refusals, Result};
use crate::domain::core::patch::Patch;
use crate::domain::core::text;

/// How many versions are looked through.
const MAX_READ: u64 = 1_000;

/// One version of the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// From 1.
    pub version: i32,
    pub answer_privately: String,
    pub publish_paraphrase: String,
}

/// The words of a site that has chosen none of its own. Another text here is another version.
impl Default for Wording {
    fn default() -> Self {
        Self {
            version: 1,
            answer_privately: "You may write to me at this address about my question. It is kept sealed, \
                used for nothing else, and deleted with the question."
                .to_owned(),
            publish_paraphrase: "You may publish my question in your own words, without anything that \
                tells who I am. What I wrote about my health is read by the people who answer, and by \
                nobody else."
                .to_owned(),
        }
    }
}

impl Wording {
    pub fn hash(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for text in [&self.answer_privately, &self.publish_paraphrase] {
            digest.update(text.len().to_be_bytes());
            digest.update(text);
        }
        digest.finalize().into()
    }

    /// The next version if a text is another one.
    pub(in crate::domain) fn changed(
        &self,
        answer_privately: Patch<String>,
        publish_paraphrase: Patch<String>,
        refusals: &mut Refusals,
    ) -> Self {
        let usual = Self::default();
        let mut next = self.clone();
        for (change, text, usual, name) in [
            (answer_privately, &mut next.answer_privately, usual.answer_privately, "answerPrivately"),
            (publish_paraphrase, &mut next.publish_paraphrase, usual.publish_paraphrase, "publishParaphrase"),
        ] {
            match change {
                Patch::Keep => {}
                Patch::Clear => *text = usual,
                Patch::Set(written) => {
                    let path = ["consentWording", name];
                    if let Some(good) = text::require(&written, text::EXCERPT, &path, refusals) {
                        *text = good;
                    }
                }
            }
        }
        if next != *self {
            match self.version.checked_add(1) {
                Some(version) => next.version = version,
                None => refusals.push(&["consentWording"], ErrorCode::OutOfRange, "there were too many"),
            }
        }
        next
    }
}

/// Writes a version down, unless it is there already: when it is made, and the usual words when a process starts.
pub async fn keep(tx: &Tx, now: Timestamp, wording: &Wording) -> Result<()> {
    let row = ActiveModel {
        version: Set(wording.version),
        hash: Set(wording.hash().to_vec()),
        answer_privately: Set(wording.answer_privately.clone()),
        publish_paraphrase: Set(wording.publish_paraphrase.clone()),
        created_at: Set(now),
    };
    let known = OnConflict::column(Column::Version).do_nothing().to_owned();
    Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
    Ok(())
}

/// A version that somebody has seen: the one that holds now, or one that was written down.
pub async fn by_version(
    db: &impl ConnectionTrait,
    current: &Wording,
    version: i32,
) -> Result<Option<Wording>> {
    if version == current.version {
        return Ok(Some(current.clone()));
    }
    let row = Entity::find_by_id(version).one(db).await?;
    Ok(row.map(Wording::from))
}

impl From<consent_wording::Model> for Wording {
    fn from(row: consent_wording::Model) -> Self {
        let consent_wording::Model { version, answer_privately, publish_paraphrase, .. } = row;
        Self { version, answer_privately, publish_paraphrase }
    }
}

/// Every version that was written down, and the one that holds now. A site has changed them a few times in its life.
pub async fn all(db: &impl ConnectionTrait, current: Wording) -> Result<Vec<Wording>> {
    let rows = Entity::find().order_by_desc(Column::Version).limit(MAX_READ).all(db).await?;
    Ok(rows.into_iter().map(Wording::from).chain([current]).collect())
}

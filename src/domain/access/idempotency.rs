//! Doing something once, however often it is asked for
//! (<https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header>).
//!
//! The key's row is the first thing that the transaction of the effect writes, and what was done is the last: so whoever
//! sees the row sees the effect, with a result from which the answer can be built again. The answer's bytes follow in a
//! transaction of their own. When the process dies between the two, the next request with the key builds the answer from
//! the result; the first answer that is stored is the one that everybody gets.
//!
//! A row tells nothing to who reads the database. Its id is a digest, and result and answer are sealed by a key that is
//! made of the credential and the idempotency key, neither of which is stored.

use aws_lc_rs::aead::LessSafeKey;
use entity::{Timestamp, idempotency};
use sea_orm::sea_query::{Expr, LockBehavior, LockType, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::db::Tx;
use crate::domain::core::client::Client;
use crate::domain::core::error::{Error, Result};
use crate::domain::core::sealed;
use crate::domain::core::time::HOUR;

/// How long a key is remembered, in milliseconds: 48 hours.
pub const MEMORY: i64 = 48 * HOUR;
const MAX_KEY: usize = 255;

/// What a client calls one request, to be able to send it again: 1 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    pub fn parse(text: &[u8]) -> Option<Self> {
        let good = (1..=MAX_KEY).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        let text = std::str::from_utf8(text).ok()?;
        good.then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// One request under a key.
pub struct Attempt {
    id: [u8; 32],
    request: [u8; 32],
    seal: LessSafeKey,
}

/// What was done under a key before.
#[derive(Debug)]
pub struct Known {
    result: Option<Vec<u8>>,
    answer: Option<Vec<u8>>,
}

impl Attempt {
    /// Anonymous clients share their keys: only who sends the very same request is answered, and a key that nobody can guess
    /// meets no other.
    pub fn new(client: &Client, Key(key): &Key, request: [u8; 32]) -> Self {
        let digest = |purpose: &[u8]| -> [u8; 32] {
            let credential = client.credential.as_ref().map_or([0; 32], |credential| *credential.as_bytes());
            Sha256::new().chain_update(purpose).chain_update(credential).chain_update(key).finalize().into()
        };
        Self { id: digest(b"id\0"), request, seal: sealed::cipher(&digest(b"seal\0")) }
    }

    pub fn id(&self) -> [u8; 32] {
        self.id
    }

    fn close(&self, text: Vec<u8>) -> Vec<u8> {
        sealed::close(&self.seal, &self.request, text)
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        let opened = sealed::open(&self.seal, &self.request, sealed);
        opened.ok_or_else(|| Error::Fault(DbErr::Custom("a row of idempotency was changed".to_owned())))
    }

    /// What was done, as whoever did it wrote it down.
    pub fn result<T: DeserializeOwned>(&self, known: &Known) -> Result<T> {
        let missing = || DbErr::Custom("a row of idempotency has no result".to_owned());
        let result = self.open(known.result.as_deref().ok_or_else(missing)?)?;
        Ok(serde_json::from_slice(&result).map_err(|error| DbErr::Json(error.to_string()))?)
    }

    /// The answer that was given.
    pub fn answer(&self, known: &Known) -> Result<Option<Vec<u8>>> {
        known.answer.as_deref().map(|answer| self.open(answer)).transpose()
    }
}

/// What was done under the key. `Error::KeyReused` when that was something else.
pub async fn find(db: &impl ConnectionTrait, now: Timestamp, attempt: &Attempt) -> Result<Option<Known>> {
    let row = idempotency::Entity::find_by_id(attempt.id.to_vec()).one(db).await?;
    let Some(row) = row.filter(|row| row.created_at > oldest(now)) else { return Ok(None) };
    if row.request != attempt.request {
        return Err(Error::KeyReused);
    }
    Ok(Some(Known { result: row.result, answer: row.answer }))
}

/// Takes the key for what the transaction is about to do. False when it was taken before: then nothing must be done.
///
/// While another transaction holds it, this waits, and answers `Error::KeyInProgress` when that takes too long.
pub async fn claim(tx: &Tx, now: Timestamp, attempt: &Attempt) -> Result<bool> {
    let in_progress = |error: DbErr| match error.into() {
        Error::TimedOut => Error::KeyInProgress,
        error => error,
    };
    idempotency::Entity::delete_many()
        .filter(idempotency::Column::Id.eq(attempt.id.to_vec()))
        .filter(idempotency::Column::CreatedAt.lte(oldest(now)))
        .exec(tx)
        .await
        .map_err(in_progress)?;
    let row = idempotency::ActiveModel {
        id: Set(attempt.id.to_vec()),
        request: Set(attempt.request.to_vec()),
        result: Set(None),
        answer: Set(None),
        created_at: Set(now),
    };
    let taken = OnConflict::column(idempotency::Column::Id).do_nothing().to_owned();
    let inserted = idempotency::Entity::insert(row)
        .on_conflict(taken)
        .exec_without_returning(tx)
        .await
        .map_err(in_progress)?;
    Ok(inserted == 1)
}

/// Writes down what the transaction has done under the key that it took.
pub async fn keep_result(tx: &Tx, attempt: &Attempt, result: &impl Serialize) -> Result<()> {
    let result = serde_json::to_vec(result).map_err(|error| DbErr::Json(error.to_string()))?;
    idempotency::Entity::update_many()
        .col_expr(idempotency::Column::Result, Expr::value(attempt.close(result)))
        .filter(idempotency::Column::Id.eq(attempt.id.to_vec()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Stores the answer unless there is one, and answers the one that is stored.
pub async fn keep_answer(tx: &Tx, now: Timestamp, attempt: &Attempt, answer: Vec<u8>) -> Result<Vec<u8>> {
    let stored = idempotency::Entity::update_many()
        .col_expr(idempotency::Column::Answer, Expr::value(attempt.close(answer.clone())))
        .filter(idempotency::Column::Id.eq(attempt.id.to_vec()))
        .filter(idempotency::Column::Answer.is_null())
        .exec(tx)
        .await?;
    if stored.rows_affected == 1 {
        return Ok(answer);
    }
    let Some(known) = find(tx, now, attempt).await? else { return Ok(answer) };
    Ok(attempt.answer(&known)?.unwrap_or(answer))
}

/// Forgets keys that are older than 48 hours, at most so many; answers how many those were.
pub async fn sweep(tx: &Tx, now: Timestamp, limit: u64) -> Result<u64> {
    let old = idempotency::Entity::find()
        .select_only()
        .column(idempotency::Column::Id)
        .filter(idempotency::Column::CreatedAt.lte(oldest(now)))
        .order_by_asc(idempotency::Column::CreatedAt)
        .limit(limit)
        // Nodes that sweep at the same time take different rows.
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple::<Vec<u8>>()
        .all(tx)
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    let gone = idempotency::Entity::delete_many().filter(idempotency::Column::Id.is_in(old)).exec(tx).await?;
    Ok(gone.rows_affected)
}

fn oldest(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - MEMORY)
}

/// A digest of a request that is the same for the same document, operation and variables, whatever the order of the
/// variables' fields.
pub fn digest(
    document: &str,
    operation: Option<&str>,
    variables: &serde_json::Map<String, serde_json::Value>,
) -> [u8; 32] {
    let mut digest = Sha256::new();
    // Lengths go in front, so that no part can end in the beginning of the next.
    for part in [document, operation.unwrap_or_default()] {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    digest_object(&mut digest, variables);
    digest.finalize().into()
}

fn digest_object(digest: &mut Sha256, object: &serde_json::Map<String, serde_json::Value>) {
    let mut names: Vec<_> = object.keys().collect();
    names.sort_unstable();
    digest.update([b'{']);
    digest.update(names.len().to_be_bytes());
    for name in names {
        digest.update(name.len().to_be_bytes());
        digest.update(name);
        digest_value(digest, &object[name]);
    }
}

/// As deep as the JSON parser lets through, 128 levels.
fn digest_value(digest: &mut Sha256, value: &serde_json::Value) {
    match value {
        serde_json::Value::Object(object) => digest_object(digest, object),
        serde_json::Value::Array(items) => {
            digest.update([b'[']);
            digest.update(items.len().to_be_bytes());
            for item in items {
                digest_value(digest, item);
            }
        }
        scalar => {
            let text = scalar.to_string();
            digest.update([b'=']);
            digest.update(text.len().to_be_bytes());
            digest.update(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn digest_of(variables: &str) -> [u8; 32] {
        let Ok(Value::Object(variables)) = serde_json::from_str(variables) else { panic!("an object") };
        digest("mutation", None, &variables)
    }

    #[test]
    fn the_order_of_fields_does_not_matter_and_everything_else_does() {
        let one = r#"{"a": {"x": 1, "y": [1, 2]}, "b": null}"#;
        assert_eq!(digest_of(one), digest_of(r#"{"b":null,"a":{"y":[1,2],"x":1}}"#));
        for other in [
            r#"{"a": {"x": 1, "y": [2, 1]}, "b": null}"#,
            r#"{"a": {"x": 1, "y": [1, 2]}}"#,
            r#"{"a": {"x": "1", "y": [1, 2]}, "b": null}"#,
            r#"{"a": {"x": 1, "y": [[1, 2]]}, "b": null}"#,
            r#"{"a": {"x": 1}, "y": [1, 2], "b": null}"#,
        ] {
            assert_ne!(digest_of(one), digest_of(other), "{other}");
        }
        let none = serde_json::Map::new();
        assert_ne!(digest("ab", Some("c"), &none), digest("a", Some("bc"), &none));
    }

    #[test]
    fn a_key_is_visible_ascii_and_short() {
        for good in ["1", "8e03978e-40d5-43dd-bc93-6894a57f9324", &"x".repeat(255)] {
            assert!(Key::parse(good.as_bytes()).is_some(), "{good}");
        }
        for bad in ["", " ", "a b", "a\tb", "ü", &"x".repeat(256)] {
            assert!(Key::parse(bad.as_bytes()).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_kept_opens_for_the_same_request_only() {
        let client = Client::default();
        let key = |text: &str| Key::parse(text.as_bytes()).expect("a key");
        let attempt = Attempt::new(&client, &key("one"), [1; 32]);
        let sealed = attempt.close(json!({ "secret": "canary" }).to_string().into_bytes());
        assert!(!sealed.windows(6).any(|part| part == b"canary"));
        assert_eq!(attempt.open(&sealed).ok(), Some(br#"{"secret":"canary"}"#.to_vec()));
        for other in
            [Attempt::new(&client, &key("two"), [1; 32]), Attempt::new(&client, &key("one"), [2; 32])]
        {
            assert!(other.open(&sealed).is_err());
        }
        assert!(attempt.open(&sealed[..5]).is_err());
    }
}

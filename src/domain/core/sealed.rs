//! Sealing what is private at rest: each row has a data key of its own, which is stored wrapped by a key that is derived from
//! the master key and so lives outside the database.
//!
//! Whoever destroys the wrapped key of a row has destroyed its texts, wherever else they were copied to. A wrapped key says
//! which master key it needs, so the master key can be changed while rows that were wrapped before it are still read.
//! Everything is AES-256-GCM (NIST SP 800-38D) with random nonces, and bound to the row that it belongs to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use rand::Rng;
use sea_orm::DbErr;

use super::error::{Error, Result};

/// What is derived from one master key for this module.
pub struct Secrets {
    /// How the master key is called.
    pub id: String,
    /// Wraps data keys.
    pub wrap: [u8; 32],
    /// Makes keyed hashes.
    pub hash: [u8; 32],
}

struct MasterSecrets {
    id: String,
    wrap: LessSafeKey,
    hash: hmac::Key,
}

impl From<Secrets> for MasterSecrets {
    fn from(secrets: Secrets) -> Self {
        let wrap = cipher(&secrets.wrap);
        Self { id: secrets.id, wrap, hash: hmac::Key::new(hmac::HMAC_SHA256, &secrets.hash) }
    }
}

/// Looks whether there are other master keys than before, and answers all of them then, newest first.
type Renewal = Box<dyn Fn() -> Option<Vec<Secrets>> + Send + Sync>;

/// What the process seals and opens with. The newest master key comes first.
pub struct Keyring {
    keys: RwLock<Arc<Vec<MasterSecrets>>>,
    renewal: Renewal,
    /// Whether it is known what was erased. Until then nothing is opened.
    opens: AtomicBool,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

/// A data key as it is stored beside what it seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    pub key_id: String,
    pub key: Vec<u8>,
}

/// The key of one row, in memory.
pub struct DataKey(LessSafeKey);

impl Keyring {
    /// At least one, the newest first. It seals from the beginning, and opens once it is allowed to.
    pub fn new(secrets: Vec<Secrets>, renewal: Renewal) -> Self {
        let keys = RwLock::new(Arc::new(secrets.into_iter().map(Into::into).collect()));
        Self { keys, renewal, opens: AtomicBool::new(false) }
    }

    /// From now on what is sealed can be opened: what was erased is not there any more.
    pub fn allow_opening(&self) {
        self.opens.store(true, Ordering::Release);
    }

    fn keys(&self) -> Arc<Vec<MasterSecrets>> {
        if let Some(secrets) = (self.renewal)() {
            let keys = Arc::new(secrets.into_iter().map(Into::into).collect());
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
            return keys;
        }
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// How the newest master key is called.
    pub fn newest_id(&self) -> String {
        self.keys()[0].id.clone()
    }

    /// Which others there are.
    pub fn earlier_ids(&self) -> Vec<String> {
        self.keys()[1..].iter().map(|key| key.id.clone()).collect()
    }

    /// A new data key for the row that `row` names.
    pub fn data_key(&self, row: &[u8]) -> (DataKey, Wrapped) {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        (DataKey(cipher(&bytes)), self.wrap(row, bytes.to_vec()))
    }

    /// The data key of a row. A fault when it is of another row, or of a master key that is not here.
    pub fn unwrap(&self, row: &[u8], wrapped: &Wrapped) -> Result<DataKey> {
        let bytes = self.unwrapped(row, wrapped)?;
        let bytes = bytes.try_into().map_err(|_| damaged("a data key has another length"))?;
        Ok(DataKey(cipher(&bytes)))
    }

    /// The same data key under the newest master key; `None` when it is that already.
    pub fn rewrap(&self, row: &[u8], wrapped: &Wrapped) -> Result<Option<Wrapped>> {
        if wrapped.key_id == self.newest_id() {
            return Ok(None);
        }
        Ok(Some(self.wrap(row, self.unwrapped(row, wrapped)?)))
    }

    fn wrap(&self, row: &[u8], data_key: Vec<u8>) -> Wrapped {
        let keys = self.keys();
        Wrapped { key_id: keys[0].id.clone(), key: close(&keys[0].wrap, row, data_key) }
    }

    fn unwrapped(&self, row: &[u8], wrapped: &Wrapped) -> Result<Vec<u8>> {
        if !self.opens.load(Ordering::Acquire) {
            return Err(Error::Unavailable);
        }
        let keys = self.keys();
        let Some(key) = keys.iter().find(|key| key.id == wrapped.key_id) else {
            return Err(damaged("a row was sealed under a master key that this process does not have"));
        };
        open(&key.wrap, row, &wrapped.key).ok_or_else(|| damaged("a wrapped data key was changed"))
    }

    /// A keyed hash: the same for the same text, and no help to who has the database alone.
    pub fn hash(&self, purpose: &str, text: &[u8]) -> Vec<u8> {
        hash(&self.keys()[0], purpose, text)
    }

    /// The keyed hashes of a text by every master key, newest first: what was stored before a rotation is found too.
    pub fn hashes(&self, purpose: &str, text: &[u8]) -> Vec<Vec<u8>> {
        self.keys().iter().map(|key| hash(key, purpose, text)).collect()
    }
}

impl DataKey {
    pub fn seal(&self, row: &[u8], text: Vec<u8>) -> Vec<u8> {
        close(&self.0, row, text)
    }

    pub fn open(&self, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        open(&self.0, row, sealed).ok_or_else(|| damaged("a sealed text was changed"))
    }
}

fn hash(key: &MasterSecrets, purpose: &str, text: &[u8]) -> Vec<u8> {
    let mut context = hmac::Context::with_key(&key.hash);
    context.update(purpose.as_bytes());
    context.update(&[0]);
    context.update(text);
    context.sign().as_ref().to_vec()
}

pub(in crate::domain) fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes"))
}

/// A nonce and the text under it, bound to what it is about.
pub(in crate::domain) fn close(key: &LessSafeKey, about: &[u8], mut text: Vec<u8>) -> Vec<u8> {
    let mut nonce = [0; NONCE_LEN];
    rand::rng().fill_bytes(&mut nonce);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(about), &mut text)
        .expect("far below the longest text of the cipher");
    [&nonce[..], &text].concat()
}

/// `None` when it was changed, or is about something else.
pub(in crate::domain) fn open(key: &LessSafeKey, about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = text.to_vec();
    let length = key.open_in_place(nonce, Aad::from(about), &mut text).ok()?.len();
    text.truncate(length);
    Some(text)
}

fn damaged(what: &str) -> Error {
    Error::Fault(DbErr::Custom(what.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn secrets(names: &[&str]) -> Vec<Secrets> {
        let secret = |name: &&str| {
            let byte = name.as_bytes()[0];
            Secrets { id: (*name).to_owned(), wrap: [byte; 32], hash: [byte ^ 0xff; 32] }
        };
        names.iter().map(secret).collect()
    }

    fn ring(names: &[&str]) -> Keyring {
        let ring = Keyring::new(secrets(names), Box::new(|| None));
        ring.allow_opening();
        ring
    }

    #[test]
    fn a_text_opens_with_the_key_of_its_row_and_in_no_other_place() {
        let closed = Keyring::new(secrets(&["old"]), Box::new(|| None));
        let (_, wrapped) = closed.data_key(b"row 1");
        assert!(matches!(closed.unwrap(b"row 1", &wrapped), Err(Error::Unavailable)));
        let ring = ring(&["old"]);
        let (key, wrapped) = ring.data_key(b"row 1");
        let sealed = key.seal(b"row 1", b"canary".to_vec());
        assert!(!sealed.windows(6).any(|part| part == b"canary"));
        let again = ring.unwrap(b"row 1", &wrapped).unwrap();
        assert_eq!(again.open(b"row 1", &sealed).unwrap(), b"canary");
        assert!(again.open(b"row 2", &sealed).is_err());
        assert!(ring.unwrap(b"row 2", &wrapped).is_err());
        let (other, _) = ring.data_key(b"row 1");
        assert!(other.open(b"row 1", &sealed).is_err());
        assert!(again.open(b"row 1", &sealed[..5]).is_err());
        let mut turned = sealed;
        *turned.last_mut().unwrap() ^= 1;
        assert!(again.open(b"row 1", &turned).is_err());
    }

    #[test]
    fn the_master_key_changes_and_the_text_stays() {
        let (key, wrapped) = ring(&["old"]).data_key(b"row");
        let sealed = key.seal(b"row", b"words".to_vec());
        let both = ring(&["new", "old"]);
        assert_eq!(both.unwrap(b"row", &wrapped).unwrap().open(b"row", &sealed).unwrap(), b"words");
        let moved = both.rewrap(b"row", &wrapped).unwrap().unwrap();
        assert_eq!(both.rewrap(b"row", &moved).unwrap(), None);
        let new = ring(&["new"]);
        assert_eq!(new.unwrap(b"row", &moved).unwrap().open(b"row", &sealed).unwrap(), b"words");
        assert!(new.unwrap(b"row", &wrapped).is_err());
        assert_eq!(both.hashes("a", b"x"), [new.hash("a", b"x"), ring(&["old"]).hash("a", b"x")]);
        assert_ne!(new.hash("a", b"x"), new.hash("b", b"x"));
    }

    #[test]
    fn keys_that_another_process_has_changed_are_used_at_once() {
        let next = Arc::new(Mutex::new(None));
        let given = Arc::clone(&next);
        let ring = Keyring::new(secrets(&["old"]), Box::new(move || given.lock().unwrap().take()));
        assert_eq!(ring.data_key(b"row").1.key_id, "old");
        *next.lock().unwrap() = Some(secrets(&["new", "old"]));
        assert_eq!(ring.data_key(b"row").1.key_id, "new");
        assert_eq!((ring.newest_id(), ring.earlier_ids()), ("new".to_owned(), vec!["old".to_owned()]));
    }
}

//! The master key, and what is derived from it. It lives outside the database: whoever has a copy of that alone can sign
//! nothing and open nothing.
//!
//! Every purpose has a key of its own (HKDF with SHA-256, RFC 5869), so that none of them tells another. There may be
//! earlier master keys behind the newest one: what was made with them is still understood, and nothing new is.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_lc_rs::hkdf;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::private;

const FILE: &str = "master.key";
const SALT: &[u8] = b"wellspring master key 1";

/// 32 random bytes that everything secret is derived from.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey([u8; 32]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{path} cannot be used as the master key: {source}")]
    Io { path: String, source: std::io::Error },
    #[error("{path} does not hold a master key: 32 bytes in base64")]
    Malformed { path: String },
}

/// The newest master key and those before it, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterKeys(Vec<MasterKey>);

impl MasterKeys {
    /// Reads base64 of 32 bytes, or `file:` and the path of a file with that. Earlier keys follow the newest, with commas or
    /// line breaks between.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("file:") {
            Some(path) => Self::decode(&fs::read_to_string(path).ok()?),
            None => Self::decode(text),
        }
    }

    fn decode(text: &str) -> Option<Self> {
        let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        let keys: Vec<MasterKey> = words.map(MasterKey::decode).collect::<Option<_>>()?;
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// The file of a folder that has its keys.
    pub fn file(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// The keys in a folder, if it has a file of them.
    pub fn stored(folder: &Path) -> Result<Option<Self>, KeyError> {
        match Self::read(&Self::file(folder)) {
            Err(KeyError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// The keys in a folder, the first made if there is none. Of several processes that make one at once, all get the same.
    pub fn in_folder(folder: &Path) -> Result<Self, KeyError> {
        if let Some(keys) = Self::stored(folder)? {
            return Ok(keys);
        }
        let path = Self::file(folder);
        make(&path).map_err(|source| KeyError::Io { path: path.display().to_string(), source })?;
        Self::read(&path)
    }

    fn read(path: &Path) -> Result<Self, KeyError> {
        let named = || path.display().to_string();
        let text = fs::read_to_string(path).map_err(|source| KeyError::Io { path: named(), source })?;
        Self::decode(&text).ok_or_else(|| KeyError::Malformed { path: named() })
    }

    /// Puts a new key in front of those in a folder, which must have one. Of several processes that do so at once, each finds the key of the one
    /// before.
    pub fn add_in_folder(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join(FILE);
        let named = |source| KeyError::Io { path: path.display().to_string(), source };
        let turn = fs::File::open(folder).map_err(named)?;
        turn.lock().map_err(named)?;
        let Self(before) = Self::read(&path)?;
        let keys = std::iter::once(MasterKey::generate()).chain(before);
        let lines: String = keys.map(|key| format!("{}\n", STANDARD.encode(key.0))).collect();
        let written = write_beside(&path, &lines).map_err(named)?;
        fs::rename(&written, &path).map_err(named)?;
        sync_folder(&path).map_err(named)?;
        Self::read(&path)
    }

    /// What is made from now on is made with this.
    pub fn newest(&self) -> &MasterKey {
        self.0.first().expect("there is at least one")
    }

    /// Newest first.
    pub fn all(&self) -> &[MasterKey] {
        &self.0
    }
}

/// Notices when the keys in a folder were changed by another process.
#[derive(Debug)]
pub struct KeyWatch {
    folder: PathBuf,
    seen: Mutex<Option<SystemTime>>,
}

impl KeyWatch {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), seen: Mutex::default() }
    }

    /// The keys at the first look, and whenever they are others than at the last one.
    pub fn changed(&self) -> Option<MasterKeys> {
        let written_at = self.written_at();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == written_at {
            return None;
        }
        *seen = written_at;
        // A file that is gone is not made anew: what was sealed under its keys would be lost for good.
        let keys = MasterKeys::read(&self.folder.join(FILE));
        keys.inspect_err(|error| tracing::error!(%error, "the keys so far are used on: {error}")).ok()
    }

    fn written_at(&self) -> Option<SystemTime> {
        fs::metadata(self.folder.join(FILE)).and_then(|file| file.modified()).ok()
    }
}

impl MasterKey {
    fn generate() -> Self {
        Self(rand::random())
    }

    fn decode(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// What the key is called, in 16 digits that tell nothing of it.
    pub fn id(&self) -> String {
        hex::encode(&self.derive("name of the key")[..8])
    }

    /// The key for one purpose.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let pseudo_random = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(&self.0);
        let mut key = [0; 32];
        pseudo_random
            .expand(&[purpose.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|expanded| expanded.fill(&mut key))
            .expect("32 bytes can always be had");
        key
    }

    /// The same as text, for purposes that want a password.
    pub fn derive_text(&self, purpose: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.derive(purpose))
    }
}

/// Written whole under another name first, and given its own only if that is still free.
fn make(path: &Path) -> std::io::Result<()> {
    let written = write_beside(path, &format!("{}\n", STANDARD.encode(MasterKey::generate().0)))?;
    let made = match fs::hard_link(&written, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    };
    let removed = fs::remove_file(&written);
    made?;
    removed?;
    sync_folder(path)
}

/// Writes a file that nobody else may read next to where it belongs.
fn write_beside(path: &Path, text: &str) -> std::io::Result<PathBuf> {
    let written = path.with_extension(format!("{:016x}", rand::random::<u64>()));
    let done = private::files().write(true).create_new(true).open(&written).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    if done.is_err() {
        let _ = fs::remove_file(&written);
    }
    done.map(|()| written)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_key_and_nobody_else_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let tries: Vec<_> =
                (0..8).map(|_| scope.spawn(|| MasterKeys::in_folder(folder.path()).unwrap())).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]));
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, [FILE]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(folder.path().join(FILE), "short").unwrap();
        let refused = MasterKeys::in_folder(folder.path()).unwrap_err().to_string();
        assert!(refused.ends_with("does not hold a master key: 32 bytes in base64"), "{refused}");
    }

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let keys = MasterKeys::parse(&STANDARD.encode([7; 32])).unwrap();
        let key = keys.newest();
        assert_ne!(key.derive("a"), key.derive("b"));
        assert_eq!(key.derive("a"), key.clone().derive("a"));
        assert_eq!(MasterKeys::parse("c2hvcnQ="), None);
        assert_eq!(MasterKeys::parse(" ,\n"), None);
        assert_eq!(MasterKeys::parse("file:/nowhere/at/all"), None);
        assert_eq!(format!("{key:?}"), "MasterKey");
    }

    #[test]
    fn a_new_key_stands_in_front_of_those_before_it_and_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let first = MasterKeys::in_folder(folder.path()).unwrap();
        let watch = KeyWatch::new(folder.path());
        assert_eq!(watch.changed(), Some(first.clone()));
        assert_eq!(watch.changed(), None);
        let both = MasterKeys::add_in_folder(folder.path()).unwrap();
        assert_eq!(both.all()[1..], *first.all());
        assert_ne!(both.newest().id(), first.newest().id());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let [new, old] = [both.newest(), first.newest()].map(|key| STANDARD.encode(key.0));
        assert_eq!(MasterKeys::parse(&format!("{new},{old}")), Some(both.clone()));
        assert_eq!(MasterKeys::parse(&format!("{new}, nonsense")), None);
        watch.seen.lock().unwrap().take();
        assert_eq!(watch.changed(), Some(both));
        fs::remove_file(folder.path().join(FILE)).unwrap();
        assert_eq!((watch.changed(), watch.changed()), (None, None));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no other key comes in its place");
    }

    #[test]
    fn no_key_is_lost_when_several_are_added_at_once() {
        let folder = tempfile::tempdir().unwrap();
        MasterKeys::in_folder(folder.path()).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| MasterKeys::add_in_folder(folder.path()).unwrap());
            }
        });
        assert_eq!(MasterKeys::in_folder(folder.path()).unwrap().all().len(), 9);
    }
}

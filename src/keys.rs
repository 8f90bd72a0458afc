//! The master key, and what is derived from it. It lives outside the database: whoever has a copy of that alone can sign
//! nothing.
//!
//! Every purpose has a key of its own (HKDF with SHA-256, RFC 5869), so that none of them tells another.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use aws_lc_rs::hkdf;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

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

impl MasterKey {
    /// Reads base64 of 32 bytes, or `file:` and the path of a file with that.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("file:") {
            Some(path) => Self::decode(&fs::read_to_string(path).ok()?),
            None => Self::decode(text),
        }
    }

    fn decode(text: &str) -> Option<Self> {
        STANDARD.decode(text.trim()).ok()?.try_into().ok().map(Self)
    }

    /// The key in a folder, made if there is none. Of several processes that make one at once, all get the same.
    pub fn in_folder(folder: &Path) -> Result<Self, KeyError> {
        let path = folder.join(FILE);
        let named = |source| KeyError::Io { path: path.display().to_string(), source };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(&path).map_err(named)?;
                fs::read_to_string(&path).map_err(named)?
            }
            Err(error) => return Err(named(error)),
        };
        Self::decode(&text).ok_or_else(|| KeyError::Malformed { path: path.display().to_string() })
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
    let written = path.with_extension(format!("{:016x}", rand::random::<u64>()));
    let key = STANDARD.encode(rand::random::<[u8; 32]>());
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = options.open(&written).and_then(|mut file| {
        file.write_all(format!("{key}\n").as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&written, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    });
    let removed = fs::remove_file(&written);
    made?;
    removed?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_key_and_nobody_else_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<_> = std::thread::scope(|scope| {
            let tries: Vec<_> =
                (0..8).map(|_| scope.spawn(|| MasterKey::in_folder(folder.path()).unwrap())).collect();
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
        let refused = MasterKey::in_folder(folder.path()).unwrap_err().to_string();
        assert!(refused.ends_with("does not hold a master key: 32 bytes in base64"), "{refused}");
    }

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let key = MasterKey::parse(&STANDARD.encode([7; 32])).unwrap();
        assert_ne!(key.derive("a"), key.derive("b"));
        assert_eq!(key.derive("a"), key.clone().derive("a"));
        assert_eq!(MasterKey::parse("c2hvcnQ="), None);
        assert_eq!(MasterKey::parse("file:/nowhere/at/all"), None);
        assert_eq!(format!("{key:?}"), "MasterKey");
    }
}

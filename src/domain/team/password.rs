//! Passwords: what a good one is, and Argon2id (RFC 9106) with the parameters that OWASP recommends
//! (<https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>): 19 MiB, two passes, one lane.
//!
//! Hashing is slow and takes memory on purpose, so only a few are done at once, on threads of their own; the others wait,
//! and who would wait too long is told to try again. A password is compared with something for an unknown address too, so
//! that the time tells nothing.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use tokio::sync::Semaphore;

use crate::domain::core::error::{Error, ErrorCode, Refusals, Result};
use crate::domain::core::heavy::run_blocking;

pub const MIN: usize = 12;
pub const MAX: usize = 256;

/// KiB, passes, lanes.
const PARAMETERS: (u32, u32, u32) = (19_456, 2, 1);
/// How long a sign-in waits for its turn; below the deadline of a request.
const PATIENCE: Duration = Duration::from_secs(4);
/// The hash of no password: what is compared for addresses that nobody has.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlz$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Where hashing is done.
#[derive(Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    /// Half of the cores, so that the other half goes on answering.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { turns: Arc::new(Semaphore::new((cores / 2).max(1))) }
    }
}

impl Passwords {
    /// The hash to store, in PHC format.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.in_turn(move || {
            let hashed = argon2().hash_password(password.as_bytes()).expect("any bytes can be hashed");
            hashed.to_string()
        })
        .await
    }

    /// Whether the password is the one of this hash. Takes as long without a hash.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        self.in_turn(move || {
            let exists = hash.is_some();
            let hash = hash.as_deref().unwrap_or(NOBODY);
            let parsed = PasswordHash::new(hash).expect("stored by this program");
            argon2().verify_password(password.as_bytes(), &parsed).is_ok() && exists
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| Error::Unavailable)?.map_err(|_| Error::Unavailable)?;
        // The turn goes along, so that a request that was given up does not make room before its memory is free.
        Ok(run_blocking(move || {
            let done = work();
            drop(turn);
            done
        })
        .await)
    }
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = PARAMETERS;
    let params = Params::new(memory, passes, lanes, None).expect("parameters within the algorithm's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Notes what is wrong with a new password. Length is what counts (NIST SP 800-63B, 3.1.1.2); there are no rules about kinds
/// of characters.
pub fn check(password: &str, email: &str, path: &[&str], refusals: &mut Refusals) {
    let characters = password.chars().count();
    let distinct: std::collections::HashSet<char> = password.chars().collect();
    if characters < MIN {
        refusals.push(path, ErrorCode::Invalid, format!("at least {MIN} characters, found {characters}"));
    } else if characters > MAX {
        refusals.push(path, ErrorCode::TooLong, format!("at most {MAX} characters, found {characters}"));
    } else if distinct.len() < 5 {
        refusals.push(path, ErrorCode::Invalid, "at least 5 different characters");
    } else if !email.is_empty() && password.to_lowercase().contains(&email.to_lowercase()) {
        refusals.push(path, ErrorCode::Invalid, "must not contain the address");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery".to_owned()).await.expect("a turn");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let verify = |password: &str, hash: Option<&str>| {
            passwords.verify(password.to_owned(), hash.map(str::to_owned))
        };
        assert!(verify("correct horse battery", Some(&hash)).await.expect("a turn"));
        assert!(!verify("correct horse batterz", Some(&hash)).await.expect("a turn"));
        assert!(!verify("correct horse battery", None).await.expect("a turn"));
        assert!(!verify("", None).await.expect("a turn"));
        let again = passwords.hash("correct horse battery".to_owned()).await.expect("a turn");
        assert_ne!(hash, again, "each has a salt of its own");
    }

    #[test]
    fn what_is_wrong_with_a_password_is_told() {
        for (password, expected) in [
            ("", Some(ErrorCode::Invalid)),
            ("elevenchars", Some(ErrorCode::Invalid)),
            ("aaaaaaaaaaaaaaaa", Some(ErrorCode::Invalid)),
            ("x-Ann@Example.org-x", Some(ErrorCode::Invalid)),
            ("äöüßéèêëçñøå", None),
            ("correct horse battery", None),
        ] {
            let mut refusals = Refusals::default();
            check(password, "ann@example.org", &["password"], &mut refusals);
            let found = match refusals.finish() {
                Err(Error::Refused(errors)) => errors.first().map(|error| error.code),
                _ => None,
            };
            assert_eq!(found, expected, "{password}");
        }
    }
}

//! Secrets that are shown once: a prefix that says what it is, 32 random bytes and a checksum, so that a scanner recognises
//! a leaked one.
//!
//! Only the SHA-256 of a secret is stored. The bytes are random enough that a slow hash would add nothing.

use std::fmt;

use rand::Rng;
use sha2::{Digest, Sha256};

const RANDOM_DIGITS: usize = 64;
const CHECKSUM_DIGITS: usize = 8;

/// What a secret is for, which its prefix says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    ApiToken,
    Session,
    Preview,
    /// In a link that works once.
    Link,
    /// In the link that leads a reader to the own question.
    Question,
}

impl Purpose {
    pub fn prefix(self) -> &'static str {
        match self {
            Self::ApiToken => "wsp_",
            Self::Session => "wss_",
            Self::Preview => "wsv_",
            Self::Link => "wsl_",
            Self::Question => "wsq_",
        }
    }
}

/// A secret as it is shown once, to whoever it is for.
pub struct Secret(String);

impl Secret {
    pub fn generate(purpose: Purpose) -> Self {
        let mut bytes = [0_u8; RANDOM_DIGITS / 2];
        rand::rng().fill_bytes(&mut bytes);
        let random = hex::encode(bytes);
        let checksum = checksum(&random);
        Self(format!("{}{random}{checksum}", purpose.prefix()))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(in crate::domain) fn hash(&self) -> Vec<u8> {
        hash(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a presented secret must be found by. `None` when it cannot be one of this purpose.
pub(in crate::domain) fn hash_of(purpose: Purpose, text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix(purpose.prefix())?;
    let right_length = digits.len() == RANDOM_DIGITS + CHECKSUM_DIGITS && digits.is_ascii();
    (right_length && checksum(&digits[..RANDOM_DIGITS]) == digits[RANDOM_DIGITS..]).then(|| hash(text))
}

fn checksum(random: &str) -> String {
    hex::encode(&Sha256::digest(random.as_bytes())[..CHECKSUM_DIGITS / 2])
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognised_by_its_purpose_and_checksum() {
        let secret = Secret::generate(Purpose::Session);
        assert_eq!(hash_of(Purpose::Session, secret.reveal()), Some(secret.hash()));
        assert_eq!(hash_of(Purpose::ApiToken, secret.reveal()), None);
        let mut typo = secret.reveal().to_owned();
        let last = if typo.ends_with('0') { '1' } else { '0' };
        typo.pop();
        typo.push(last);
        assert_eq!(hash_of(Purpose::Session, &typo), None);
        assert_eq!(hash_of(Purpose::Session, ""), None);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}

//! API tokens: `wsp_`, 32 random bytes and a checksum, so that a scanner recognises a leaked one.
//!
//! Only the SHA-256 of a token is stored. The bytes are random enough that a slow hash would add nothing.

use std::fmt::Write;

use entity::{AccountId, ApiTokenId, Timestamp, api_token};
use rand::Rng;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set,
};
use sha2::{Digest, Sha256};

use super::error::Result;
use super::id::new_uuid;
use super::policy::{Scopes, Viewer};

const PREFIX: &str = "wsp_";
const RANDOM_DIGITS: usize = 64;
const CHECKSUM_DIGITS: usize = 8;

/// A token as it is shown once, to whoever made it.
pub struct Token(String);

impl Token {
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn generate() -> Self {
        let mut bytes = [0_u8; RANDOM_DIGITS / 2];
        rand::rng().fill_bytes(&mut bytes);
        let random = hex(&bytes);
        let checksum = checksum(&random);
        Self(format!("{PREFIX}{random}{checksum}"))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

pub async fn create(
    tx: &DatabaseTransaction,
    now: Timestamp,
    account: AccountId,
    name: &str,
    scopes: &Scopes,
    expires_at: Option<Timestamp>,
) -> Result<Token> {
    let token = Token::generate();
    api_token::ActiveModel {
        id: Set(ApiTokenId(new_uuid(now))),
        account_id: Set(account),
        name: Set(name.to_owned()),
        hash: Set(hash(token.reveal())),
        scopes: Set(scopes.to_string()),
        created_at: Set(now),
        expires_at: Set(expires_at),
    }
    .insert(tx)
    .await?;
    Ok(token)
}

/// Who holds this token. `None` when it is malformed, unknown or expired.
pub async fn viewer(db: &impl ConnectionTrait, now: Timestamp, token: &str) -> Result<Option<Viewer>> {
    if !is_well_formed(token) {
        return Ok(None);
    }
    let row = api_token::Entity::find().filter(api_token::Column::Hash.eq(hash(token))).one(db).await?;
    let Some(row) = row.filter(|row| row.expires_at.is_none_or(|end| now < end)) else { return Ok(None) };
    // A scope that this version does not know was written by a newer one; the token is refused rather than guessed at.
    let Ok(scopes) = row.scopes.parse() else { return Ok(None) };
    Ok(Some(Viewer::Token { account: row.account_id, scopes }))
}

fn is_well_formed(token: &str) -> bool {
    let Some(digits) = token.strip_prefix(PREFIX) else { return false };
    let right_length = digits.len() == RANDOM_DIGITS + CHECKSUM_DIGITS && digits.is_ascii();
    right_length && checksum(&digits[..RANDOM_DIGITS]) == digits[RANDOM_DIGITS..]
}

fn checksum(random: &str) -> String {
    hex(&Sha256::digest(random.as_bytes())[..CHECKSUM_DIGITS / 2])
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

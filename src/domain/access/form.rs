//! Forms that strangers fill in: a token that says when the form was shown, and a proof of work if one is wanted.
//!
//! The token is signed, good for one submission, and neither too young (programs are fast) nor too old. The proof is that of
//! ALTCHA (<https://altcha.org/docs/v2/proof-of-work/>), its challenge bound to the token: a token that was used is a
//! solution that was used. Nobody is asked to recognise traffic lights, and nothing is fetched from elsewhere.

use std::collections::BTreeMap;

use altcha::{CreateChallengeOptions, Payload, VerifySolutionOptions};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entity::Timestamp;
use entity::used_token::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{LockBehavior, LockType, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use sha2::{Digest, Sha256};

use crate::db::Tx;
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::sealed::Keyring;
use crate::domain::core::time::HOUR;

const VERSION: u8 = 1;
const NONCE: usize = 16;
const SIGNED: usize = 1 + 8 + 4 + NONCE;
const PURPOSE: &str = "form token";
/// Rounds of PBKDF2 for each try: so few that a try costs a browser far below a millisecond.
const ROUNDS: u32 = 1_000;
/// A challenge with its solution has less than 1 KiB.
const MAX_PROOF: usize = 4_096;
/// One of so many new tokens takes old ones along, so that the table ends without anybody's help.
const SWEEPERS: u8 = 16;
/// How many it takes.
const SWEEP: u64 = 64;

/// How long a form can be good, whatever is set.
pub const MAX_AGE: i64 = 168 * HOUR;

/// What is asked of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormRules {
    /// How old a token must be, in milliseconds.
    pub min_age: i64,
    /// How old it may be.
    pub max_age: i64,
    /// How many hexadecimal digits must come out right: each makes sixteen times the work. `None` for no proof.
    pub proof_digits: Option<u8>,
}

/// A form as it was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub shown_at: Timestamp,
    /// Version of the words beside its checkboxes.
    pub wording: i32,
    nonce: [u8; NONCE],
}

impl Form {
    pub fn new(now: Timestamp, wording: i32) -> Self {
        Self { shown_at: now, wording, nonce: rand::random() }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.shown_at.0.to_be_bytes());
        bytes.extend(self.wording.to_be_bytes());
        bytes.extend(self.nonce);
        bytes
    }

    /// What the frontend sends back with the form.
    pub fn token(&self, keys: &Keyring) -> String {
        let mut bytes = self.bytes();
        bytes.extend(keys.hash(PURPOSE, &bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What ALTCHA's widget solves, as JSON. `None` where no proof is wanted.
    pub fn challenge(&self, keys: &Keyring, rules: FormRules) -> Option<String> {
        let digits = usize::from(rules.proof_digits?);
        let data = BTreeMap::from([("form".to_owned(), self.name().into())]);
        let challenge = altcha::create_challenge(CreateChallengeOptions {
            algorithm: "PBKDF2/SHA-256".to_owned(),
            cost: ROUNDS,
            data: Some(data),
            hmac_signature_secret: Some(secret(&keys.hash("altcha", b""))),
            key_prefix: "0".repeat(digits),
            ..CreateChallengeOptions::default()
        });
        let challenge = challenge.expect("a known algorithm and hexadecimal digits");
        Some(serde_json::to_string(&challenge).expect("plain data"))
    }

    /// What a challenge calls the form that it belongs to.
    fn name(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.nonce)
    }
}

/// Reads a token; what is wrong with it is noted under `path`.
pub fn read(
    keys: &Keyring,
    now: Timestamp,
    rules: FormRules,
    token: &str,
    path: &[&str],
    refusals: &mut Refusals,
) -> Option<Form> {
    let Some(form) = signed(keys, token) else {
        refusals.push(path, ErrorCode::Invalid, "this is not a token that came with a form");
        return None;
    };
    let age = now.0.saturating_sub(form.shown_at.0);
    if age < rules.min_age {
        let seconds = (rules.min_age - age).div_euclid(1_000) + 1;
        let message = format!("the form was filled in very fast; send it again in {seconds} s");
        refusals.push(path, ErrorCode::TooSoon, message);
        return None;
    }
    if age >= rules.max_age {
        refusals.push(path, ErrorCode::Expired, "the form was open for too long; load it again");
        return None;
    }
    Some(form)
}

fn signed(keys: &Keyring, token: &str) -> Option<Form> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (said, tag) = bytes.split_at_checked(SIGNED)?;
    let is_ours = keys
        .hashes(PURPOSE, said)
        .iter()
        .any(|expected| aws_lc_rs::constant_time::verify_slices_are_equal(expected, tag).is_ok());
    let (version, rest) = said.split_first()?;
    let (shown_at, rest) = rest.split_first_chunk()?;
    let (wording, rest) = rest.split_first_chunk()?;
    let nonce = rest.try_into().ok()?;
    let (shown_at, wording) = (Timestamp(i64::from_be_bytes(*shown_at)), i32::from_be_bytes(*wording));
    (is_ours && *version == VERSION).then_some(Form { shown_at, wording, nonce })
}

/// Checks the proof of work that belongs to a form. Takes a fraction of a millisecond of computing.
pub fn check_proof(
    keys: &Keyring,
    rules: FormRules,
    form: &Form,
    proof: Option<&str>,
    path: &[&str],
    refusals: &mut Refusals,
) {
    if rules.proof_digits.is_none() {
        return;
    }
    let Some(proof) = proof.filter(|proof| !proof.is_empty()) else {
        let message = "solve the challenge that came with the form, and send what ALTCHA's widget answers";
        return refusals.push(path, ErrorCode::ProofRequired, message);
    };
    if !is_solved(keys, form, proof) {
        let message = "this is not a solution of the challenge that came with this form";
        refusals.push(path, ErrorCode::ProofRequired, message);
    }
}

fn is_solved(keys: &Keyring, form: &Form, proof: &str) -> bool {
    if proof.len() > MAX_PROOF {
        return false;
    }
    let Ok(json) = STANDARD.decode(proof) else { return false };
    let Ok(Payload { challenge, solution }) = serde_json::from_slice::<Payload>(&json) else { return false };
    let data = challenge.parameters.data.as_ref();
    let is_for_form = data.and_then(|data| data.get("form")?.as_str()) == Some(&form.name());
    is_for_form
        && keys.hashes("altcha", b"").iter().any(|key| {
            let options = VerifySolutionOptions::new(&challenge, &solution, secret(key));
            altcha::verify_solution(options).is_ok_and(|result| result.verified)
        })
}

fn secret(key: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// Uses a token up, in the transaction of what was submitted.
pub async fn spend(tx: &Tx, now: Timestamp, form: &Form, path: &[&str]) -> Result<()> {
    let hash = Sha256::digest(form.bytes()).to_vec();
    if hash[0].is_multiple_of(SWEEPERS) {
        sweep(tx, now).await?;
    }
    let row = ActiveModel {
        hash: Set(hash),
        // Not by the setting of today, which may be another one tomorrow.
        expires_at: Set(Timestamp(form.shown_at.0.saturating_add(MAX_AGE))),
    };
    let known = OnConflict::column(Column::Hash).do_nothing().to_owned();
    match Entity::insert(row).on_conflict(known).exec_without_returning(tx).await? {
        0 => refuse(path, ErrorCode::Expired, "the form was sent already; load it again"),
        _ => Ok(()),
    }
}

/// Forgets tokens that are too old to be sent again.
async fn sweep(tx: &Tx, now: Timestamp) -> Result<()> {
    let old = Entity::find()
        .select_only()
        .column(Column::Hash)
        .filter(Column::ExpiresAt.lt(now))
        .order_by_asc(Column::ExpiresAt)
        .limit(SWEEP)
        // Nodes that sweep at the same time take different rows.
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple::<Vec<u8>>()
        .all(tx)
        .await?;
    if !old.is_empty() {
        Entity::delete_many().filter(Column::Hash.is_in(old)).exec(tx).await?;
    }
    Ok(())
}

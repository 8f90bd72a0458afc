//! Asking: what a reader sent in is checked, sealed, and stored with the hash of the secret that leads back to it.

use entity::question_intake::QuestionState;
use entity::{QuestionCallId, QuestionId, Timestamp, question_call, question_intake, question_link};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::original::{self, Consent, Original};
use super::question_call as calls;
use crate::db::Tx;
use crate::domain::access::form::{self, Form};
use crate::domain::core::error::{ErrorCode, Refusals, Result};
use crate::domain::core::locale;
use crate::domain::core::sealed::Keyring;
use crate::domain::core::secret::{Purpose, Secret};
use crate::domain::core::text::{self, Limit, Lines};
use crate::domain::site::settings::Settings;
use crate::domain::site::wording::Wording;
use crate::domain::team::account::check_address;

/// Of a question, in characters.
pub const MAX_TEXT: usize = 4_000;
const TEXT: Limit = Limit { characters: MAX_TEXT, lines: Lines::Many };
/// How many letters a question has at least: fewer ask nothing.
const MIN_LETTERS: usize = 3;
/// What the hash of an address is made for.
pub(super) const ADDRESS: &str = "address of an asker";

/// What was filled in.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    pub text: String,
    pub display_name: Option<String>,
    pub email: Option<String>,
    pub consents: Consents,
    pub locale: Option<String>,
    /// What stands in a field that no person sees.
    pub trap: Option<String>,
}

/// What a reader agrees to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consents {
    pub answer_privately: bool,
    pub publish_paraphrase: bool,
}

/// What may be stored.
#[derive(Debug)]
pub struct Checked {
    text: String,
    display_name: Option<String>,
    email: Option<String>,
    consents: Consents,
    locale: String,
    call: Option<QuestionCallId>,
    state: QuestionState,
}

/// What came of it. The secret is shown this once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asked {
    pub id: QuestionId,
    pub secret: String,
    /// Language of the question.
    pub locale: String,
}

/// Checks what was filled in; `call` is what was asked for, if it is there.
pub fn check(
    now: Timestamp,
    ask: Ask,
    site: &Settings,
    call: Option<&question_call::Model>,
    refusals: &mut Refusals,
) -> Option<Checked> {
    let text = check_text(&ask.text, refusals);
    let display_name = ask.display_name.and_then(|name| check_name(&name, &["displayName"], refusals));
    let email = ask.email.filter(|email| !email.trim().is_empty());
    let email = email.and_then(|email| check_address(&email, &["email"], refusals));
    check_consents(ask.consents, email.is_some(), refusals);
    let locale = match ask.locale {
        None => Some(site.default_locale().to_owned()),
        Some(wanted) => locale::check(&wanted, &["locale"], refusals).filter(|locale| {
            let known = site.locales.contains(locale);
            if !known {
                let message = format!("the site has no locale {locale}; it has {}", site.locales.join(", "));
                refusals.push(&["locale"], ErrorCode::Invalid, message);
            }
            known
        }),
    };
    if let Some(call) = call
        && !calls::is_open(call, now)
    {
        let message = if now < call.opens_at { "is not open yet" } else { "is closed" };
        refusals.push(&["call"], ErrorCode::Closed, format!("“{}” {message}", call.title));
    }
    // A program fills in every field. It is told nothing, and what it wrote waits where a person can still find it.
    let is_trapped = ask.trap.is_some_and(|trap| !trap.trim().is_empty());
    let state = if is_trapped { QuestionState::Spam } else { QuestionState::Received };
    Some(Checked {
        text: text?,
        display_name,
        email,
        consents: ask.consents,
        locale: locale?,
        call: call.map(|call| call.id),
        state,
    })
}

fn check_text(written: &str, refusals: &mut Refusals) -> Option<String> {
    let text = text::require(written, TEXT, &["text"], refusals)?;
    if !text::check_visible(&text, &["text"], refusals) {
        return None;
    }
    if text.chars().filter(|c| c.is_alphabetic()).count() < MIN_LETTERS {
        refusals.push(&["text"], ErrorCode::Invalid, "please ask in words");
        return None;
    }
    Some(text)
}

/// A name that somebody is shown under.
pub(super) fn check_name(written: &str, path: &[&str], refusals: &mut Refusals) -> Option<String> {
    let name = text::check(written, text::NAME, path, refusals)?;
    let is_joiner = |c: char| matches!(c, '\u{200C}' | '\u{200D}' | '\u{200E}' | '\u{200F}');
    let is_unseen = text::find_invisible(&name).is_some() || name.chars().any(is_joiner);
    if is_unseen || !name.chars().any(char::is_alphanumeric) {
        refusals.push(
            path,
            ErrorCode::Invalid,
            "a name has letters or digits, and nothing that cannot be seen",
        );
        return None;
    }
    Some(name)
}

/// An address is kept for one purpose only, and a question that may be neither answered nor published is of no use.
pub(super) fn check_consents(consents: Consents, has_email: bool, refusals: &mut Refusals) {
    let Consents { answer_privately, publish_paraphrase } = consents;
    if has_email && !answer_privately {
        let message = "an address is kept only to answer; agree to that, or leave the address out";
        refusals.push(&["consents", "answerPrivately"], ErrorCode::ConsentRequired, message);
    } else if answer_privately && !has_email {
        refusals.push(&["email"], ErrorCode::Required, "without an address nobody can answer privately");
    } else if !answer_privately && !publish_paraphrase {
        let message = "agree to an answer by mail, to a paraphrase of the question, or to both";
        refusals.push(&["consents"], ErrorCode::ConsentRequired, message);
    }
}

/// Stores a question and uses the form up.
pub async fn store(
    tx: &Tx,
    keys: &Keyring,
    now: Timestamp,
    checked: Checked,
    (form, words): (&Form, &Wording),
) -> Result<Asked> {
    form::spend(tx, now, form, &["formToken"]).await?;
    // Not one that tells the moment, as others do: a public question has the same id, and tells the month alone.
    let id = QuestionId(Uuid::new_v4());
    let consent = Consent {
        at: now,
        wording: words.version,
        wording_hash: hex::encode(words.hash()),
        answer_privately: checked.consents.answer_privately,
        publish_paraphrase: checked.consents.publish_paraphrase,
    };
    // The key before the hash: where the master key is changed in between, a rotation finds the row by the key and mends both.
    let (key, wrapped) = keys.data_key(&original::row_name(id));
    let address_hash = checked.email.as_ref().map(|email| keys.hash(ADDRESS, email.as_bytes()));
    let original = Original {
        text: checked.text,
        display_name: checked.display_name,
        email: checked.email,
        consents: vec![consent],
        replies: Vec::new(),
    };
    let row = question_intake::Model {
        id,
        state: checked.state,
        call_id: checked.call,
        locale: checked.locale.clone(),
        received_at: now,
        changed_at: now,
        sealed: Some(original::seal(&key, id, &original)),
        key_id: Some(wrapped.key_id),
        wrapped_key: Some(wrapped.key),
        address_hash,
        assignee_id: None,
        decline_reason: None,
        merged_into: None,
        told_at: None,
        erased_at: None,
    };
    let row = row.into_active_model().reset_all();
    question_intake::Entity::insert(row).exec_without_returning(tx).await?;
    let secret = new_link(tx, now, id).await?;
    Ok(Asked { id, secret: secret.reveal().to_owned(), locale: checked.locale })
}

/// How many secrets lead to a question: that of the form, and those of the last letters.
const MAX_LINKS: usize = 10;

/// Makes a secret for a letter that leads to a question. Earlier ones go on working, but for those of old letters.
pub(super) async fn link_for_letter(tx: &Tx, now: Timestamp, id: QuestionId) -> Result<Secret> {
    let links = question_link::Entity::find()
        .filter(question_link::Column::QuestionId.eq(id))
        .order_by_asc(question_link::Column::CreatedAt)
        .all(tx)
        .await?;
    if let Some(surplus) = (links.len() + 1).checked_sub(MAX_LINKS).filter(|surplus| *surplus > 0) {
        let old = links.into_iter().skip(1).take(surplus).map(|link| link.hash);
        question_link::Entity::delete_many()
            .filter(question_link::Column::Hash.is_in(old.collect::<Vec<_>>()))
            .exec(tx)
            .await?;
    }
    new_link(tx, now, id).await
}

async fn new_link(tx: &Tx, now: Timestamp, id: QuestionId) -> Result<Secret> {
    let secret = Secret::generate(Purpose::Question);
    let row =
        question_link::ActiveModel { hash: Set(secret.hash()), question_id: Set(id), created_at: Set(now) };
    question_link::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(secret)
}

/// Where the page behind a secret is. It stands behind `#`, so it is sent to no server and is in no log.
pub fn url(base_url: &str, secret: &str) -> String {
    format!("{base_url}/question#{secret}")
}

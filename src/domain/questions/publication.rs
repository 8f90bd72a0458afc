//! Publishing a question: the author's own words for it, next to which nothing private is stored.
//!
//! The words are held against the original first, and whatever could tell who asked is pointed out. A text that repeats the
//! original is not published at all.

use std::collections::HashSet;

use entity::question::{Entity, Model};
use entity::question_intake::{self, QuestionState};
use entity::{QuestionId, TagId, TagIds, Timestamp, question_tag};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};

use super::details::{self, Detail, DetailKind, Known};
use super::original::{self, Original};
use super::state::words;
use super::{answer, ask, lock, read};
use crate::db::Tx;
use crate::domain::access::policy::{Permit, PublishQuestions};
use crate::domain::core::client::Client;
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::heavy::Heavy;
use crate::domain::core::patch::Patch;
use crate::domain::core::sealed::Keyring;
use crate::domain::core::{id, text, time};
use crate::domain::journal::audit;
use crate::domain::journal::change::{self, Change};
use crate::domain::site::tag;

/// What is to be public of a question.
#[derive(Debug, Clone)]
pub struct Publish {
    pub paraphrase: String,
    /// Cleared for a reader without a name.
    pub display_name: Patch<String>,
    /// Ids as the client wrote them.
    pub tags: Patch<Vec<String>>,
}

/// What stands out in words for a question, each with the name of its field.
#[derive(Debug, Default)]
pub struct Review(Vec<(&'static str, Detail)>);

impl Review {
    pub fn into_details(self) -> Vec<(&'static str, Detail)> {
        self.0
    }

    /// Notes what nobody has confirmed. Words of the original cannot be confirmed.
    pub fn note_open(&self, confirmed: &[String], refusals: &mut Refusals) {
        for field in ["paraphrase", "displayName"] {
            let own = self.0.iter().filter(|(of, _)| *of == field).map(|(_, detail)| detail);
            let (quotes, others): (Vec<_>, Vec<_>) = own.partition(|detail| detail.kind == DetailKind::Quote);
            for quote in quotes {
                refusals.push(&[field], ErrorCode::PrivateDetails, quoted(quote));
            }
            let open = others.into_iter().filter(|detail| !confirmed.contains(&detail.text)).count();
            if open > 0 {
                let parts = if open == 1 { "1 part".to_owned() } else { format!("{open} parts") };
                let message = format!(
                    "{parts} of this could tell who asked, see `details`; change them, or confirm what may stay"
                );
                refusals.push(&[field], ErrorCode::PrivateDetails, message);
            }
        }
    }
}

fn quoted(quote: &Detail) -> String {
    format!("“{}” stands so in the original; write it in your own words", quote.text)
}

/// An original that words are going to be held against.
#[derive(Debug)]
pub struct Reviewed {
    locale: String,
    original: Option<Original>,
}

/// Begins to look at words for a question, before anything is published. What is pointed out tells something of the original,
/// so each look is noted.
pub async fn begin_review(
    tx: &Tx,
    permit: &Permit<PublishQuestions>,
    (keys, now): (&Keyring, Timestamp),
    id: QuestionId,
) -> Result<Reviewed> {
    let row = lock::locked(tx, permit, id).await?;
    check_state(row.state)?;
    let original = original::open(keys, &row)?;
    audit::record(tx, now, permit.actor(), "reviewQuestion", Some(id::format(id)), &[]).await?;
    Ok(Reviewed { locale: row.locale, original })
}

impl Reviewed {
    /// What the author should look at once more. Takes long for hostile texts, so it is done outside of transactions.
    pub async fn review(self, (heavy, client): (&Heavy, &Client), publish: &Publish) -> Review {
        let name = match &publish.display_name {
            Patch::Set(name) => name.clone(),
            Patch::Keep | Patch::Clear => String::new(),
        };
        let texts = [("paraphrase", publish.paraphrase.clone()), ("displayName", name)];
        // A longer one is refused for that.
        let texts = texts.map(|(field, text)| {
            let fits = text.chars().count() <= text::EXCERPT.characters;
            (field, if fits { text } else { String::new() })
        });
        let review = heavy.run(client, move |_| {
            let known = self.original.as_ref().map_or_else(Known::default, |original| Known {
                original: Some(&original.text),
                name: original.display_name.as_deref(),
                email: original.email.as_deref(),
            });
            let found = texts.iter().flat_map(|(field, text)| {
                details::find(text, &self.locale, known).into_iter().map(|detail| (*field, detail))
            });
            Review(found.collect())
        });
        review.await
    }
}

fn check_state(state: QuestionState) -> Result<()> {
    if matches!(state, QuestionState::Accepted | QuestionState::Answered) {
        return Ok(());
    }
    let message = format!("a question that {} cannot be published", words(state));
    refuse(&["question"], ErrorCode::InvalidTransition, message)
}

/// Publishes a question, or other words for one that is public.
pub async fn publish(
    tx: &Tx,
    permit: &Permit<PublishQuestions>,
    (keys, now): (&Keyring, Timestamp),
    id: QuestionId,
    publish: Publish,
) -> Result<question_intake::Model> {
    let Publish { paraphrase, display_name, tags } = publish;
    lock::with_answers(tx, id).await?;
    let row = lock::locked(tx, permit, id).await?;
    check_state(row.state)?;
    let original = original::open(keys, &row)?;
    let public = Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let mut refusals = Refusals::default();
    if !original.as_ref().is_some_and(Original::allows_paraphrase) {
        let message = "its reader did not agree that it is published, or nothing is known of that any more";
        refusals.push(&["question"], ErrorCode::ConsentRequired, message);
    }
    let text = text::require(&paraphrase, text::EXCERPT, &["paraphrase"], &mut refusals);
    // What nobody sees would hide a name from whoever looks for it.
    let text = text.filter(|text| text::check_visible(text, &["paraphrase"], &mut refusals));
    let mut name = public.as_ref().and_then(|public| public.display_name.clone());
    display_name.apply(&mut name, |name| ask::check_name(&name, &["displayName"], &mut refusals));
    let original = original.unwrap_or_default();
    if text.as_ref().is_some_and(|text| details::repeats(text, &original.text)) {
        let message = "these words stand so in the original; write them in your own";
        refusals.push(&["paraphrase"], ErrorCode::PrivateDetails, message);
    }
    let tags = match tags {
        Patch::Keep => public.as_ref().map(|public| public.tag_ids.0.clone()).unwrap_or_default(),
        Patch::Clear => Vec::new(),
        Patch::Set(tags) => tag::parse_ids(&tags, &mut refusals),
    };
    let known: HashSet<TagId> = tag::existing(tx, &tags).await?.into_iter().collect();
    for (index, tag) in tags.iter().enumerate().filter(|(_, tag)| !known.contains(tag)) {
        let message = format!("there is no tag {}", id::format(*tag));
        refusals.push(&["tags", &index.to_string()], ErrorCode::NotFound, message);
    }
    refusals.finish()?;
    let is_new = public.is_none();
    let (me_too, published_at) = match public {
        Some(public) => (public.me_too, public.published_at),
        None => (read::counted(tx, id).await?, now),
    };
    let model = Model {
        id,
        locale: row.locale.clone(),
        text: text.expect("refused otherwise"),
        display_name: name,
        call_id: row.call_id,
        asked_month: time::month(row.received_at),
        tag_ids: TagIds(tags),
        me_too,
        published_at,
        updated_at: now,
    };
    write(tx, model, is_new).await?;
    let mut changes = vec![Change::question(id, is_new)];
    changes.extend(answer::show_for(tx, id).await?);
    audit::record(tx, now, permit.actor(), "publishQuestion", Some(id::format(id)), &[]).await?;
    change::append(tx, now, changes).await?;
    Ok(row)
}

async fn write(tx: &Tx, model: Model, is_new: bool) -> Result<()> {
    let (id, tags) = (model.id, model.tag_ids.0.clone());
    let row = model.into_active_model().reset_all();
    if is_new {
        row.insert(tx).await?;
    } else {
        row.update(tx).await?;
        question_tag::Entity::delete_many().filter(question_tag::Column::QuestionId.eq(id)).exec(tx).await?;
    }
    if !tags.is_empty() {
        let rows = tags
            .into_iter()
            .map(|tag_id| question_tag::ActiveModel { tag_id: Set(tag_id), question_id: Set(id) });
        question_tag::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Takes a question out of the public. It goes on as it is for the team.
pub async fn unpublish(
    tx: &Tx,
    permit: &Permit<PublishQuestions>,
    now: Timestamp,
    id: QuestionId,
) -> Result<question_intake::Model> {
    lock::with_answers(tx, id).await?;
    let row = lock::locked(tx, permit, id).await?;
    let hidden = hide(tx, id).await?;
    if hidden.is_empty() {
        return refuse(&["question"], ErrorCode::InvalidTransition, "the question is not public");
    }
    audit::record(tx, now, permit.actor(), "unpublishQuestion", Some(id::format(id)), &[]).await?;
    change::append(tx, now, hidden).await?;
    Ok(row)
}

/// Removes what is public of a question that the caller has locked, with the documents that answer it. Answers what changes in
/// public; nothing if nothing was.
pub(super) async fn hide(tx: &Tx, id: QuestionId) -> Result<Vec<Change>> {
    let answering = answer::entries_of(tx, id).await?;
    let gone = Entity::delete_by_id(id).exec(tx).await?;
    if gone.rows_affected == 0 {
        return Ok(Vec::new());
    }
    let mut changes = vec![Change::question_hidden(id)];
    changes.extend(answer::index_all(tx, &answering).await?);
    Ok(changes)
}

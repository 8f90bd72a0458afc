//! Publishing a question: the author's own words for it, next to which nothing private is stored.
//!
//! The words are held against the original first, and whatever could tell who asked is pointed out. A text that repeats the
//! original is not published at all.

use std::collections::HashSet;

use entity::question::{Entity, Model};
use entity::question_intake::{self, QuestionState};
use entity::{QuestionId, TagId, TagIds, Timestamp, question_tag};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, Set,
};

use super::details::{self, Detail, DetailKind, Known};
use super::original::{self, Original};
use super::state::words;
use super::{answer, ask, triage};
use crate::domain::change::{self, Change};
use crate::domain::content::parse_tags;
use crate::domain::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::policy::{Permit, PublishQuestions};
use crate::domain::sealed::Keyring;
use crate::domain::{apart, audit, id, tag, text, time};

/// What is to be public of a question.
#[derive(Debug, Clone)]
pub struct Publish {
    pub paraphrase: String,
    /// `None` for a reader without a name.
    pub display_name: Option<String>,
    /// Ids as the client wrote them.
    pub tags: Vec<String>,
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

/// Looks at words for a question, before anything is published: what the author should look at once more.
pub async fn review(
    tx: &DatabaseTransaction,
    permit: &Permit<PublishQuestions>,
    (keys, now): (&Keyring, Timestamp),
    id: QuestionId,
    publish: &Publish,
) -> Result<Review> {
    let row = triage::lock(tx, permit, id).await?;
    check_state(row.state)?;
    let original = original::open(keys, &row)?;
    audit::record(tx, now, permit.actor(), "reviewQuestion", Some(id::format(id)), &[]).await?;
    let (paraphrase, name) = (publish.paraphrase.clone(), publish.display_name.clone().unwrap_or_default());
    let found = stand_out(paraphrase, row.locale.clone(), original.clone()).await;
    let mut all: Vec<_> = found.into_iter().map(|detail| ("paraphrase", detail)).collect();
    let found = stand_out(name, row.locale.clone(), original).await;
    all.extend(found.into_iter().map(|detail| ("displayName", detail)));
    Ok(Review(all))
}

fn check_state(state: QuestionState) -> Result<()> {
    if matches!(state, QuestionState::Accepted | QuestionState::Answered) {
        return Ok(());
    }
    let message = format!("a question that {} cannot be published", words(state));
    refuse(&["question"], ErrorCode::InvalidTransition, message)
}

async fn stand_out(text: String, locale: String, original: Option<Original>) -> Vec<Detail> {
    if text.chars().count() > text::EXCERPT.characters {
        // It is refused for that.
        return Vec::new();
    }
    apart(move || {
        let known = original.as_ref().map_or_else(Known::default, |original| Known {
            original: Some(&original.text),
            name: original.display_name.as_deref(),
            email: original.email.as_deref(),
        });
        details::find(&text, &locale, known)
    })
    .await
}

/// Publishes a question, or other words for one that is public.
pub async fn publish(
    tx: &DatabaseTransaction,
    permit: &Permit<PublishQuestions>,
    (keys, now): (&Keyring, Timestamp),
    id: QuestionId,
    publish: Publish,
) -> Result<question_intake::Model> {
    let Publish { paraphrase, display_name, tags } = publish;
    let row = triage::lock(tx, permit, id).await?;
    check_state(row.state)?;
    let original = original::open(keys, &row)?;
    let mut refusals = Refusals::default();
    if !original.as_ref().is_some_and(Original::allows_paraphrase) {
        let message = "its reader did not agree that it is published, or nothing is known of that any more";
        refusals.push(&["question"], ErrorCode::ConsentRequired, message);
    }
    let text = text::require(&paraphrase, text::EXCERPT, &["paraphrase"], &mut refusals);
    let display_name = display_name.and_then(|name| ask::check_name(&name, &["displayName"], &mut refusals));
    if let Some(text) = &text {
        let found = stand_out(text.clone(), row.locale.clone(), original).await;
        if let Some(quote) = found.iter().find(|detail| detail.kind == DetailKind::Quote) {
            refusals.push(&["paraphrase"], ErrorCode::PrivateDetails, quoted(quote));
        }
    }
    let tags = parse_tags(&tags, &mut refusals);
    let known: HashSet<TagId> = tag::existing(tx, &tags).await?.into_iter().collect();
    for (index, tag) in tags.iter().enumerate().filter(|(_, tag)| !known.contains(tag)) {
        let message = format!("there is no tag {}", id::format(*tag));
        refusals.push(&["tags", &index.to_string()], ErrorCode::NotFound, message);
    }
    refusals.finish()?;
    let public = Entity::find_by_id(id).one(tx).await?;
    let is_new = public.is_none();
    let public = public.map(|public| (public.me_too, public.published_at));
    let (me_too, published_at) = public.unwrap_or((0, now));
    let model = Model {
        id,
        locale: row.locale.clone(),
        text: text.expect("refused otherwise"),
        display_name,
        call_id: row.call_id,
        asked_month: time::month(row.received_at),
        tag_ids: TagIds(tags),
        me_too,
        published_at,
        updated_at: now,
    };
    write(tx, model, is_new).await?;
    answer::show_for(tx, id).await?;
    audit::record(tx, now, permit.actor(), "publishQuestion", Some(id::format(id)), &[]).await?;
    change::append(tx, now, vec![Change::question(id, is_new)]).await?;
    Ok(row)
}

async fn write(tx: &DatabaseTransaction, model: Model, is_new: bool) -> Result<()> {
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
    tx: &DatabaseTransaction,
    permit: &Permit<PublishQuestions>,
    now: Timestamp,
    id: QuestionId,
) -> Result<question_intake::Model> {
    let row = triage::lock(tx, permit, id).await?;
    let Some(change) = hide(tx, id).await? else {
        return refuse(&["question"], ErrorCode::InvalidTransition, "the question is not public");
    };
    audit::record(tx, now, permit.actor(), "unpublishQuestion", Some(id::format(id)), &[]).await?;
    change::append(tx, now, vec![change]).await?;
    Ok(row)
}

/// Removes what is public of a question that the caller has locked; answers the change, if there was anything.
pub(super) async fn hide(tx: &DatabaseTransaction, id: QuestionId) -> Result<Option<Change>> {
    let answering = answer::entries_of(tx, id).await?;
    let gone = Entity::delete_by_id(id).exec(tx).await?;
    if gone.rows_affected == 0 {
        return Ok(None);
    }
    for entry in answering {
        answer::index(tx, entry).await?;
    }
    Ok(Some(Change::question_hidden(id)))
}

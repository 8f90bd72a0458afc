//! Rounds in which questions are asked for: "questions for Monday". Public from the moment they are saved, and kept in
//! memory with the rest of the catalog.

use entity::question_call::{Entity, Model};
use entity::{QuestionCallId, Timestamp};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QuerySelect};

use crate::db::Tx;
use crate::domain::access::policy::{ManageSite, Permit};
use crate::domain::core::error::{ErrorCode, Refusals, Result, refuse};
use crate::domain::core::id::{self, PublicId};
use crate::domain::core::keyset::{Key, Position};
use crate::domain::core::patch::Patch;
use crate::domain::core::{site_row, text};
use crate::domain::journal::{audit, change};
use crate::domain::site::{named, series};

/// A new one, or changes to the one with this id.
#[derive(Debug, Clone, Default)]
pub struct Save {
    pub id: Option<QuestionCallId>,
    pub slug: Patch<String>,
    pub title: Patch<String>,
    pub text: Patch<String>,
    pub opens_at: Patch<Timestamp>,
    pub closes_at: Patch<Timestamp>,
    pub series: Patch<String>,
}

/// Whether questions can be sent in.
pub fn is_open(call: &Model, now: Timestamp) -> bool {
    call.opens_at <= now && call.closes_at.is_none_or(|closes| now < closes)
}

/// The call that opens last comes first.
pub fn position(call: &Model) -> Position {
    Position { key: Key::Int(call.opens_at.0.saturating_neg()), id: call.id.0 }
}

pub async fn save(tx: &Tx, permit: &Permit<ManageSite>, now: Timestamp, save: Save) -> Result<Model> {
    let Save { id, slug, title, text: words, opens_at, closes_at, series } = save;
    let given = [
        ("slug", slug != Patch::Keep),
        ("title", title != Patch::Keep),
        ("text", words != Patch::Keep),
        ("opensAt", opens_at != Patch::Keep),
        ("closesAt", closes_at != Patch::Keep),
        ("series", series != Patch::Keep),
    ];
    let fields: Vec<&str> = given.into_iter().filter_map(|(name, given)| given.then_some(name)).collect();
    let stored = match id {
        Some(id) => Entity::find_by_id(id).lock_exclusive().one(tx).await?,
        None => None,
    };
    if id.is_some() && stored.is_none() {
        return refuse(&["id"], ErrorCode::NotFound, "there is no such call");
    }
    let before = stored.as_ref().map(|row| row.slug.clone());
    let mut row = stored.unwrap_or_else(|| Model {
        id: QuestionCallId::generate(now),
        slug: String::new(),
        title: String::new(),
        text: None,
        opens_at: now,
        closes_at: None,
        series_id: None,
        created_at: now,
        updated_at: now,
    });
    let mut refusals = Refusals::default();
    named::apply_label(title, &mut row.title, "title", &mut refusals);
    named::apply_slug(slug, &mut row.slug, &row.title, &mut refusals);
    words.apply(&mut row.text, |t| text::check(&t, text::DESCRIPTION, &["text"], &mut refusals));
    match opens_at {
        Patch::Keep => {}
        Patch::Clear => row.opens_at = now,
        Patch::Set(at) => row.opens_at = at,
    }
    closes_at.apply(&mut row.closes_at, Some);
    if row.closes_at.is_some_and(|closes| closes <= row.opens_at) {
        refusals.push(&["closesAt"], ErrorCode::OutOfRange, "a call closes after it has opened");
    }
    series.apply(&mut row.series_id, |t| id::parse_at(&t, &["series"], &mut refusals));
    if let Some(id) = row.series_id
        && series::existing(tx, &[id]).await?.is_empty()
    {
        refusals.push(&["series"], ErrorCode::NotFound, "there is no such series");
    }
    refusals.finish()?;
    row.updated_at = now;
    let row = row.into_active_model().reset_all();
    let written = if before.is_none() { row.insert(tx).await } else { row.update(tx).await };
    let written = written.map_err(|error| named::slug_taken(error, "call"))?;
    site_row::changed(tx).await?;
    let subject = Some(id::format(written.id));
    audit::record(tx, now, permit.actor(), "saveQuestionCall", subject, &fields).await?;
    let subject = entity::change::Subject::QuestionCall;
    let changes = vec![change::Change::named(subject, written.id.0, &written.slug, before)];
    change::append(tx, now, changes).await?;
    Ok(written)
}

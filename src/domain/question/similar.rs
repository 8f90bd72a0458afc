//! Answers that look like what somebody is about to ask: "perhaps this helps already".
//!
//! Each live post is found by the words of its title, its excerpt, its headings and the questions that it answers. A word
//! counts the more the fewer posts have it (inverse document frequency, Spärck Jones 1972). Words are compared without
//! case and accents and by their first letters, which is enough for "exercise", "exercises" and "exercising", and needs no
//! dictionary of any language.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use entity::entry_term::{ActiveModel, Column, Entity};
use entity::{DocumentId, Timestamp, entry, question, rich_text};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Set,
};

use crate::domain::error::Result;
use crate::domain::policy::PublicTables;
use crate::domain::time::HOUR;

/// How many answers are offered.
pub const MAX: usize = 3;
/// Letters by which words are compared.
const STEM: usize = 5;
/// Shorter words join others and say nothing.
const SHORTEST: usize = 4;
/// Terms of one text that are looked at. A question of 4,000 characters has fewer.
const MAX_TERMS: usize = 120;
/// A word that so many posts have says nothing, and would have to be read from all of them.
const COMMON: u64 = 400;
/// By how many of its rarest words a question is looked for: so many posts are read at most as are common, times this.
const LOOKED_FOR: usize = 24;
/// How many words two texts share before they look alike.
const SHARED: usize = 2;

/// Words that so many posts have that they say nothing, with the moment at which that was counted. Counting them reads a row of
/// each of those posts, so it is done once an hour and not for each question.
#[derive(Debug, Default)]
pub struct CommonWords(Mutex<HashMap<(String, String), Timestamp>>);

impl CommonWords {
    fn without(&self, now: Timestamp, locale: &str, terms: BTreeSet<String>) -> BTreeSet<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_common = |term: &String| {
            let counted = known.get(&(locale.to_owned(), term.clone()));
            counted.is_some_and(|counted| (counted.0..counted.0 + HOUR).contains(&now.0))
        };
        terms.into_iter().filter(|term| !is_common(term)).collect()
    }

    fn add(&self, now: Timestamp, locale: &str, terms: impl Iterator<Item = String>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(terms.map(|term| ((locale.to_owned(), term), now)));
    }
}

/// The terms of a text, each once.
pub fn terms(text: &str) -> BTreeSet<String> {
    let plain = deunicode::deunicode(text).to_lowercase();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= SHORTEST);
    words.map(|word| word[..word.len().min(STEM)].to_owned()).take(MAX_TERMS).collect()
}

/// Replaces the terms of a live entry.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    entry: &entry::Model,
    body: Option<&rich_text::Model>,
    questions: &[question::Model],
) -> Result<()> {
    let mut text = format!("{} {}", entry.title, entry.excerpt.as_deref().unwrap_or_default());
    for question in questions {
        text.push(' ');
        text.push_str(&question.text);
    }
    for heading in body.and_then(|body| body.outline.as_array()).into_iter().flatten() {
        text.push(' ');
        text.push_str(heading["text"].as_str().unwrap_or_default());
    }
    Entity::delete_many().filter(Column::EntryId.eq(entry.id)).exec(tx).await?;
    let rows: Vec<_> = terms(&text)
        .into_iter()
        .map(|term| ActiveModel {
            entry_id: Set(entry.id),
            term: Set(term),
            locale: Set(entry.locale.clone()),
        })
        .collect();
    if !rows.is_empty() {
        Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The live posts of a language that look most like a question, best first, at most three.
pub async fn find(
    db: &impl PublicTables,
    (common, now): (&CommonWords, Timestamp),
    locale: &str,
    question: &str,
) -> Result<Vec<DocumentId>> {
    let wanted = common.without(now, locale, terms(question));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let counted = count(db, locale, &wanted).await?;
    let (frequencies, too_many): (HashMap<_, _>, HashMap<_, _>) =
        counted.into_iter().partition(|(_, posts)| *posts < COMMON);
    common.add(now, locale, too_many.into_keys());
    let mut rare: Vec<(&String, &u64)> = frequencies.iter().collect();
    rare.sort_unstable_by(|(a, x), (b, y)| x.cmp(y).then(a.cmp(b)));
    let rare: Vec<&String> = rare.into_iter().take(LOOKED_FOR).map(|(term, _)| term).collect();
    if rare.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(DocumentId, String)> = Entity::find()
        .select_only()
        .columns([Column::EntryId, Column::Term])
        .filter(Column::Locale.eq(locale))
        .filter(Column::Term.is_in(rare))
        .into_tuple()
        .all(db)
        .await?;
    Ok(best(&rows, &frequencies))
}

/// How many posts have each of these terms.
async fn count(
    db: &impl ConnectionTrait,
    locale: &str,
    terms: &BTreeSet<String>,
) -> Result<Vec<(String, u64)>> {
    let counted: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::Term)
        .column_as(Column::EntryId.count(), "posts")
        .filter(Column::Locale.eq(locale))
        .filter(Column::Term.is_in(terms.iter().map(String::as_str)))
        .group_by(Column::Term)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counted.into_iter().map(|(term, posts)| (term, u64::try_from(posts).unwrap_or(COMMON))).collect())
}

/// The posts whose shared words weigh most. Equal ones come in the order of their ids, the newest first.
fn best(rows: &[(DocumentId, String)], frequencies: &HashMap<String, u64>) -> Vec<DocumentId> {
    let mut found: HashMap<DocumentId, (f64, usize)> = HashMap::new();
    for (entry, term) in rows {
        let posts = u32::try_from(frequencies.get(term).copied().unwrap_or(COMMON)).unwrap_or(u32::MAX);
        let (weight, shared) = found.entry(*entry).or_default();
        // Against the number of posts at which a word says nothing, so that a small site works as a large one does.
        *weight += (f64::from(u32::try_from(COMMON).unwrap_or(u32::MAX)) / f64::from(posts.max(1))).ln();
        *shared += 1;
    }
    let mut ranked: Vec<_> = found
        .into_iter()
        .filter(|(_, (_, shared))| *shared >= SHARED)
        .map(|(id, (weight, _))| (weight, id))
        .collect();
    ranked.sort_by(|(a, x), (b, y)| b.total_cmp(a).then(y.cmp(x)));
    ranked.into_iter().take(MAX).map(|(_, id)| id).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn words_are_compared_without_case_accents_and_endings() {
        let found = terms("Exercises, EXERCISING: exercise! Müde Beine – die Füße sind 12 x so müde.");
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["beine", "exerc", "fusse", "mude", "sind"]);
        assert_eq!(terms("? ab, c… – 1 2"), BTreeSet::new());
    }

    #[test]
    fn words_that_say_nothing_are_counted_again_after_an_hour() {
        let (common, begun) = (CommonWords::default(), Timestamp(1_000));
        let wanted = || terms("weak stairs");
        common.add(begun, "en", ["stair".to_owned()].into_iter());
        let left = |now, locale| common.without(Timestamp(now), locale, wanted()).len();
        assert_eq!((left(1_000, "en"), left(1_000, "de"), left(999 + HOUR, "en")), (1, 2, 1));
        assert_eq!(left(1_000 + HOUR, "en"), 2);
    }

    #[test]
    fn rare_words_weigh_more_and_one_shared_word_is_no_likeness() {
        let id = |number| DocumentId(Uuid::from_u128(number));
        let frequencies = [("legs", 200), ("weak", 100), ("stairs", 2)]
            .map(|(term, posts)| (term.to_owned(), posts))
            .into();
        let row = |number, term: &str| (id(number), term.to_owned());
        let rows = [
            row(1, "legs"),
            row(1, "weak"),
            row(2, "legs"),
            row(2, "stairs"),
            row(3, "stairs"),
            row(4, "legs"),
            row(4, "weak"),
        ];
        assert_eq!(best(&rows, &frequencies), [id(2), id(4), id(1)]);
    }
}

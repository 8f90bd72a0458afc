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
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::db::Tx;
use crate::domain::access::policy::PublicTables;
use crate::domain::core::error::Result;
use crate::domain::core::time::HOUR;

/// How many answers are offered.
pub const MAX: u64 = 3;
/// Letters by which words are compared.
const STEM: usize = 5;
/// Shorter words join others and say nothing.
const SHORTEST: usize = 4;
/// Terms of one text that are looked at. A question of 4,000 characters has fewer.
const MAX_TERMS: usize = 120;
/// A word that so many posts have says nothing.
const COMMON: u32 = 200;
/// A question is looked for by at most so many of its rarest words,
const LOOKED_FOR: usize = 8;
/// as long as not more posts than these have them together. So little is read for one question, however many posts and words
/// there are.
const READ: u32 = COMMON;
/// How many words two texts share before they look alike.
const SHARED: u8 = 2;

/// In how many live posts words are, by locale, and when that was counted. A count serves for an hour; without, each question
/// would count all its words anew. Words that no post has are not kept, so nothing of a reader's question stays here that is not
/// public anyway.
#[derive(Debug, Default)]
pub struct Frequencies(Mutex<HashMap<String, HashMap<String, Counted>>>);

#[derive(Debug, Clone, Copy)]
struct Counted {
    posts: u32,
    at: Timestamp,
}

impl Frequencies {
    /// What is known of these words, and the words of which nothing is.
    fn known(
        &self,
        now: Timestamp,
        locale: &str,
        terms: BTreeSet<String>,
    ) -> (HashMap<String, u32>, BTreeSet<String>) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut known, mut unknown) = (HashMap::new(), BTreeSet::new());
        for term in terms {
            let counted = all.get(locale).and_then(|words| words.get(&term));
            match counted.filter(|counted| (counted.at.0..counted.at.0 + HOUR).contains(&now.0)) {
                Some(counted) => drop(known.insert(term, counted.posts)),
                None => drop(unknown.insert(term)),
            }
        }
        (known, unknown)
    }

    fn add(&self, now: Timestamp, locale: &str, counted: &HashMap<String, u32>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let words = all.entry(locale.to_owned()).or_default();
        words.extend(counted.iter().map(|(term, &posts)| (term.clone(), Counted { posts, at: now })));
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
    tx: &Tx,
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

/// The live posts of a language that look most like a question, best first, at most three: those whose shared words weigh most.
/// Of equal ones the newest comes first.
pub async fn find(
    db: &impl PublicTables,
    (frequencies, now): (&Frequencies, Timestamp),
    locale: &str,
    question: &str,
) -> Result<Vec<DocumentId>> {
    let (mut known, unknown) = frequencies.known(now, locale, terms(question));
    if !unknown.is_empty() {
        let counted = count(db, locale, &unknown).await?;
        frequencies.add(now, locale, &counted);
        known.extend(counted);
    }
    let rarest = rarest(known);
    if rarest.len() < usize::from(SHARED) {
        return Ok(Vec::new());
    }
    let rarest = padded(rarest);
    let mut weight = CaseStatement::new();
    for (term, posts) in &rarest {
        weight = weight.case(Column::Term.eq(term), self::weight(*posts));
    }
    let shared = Column::Term.count().gte(i32::from(SHARED));
    let found = Entity::find()
        .select_only()
        .column(Column::EntryId)
        .filter(Column::Locale.eq(locale))
        .filter(Column::Term.is_in(rarest.iter().map(|(term, _)| term.as_str())))
        .group_by(Column::EntryId)
        .having(shared)
        .order_by_desc(Expr::expr(Func::sum(weight.finally(0.0))))
        .order_by_desc(Column::EntryId)
        .limit(MAX);
    Ok(found.into_tuple().all(db).await?)
}

/// The rarest words, as many as a question is looked for by.
fn rarest(frequencies: HashMap<String, u32>) -> Vec<(String, u32)> {
    let mut rare: Vec<_> = frequencies.into_iter().filter(|(_, posts)| *posts < COMMON).collect();
    rare.sort_unstable_by(|(a, x), (b, y)| x.cmp(y).then_with(|| a.cmp(b)));
    let mut read = 0;
    let fits = |(at, (_, posts)): &(usize, (String, u32))| {
        read += posts;
        *at < usize::from(SHARED) || read <= READ
    };
    rare.into_iter().take(LOOKED_FOR).enumerate().take_while(fits).map(|(_, word)| word).collect()
}

/// The last one again and again, so that there are few lengths: each is a statement that the database prepares.
fn padded<T: Clone>(mut words: Vec<T>) -> Vec<T> {
    if let Some(last) = words.last().cloned() {
        words.resize(words.len().next_power_of_two().max(LOOKED_FOR), last);
    }
    words
}

/// What a shared word says: measured against the number of posts at which it says nothing, so that a small site works as a large
/// one does.
fn weight(posts: u32) -> f64 {
    // What was counted has a post at least.
    (f64::from(COMMON) / f64::from(posts)).ln()
}

/// How many posts have each of these terms. Those that no post has are left out.
async fn count(
    db: &impl ConnectionTrait,
    locale: &str,
    terms: &BTreeSet<String>,
) -> Result<HashMap<String, u32>> {
    let terms = padded(terms.iter().map(String::as_str).collect());
    let counted: Vec<(String, i64)> = Entity::find()
        .select_only()
        .column(Column::Term)
        .column_as(Column::EntryId.count(), "posts")
        .filter(Column::Locale.eq(locale))
        .filter(Column::Term.is_in(terms))
        .group_by(Column::Term)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counted.into_iter().map(|(term, posts)| (term, u32::try_from(posts).unwrap_or(u32::MAX))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_case_accents_and_endings() {
        let found = terms("Exercises, EXERCISING: exercise! Müde Beine – die Füße sind 12 x so müde.");
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["beine", "exerc", "fusse", "mude", "sind"]);
        assert_eq!(terms("? ab, c… – 1 2"), BTreeSet::new());
    }

    #[test]
    fn words_are_counted_again_after_an_hour() {
        let (frequencies, begun) = (Frequencies::default(), Timestamp(1_000));
        frequencies.add(begun, "en", &HashMap::from([("stair".to_owned(), 7)]));
        let known = |now, locale| frequencies.known(Timestamp(now), locale, terms("weak stairs"));
        let (found, left) = known(999 + HOUR, "en");
        assert_eq!((found["stair"], left.len()), (7, 1));
        assert_eq!((known(1_000, "de").1.len(), known(1_000 + HOUR, "en").1.len()), (2, 2));
    }

    #[test]
    fn statements_have_few_lengths() {
        let length = |number| padded(vec!["word"; number]).len();
        assert_eq!([0, 1, 8, 9, 33, 120].map(length), [0, 8, 8, 16, 64, 128]);
        assert_eq!(padded(vec![1, 2, 3]), [1, 2, 3, 3, 3, 3, 3, 3]);
    }

    #[test]
    fn the_rarest_words_are_looked_for_and_common_ones_never() {
        let words = |counts: &[u32]| {
            let named = counts.iter().enumerate().map(|(at, posts)| (format!("word{at}"), *posts));
            rarest(named.collect()).into_iter().map(|(_, posts)| posts).collect::<Vec<_>>()
        };
        assert_eq!(words(&[COMMON, 5, 1, COMMON - 6]), [1, 5, COMMON - 6]);
        assert_eq!(words(&[5, 1, COMMON - 5]), [1, 5]);
        assert_eq!(words(&[COMMON - 1; 3]), [COMMON - 1; 2], "two that are nearly common can still be alike");
        assert_eq!(words(&[1; 500]).len(), LOOKED_FOR);
        assert!(weight(2) > weight(100) && weight(COMMON - 1) > 0.0);
    }
}

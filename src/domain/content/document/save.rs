//! Saving a revision: check everything, choose a slug, append.

use entity::asset::AssetKind;
use entity::{AccountId, DocumentId, Kind, Timestamp, document, entry, revision};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set, SqlErr};

use super::row::lock;
use crate::db::Tx;
use crate::domain::access::policy::{ManageDocuments, Permit, Scope};
use crate::domain::access::quota;
use crate::domain::content::kinds::{Content, Save};
use crate::domain::content::{revision as revisions, uses};
use crate::domain::core::error::{Error, ErrorCode, Refusals, Result, refuse};
use crate::domain::core::heavy::run_blocking;
use crate::domain::core::id::{self, PublicId};
use crate::domain::core::text::{self, search_key, sort_key};
use crate::domain::core::{locale, site_row, slug};
use crate::domain::journal::audit;
use crate::domain::library::asset;
use crate::domain::library::asset::usage::{self, Use};
use crate::domain::questions::answer;
use crate::domain::site::{author, series, settings, tag};

/// Saves a revision of a new or existing document. Content that equals the newest revision's adds none.
pub async fn save(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    save: Save,
) -> Result<document::Model> {
    let mut refusals = Refusals::default();
    let note = save.note.as_deref().and_then(|note| text::check(note, text::NOTE, &["note"], &mut refusals));
    let existing = match save.id {
        Some(id) => {
            if save.expected_revision.is_none() {
                let message = "say which revision you saw, so that nobody's work is overwritten";
                refusals.push(&["expectedRevision"], ErrorCode::Required, message);
            }
            let document = lock(tx, permit, id, save.expected_revision, &["id"]).await?;
            if document.trashed_at.is_some() {
                return refuse(
                    &["id"],
                    ErrorCode::InvalidTransition,
                    "the document is in the trash; restore it first",
                );
            }
            Some(document)
        }
        None => None,
    };
    let mut content = match &existing {
        Some(document) => revisions::content(tx, document.id, document.head_revision).await?,
        None => Content::empty(save.patch.kind()),
    };
    let before = content.clone();
    save.patch.apply(&mut content, now, &mut refusals);
    references_exist(tx, permit, &before, &content, &mut refusals).await?;
    let unknown = answer::missing(tx, save.questions.as_deref(), before.questions(), content.questions());
    // Whether they can be answered is looked at when the post is published.
    for missing in unknown.await? {
        let place = content.questions().iter().position(|id| *id == missing).unwrap_or_default();
        let path = ["questions", &place.to_string()];
        refusals.push(&path, ErrorCode::NotFound, "there is no such question");
    }

    let document = match existing {
        Some(document) => document,
        None => new(tx, permit, now, &content, save.locale, save.translation_of, &mut refusals).await?,
    };
    choose_slug(tx, &document, &mut content, &mut refusals).await?;
    refusals.finish()?;
    if document.head_revision > 0 && content == before {
        return Ok(document);
    }
    let fields = revisions::changed_fields(&before, &content);
    let document = append(tx, permit.account(), now, document, &content, note).await?;
    let action = match content.kind() {
        Kind::Post => "savePost",
        Kind::Page => "savePage",
        Kind::Routine => "saveRoutine",
    };
    audit::record(tx, now, permit.actor(), action, Some(id::format(document.id)), &fields).await?;
    Ok(document)
}

/// A document that is not stored yet, and so has no revision.
async fn new(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    content: &Content,
    wanted: Option<String>,
    translation_of: Option<DocumentId>,
    refusals: &mut Refusals,
) -> Result<document::Model> {
    let id = DocumentId::generate(now);
    let original = match translation_of {
        None => None,
        Some(original) => Some(lock(tx, permit, original, None, &["translationOf"]).await?),
    };
    // Locked, so that a locale cannot leave the site while a document comes into it. Documents are locked before the site.
    let locales = settings::locked_settings(tx).await?.locales;
    let locale = match wanted {
        None => locales.first().cloned().unwrap_or_default(),
        Some(text) => match locale::check(&text, &["locale"], refusals) {
            Some(locale) if locales.contains(&locale) => locale,
            Some(locale) => {
                let message = format!("the site has no locale {locale}; it has {}", locales.join(", "));
                refusals.push(&["locale"], ErrorCode::Invalid, message);
                locale
            }
            None => String::new(),
        },
    };
    let translation_group = match original {
        None => id,
        Some(original) => {
            if original.kind != content.kind() {
                refusals.push(&["translationOf"], ErrorCode::Invalid, "a translation is of the same kind");
            }
            if translation(tx, original.translation_group, &locale).await?.is_some() {
                let message = format!("there is a translation into {locale} already");
                refusals.push(&["locale"], ErrorCode::Taken, message);
            }
            original.translation_group
        }
    };
    Ok(document::Model {
        id,
        kind: content.kind(),
        locale,
        slug: String::new(),
        title: String::new(),
        sort_title: String::new(),
        search_text: String::new(),
        translation_group,
        head_revision: 0,
        live_revision: None,
        last_live_revision: None,
        first_published_at: None,
        trashed_at: None,
        created_at: now,
        updated_at: now,
        owner_id: permit.account(),
    })
}

async fn translation(tx: &Tx, group: DocumentId, locale: &str) -> Result<Option<DocumentId>> {
    Ok(document::Entity::find()
        .filter(document::Column::TranslationGroup.eq(group))
        .filter(document::Column::Locale.eq(locale))
        .one(tx)
        .await?
        .map(|document| document.id))
}

/// Adds a revision and makes it the newest one.
pub(super) async fn append(
    tx: &Tx,
    editor: AccountId,
    now: Timestamp,
    document: document::Model,
    content: &Content,
    note: Option<String>,
) -> Result<document::Model> {
    let number = document.head_revision + 1;
    let common = content.entry();
    let is_new = document.head_revision == 0;
    let mut row = document.into_active_model();
    row.slug = Set(common.slug.clone());
    row.title = Set(common.title.clone());
    row.sort_title = Set(sort_key(&common.title));
    row.search_text = Set(search_key(&format!("{} {}", common.title, common.slug)));
    row.head_revision = Set(number);
    row.updated_at = Set(now);
    let written = if is_new { row.reset_all().insert(tx).await } else { row.update(tx).await };
    let document = written.map_err(slug_taken)?;
    revision::ActiveModel {
        document_id: Set(document.id),
        number: Set(number),
        content: Set(serde_json::to_value(content).expect("plain data")),
        editor_id: Set(editor),
        note: Set(note),
        created_at: Set(now),
    }
    .insert(tx)
    .await?;
    let written = content.clone();
    let (uses, bytes) = run_blocking(move || (uses::of_content(&written), size_of(&written))).await;
    usage::record(tx, document.id, number, &uses).await?;
    quota::count_revision(tx, now, editor, bytes).await?;
    Ok(document)
}

/// In bytes, as it is stored.
fn size_of(content: &Content) -> usize {
    serde_json::to_vec(content).expect("plain data").len()
}

/// Two saves raced for one slug, or one locale of a translation, and the database decided.
fn slug_taken(error: sea_orm::DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(constraint)) => {
            // PostgreSQL names the index, SQLite its columns.
            let taken: Result<()> = if constraint.contains("translation") {
                refuse(&["locale"], ErrorCode::Taken, "there is a translation into this locale already")
            } else {
                refuse(&["slug"], ErrorCode::Taken, "another document has this slug")
            };
            taken.expect_err("a refusal")
        }
        _ => error.into(),
    }
}

/// Makes a slug from the title where the author gave none, and refuses one that another document has.
pub(super) async fn choose_slug(
    tx: &Tx,
    document: &document::Model,
    content: &mut Content,
    refusals: &mut Refusals,
) -> Result<()> {
    let common = content.entry_mut();
    if common.slug == document.slug && !common.slug.is_empty() {
        return Ok(());
    }
    // One chooses after the other, so that two drafts with one title get two slugs instead of an error.
    site_row::lock(tx).await?;
    if !common.slug.is_empty() {
        if let Some(holder) = slug_holder(tx, document, &common.slug).await? {
            refusals.push(&["slug"], ErrorCode::Taken, holder);
        }
        return Ok(());
    }
    let stem = slug::from_title(&common.title);
    let mut number = 1_u32;
    common.slug.clone_from(&stem);
    while slug_holder(tx, document, &common.slug).await?.is_some() {
        number += 1;
        common.slug = format!("{stem}-{number}");
    }
    Ok(())
}

/// What stands in the way of a slug, in words.
async fn slug_holder(tx: &Tx, document: &document::Model, slug: &str) -> Result<Option<String>> {
    let other = document::Entity::find()
        .filter(document::Column::Kind.eq(document.kind))
        .filter(document::Column::Locale.eq(&document.locale))
        .filter(document::Column::Slug.eq(slug))
        .filter(document::Column::Id.ne(document.id))
        .one(tx)
        .await?;
    if let Some(other) = other {
        let place = if other.trashed_at.is_some() { " (in the trash)" } else { "" };
        return Ok(Some(format!("another document has this slug{place}")));
    }
    let live = Scope::<entry::Entity>::public(tx)
        .narrow(|select| {
            select
                .filter(entry::Column::Kind.eq(document.kind))
                .filter(entry::Column::Locale.eq(&document.locale))
                .filter(entry::Column::Slug.eq(slug))
                .filter(entry::Column::Id.ne(document.id))
        })
        .one(tx)
        .await?;
    Ok(live.map(|_| "another document is public under this slug".to_owned()))
}

async fn references_exist(
    tx: &Tx,
    permit: &Permit<ManageDocuments>,
    before: &Content,
    content: &Content,
    refusals: &mut Refusals,
) -> Result<()> {
    let common = content.entry();
    // A cover that was deleted since does not stand in the way of saving, only of publishing.
    if let Some(id) = common.cover.filter(|_| before.entry().cover != common.cover) {
        match asset::usable(tx, permit, &[id]).await?.pop() {
            None => refusals.push(&["cover"], ErrorCode::NotFound, "there is no such file"),
            Some(file) if file.kind != AssetKind::Image => {
                refusals.push(&["cover"], ErrorCode::Invalid, "a cover is an image");
            }
            Some(_) => {}
        }
    }
    let (known, new): (Vec<_>, Vec<_>) = (uses::of_routine(before), uses::of_routine(content));
    let new: Vec<Use> = new.into_iter().filter(|one| !known.contains(one)).collect();
    for problem in asset::shown::problems(tx, &new).await? {
        // What only stands in the way of publishing may be mended later.
        if matches!(problem.code, ErrorCode::NotFound | ErrorCode::Invalid | ErrorCode::OutOfRange) {
            problem.note(refusals);
        }
    }
    if let Some(id) = common.author
        && author::existing(tx, &[id]).await?.is_empty()
    {
        refusals.push(&["author"], ErrorCode::NotFound, "there is no such author");
    }
    if let Some(id) = common.series
        && series::existing(tx, &[id]).await?.is_empty()
    {
        refusals.push(&["series"], ErrorCode::NotFound, "there is no such series");
    }
    let known = tag::existing(tx, &common.tags).await?;
    for (index, id) in common.tags.iter().enumerate() {
        if !known.contains(id) {
            refusals.push(&["tags", &index.to_string()], ErrorCode::NotFound, "there is no such tag");
        }
    }
    Ok(())
}

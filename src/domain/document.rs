//! Documents on the team's side: saving revisions, the trash, and reading them back.
//!
//! Every change locks the document's row first, so two editors are served one after the other; the second one's
//! `expected_revision` then no longer fits and is refused, with nothing lost.

use entity::{AccountId, DocumentId, Kind, Timestamp, document, entry, revision};
use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect, Set, SqlErr,
};

use super::content::{Content, Save};
use super::error::{Error, ErrorCode, Refusals, Result, refuse};
use super::id::PublicId;
use super::keyset::{Direction, Key, Page, Position, Slice};
use super::policy::{ManageDocuments, Permit, ReadDocuments, Scope, Visible};
use super::{
    author, locale, publish, revision as revisions, search_key, series, site, slug, sort_key, tag, text,
};

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Not public.
    Draft,
    /// Public, and its newest revision is the live one.
    Published,
    /// Public, with a newer revision that is not.
    Changed,
    /// In the trash: not public, nothing lost.
    Trashed,
}

pub fn state(document: &document::Model) -> State {
    match (document.trashed_at, document.live_revision) {
        (Some(_), _) => State::Trashed,
        (None, None) => State::Draft,
        (None, Some(live)) if live == document.head_revision => State::Published,
        (None, Some(_)) => State::Changed,
    }
}

pub async fn by_id(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    id: DocumentId,
) -> Result<Option<Visible<document::Model>>> {
    Scope::<document::Entity>::team(permit)
        .narrow(|select| select.filter(document::Column::Id.eq(id)))
        .one(db)
        .await
}

/// What the desk lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    pub kind: Option<Kind>,
    pub state: Option<State>,
    pub locale: Option<String>,
    /// Part of the title or slug, whatever its case.
    pub text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    UpdatedAt(Direction),
    CreatedAt(Direction),
    Title(Direction),
}

pub async fn list(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    filter: &Filter,
    order: Order,
    page: &Page,
) -> Result<Slice<Visible<document::Model>>> {
    let (column, direction) = match order {
        Order::UpdatedAt(direction) => (document::Column::UpdatedAt, direction),
        Order::CreatedAt(direction) => (document::Column::CreatedAt, direction),
        Order::Title(direction) => (document::Column::SortTitle, direction),
    };
    let rows = Scope::<document::Entity>::team(permit)
        .narrow(|mut select| {
            let statement = QueryFilter::query(&mut select);
            apply(filter, statement);
            let key = Expr::col((document::Entity, column));
            page.apply(statement, key, Expr::col((document::Entity, document::Column::Id)), direction);
            select
        })
        .all(db)
        .await?;
    Ok(page.slice(rows))
}

pub fn position(document: &document::Model, order: Order) -> Position {
    let key = match order {
        Order::UpdatedAt(_) => Key::Int(document.updated_at.0),
        Order::CreatedAt(_) => Key::Int(document.created_at.0),
        Order::Title(_) => Key::Text(document.sort_title.clone()),
    };
    Position { key, id: document.id.0 }
}

pub async fn count(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadDocuments>,
    filter: &Filter,
) -> Result<i64> {
    let mut statement = Scope::<document::Entity>::team(permit)
        .narrow(|select| {
            select.select_only().expr(Expr::col((document::Entity, document::Column::Id)).count())
        })
        .statement();
    apply(filter, &mut statement);
    super::scalar(db, &statement).await
}

fn apply(filter: &Filter, statement: &mut SelectStatement) {
    let live = || Expr::col((document::Entity, document::Column::LiveRevision));
    let trashed = || Expr::col((document::Entity, document::Column::TrashedAt));
    let head = || Expr::col((document::Entity, document::Column::HeadRevision));
    if let Some(kind) = filter.kind {
        statement.and_where(document::Column::Kind.eq(kind));
    }
    if let Some(locale) = &filter.locale {
        statement.and_where(document::Column::Locale.eq(locale));
    }
    if let Some(text) = &filter.text {
        let pattern = sea_orm::sea_query::LikeExpr::new(super::like_contains(&search_key(text))).escape('\\');
        statement.and_where(Expr::col((document::Entity, document::Column::SearchText)).like(pattern));
    }
    match filter.state {
        None => {}
        Some(State::Trashed) => {
            statement.and_where(trashed().is_not_null());
        }
        Some(State::Draft) => {
            statement.and_where(trashed().is_null()).and_where(live().is_null());
        }
        Some(State::Published) => {
            statement.and_where(trashed().is_null()).and_where(live().eq(head()));
        }
        Some(State::Changed) => {
            statement.and_where(trashed().is_null()).and_where(live().lt(head()));
        }
    }
}

/// The document, locked until the transaction ends, at the revision that the editor saw.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    permit: &Permit<ManageDocuments>,
    id: DocumentId,
    expected_revision: Option<i32>,
    path: &[&str],
) -> Result<document::Model> {
    let found = Scope::<document::Entity>::write(permit)
        .narrow(|select| select.filter(document::Column::Id.eq(id)).lock_exclusive())
        .one(tx)
        .await?;
    let Some(document) = found else {
        return refuse(path, ErrorCode::NotFound, "there is no such document");
    };
    let document = document.into_inner();
    if let Some(expected) = expected_revision.filter(|&expected| expected != document.head_revision) {
        let message = format!(
            "the newest revision is {}, not {expected}: somebody saved in between; read it, merge, and save again",
            document.head_revision
        );
        return refuse(&["expectedRevision"], ErrorCode::Conflict, message);
    }
    Ok(document)
}

/// Saves a revision of a new or existing document. Content that equals the newest revision's adds none.
pub async fn save(
    tx: &DatabaseTransaction,
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
    save.patch.apply(&mut content, &mut refusals);
    references_exist(tx, &content, &mut refusals).await?;

    let document = match existing {
        Some(document) => document,
        None => new(tx, permit, now, &content, save.locale, save.translation_of, &mut refusals).await?,
    };
    choose_slug(tx, &document, &mut content, &mut refusals).await?;
    refusals.finish()?;
    if document.head_revision > 0 && content == before {
        return Ok(document);
    }
    append(tx, permit.account(), now, document, &content, note).await
}

/// A document that is not stored yet, and so has no revision.
async fn new(
    tx: &DatabaseTransaction,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    content: &Content,
    wanted: Option<String>,
    translation_of: Option<DocumentId>,
    refusals: &mut Refusals,
) -> Result<document::Model> {
    let id = DocumentId::generate(now);
    let locales = site::settings(tx).await?.locales;
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
    let translation_group = match translation_of {
        None => id,
        Some(original) => {
            let original = lock(tx, permit, original, None, &["translationOf"]).await?;
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
    })
}

async fn translation(
    tx: &DatabaseTransaction,
    group: DocumentId,
    locale: &str,
) -> Result<Option<DocumentId>> {
    Ok(document::Entity::find()
        .filter(document::Column::TranslationGroup.eq(group))
        .filter(document::Column::Locale.eq(locale))
        .one(tx)
        .await?
        .map(|document| document.id))
}

/// Adds a revision and makes it the newest one.
pub(super) async fn append(
    tx: &DatabaseTransaction,
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
    Ok(document)
}

/// Two saves raced for one slug and the database decided.
fn slug_taken(error: sea_orm::DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            let taken: Result<()> = refuse(&["slug"], ErrorCode::Taken, "another document has this slug");
            taken.expect_err("a refusal")
        }
        _ => error.into(),
    }
}

/// Makes a slug from the title where the author gave none, and refuses one that another document has.
async fn choose_slug(
    tx: &DatabaseTransaction,
    document: &document::Model,
    content: &mut Content,
    refusals: &mut Refusals,
) -> Result<()> {
    let common = content.entry_mut();
    if !common.slug.is_empty() {
        if let Some(holder) = slug_holder(tx, document, &common.slug).await? {
            refusals.push(&["slug"], ErrorCode::Taken, holder);
        }
        return Ok(());
    }
    let stem = slug::from_title(&common.title);
    let mut number = 1_u32;
    common.slug = stem.clone();
    while slug_holder(tx, document, &common.slug).await?.is_some() {
        number += 1;
        common.slug = format!("{stem}-{number}");
    }
    Ok(())
}

/// What stands in the way of a slug, in words.
async fn slug_holder(
    tx: &DatabaseTransaction,
    document: &document::Model,
    slug: &str,
) -> Result<Option<String>> {
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
    let live = Scope::<entry::Entity>::public()
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
    tx: &DatabaseTransaction,
    content: &Content,
    refusals: &mut Refusals,
) -> Result<()> {
    let common = content.entry();
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

/// Takes a document out of the public and the working lists. Everything of it is kept.
pub async fn trash(
    tx: &DatabaseTransaction,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    id: DocumentId,
    expected_revision: Option<i32>,
) -> Result<document::Model> {
    let document = lock(tx, permit, id, expected_revision, &["document"]).await?;
    if document.trashed_at.is_some() {
        return refuse(&["document"], ErrorCode::InvalidTransition, "the document is in the trash already");
    }
    let document = match document.live_revision {
        Some(_) => publish::withdraw(tx, now, document).await?,
        None => document,
    };
    let mut row = document.into_active_model();
    row.trashed_at = Set(Some(now));
    row.updated_at = Set(now);
    Ok(row.update(tx).await?)
}

/// Takes a document out of the trash, as a draft: nothing becomes public by being found again.
pub async fn restore(
    tx: &DatabaseTransaction,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    id: DocumentId,
    expected_revision: Option<i32>,
) -> Result<document::Model> {
    let document = lock(tx, permit, id, expected_revision, &["document"]).await?;
    if document.trashed_at.is_none() {
        return refuse(&["document"], ErrorCode::InvalidTransition, "the document is not in the trash");
    }
    let mut row = document.into_active_model();
    row.trashed_at = Set(None);
    row.updated_at = Set(now);
    Ok(row.update(tx).await?)
}

/// Saves the content of an old revision as a new one.
pub async fn restore_revision(
    tx: &DatabaseTransaction,
    permit: &Permit<ManageDocuments>,
    now: Timestamp,
    id: DocumentId,
    number: i32,
    expected_revision: Option<i32>,
) -> Result<document::Model> {
    let document = lock(tx, permit, id, expected_revision, &["document"]).await?;
    if document.trashed_at.is_some() {
        return refuse(
            &["document"],
            ErrorCode::InvalidTransition,
            "the document is in the trash; restore it first",
        );
    }
    if !(1..=document.head_revision).contains(&number) {
        let message = format!("the document has the revisions 1 to {}", document.head_revision);
        return refuse(&["revision"], ErrorCode::NotFound, message);
    }
    let mut content = revisions::content(tx, id, number).await?;
    if content == revisions::content(tx, id, document.head_revision).await? {
        return Ok(document);
    }
    let mut refusals = Refusals::default();
    choose_slug(tx, &document, &mut content, &mut refusals).await?;
    refusals.finish()?;
    append(tx, permit.account(), now, document, &content, Some(format!("revision {number} restored"))).await
}

//! The change log: one row for each change of what the public can see, in the order in which the changes were committed.
//!
//! Readers keep a cursor and ask for what comes after it, so no row may become visible behind one that was read already.
//! A sequence of the database does not give that: it hands out 7 and 8, 8 is committed first, a reader takes 8, and 7
//! appears behind its back. So appends are serialised. On PostgreSQL an advisory lock is taken before the number is
//! chosen and held until the commit; numbers are then visible in their order, and without gaps. On SQLite there is one
//! writer anyway.
//!
//! Whoever holds that lock must not wait for another one, or two transactions could wait for each other. So `append` is
//! the last statement of a transaction that locks rows, and what changes many things appends all of it at once.
//!
//! The log holds what is public, like every table that the public reads. When an entry leaves the public, its rows lose
//! the slugs: who followed the log knows them by its id, and who comes later does not learn where something used to be.

use entity::change::{ActiveModel, ChangeAction, Column, Entity, Model, Subject};
use entity::{AssetId, DocumentId, Kind, QuestionId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, Set, Statement,
};
use uuid::Uuid;

use crate::db::Tx;
use crate::domain::access::policy::{PublicTables, Scope, Visible};
use crate::domain::core::error::Result;
use crate::domain::core::keyset::{Key, Page, Position, Slice};

/// The key of the advisory lock: "wellschg" in ASCII.
const LOCK: i64 = 0x7765_6C6C_7363_6867;
/// Rows of one INSERT: seven values each, and SQLite once took 999.
const CHUNK: usize = 100;

/// A change that was made in this transaction and is to be noted at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a change that is not appended is missing from the log"]
pub struct Change {
    action: ChangeAction,
    subject: Subject,
    id: Option<Uuid>,
    locale: Option<String>,
    slug: Option<String>,
    previous_slug: Option<String>,
}

impl Change {
    /// An entry was written; `before` is the slug under which it was public until now, if it was.
    pub fn entry(kind: Kind, id: DocumentId, locale: &str, slug: &str, before: Option<String>) -> Self {
        let change = Self::named(kind.into(), id.0, slug, before);
        Self { locale: Some(locale.to_owned()), ..change }
    }

    /// An entry has left the public.
    pub fn withdrawn(kind: Kind, id: DocumentId, locale: &str) -> Self {
        let gone = Self::plain(ChangeAction::Deleted, kind.into(), Some(id.0));
        Self { locale: Some(locale.to_owned()), ..gone }
    }

    /// Something with a slug was written; `before` is the slug that it had, if it is not new.
    pub fn named(subject: Subject, id: Uuid, slug: &str, before: Option<String>) -> Self {
        Self {
            action: if before.is_some() { ChangeAction::Updated } else { ChangeAction::Created },
            subject,
            id: Some(id),
            locale: None,
            slug: Some(slug.to_owned()),
            previous_slug: before.filter(|before| before != slug),
        }
    }

    /// The site's settings were saved.
    pub fn site() -> Self {
        Self::plain(ChangeAction::Updated, Subject::Site, None)
    }

    /// Something public shows a file that nothing public showed before.
    pub fn asset_shown(id: AssetId) -> Self {
        Self::plain(ChangeAction::Created, Subject::Asset, Some(id.0))
    }

    /// A file that something public shows looks or reads differently.
    pub fn asset_updated(id: AssetId) -> Self {
        Self::plain(ChangeAction::Updated, Subject::Asset, Some(id.0))
    }

    /// Nothing public shows a file any more.
    pub fn asset_hidden(id: AssetId) -> Self {
        Self::plain(ChangeAction::Deleted, Subject::Asset, Some(id.0))
    }

    /// A question became public, or is told of differently. Only its id tells it apart: it has no path of its own.
    pub fn question(id: QuestionId, is_new: bool) -> Self {
        let action = if is_new { ChangeAction::Created } else { ChangeAction::Updated };
        Self::plain(action, Subject::Question, Some(id.0))
    }

    /// A question has left the public.
    pub fn question_hidden(id: QuestionId) -> Self {
        Self::plain(ChangeAction::Deleted, Subject::Question, Some(id.0))
    }

    fn plain(action: ChangeAction, subject: Subject, id: Option<Uuid>) -> Self {
        Self { action, subject, id, locale: None, slug: None, previous_slug: None }
    }
}

/// Notes changes at the end of the log. Nothing that waits for a lock may come after it in the transaction.
pub async fn append(tx: &Tx, now: Timestamp, changes: Vec<Change>) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let gone: Vec<Uuid> = changes
        .iter()
        .filter(|change| change.action == ChangeAction::Deleted)
        .filter_map(|change| change.id)
        .collect();
    if !gone.is_empty() {
        // These rows belong to documents and files that the caller has locked, so this waits for nobody.
        let forget = Entity::update_many()
            .col_expr(Column::Slug, Expr::val(None::<String>))
            .col_expr(Column::PreviousSlug, Expr::val(None::<String>))
            .filter(Column::SubjectId.is_in(gone));
        forget.exec(tx).await?;
    }
    if tx.get_database_backend() == DbBackend::Postgres {
        let lock = "SELECT pg_advisory_xact_lock($1)";
        tx.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, [LOCK.into()])).await?;
    }
    // A statement of its own: its snapshot begins after the lock was got, and so after the last holder's commit.
    let newest = Query::select().expr(Expr::col(Column::Seq).max()).from(Entity).to_owned();
    let newest: Option<i64> = crate::domain::core::query::scalar(tx, &newest).await?;
    let rows = (newest.unwrap_or(0) + 1..).zip(changes).map(|(seq, change)| ActiveModel {
        seq: Set(seq),
        at: Set(now),
        action: Set(change.action),
        subject: Set(change.subject),
        subject_id: Set(change.id),
        locale: Set(change.locale),
        slug: Set(change.slug),
        previous_slug: Set(change.previous_slug),
    });
    let rows: Vec<_> = rows.collect();
    for chunk in rows.chunks(CHUNK) {
        Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// A page of the log, oldest first.
pub async fn list(db: &impl PublicTables, page: &Page) -> Result<Slice<Visible<Model>>> {
    let rows = Scope::<Entity>::public(db).narrow(|mut select| {
        for (bound, is_after) in [(&page.after, true), (&page.before, false)] {
            let Some(Position { key: Key::Int(seq), .. }) = bound else { continue };
            select = select.filter(if is_after { Column::Seq.gt(*seq) } else { Column::Seq.lt(*seq) });
        }
        let order = if page.backwards { Order::Desc } else { Order::Asc };
        let statement = QuerySelect::query(&mut select);
        statement.order_by(Column::Seq, order).limit(u64::from(page.size) + 1);
        select
    });
    Ok(page.slice(rows.all(db).await?))
}

pub fn position(change: &Model) -> Position {
    Position { key: Key::Int(change.seq), id: Uuid::nil() }
}

//! The public's tables with the draft of a preview laid over them.
//!
//! A statement that begins with `WITH "entry" AS (…)` reads those rows wherever it says `"entry"`: in lists, counts, joins
//! and subqueries alike. So a draft appears in every list just where it would if it were public, nothing is written, and no
//! list can forget it. Entries, their tags, their old paths and the files of the draft are laid over; the texts come with
//! the entry (`entry::read`).

use entity::{entry, entry_tag, redirect, shown_asset};
use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait, Query, SelectStatement, SimpleExpr, TableRef, UnionType,
    WithClause,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityName, EntityTrait, IntoSimpleExpr, Iterable, ModelTrait,
};

use crate::db::Tx;
use crate::domain::access::draft::Draft;

/// A connection on which the tables of the public are read.
pub trait PublicTables: ConnectionTrait {
    /// What to show as if it were public.
    fn draft(&self) -> Option<&Draft>;
}

/// What is written sees what is public, and no draft.
impl PublicTables for Tx {
    fn draft(&self) -> Option<&Draft> {
        None
    }
}

/// Lays the draft over what a statement about `table` reads: files are read alone, and nothing else reads them.
pub(super) fn lay(draft: &Draft, table: &str, backend: DbBackend, statement: &mut SelectStatement) {
    let tables = if table == shown_asset::Entity.table_name() {
        files(draft, backend)
    } else {
        entries(draft, backend)
    };
    statement.with_cte(tables);
}

fn files(draft: &Draft, backend: DbBackend) -> WithClause {
    let mut files = real(shown_asset::Entity, backend);
    files.and_where(shown_asset::Column::Id.is_not_in(draft.assets.iter().map(|asset| asset.id)));
    for asset in &draft.assets {
        files.union(UnionType::All, Query::select().exprs(values(asset)).to_owned());
    }
    let mut tables = WithClause::new();
    tables.cte(self::table(shown_asset::Entity, files));
    tables
}

fn entries(draft: &Draft, backend: DbBackend) -> WithClause {
    let entry = &draft.entry;
    let mut tables = WithClause::new();
    // The first one: from the next on, "entry" means the entries that are laid over the table.
    tables.cte(table(redirect::Entity, redirects(entry, backend)));
    let mut live = real(entry::Entity, backend);
    live.and_where(entry::Column::Id.ne(entry.id));
    live.union(UnionType::All, Query::select().exprs(values(entry)).to_owned());
    tables.cte(table(entry::Entity, live));

    let mut tags = real(entry_tag::Entity, backend);
    tags.and_where(entry_tag::Column::EntryId.ne(entry.id));
    for &tag_id in &entry.tag_ids.0 {
        let row = entry_tag::Model {
            tag_id,
            entry_id: entry.id,
            locale: entry.locale.clone(),
            published_at: entry.published_at,
        };
        tags.union(UnionType::All, Query::select().exprs(values(&row)).to_owned());
    }
    tables.cte(table(entry_tag::Entity, tags));
    tables
}

/// Old paths: the draft's own is none of them, and that of the live revision is one if it differs.
fn redirects(draft: &entry::Model, backend: DbBackend) -> SelectStatement {
    let mut redirects = real(redirect::Entity, backend);
    let is_path = redirect::Column::Kind
        .eq(draft.kind)
        .and(redirect::Column::Locale.eq(&draft.locale))
        .and(redirect::Column::Slug.eq(&draft.slug));
    redirects.and_where(is_path.not());
    let columns = redirect::Column::iter().map(|column| match column {
        redirect::Column::Kind => entry::Column::Kind,
        redirect::Column::Locale => entry::Column::Locale,
        redirect::Column::Slug => entry::Column::Slug,
        redirect::Column::EntryId => entry::Column::Id,
        redirect::Column::CreatedAt => entry::Column::UpdatedAt,
    });
    let left = Query::select()
        .exprs(columns.map(IntoSimpleExpr::into_simple_expr))
        .from(real_table(entry::Entity, backend))
        .and_where(entry::Column::Id.eq(draft.id))
        .and_where(entry::Column::Slug.ne(&draft.slug))
        .to_owned();
    redirects.union(UnionType::All, left);
    redirects
}

/// All rows of the table itself, by columns in their order.
fn real<E: EntityTrait>(entity: E, backend: DbBackend) -> SelectStatement {
    let columns = E::Column::iter().map(IntoSimpleExpr::into_simple_expr);
    Query::select().exprs(columns).from(real_table(entity, backend)).to_owned()
}

/// Within its own definition a name means the table to PostgreSQL, and a circle to SQLite unless it has a schema.
fn real_table<E: EntityTrait>(entity: E, backend: DbBackend) -> TableRef {
    let name = Alias::new(entity.table_name());
    match backend {
        DbBackend::Sqlite => (Alias::new("main"), name).into(),
        _ => name.into(),
    }
}

fn values<M: ModelTrait>(row: &M) -> Vec<SimpleExpr> {
    <M::Entity as EntityTrait>::Column::iter().map(|column| Expr::val(row.get(column))).collect()
}

fn table<E: EntityTrait>(entity: E, rows: SelectStatement) -> CommonTableExpression {
    let columns = E::Column::iter().map(|column| column.as_column_ref().1);
    let mut table = CommonTableExpression::new();
    // Not a copy: a list reads what it shows.
    table.table_name(Alias::new(entity.table_name())).columns(columns).query(rows).materialized(false);
    table
}

//! The desk's lists of documents: closed filters and orders.

use entity::{Kind, document};
use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect};

use super::row::State;
use crate::domain::access::policy::{Permit, ReadDocuments, Scope, Visible};
use crate::domain::core::error::Result;
use crate::domain::core::keyset::{Direction, Key, KeyKind, Page, Position, Slice};
use crate::domain::core::query::scalar;
use crate::domain::core::text::{like_contains, search_key};

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

/// What a list in this order is ordered by.
pub fn key_kind(order: Order) -> KeyKind {
    match order {
        Order::Title(_) => KeyKind::Text,
        Order::UpdatedAt(_) | Order::CreatedAt(_) => KeyKind::Int,
    }
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
    scalar(db, &statement).await
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
        let pattern = sea_orm::sea_query::LikeExpr::new(like_contains(&search_key(text))).escape('\\');
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

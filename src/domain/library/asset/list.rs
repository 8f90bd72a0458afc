//! The desk's list of assets: closed filters, newest first.

use entity::Timestamp;
use entity::asset::{AssetKind, AssetState, Column, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect};

use super::usage;
use crate::domain::access::policy::{Permit, ReadMedia, Scope, Visible};
use crate::domain::core::error::Result;
use crate::domain::core::keyset::{Direction, Key, Page, Position, Slice};
use crate::domain::core::query::scalar;
use crate::domain::core::text::{like_contains, search_key};

/// What the desk lists. Conditions are joined by "and".
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    pub kind: Option<AssetKind>,
    pub state: Option<AssetState>,
    pub is_private: Option<bool>,
    /// Whether anything uses it.
    pub is_used: Option<bool>,
    /// Uploaded at this moment or later.
    pub from: Option<Timestamp>,
    /// Uploaded before this moment.
    pub to: Option<Timestamp>,
    /// Part of the name, the alternative text or the caption, whatever its case.
    pub text: Option<String>,
}

pub async fn list(
    db: &impl ConnectionTrait,
    permit: &Permit<ReadMedia>,
    filter: &Filter,
    page: &Page,
) -> Result<Slice<Visible<Model>>> {
    let rows = Scope::<Entity>::library(permit)
        .narrow(|mut select| {
            let statement = QueryFilter::query(&mut select);
            apply(filter, statement);
            let key = Expr::col((Entity, Column::CreatedAt));
            page.apply(statement, key, Expr::col((Entity, Column::Id)), Direction::Descending);
            select
        })
        .all(db)
        .await?;
    Ok(page.slice(rows))
}

pub fn position(asset: &Model) -> Position {
    Position { key: Key::Int(asset.created_at.0), id: asset.id.0 }
}

pub async fn count(db: &impl ConnectionTrait, permit: &Permit<ReadMedia>, filter: &Filter) -> Result<i64> {
    let statement = Scope::<Entity>::library(permit).narrow(|mut select| {
        apply(filter, QueryFilter::query(&mut select));
        select.select_only().expr(Expr::col((Entity, Column::Id)).count())
    });
    scalar(db, &statement.statement()).await
}

fn apply(filter: &Filter, statement: &mut SelectStatement) {
    if let Some(kind) = filter.kind {
        statement.and_where(Column::Kind.eq(kind));
    }
    if let Some(state) = filter.state {
        statement.and_where(Column::State.eq(state));
    }
    if let Some(is_private) = filter.is_private {
        statement.and_where(Column::IsPrivate.eq(is_private));
    }
    if let Some(is_used) = filter.is_used {
        let used = usage::is_used();
        statement.cond_where(if is_used { used } else { used.not() });
    }
    if let Some(from) = filter.from {
        statement.and_where(Column::CreatedAt.gte(from));
    }
    if let Some(to) = filter.to {
        statement.and_where(Column::CreatedAt.lt(to));
    }
    if let Some(text) = &filter.text {
        let pattern = LikeExpr::new(like_contains(&search_key(text))).escape('\\');
        statement.and_where(Expr::col((Entity, Column::SearchKey)).like(pattern));
    }
}

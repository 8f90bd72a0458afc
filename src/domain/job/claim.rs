//! Taking jobs: what is due, first come first served, each lane in its order.

use entity::Timestamp;
use entity::job::{Column, Entity};
use sea_orm::sea_query::{
    Alias, CaseStatement, Condition, Expr, ExprTrait, LockBehavior, LockType, Order, Query, SimpleExpr,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Claim, Kind, NEVER};
use crate::db::Tx;
use crate::domain::core::error::Result;
use crate::domain::core::query::scalar;

/// Takes up to `limit` jobs of these kinds that are due, each until `now` and `lease` milliseconds.
pub async fn claim(
    tx: &Tx,
    worker: &str,
    now: Timestamp,
    lease: i64,
    kinds: &[Kind],
    limit: u64,
) -> Result<Vec<Claim>> {
    // What another worker is taking at this moment is skipped, not waited for. SQLite has one writer and no such lock.
    let rows = Entity::find()
        .filter(takeable(now, lease, kinds))
        .filter(first_of_its_lane(now))
        .order_by_asc(Column::RunAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    Entity::update_many()
        .col_expr(Column::Lease, Expr::col(Column::Lease).add(1))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::Worker, Expr::val(worker))
        .col_expr(Column::NotBefore, Expr::val(now.0 + lease))
        .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(tx)
        .await?;
    Ok(rows.into_iter().map(Claim::new).collect())
}

/// Whether there is perhaps something to take: a look that locks nothing.
pub async fn is_due(db: &impl ConnectionTrait, now: Timestamp, lease: i64, kinds: &[Kind]) -> Result<bool> {
    let takeable = takeable(now, lease, kinds);
    let due = Query::select().expr(Expr::val(1)).from(Entity).cond_where(takeable).limit(1).to_owned();
    Ok(db.query_one(&due).await?.is_some())
}

/// When the next job that waits will be due.
pub async fn next_at(db: &impl ConnectionTrait, now: Timestamp) -> Result<Option<Timestamp>> {
    let next = Query::select()
        .expr(Expr::col(Column::NotBefore).min())
        .from(Entity)
        .and_where(Column::NotBefore.gt(now))
        .and_where(Column::NotBefore.lt(NEVER))
        .to_owned();
    Ok(scalar::<Option<i64>>(db, &next).await?.map(Timestamp))
}

/// Due, and in nobody's hands. A lease that ends later than a lease can was written before a clock jumped back; twice
/// the length leaves room for clocks of different machines.
fn takeable(now: Timestamp, lease: i64, kinds: &[Kind]) -> Condition {
    let own = |column: Column| Expr::col((Entity, column));
    let beyond = Condition::all()
        .add(own(Column::Worker).is_not_null())
        .add(own(Column::NotBefore).gt(now.0.saturating_add(2 * lease)));
    Condition::all()
        .add(own(Column::Name).is_in(kinds.iter().flat_map(|kind| kind.names().iter().copied())))
        .add(own(Column::RunAt).lte(now.0))
        .add(Condition::any().add(own(Column::NotBefore).lte(now.0)).add(beyond))
}

/// The job is the head of its lane: nothing of the lane is being done, and nothing of it comes before.
///
/// The head is one value and not a `NOT EXISTS`, which PostgreSQL turns into a join of the table with itself; so it is
/// one look into the index of lanes for each job that is due.
fn first_of_its_lane(now: Timestamp) -> Condition {
    let own = |column: Column| Expr::col((Entity, column));
    let other = |column: Column| Expr::col((Alias::new("other"), column));
    let is_running = other(Column::Worker).is_not_null().and(other(Column::NotBefore).gt(now.0));
    // The dead come last, and so never before one that is due.
    let rank = CaseStatement::new().case(is_running, 0).case(other(Column::DiedAt).is_null(), 1).finally(2);
    let mut head = Query::select();
    head.expr(other(Column::Id))
        .from_as(Entity, Alias::new("other"))
        .and_where(other(Column::Lane).eq(own(Column::Lane)))
        .order_by_expr(rank.into(), Order::Asc)
        .order_by_expr(other(Column::RunAt), Order::Asc)
        .order_by_expr(other(Column::Id), Order::Asc)
        .limit(1);
    let head = SimpleExpr::SubQuery(None, Box::new(head.into()));
    Condition::any().add(own(Column::Lane).is_null()).add(own(Column::Id).eq(head))
}

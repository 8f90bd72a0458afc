//! The state of the queue in numbers, for whoever watches over the process.

use entity::Timestamp;
use entity::job::{Column, Entity};
use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait};

use crate::domain::core::error::Result;

/// How many jobs there are. What is to be done later is not counted: that something is planned is not for everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting although their time has come.
    pub due: i64,
    pub running: i64,
    pub dead: i64,
    /// Since when the oldest of the due ones waits.
    pub oldest_due: Option<Timestamp>,
}

pub async fn counts(db: &impl ConnectionTrait, now: Timestamp) -> Result<Counts> {
    let dead = || Column::DiedAt.is_not_null();
    let running = || Column::DiedAt.is_null().and(Column::Worker.is_not_null());
    let due = || Column::DiedAt.is_null().and(Column::Worker.is_null()).and(Column::NotBefore.lte(now));
    let one = |condition: SimpleExpr| CaseStatement::new().case(condition, 1).finally(Expr::val(None::<i32>));
    let oldest =
        CaseStatement::new().case(due(), Expr::col(Column::NotBefore)).finally(Expr::val(None::<i64>));
    let statement = Query::select()
        .expr_as(Expr::expr(one(due())).count(), Alias::new("due"))
        .expr_as(Expr::expr(one(running())).count(), Alias::new("running"))
        .expr_as(Expr::expr(one(dead())).count(), Alias::new("dead"))
        .expr_as(Expr::expr(oldest).min(), Alias::new("oldest"))
        .from(Entity)
        .to_owned();
    let Some(row) = db.query_one(&statement).await? else { return Ok(Counts::default()) };
    Ok(Counts {
        due: row.try_get_by_index(0)?,
        running: row.try_get_by_index(1)?,
        dead: row.try_get_by_index(2)?,
        oldest_due: row.try_get_by_index::<Option<i64>>(3)?.map(Timestamp),
    })
}

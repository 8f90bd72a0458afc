//! The one row of the site. It is locked by whoever changes what others must not change meanwhile, and its generation says
//! which copies of the site in memory are too old.

use entity::site;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{DbErr, EntityTrait, QuerySelect};

use super::error::Result;
use crate::db::Tx;

/// Makes others who change the site or choose a slug wait until this transaction ends.
pub async fn lock(tx: &Tx) -> Result<site::Model> {
    let row = site::Entity::find().lock_exclusive().one(tx).await?;
    Ok(row.ok_or_else(|| DbErr::RecordNotFound("the site's row, which a migration makes".to_owned()))?)
}

/// The generation, as a value that any statement can select along.
pub fn generation() -> SimpleExpr {
    let mut select = Query::select();
    select.column(site::Column::Generation).from(site::Entity);
    SimpleExpr::SubQuery(None, Box::new(select.into()))
}

/// Says that the site, a tag, a series, an author or a call has changed. Belongs into every transaction that changes one.
pub(in crate::domain) async fn changed(tx: &Tx) -> Result<()> {
    let next = Expr::col(site::Column::Generation).add(1);
    site::Entity::update_many().col_expr(site::Column::Generation, next).exec(tx).await?;
    Ok(())
}

//! Ending a mutation: commit what was done, or roll back and answer what was refused.

use async_graphql::Context;
use sea_orm::DatabaseTransaction;

use super::db;
use super::error::{Result, UserError};
use crate::domain::error::{self as domain, Refusals};

/// What the domain answered: a value, or what is wrong with the input.
pub type Outcome<T> = std::result::Result<T, Vec<UserError>>;

/// A transaction for one mutation.
pub async fn begin(context: &Context<'_>) -> Result<DatabaseTransaction> {
    Ok(db(context).begin().await.map_err(domain::Error::from)?)
}

/// Commits when the domain agreed and rolls back otherwise. Refusals are an answer, everything else is an error.
pub async fn settle<T>(tx: DatabaseTransaction, outcome: domain::Result<T>) -> Result<Outcome<T>> {
    match outcome {
        Ok(value) => {
            tx.commit().await.map_err(domain::Error::from)?;
            Ok(Ok(value))
        }
        Err(error) => {
            tx.rollback().await.map_err(domain::Error::from)?;
            answer(error).map(Err)
        }
    }
}

/// What the collected refusals are as an answer, if there are any.
pub fn refused(refusals: Refusals) -> Result<Outcome<()>> {
    match refusals.finish() {
        Ok(()) => Ok(Ok(())),
        Err(error) => answer(error).map(Err),
    }
}

fn answer(error: domain::Error) -> Result<Vec<UserError>> {
    match error {
        domain::Error::Refused(errors) => Ok(errors.into_iter().map(UserError::from).collect()),
        error => Err(error.into()),
    }
}

//! A piece of work that is done in the background. A row here waits, runs or is dead; what was done has no row.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{JobId, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// What to do, with the version of its arguments: see `wellspring::domain::job::Task`.
    pub name: String,
    /// Ids and numbers, never private text.
    pub arguments: Json,
    /// No two jobs that wait or run have the same.
    pub unique_key: Option<String>,
    /// Jobs of one lane run one at a time, in the order of `run_at` and `id`.
    pub lane: Option<String>,
    /// When it is to run first. It keeps its place in its lane when it is tried again.
    pub run_at: Timestamp,
    /// No worker takes it before: `run_at` at first, the end of its lease while it runs, the next try after a failure,
    /// never for a dead one.
    pub not_before: Timestamp,
    /// How often it was begun.
    pub attempts: i32,
    pub max_attempts: i32,
    /// The fencing number: goes up whenever the job is taken, and only its present holder may finish it.
    pub lease: i64,
    /// Who has taken it; null while it waits.
    pub worker: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub last_error: Option<String>,
    pub died_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

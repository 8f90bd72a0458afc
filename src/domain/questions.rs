//! Questions of readers, from the first word to the published answer.
//!
//! There are two sides. What was sent in (`question_intake`) is health data: its words, names and consents are sealed under
//! a key of their own (`original`), and only the reader (`asker`) and whoever of the team reads it (noted in the audit log)
//! sees them. What is public (`question`) is written by the author (`publication`) and is there only while it is public.
//! Where a question stands, and where it can go from there, is in `state`; which post answers it, in `answer`.
//!
//! A transition that is to be added: a variant in `state`, with its line in the table of the test; a function in `triage`; a
//! mutation in `graphql::question`.

use entity::QuestionId;
use entity::question_intake::{Entity, Model};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use crate::domain::core::error::Result;

pub mod answer;
pub mod ask;
pub mod asker;
pub mod details;
pub mod erase;
pub mod label;
pub mod list;
mod lock;
pub mod original;
pub mod publication;
pub mod question_call;
pub mod read;
pub mod reply_template;
pub mod rotate;
pub mod similar;
pub mod state;
pub mod structured;
pub mod tell;
pub mod triage;

/// A row that is certainly there.
async fn by_id(db: &impl ConnectionTrait, id: QuestionId) -> Result<Model> {
    let row = Entity::find_by_id(id).one(db).await?;
    Ok(row.ok_or_else(|| DbErr::RecordNotFound("a question that was just locked".to_owned()))?)
}

//! One change of what the public can see. Rows are added in commit order, and hold nothing that is not public.

use sea_orm::entity::prelude::*;

use crate::{Kind, Timestamp};

#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    /// 1, 2, 3 … in commit order, without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub at: Timestamp,
    pub action: ChangeAction,
    pub subject: Subject,
    /// Of whatever `subject` says; null for the site.
    pub subject_id: Option<Uuid>,
    /// Of entries only.
    pub locale: Option<String>,
    /// Null for the site, for tombstones, and for what has left the public since.
    pub slug: Option<String>,
    /// Where the change was also a change of the slug.
    pub previous_slug: Option<String>,
}

/// What happened, as the public sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum ChangeAction {
    #[sea_orm(string_value = "CREATED")]
    Created,
    #[sea_orm(string_value = "UPDATED")]
    Updated,
    #[sea_orm(string_value = "DELETED")]
    Deleted,
}

/// What it happened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Subject {
    #[sea_orm(string_value = "POST")]
    Post,
    #[sea_orm(string_value = "PAGE")]
    Page,
    #[sea_orm(string_value = "ROUTINE")]
    Routine,
    #[sea_orm(string_value = "TAG")]
    Tag,
    #[sea_orm(string_value = "SERIES")]
    Series,
    #[sea_orm(string_value = "AUTHOR")]
    Author,
    #[sea_orm(string_value = "SITE")]
    Site,
    /// A file that something public shows.
    #[sea_orm(string_value = "ASSET")]
    Asset,
    #[sea_orm(string_value = "QUESTION")]
    Question,
    #[sea_orm(string_value = "QUESTION_CALL")]
    QuestionCall,
}

impl From<Kind> for Subject {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Post => Self::Post,
            Kind::Page => Self::Page,
            Kind::Routine => Self::Routine,
        }
    }
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

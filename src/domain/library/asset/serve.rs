//! What serving a file needs to know, in one statement: most requests for files are for what is there, and a statement is
//! most of what they cost.

use entity::asset::{Column, Entity};
use entity::{media_object, rendition};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType};
use sea_orm::{ConnectionTrait, DbErr, QueryFilter, QueryResult, QuerySelect};

use super::object::{Blob, rendition_key, storage_key};
use super::url::Signed;
use crate::domain::access::policy::{Scope, Visible};
use crate::domain::core::error::Result;

/// What a URL leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// These bytes.
    Stored(Blob, Filename),
    /// A rendition that nobody has made yet.
    Unmade,
    /// The asset shows another file than it did when the URL was made.
    Moved,
}

/// What the team calls the asset's file.
pub type Filename = String;

/// What a signed URL leads to; `None` when there is no such file, or none that this URL opens.
pub async fn of_url(db: &impl ConnectionTrait, url: &Signed) -> Result<Option<Visible<Served>>> {
    let scope = Scope::<Entity>::signed(url.asset(), url.expires.is_some()).narrow(|select| {
        let mut select = select
            .select_only()
            .column(Column::Filename)
            .expr(of_object(media_object::Column::Sha256))
            .expr(of_object(media_object::Column::MimeType))
            .expr(of_object(media_object::Column::ByteSize))
            .expr(of_object(media_object::Column::Digest));
        if url.spec().is_some() {
            let statement = QueryFilter::query(&mut select);
            let is_of = of_rendition(rendition::Column::ObjectId).eq(of_object(media_object::Column::Id));
            let is_this = of_rendition(rendition::Column::Spec).eq(&url.file);
            statement
                .join(JoinType::LeftJoin, rendition::Entity, is_of.and(is_this))
                .expr(of_rendition(rendition::Column::ByteSize))
                .expr(of_rendition(rendition::Column::Digest));
        }
        select
    });
    Ok(scope.decode(db, |row| decode(row, url)).await?.pop())
}

fn of_object(column: media_object::Column) -> Expr {
    Expr::col((media_object::Entity, column))
}

fn of_rendition(column: rendition::Column) -> Expr {
    Expr::col((rendition::Entity, column))
}

fn decode(row: &QueryResult, url: &Signed) -> Result<Served, DbErr> {
    let sha256: Vec<u8> = row.try_get_by_index(1)?;
    if !url.is_of(&sha256) {
        return Ok(Served::Moved);
    }
    let (key, mime_type, at) = match url.spec() {
        None => (storage_key(&sha256), row.try_get_by_index(2)?, 3),
        Some(spec) => (rendition_key(&sha256, &url.file), spec.output.mime().to_owned(), 5),
    };
    let byte_size = row.try_get_by_index::<Option<i64>>(at)?.and_then(|size| u64::try_from(size).ok());
    let digest = row.try_get_by_index::<Option<Vec<u8>>>(at + 1)?;
    let digest = digest.and_then(|digest| <[u8; 32]>::try_from(digest).ok());
    Ok(match byte_size.zip(digest) {
        Some((byte_size, digest)) => {
            Served::Stored(Blob { key, mime_type, byte_size, digest }, row.try_get_by_index(0)?)
        }
        None => Served::Unmade,
    })
}

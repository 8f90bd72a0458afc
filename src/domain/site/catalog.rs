//! The site, authors, tags, series and calls for questions in memory: small, public, and part of almost every answer.
//!
//! Every change to one of them raises the site's generation in its own transaction, and every statement that reads
//! entries reads the generation along with them. A copy that is too old is therefore noticed on every node at the first
//! entry it would serve, without a statement more and without waiting for a message.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use entity::{
    AssetId, AuthorId, QuestionCallId, SeriesId, TagId, author, question_call, series, shown_asset, tag,
};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Query;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::settings::Settings;
use crate::domain::access::policy::{Public, PublicTables, Scope, Visible};
use crate::domain::core::error::Result;
use crate::domain::core::keyset::{Key, Page, Position, Slice};
use crate::domain::core::site_row::generation;
use crate::domain::core::text::sort_key;
use crate::domain::library::asset::shown::{self, Shown};

/// What is kept in memory, as it was at one generation.
#[derive(Debug)]
pub struct Catalog {
    generation: i64,
    pub site: Settings,
    pub authors: Table<author::Model>,
    pub tags: Table<tag::Model>,
    pub series: Table<series::Model>,
    pub calls: Table<question_call::Model>,
    /// Pictures of the authors.
    avatars: Shown,
}

impl Catalog {
    pub fn avatar(&self, id: AssetId) -> Option<Arc<Visible<shown_asset::Model>>> {
        self.avatars.get(&id).map(Arc::clone)
    }

    pub fn author(&self, id: AuthorId) -> Option<Arc<Visible<author::Model>>> {
        self.authors.by_id(id.0)
    }

    pub fn tag(&self, id: TagId) -> Option<Arc<Visible<tag::Model>>> {
        self.tags.by_id(id.0)
    }

    pub fn call(&self, id: QuestionCallId) -> Option<Arc<Visible<question_call::Model>>> {
        self.calls.by_id(id.0)
    }

    pub fn series(&self, id: SeriesId) -> Option<Arc<Visible<series::Model>>> {
        self.series.by_id(id.0)
    }
}

/// A row that is found by id and by slug, and listed by its label.
pub trait Listed {
    fn id(&self) -> Uuid;
    fn slug(&self) -> &str;
    fn label(&self) -> &str;
}

macro_rules! listed {
    ($row:ty, $label:ident) => {
        impl Listed for $row {
            fn id(&self) -> Uuid {
                self.id.0
            }

            fn slug(&self) -> &str {
                &self.slug
            }

            fn label(&self) -> &str {
                &self.$label
            }
        }
    };
}

listed!(author::Model, name);
listed!(tag::Model, name);
listed!(series::Model, title);
listed!(question_call::Model, title);

/// All rows of one table.
#[derive(Debug)]
pub struct Table<M> {
    sorted: Vec<Item<M>>,
    by_id: HashMap<Uuid, usize>,
    by_slug: HashMap<String, usize>,
}

#[derive(Debug)]
struct Item<M> {
    position: Position,
    row: Arc<Visible<M>>,
}

impl<M> Clone for Item<M> {
    fn clone(&self) -> Self {
        Self { position: self.position.clone(), row: Arc::clone(&self.row) }
    }
}

impl<M: Listed> Table<M> {
    fn new(rows: Vec<Visible<M>>) -> Self {
        let mut sorted: Vec<_> = rows
            .into_iter()
            .map(|row| Item {
                position: Position { key: Key::Text(sort_key(row.label())), id: row.id() },
                row: Arc::new(row),
            })
            .collect();
        sorted.sort_by(|a, b| a.position.cmp(&b.position));
        let by_id = sorted.iter().enumerate().map(|(index, item)| (item.row.id(), index)).collect();
        let by_slug =
            sorted.iter().enumerate().map(|(index, item)| (item.row.slug().to_owned(), index)).collect();
        Self { sorted, by_id, by_slug }
    }

    pub fn by_id(&self, id: Uuid) -> Option<Arc<Visible<M>>> {
        self.by_id.get(&id).map(|&index| Arc::clone(&self.sorted[index].row))
    }

    pub fn by_slug(&self, slug: &str) -> Option<Arc<Visible<M>>> {
        self.by_slug.get(slug).map(|&index| Arc::clone(&self.sorted[index].row))
    }

    /// A page in the order of the labels.
    pub fn page(&self, page: &Page) -> Slice<(Position, Arc<Visible<M>>)> {
        let Slice { rows, has_previous, has_next } =
            page.of_sorted(&self.sorted, |item| item.position.clone());
        Slice {
            rows: rows.into_iter().map(|item| (item.position, item.row)).collect(),
            has_previous,
            has_next,
        }
    }

    /// All rows, in the order of the labels.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Visible<M>>> {
        self.sorted.iter().map(|item| &item.row)
    }

    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }
}

/// The newest copy that this process has.
#[derive(Debug)]
pub struct CatalogCell {
    current: ArcSwap<Catalog>,
    loading: Mutex<()>,
}

impl CatalogCell {
    pub async fn load(db: &impl PublicTables) -> Result<Self> {
        Ok(Self { current: ArcSwap::from_pointee(load(db).await?), loading: Mutex::new(()) })
    }

    /// A copy that is at least as new as `generation`.
    pub async fn at_least(&self, db: &impl PublicTables, generation: i64) -> Result<Arc<Catalog>> {
        let current = self.current.load_full();
        if current.generation >= generation {
            return Ok(current);
        }
        let _one_at_a_time = self.loading.lock().await;
        let current = self.current.load_full();
        if current.generation >= generation {
            return Ok(current);
        }
        let fresh = Arc::new(load(db).await?);
        self.current.store(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// A copy that is as new as the database.
    pub async fn fresh(&self, db: &impl PublicTables) -> Result<Arc<Catalog>> {
        let generation =
            crate::domain::core::query::scalar(db, &Query::select().expr(generation()).to_owned()).await?;
        self.at_least(db, generation).await
    }
}

async fn load(db: &impl PublicTables) -> Result<Catalog> {
    // The generation comes first: what changes after it only makes this copy look older than it is.
    let site = super::settings::row(db).await?;
    let authors = table::<author::Entity>(db).await?;
    let avatars = authors.sorted.iter().filter_map(|item| item.row.avatar_id);
    Ok(Catalog {
        generation: site.generation,
        site: super::settings::read(&site)?,
        avatars: shown::by_ids(db, avatars).await?,
        authors,
        tags: table::<tag::Entity>(db).await?,
        series: table::<series::Entity>(db).await?,
        calls: table::<question_call::Entity>(db).await?,
    })
}

async fn table<E>(db: &impl PublicTables) -> Result<Table<E::Model>>
where
    E: Public + EntityTrait,
    E::Model: Listed,
{
    Ok(Table::new(Scope::<E>::public(db).all(db).await?))
}

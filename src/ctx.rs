//! Who asks, when, and on which connection: what every read takes first.

use std::sync::Arc;

use entity::Timestamp;

use crate::db::Reader;
use crate::domain::catalog::{Catalog, CatalogCell};
use crate::domain::error::Result;
use crate::domain::policy::Viewer;

#[derive(Debug, Clone)]
pub struct Ctx {
    pub db: Reader,
    pub viewer: Viewer,
    pub now: Timestamp,
    pub catalog: Arc<CatalogCell>,
    /// Where the server is reached; the site's own base URL comes first.
    pub base_url: Arc<str>,
}

impl Ctx {
    /// The catalog for rows that were read at this generation.
    pub async fn catalog_at(&self, generation: i64) -> Result<Arc<Catalog>> {
        self.catalog.at_least(&self.db, generation).await
    }

    pub async fn fresh_catalog(&self) -> Result<Arc<Catalog>> {
        self.catalog.fresh(&self.db).await
    }
}

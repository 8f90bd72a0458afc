//! Who asks, when, and on which connection: what every read takes first.

use std::sync::Arc;

use entity::Timestamp;

use crate::db::Reader;
use crate::domain::catalog::{Catalog, CatalogCell};
use crate::domain::client::Client;
use crate::domain::error::Result;
use crate::domain::limit::{Class, Key, Limits};
use crate::domain::policy::Viewer;

#[derive(Debug, Clone)]
pub struct Ctx {
    pub db: Reader,
    pub viewer: Viewer,
    pub now: Timestamp,
    pub catalog: Arc<CatalogCell>,
    /// Where the server is reached; the site's own base URL comes first.
    pub base_url: Arc<str>,
    pub client: Client,
    pub limits: Arc<Limits>,
}

impl Ctx {
    /// The same for a request of this client.
    #[must_use]
    pub fn of(self, client: Client) -> Self {
        Self { client, ..self }
    }

    /// Counts one more of `class` for the address that the request comes from.
    pub fn limit_address(&self, class: Class) -> Result<()> {
        match self.client.address {
            Some(address) => self.limits.check(self.now, class, Key::Address(address)),
            None => Ok(()),
        }
    }

    /// The catalog for rows that were read at this generation.
    pub async fn catalog_at(&self, generation: i64) -> Result<Arc<Catalog>> {
        self.catalog.at_least(&self.db, generation).await
    }

    pub async fn fresh_catalog(&self) -> Result<Arc<Catalog>> {
        self.catalog.fresh(&self.db).await
    }
}

//! Everything that the process has one of. Built once by `serve`, and differently in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use entity::Timestamp;

use crate::config::Config;
use crate::ctx::Ctx;
use crate::db::{Db, migrate};
use crate::domain::catalog::CatalogCell;
use crate::domain::client::Client;
use crate::domain::credential::{self, Used};
use crate::domain::error::Result;
use crate::domain::limit::{Limits, Rates};
use crate::domain::password::Passwords;
use crate::domain::policy::Viewer;
use crate::domain::preview::Previews;
use crate::domain::view::View;
use crate::graphql::Api;
use crate::mail::Mailer;

/// What time it is. Tests move a manual clock.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(jiff::Timestamp::now().as_millisecond()),
            Self::Manual(millis) => Timestamp(millis.load(Ordering::SeqCst)),
        }
    }
}

/// Cheap to clone; all clones are one application.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub db: Db,
    pub clock: Clock,
    pub catalog: Arc<CatalogCell>,
    pub api: Arc<Api>,
    pub passwords: Arc<Passwords>,
    pub previews: Arc<Previews>,
    pub mailer: Mailer,
    pub limits: Arc<Limits>,
}

impl App {
    /// Opens and migrates the database.
    pub async fn start(config: Config, clock: Clock) -> Result<Self> {
        let db = Db::connect(&config.database).await?;
        let steps = migrate(&db, &config.database.url).await?;
        if steps > 0 {
            tracing::info!(steps, "the database was migrated");
        }
        let catalog = Arc::new(CatalogCell::load(&View::public(db.reader())).await?);
        Ok(Self {
            api: Arc::new(Api::new()),
            passwords: Arc::default(),
            previews: Arc::default(),
            mailer: Mailer::new(config.mail.clone()),
            limits: Arc::new(Limits::new(rates(&config))),
            config: Arc::new(config),
            db,
            clock,
            catalog,
        })
    }

    /// Notes that a credential was used.
    pub async fn note_use(&self, used: Used) -> Result<()> {
        let tx = self.db.begin().await?;
        credential::note_use(&tx, self.clock.now(), used).await?;
        Ok(tx.commit().await?)
    }

    /// A context for one request.
    pub fn ctx(&self, viewer: Viewer) -> Ctx {
        Ctx {
            db: View::new(self.db.reader(), viewer.clone()),
            viewer,
            now: self.clock.now(),
            catalog: Arc::clone(&self.catalog),
            base_url: Arc::clone(&self.config.base_url),
            text_bytes: Arc::default(),
            passwords: Arc::clone(&self.passwords),
            client: Client::default(),
            limits: Arc::clone(&self.limits),
        }
    }
}

fn rates(config: &Config) -> Rates {
    let limits = &config.rate_limits;
    Rates {
        requests_per_second: limits.requests,
        mutations_per_minute: limits.mutations,
        sign_ins: limits.sign_ins,
        public_mutations_per_minute: limits.public_mutations,
    }
}

//! Everything that the process has one of. Built once by `serve`, and differently in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use entity::Timestamp;

use crate::config::Config;
use crate::ctx::{Ctx, MediaRules};
use crate::db::{Db, Tx, migrate};
use crate::domain::access::form::{FormRules, MAX_AGE};
use crate::domain::access::limit::{Limits, Rates};
use crate::domain::access::policy::Viewer;
use crate::domain::access::view::View;
use crate::domain::content::preview::Previews;
use crate::domain::core::client::Client;
use crate::domain::core::error::{Error, Result};
use crate::domain::core::heavy::Heavy;
use crate::domain::core::sealed::{Keyring, Secrets};
use crate::domain::core::time::HOUR;
use crate::domain::credential::{self, Used};
use crate::domain::library::asset::image::Making;
use crate::domain::library::asset::url::UrlKey;
use crate::domain::library::upload::QUARANTINE;
use crate::domain::questions::similar::Frequencies;
use crate::domain::site::catalog::CatalogCell;
use crate::domain::site::wording;
use crate::domain::team::password::Passwords;
use crate::graphql::Api;
use crate::keys::{KeyError, KeyWatch, MasterKey, MasterKeys};
use crate::mail::Mailer;
use crate::media::cache::FileCache;
use crate::media::pool::Pool;
use crate::store::{Place, Store, StoreError};

use installation::{Absent, Mismatch, Missing};
use renditions::Renditions;

pub mod installation;
pub mod renditions;
pub mod tombstones;

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
    pub heavy: Arc<Heavy>,
    pub mailer: Mailer,
    pub limits: Arc<Limits>,
    pub store: Store,
    pub media: Arc<MediaRules>,
    pub keyring: Arc<Keyring>,
    pub word_frequencies: Arc<Frequencies>,
    pub pool: Arc<Pool>,
    pub renditions: Arc<Renditions>,
    pub file_cache: Arc<FileCache>,
}

/// Why the application does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Domain(#[from] Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the store of files cannot be used: {0}")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Absent(#[from] Absent),
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
}

impl From<sea_orm::DbErr> for StartError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Domain(error.into())
    }
}

impl App {
    /// Opens and migrates the database, and opens the store; makes what is missing.
    pub async fn start(config: Config, clock: Clock) -> std::result::Result<Self, StartError> {
        Self::begin(config, clock, Missing::Made).await
    }

    /// The same for an installation that is there; refuses where there is none.
    pub async fn open(config: Config, clock: Clock) -> std::result::Result<Self, StartError> {
        installation::require(&config).await?;
        Self::begin(config, clock, Missing::Refused).await
    }

    async fn begin(config: Config, clock: Clock, missing: Missing) -> std::result::Result<Self, StartError> {
        let db = Db::connect(&config.database).await?;
        let keys = match installation::keys(&config, &db, missing).await {
            Ok(keys) => keys,
            Err(error) => {
                db.close().await?;
                return Err(error);
            }
        };
        let store = open_store(&config, keys.newest())?;
        let steps = migrate(&db, &config.database.url).await?;
        if steps > 0 {
            tracing::info!(steps, "the database was migrated");
        }
        let catalog = Arc::new(CatalogCell::load(&View::public(db.reader())).await?);
        let heavy: Arc<Heavy> = Arc::default();
        let app = Self {
            api: Arc::new(Api::new()),
            passwords: Arc::default(),
            previews: Arc::new(Previews::new(Arc::clone(&heavy))),
            heavy,
            mailer: Mailer::new(config.mail.clone()),
            limits: Arc::new(Limits::new(rates(&config))),
            store,
            media: Arc::new(MediaRules {
                url_key: UrlKey::new(keys.all().iter().map(|key| key.derive("media URLs"))),
                making: Making { widths: config.media.widths.clone(), memory: config.media.memory },
                max_bytes: config.media.max_bytes,
            }),
            keyring: Arc::new(keyring(&config, &keys)),
            word_frequencies: Arc::default(),
            pool: Arc::new(Pool::new(config.media.memory)),
            renditions: Arc::default(),
            file_cache: Arc::default(),
            config: Arc::new(config),
            db,
            clock,
            catalog,
        };
        // Whoever agrees agrees to words that are kept.
        let words = app.ctx(Viewer::Anonymous).fresh_catalog().await?.site.questions.wording.clone();
        app.write(async |tx| wording::keep(tx, app.clock.now(), &words).await).await?;
        tombstones::apply_first(&app).await?;
        Ok(app)
    }

    /// Notes that a credential was used.
    pub async fn note_use(&self, used: Used) -> Result<()> {
        self.write(async |tx| credential::note_use(tx, self.clock.now(), used).await).await
    }

    /// Does something in a transaction of its own.
    pub async fn write<T>(&self, work: impl AsyncFnOnce(&Tx) -> Result<T>) -> Result<T> {
        let tx = self.db.begin().await?;
        let done = work(&tx).await?;
        tx.commit().await?;
        Ok(done)
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
            held: None,
            embeds: Arc::default(),
            passwords: Arc::clone(&self.passwords),
            heavy: Arc::clone(&self.heavy),
            client: Client::default(),
            limits: Arc::clone(&self.limits),
            store: self.store.clone(),
            media: Arc::clone(&self.media),
            keyring: Arc::clone(&self.keyring),
            word_frequencies: Arc::clone(&self.word_frequencies),
            forms: form_rules(&self.config),
        }
    }
}

fn form_rules(config: &Config) -> FormRules {
    let forms = &config.forms;
    FormRules {
        min_age: i64::from(forms.min_seconds) * 1_000,
        max_age: MAX_AGE.min(i64::from(forms.max_hours) * HOUR),
        proof_digits: forms.proof_digits,
    }
}

/// What is sealed with. Keys in the data folder are looked at again each time, because `keys rotate` changes them while
/// the server runs.
fn keyring(config: &Config, keys: &MasterKeys) -> Keyring {
    let watch = config.master_keys.is_none().then(|| KeyWatch::new(&config.data_dir));
    Keyring::new(secrets(keys), Box::new(move || watch.as_ref()?.changed().as_ref().map(secrets)))
}

fn secrets(keys: &MasterKeys) -> Vec<Secrets> {
    let of = |key: &MasterKey| Secrets {
        id: key.id(),
        wrap: key.derive("wrapping of data keys"),
        hash: key.derive("keyed hashes"),
    };
    keys.all().iter().map(of).collect()
}

/// The bucket's name in the server's own store, and the first part of the path where browsers send files.
pub const OWN_BUCKET: &str = "storage";

/// The store that is set, or the server's own. Its access key is known to nobody but the processes with this master key.
pub fn open_store(config: &Config, key: &MasterKey) -> std::result::Result<Store, StoreError> {
    let place = match &config.s3 {
        Some(settings) => Place::Remote(settings.clone()),
        None => Place::Embedded {
            root: config.storage(),
            base_url: config.base_url.to_string(),
            bucket: OWN_BUCKET.to_owned(),
            access_key_id: "wellspring".to_owned(),
            secret_access_key: key.derive_text("own store"),
            durability: config.durability,
            room: config.room.clone(),
            inbox: QUARANTINE.to_owned(),
        },
    };
    Store::open(place, config.store_limits)
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

//! Who asks, when, and on which connection: what every read takes first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use entity::Timestamp;

use crate::db::Reader;
use crate::domain::access::budget::Lease;
use crate::domain::access::form::FormRules;
use crate::domain::access::limit::{Class, Key, Limits};
use crate::domain::access::policy::Viewer;
use crate::domain::access::view::View;
use crate::domain::core::client::Client;
use crate::domain::core::error::{Error, Result};
use crate::domain::core::heavy::Heavy;
use crate::domain::core::sealed::Keyring;
use crate::domain::library::asset::image::Making;
use crate::domain::library::asset::url::UrlKey;
use crate::domain::questions::similar::Frequencies;
use crate::domain::site::catalog::{Catalog, CatalogCell};
use crate::domain::team::password::Passwords;
use crate::store::Store;

const MIB: usize = 1024 * 1024;

/// How much of what is long, or made when it is asked for, one answer may have.
struct AnswerLimits {
    /// Markdown, HTML and plain texts together, in bytes.
    text_bytes: usize,
    /// Entries that are read and routines that are rendered because a text embeds them, and items of lists of embeds.
    embeds: usize,
}

/// Twenty-six of the longest posts, and a hundred usual ones with a handful of embeds each.
const ANONYMOUS: AnswerLimits = AnswerLimits { text_bytes: 8 * MIB, embeds: 1_000 };
/// Forty of the longest posts. The answer is an address's share of half of `request_memory` at most.
const KNOWN: AnswerLimits = AnswerLimits { text_bytes: 12 * MIB, embeds: 10_000 };

/// What holds for all media.
#[derive(Debug)]
pub struct MediaRules {
    /// What URLs of files are signed with.
    pub url_key: UrlKey,
    /// Which images are made.
    pub making: Making,
    /// The largest file that can be uploaded, in bytes.
    pub max_bytes: i64,
}

#[derive(Debug, Clone)]
pub struct Ctx {
    pub db: View<Reader>,
    pub viewer: Viewer,
    pub now: Timestamp,
    pub catalog: Arc<CatalogCell>,
    /// Where the server is reached; the site's own base URL comes first.
    pub base_url: Arc<str>,
    /// Bytes of long texts in the answer so far.
    pub text_bytes: Arc<AtomicUsize>,
    /// What the request holds in memory; `None` where nothing counts it.
    pub held: Option<Arc<Mutex<Lease>>>,
    /// What texts in the answer embed so far.
    pub embeds: Arc<AtomicUsize>,
    pub passwords: Arc<Passwords>,
    /// Where work of this viewer is done that takes long.
    pub heavy: Arc<Heavy>,
    pub client: Client,
    pub limits: Arc<Limits>,
    pub store: Store,
    pub media: Arc<MediaRules>,
    pub keyring: Arc<Keyring>,
    pub word_frequencies: Arc<Frequencies>,
    pub forms: FormRules,
}

impl Ctx {
    /// The same for a request of this client.
    #[must_use]
    pub fn of(self, client: Client) -> Self {
        Self { client, ..self }
    }

    /// The same, with what the request holds in memory.
    #[must_use]
    pub fn holding(self, held: Option<Arc<Mutex<Lease>>>) -> Self {
        Self { held, ..self }
    }

    /// Counts one more of `class` for the address that the request comes from.
    pub fn limit_address(&self, class: Class) -> Result<()> {
        match self.client.address {
            Some(address) => self.limits.check(self.now, class, Key::Address(address)),
            None => Ok(()),
        }
    }

    /// Notes that a long text goes into the answer. An answer is built in memory, so there is an end to it.
    pub fn answer_text(&self, bytes: usize) -> Result<()> {
        let most = self.answer_limits().text_bytes;
        if self.text_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > most {
            let most = most / MIB;
            return Err(Error::AnswerTooLarge(format!("the texts of this answer have more than {most} MiB")));
        }
        let grows =
            |held: &Arc<Mutex<Lease>>| held.lock().unwrap_or_else(PoisonError::into_inner).grow(bytes);
        if self.held.as_ref().is_none_or(grows) { Ok(()) } else { Err(Error::Unavailable) }
    }

    /// Notes that so much is about to be read, rendered or listed because a text embeds it. A text may embed as much as fits
    /// into it, so an answer's price knows nothing of that.
    pub fn answer_embeds(&self, count: usize) -> Result<()> {
        let most = self.answer_limits().embeds;
        if self.embeds.fetch_add(count, Ordering::Relaxed) + count > most {
            let message = format!("the texts of this answer embed more than {most} entries");
            return Err(Error::AnswerTooLarge(message));
        }
        Ok(())
    }

    fn answer_limits(&self) -> AnswerLimits {
        match self.viewer {
            Viewer::Anonymous => ANONYMOUS,
            Viewer::Team { .. } | Viewer::Token { .. } | Viewer::Preview(_) => KNOWN,
        }
    }

    /// The catalog for rows that were read at this generation.
    pub async fn catalog_at(&self, generation: i64) -> Result<Arc<Catalog>> {
        self.catalog.at_least(&self.for_everybody(), generation).await
    }

    pub async fn fresh_catalog(&self) -> Result<Arc<Catalog>> {
        self.catalog.fresh(&self.for_everybody()).await
    }

    /// The catalog is the same for all, and others wait while one request reads it: previews, which take turns, must not
    /// make them wait for theirs.
    fn for_everybody(&self) -> View<Reader> {
        View::public(self.db.connection().clone())
    }
}

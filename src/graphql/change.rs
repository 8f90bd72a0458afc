//! The change log for everybody: what an integrator asks for again and again, with the cursor it has come to.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, Enum, ID, Object};
use entity::change::{ChangeAction as Action, Model, Subject};
use entity::{AssetId, AuthorId, DocumentId, Kind, QuestionCallId, QuestionId, SeriesId, TagId};

use super::connection::{Uncounted, connection, page_args};
use super::ctx;
use super::error::Result;
use super::scalars::DateTime;
use crate::domain::access::policy::Visible;
use crate::domain::core::id;
use crate::domain::core::keyset::{KeyKind, ListId, Slice};
use crate::domain::journal::change as domain;
use crate::domain::site::path;
use crate::domain::site::settings::Settings;

/// What happened to something public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Action")]
pub enum ChangeAction {
    /// It became public, for the first time or again.
    Created,
    /// It is public in another form than before.
    Updated,
    /// It is not public any more.
    Deleted,
}

/// What kind of thing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Subject")]
pub enum ChangeKind {
    /// A post.
    Post,
    /// A page.
    Page,
    /// A routine.
    Routine,
    /// A tag.
    Tag,
    /// A series.
    Series,
    /// An author.
    Author,
    /// The site's settings. Every path may have changed with them.
    Site,
    /// A file that something public shows. Created when the first entry or author shows it, deleted when none does any more.
    Asset,
    /// A question of a reader. Updated also when its answer becomes public or leaves the public.
    Question,
    /// A call for questions.
    QuestionCall,
}

/// One change of what the public can see.
pub struct Change {
    row: Visible<Model>,
    path: Option<String>,
    previous_path: Option<String>,
}

impl Change {
    fn new(row: Visible<Model>, site: &Settings) -> Self {
        let kind = match row.subject {
            Subject::Post => Some(Kind::Post),
            Subject::Page => Some(Kind::Page),
            Subject::Routine => Some(Kind::Routine),
            Subject::Tag
            | Subject::Series
            | Subject::Author
            | Subject::Site
            | Subject::Asset
            | Subject::Question
            | Subject::QuestionCall => None,
        };
        let path =
            |slug: &Option<String>| Some(path::of(site, kind?, row.locale.as_deref()?, slug.as_deref()?));
        Self { path: path(&row.slug), previous_path: path(&row.previous_slug), row }
    }
}

/// One change of what the public can see.
#[Object]
impl Change {
    /// When it was made. Moments may repeat; the order is that of the list.
    async fn at(&self) -> DateTime {
        DateTime(self.row.at)
    }

    /// What happened.
    async fn action(&self) -> ChangeAction {
        self.row.action.into()
    }

    /// What kind of thing it happened to.
    async fn kind(&self) -> ChangeKind {
        self.row.subject.into()
    }

    /// Id of what has changed, with the prefix of its kind; null for the site.
    async fn id(&self) -> Option<ID> {
        let uuid = self.row.subject_id?;
        let text = match self.row.subject {
            Subject::Post => id::format_entry(Kind::Post, DocumentId(uuid)),
            Subject::Page => id::format_entry(Kind::Page, DocumentId(uuid)),
            Subject::Routine => id::format_entry(Kind::Routine, DocumentId(uuid)),
            Subject::Tag => id::format(TagId(uuid)),
            Subject::Series => id::format(SeriesId(uuid)),
            Subject::Author => id::format(AuthorId(uuid)),
            Subject::Asset => id::format(AssetId(uuid)),
            Subject::Question => id::format(QuestionId(uuid)),
            Subject::QuestionCall => id::format(QuestionCallId(uuid)),
            Subject::Site => return None,
        };
        Some(text.into())
    }

    /// Language of an entry, a BCP 47 tag.
    async fn locale(&self) -> Option<&str> {
        self.row.locale.as_deref()
    }

    /// The slug from this change on. Null for the site, for a file and for a question, and for an entry that has left the public, by this change or since.
    async fn slug(&self) -> Option<&str> {
        self.row.slug.as_deref()
    }

    /// The slug until this change, where it was another one.
    async fn previous_slug(&self) -> Option<&str> {
        self.row.previous_slug.as_deref()
    }

    /// Path of an entry with this slug, in the site's present form of paths.
    async fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Path of an entry with the slug that it had until this change, where that was another one.
    async fn previous_path(&self) -> Option<&str> {
        self.previous_path.as_deref()
    }
}

#[derive(Default)]
pub struct ChangeQuery;

#[Object]
impl ChangeQuery {
    /// Everything that has changed in public, oldest first, each change once and in the order in which readers could see
    /// it. Begin without `after`, or at the end with `last: 1`; keep `endCursor` and ask for what comes after it whenever
    /// you like. An empty page has no `endCursor`: go on with the one you have. Cursors of this list are good for ever.
    async fn changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Uncounted<Change>> {
        let ctx = ctx(context);
        // Its name and nothing else, so that cursors stay good.
        let list = ListId::new("changes");
        let page = page_args(first, after, last, before).page(list, KeyKind::Int)?;
        let Slice { rows, has_previous, has_next } = domain::list(&ctx.db, &page).await?;
        let catalog = ctx.fresh_catalog().await?;
        let rows =
            rows.into_iter().map(|row| (domain::position(&row), Change::new(row, &catalog.site))).collect();
        Ok(connection(list, Slice { rows, has_previous, has_next }, EmptyFields))
    }
}

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
    /// The object became public, for the first time or again.
    Created,
    /// The public version of the object changed.
    Updated,
    /// The object is no longer public.
    Deleted,
}

/// The kind of object that changed.
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
    /// A file. It is created when the first entry or author shows it, and deleted when none shows it any more.
    Asset,
    /// A reader's question. It is also updated when its answer is published or unpublished.
    Question,
    /// A call for questions.
    QuestionCall,
}

/// One change to what the public sees.
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

/// One change to what the public sees.
#[Object]
impl Change {
    /// The time of the change. Several changes can have the same time; the list is in the order in which they happened.
    async fn at(&self) -> DateTime {
        DateTime(self.row.at)
    }

    /// What happened.
    async fn action(&self) -> ChangeAction {
        self.row.action.into()
    }

    /// The kind of object that was changed.
    async fn kind(&self) -> ChangeKind {
        self.row.subject.into()
    }

    /// The ID of the object, or null if the site's settings were changed.
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

    /// The language of the entry as a BCP 47 tag. Null for everything that is not an entry.
    async fn locale(&self) -> Option<&str> {
        self.row.locale.as_deref()
    }

    /// The slug after this change. Null for the site, for files and questions, and for entries that are no longer
    /// public.
    async fn slug(&self) -> Option<&str> {
        self.row.slug.as_deref()
    }

    /// The slug before this change, if it was a different one.
    async fn previous_slug(&self) -> Option<&str> {
        self.row.previous_slug.as_deref()
    }

    /// The path of the entry under its current slug, formed by the site's current path pattern.
    async fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The path of the entry under the slug that it had before this change, if that was a different one.
    async fn previous_path(&self) -> Option<&str> {
        self.previous_path.as_deref()
    }
}

#[derive(Default)]
pub struct ChangeQuery;

#[Object]
impl ChangeQuery {
    /// All changes to what the public sees, oldest first. Each change appears once, in the order in which readers could
    /// see it. Start without `after`, or at the end with `last: 1`, then keep `endCursor` and ask for what comes after
    /// it at any later time. An empty page has no `endCursor`; continue with the previous one. Cursors of this list
    /// never expire.
    async fn changes(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
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

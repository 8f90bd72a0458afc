//! What posts, pages and every later kind have in common, and the lists of them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Interface, Object};
use entity::Kind;

use super::asset::Asset;
use super::author::Author;
use super::connection::{Paged, page_args};
use super::error::Result;
use super::page::Page;
use super::plan::Plan;
use super::post::Post;
use super::richtext::RichText;
use super::routine::Routine;
use super::scalars::DateTime;
use super::series::Series;
use super::site::Seo;
use super::tag::Tag;
use super::{ctx, load};
use crate::domain::content::entry;
use crate::domain::site::path;

mod list;
mod node;
mod object;
mod structured;

pub use list::{AnyEntryFilter, EntryCount, EntryFilter, EntryOrder, by_slug, checked_locale, filter, list};
pub use node::{Beside, EntryNode, Links, loaded};
pub(super) use object::entry_object;

/// Published content: the fields that posts, pages and all other kinds have in common.
#[expect(
    clippy::duplicated_attributes,
    reason = "fields of an interface may have equal types and descriptions"
)]
#[derive(Interface, Clone)]
#[graphql(
    field(name = "id", ty = "ID", desc = "The ID of the entry. Its prefix tells the kind."),
    field(
        name = "slug",
        ty = "&str",
        desc = "The slug, the last part of the path. It is unique within the kind and the language."
    ),
    field(name = "locale", ty = "&str", desc = "The language as a BCP 47 tag, one of the site's."),
    field(name = "title", ty = "&str", desc = "The title in plain text, at most 300 characters."),
    field(
        name = "excerpt",
        ty = "Option<&str>",
        desc = "A summary in plain text, at most 1,000 characters."
    ),
    field(
        name = "path",
        ty = "String",
        desc = "The path on the site. If it differs from the path that was requested, the entry has moved, and the frontend should redirect to it."
    ),
    field(name = "url", ty = "String", desc = "The absolute URL on the site."),
    field(
        name = "published_at",
        ty = "DateTime",
        desc = "The time at which the entry was first published, or the date that its author set."
    ),
    field(name = "updated_at", ty = "DateTime", desc = "The time at which the live revision was published."),
    field(
        name = "cover",
        ty = "Option<Result<Asset>>",
        desc = "The image that represents the entry, in lists and when it is shared."
    ),
    field(name = "author", ty = "Option<Author>", desc = "The author who signs the entry."),
    field(name = "tags", ty = "Vec<Tag>", desc = "The tags in the author's order, at most 20."),
    field(name = "series", ty = "Option<Series>", desc = "The series that the entry belongs to, if any."),
    field(name = "series_position", ty = "Option<i32>", desc = "The position in the series, starting at 1."),
    field(
        name = "seo",
        ty = "Seo",
        desc = "Title, description and URL for search engines and link previews."
    ),
    field(name = "body", ty = "RichText<'_>", desc = "The text of the entry."),
    field(name = "word_count", ty = "i32", desc = "The number of words in the text."),
    field(
        name = "reading_minutes",
        ty = "i32",
        desc = "The reading time in minutes, at 238 words per minute."
    ),
    field(
        name = "translations",
        ty = "Vec<Entry>",
        desc = "The live translations of the entry, without the entry itself."
    ),
    field(
        name = "related",
        ty = "Vec<Entry>",
        desc = "Live entries in the same language that share a tag or the series with this one, newest first.",
        arg(name = "first", ty = "Option<i32>", desc = "The number of entries, 1 to 20. Defaults to 3.")
    ),
    field(
        name = "previous",
        ty = "Option<Result<Entry>>",
        desc = "The previous entry of the same kind and language, by time of publication."
    ),
    field(
        name = "next",
        ty = "Option<Result<Entry>>",
        desc = "The next entry of the same kind and language, by time of publication."
    ),
    field(
        name = "json_ld",
        ty = "Result<String>",
        desc = "Structured data (schema.org) as JSON for a `script` element."
    )
)]
pub enum Entry {
    Post(Post),
    Page(Page),
    Routine(Routine),
}

impl Entry {
    pub fn new(node: Arc<EntryNode>) -> Self {
        match node.row().kind {
            Kind::Post => Self::Post(Post(node)),
            Kind::Page => Self::Page(Page(node)),
            Kind::Routine => Self::Routine(Routine(node)),
        }
    }
}

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum EntryKind {
    /// A dated text, usually the answer to a question.
    Post,
    /// A text that stands on its own, such as "About".
    Page,
    /// Exercises to do in order.
    Routine,
}

#[derive(Default)]
pub struct EntryQuery;

#[Object]
impl EntryQuery {
    /// Returns the entry at a path of the site. An earlier path of an entry finds it too: then the field `path` differs
    /// from the requested path, and the frontend should redirect permanently. Absolute URLs of the site are accepted as
    /// well.
    async fn entry(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A path such as `/posts/weak-legs`, at most 2,000 bytes.")] path: String,
    ) -> Option<Result<Entry>> {
        entry_at(context, &path).await.transpose()
    }

    /// All live entries, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Selects entries.")] filter: Option<AnyEntryFilter>,
        #[graphql(desc = "The sort order. Defaults to `PUBLISHED_AT_DESC`.")] order_by: Option<EntryOrder>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Entry, EntryCount>> {
        let given = filter.unwrap_or_default();
        let filter = list::filter(ctx(context), given.kind.map(Kind::from), Some(given.common)).await?;
        let order = order_by.unwrap_or(EntryOrder::PublishedAtDesc).into();
        list::list(context, filter, order, page_args(first, after, last, before), Entry::new).await
    }
}

async fn entry_at(context: &Context<'_>, path: &str) -> Result<Option<Entry>> {
    let ctx = ctx(context);
    // A site without a base URL of its own shows its entries at the server's.
    let path = path.strip_prefix(&*ctx.base_url).unwrap_or(path);
    let places = path::candidates(&ctx.fresh_catalog().await?.site, path);
    let plan = Plan::of(context.field().selection_set());
    let found = entry::at_place(&ctx.db, &places, plan.columns).await?;
    Ok(load::nodes(ctx, found, &plan).await?.pop().map(Entry::new))
}

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

/// Something published: what posts, pages and all other kinds have in common.
#[expect(
    clippy::duplicated_attributes,
    reason = "fields of an interface may have equal types and descriptions"
)]
#[derive(Interface, Clone)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Id of the entry, with the prefix of its kind."),
    field(name = "slug", ty = "&str", desc = "Last part of the path, unique per kind and locale."),
    field(name = "locale", ty = "&str", desc = "Language as a BCP 47 tag, one of the site's."),
    field(name = "title", ty = "&str", desc = "Title, plain text, at most 300 characters."),
    field(
        name = "excerpt",
        ty = "Option<&str>",
        desc = "A summary in plain text, at most 1,000 characters."
    ),
    field(
        name = "path",
        ty = "String",
        desc = "Path on the site. When it differs from the one asked for, redirect."
    ),
    field(name = "url", ty = "String", desc = "Absolute URL on the site."),
    field(
        name = "published_at",
        ty = "DateTime",
        desc = "When it was first published, or the date its author gave it."
    ),
    field(name = "updated_at", ty = "DateTime", desc = "When the live revision was published."),
    field(name = "cover", ty = "Option<Result<Asset>>", desc = "Image that stands for it."),
    field(name = "author", ty = "Option<Author>", desc = "Who signs it."),
    field(name = "tags", ty = "Vec<Tag>", desc = "Tags in the author's order, at most 20."),
    field(name = "series", ty = "Option<Series>", desc = "The series it belongs to."),
    field(name = "series_position", ty = "Option<i32>", desc = "Place in the series, from 1."),
    field(name = "seo", ty = "Seo", desc = "For search engines and link previews."),
    field(name = "body", ty = "RichText<'_>", desc = "The text."),
    field(name = "word_count", ty = "i32", desc = "Words in the text."),
    field(name = "reading_minutes", ty = "i32", desc = "Minutes to read the text at 238 words per minute."),
    field(name = "translations", ty = "Vec<Entry>", desc = "The live translations, without itself."),
    field(
        name = "related",
        ty = "Vec<Entry>",
        desc = "Live entries in the same locale that share a tag or the series, newest first.",
        arg(name = "first", ty = "Option<i32>", desc = "How many, 1 to 20; 3 without.")
    ),
    field(
        name = "previous",
        ty = "Option<Result<Entry>>",
        desc = "Published before this one, same kind and locale."
    ),
    field(
        name = "next",
        ty = "Option<Result<Entry>>",
        desc = "Published after this one, same kind and locale."
    ),
    field(
        name = "json_ld",
        ty = "Result<String>",
        desc = "Structured data (schema.org) for a `script` element."
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

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum EntryKind {
    /// A dated text, usually the answer to a question.
    Post,
    /// A text that stands by itself, such as "About".
    Page,
    /// Exercises to do in order.
    Routine,
}

#[derive(Default)]
pub struct EntryQuery;

#[Object]
impl EntryQuery {
    /// The entry at a path of the site, or at one where it used to be: then its `path` differs from the one asked for and
    /// the frontend should redirect permanently. Also takes the site's absolute URLs.
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
        #[graphql(desc = "Which entries.")] filter: Option<AnyEntryFilter>,
        #[graphql(desc = "Order; PUBLISHED_AT_DESC without.")] order_by: Option<EntryOrder>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
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

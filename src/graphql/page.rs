//! Pages: texts that stand by themselves, such as "About".

use std::ops::Deref;
use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use entity::Kind;

use super::connection::{Paged, page_args};
use super::ctx;
use super::document::{SaveDocumentInput, SaveDocumentPayload, save};
use super::entry::{EntryCount, EntryFilter, EntryNode, EntryOrder, by_slug, entry_object, filter, list};
use super::error::Result;
use crate::domain::content::kinds::ContentPatch;

/// A text that stands on its own, such as "About".
#[derive(Clone)]
pub struct Page(pub Arc<EntryNode>);

impl Deref for Page {
    type Target = EntryNode;

    fn deref(&self) -> &EntryNode {
        &self.0
    }
}

entry_object! {
    /// A text that stands on its own, such as "About".
    Page {
    /// The names of the menus that link to the page.
    async fn menus(&self) -> Vec<String> {
        self.0.menus()
    }
    }
}

#[derive(Default)]
pub struct PageQuery;

#[Object]
impl PageQuery {
    /// Returns the live page with this slug.
    async fn page(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The slug of the page.")] slug: String,
        #[graphql(desc = "The language. Defaults to the first of the site's languages that has the slug.")]
        locale: Option<String>,
    ) -> Option<Result<Page>> {
        by_slug(context, Kind::Page, &slug, locale.as_deref()).await.map(|node| node.map(Page)).transpose()
    }

    /// All live pages by title.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn pages(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Selects pages.")] filter: Option<EntryFilter>,
        #[graphql(desc = "The sort order. Defaults to `TITLE_ASC`.")] order_by: Option<EntryOrder>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Page, EntryCount>> {
        let filter = self::filter(ctx(context), Some(Kind::Page), filter).await?;
        let order = order_by.unwrap_or(EntryOrder::TitleAsc).into();
        list(context, filter, order, page_args(first, after, last, before), Page).await
    }
}

/// The fields of a page to save. A field that is omitted is not changed, and a field that is `null` is cleared.
#[derive(InputObject)]
pub struct SavePageInput {
    #[graphql(flatten)]
    document: SaveDocumentInput,
}

#[derive(Default)]
pub struct PageMutation;

#[Object]
impl PageMutation {
    /// Creates a page, or saves a new revision of one. It does not publish anything. Requires the scope
    /// `content:write`.
    async fn save_page(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: SavePageInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        Some(save(context, input.document, |entry| ContentPatch::Page { entry }).await)
    }
}

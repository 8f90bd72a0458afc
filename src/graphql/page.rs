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

/// A text that stands by itself, such as "About".
#[derive(Clone)]
pub struct Page(pub Arc<EntryNode>);

impl Deref for Page {
    type Target = EntryNode;

    fn deref(&self) -> &EntryNode {
        &self.0
    }
}

entry_object! {
    /// A text that stands by itself, such as "About".
    Page {
    /// Names of the menus that link to the page.
    async fn menus(&self) -> Vec<String> {
        self.0.menus()
    }
    }
}

#[derive(Default)]
pub struct PageQuery;

#[Object]
impl PageQuery {
    /// The live page with this slug.
    async fn page(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Slug of the page.")] slug: String,
        #[graphql(desc = "Language; without, the site's first one that has the slug.")] locale: Option<
            String,
        >,
    ) -> Option<Result<Page>> {
        by_slug(context, Kind::Page, &slug, locale.as_deref()).await.map(|node| node.map(Page)).transpose()
    }

    /// All live pages by title.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn pages(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which pages.")] filter: Option<EntryFilter>,
        #[graphql(desc = "Order; TITLE_ASC without.")] order_by: Option<EntryOrder>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Page, EntryCount>> {
        let filter = self::filter(ctx(context), Some(Kind::Page), filter).await?;
        let order = order_by.unwrap_or(EntryOrder::TitleAsc).into();
        list(context, filter, order, page_args(first, after, last, before), Page).await
    }
}

/// What to save of a page. An omitted field is left alone, `null` clears it.
#[derive(InputObject)]
pub struct SavePageInput {
    #[graphql(flatten)]
    document: SaveDocumentInput,
}

#[derive(Default)]
pub struct PageMutation;

#[Object]
impl PageMutation {
    /// Saves a new page, or a new revision of one. Nothing becomes public by it. Needs `content:write`.
    async fn save_page(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: SavePageInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        Some(save(context, input.document, |entry| ContentPatch::Page { entry }).await)
    }
}

//! Posts: dated texts, usually the answer to a question.

use std::ops::Deref;
use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::Kind;

use super::connection::{Paged, page_args};
use super::ctx;
use super::document::{SaveDocumentInput, SaveDocumentPayload, save};
use super::entry::{
    EntryCount, EntryFilter, EntryNode, EntryOrder, by_slug, entry_object, filter, list, loaded,
};
use super::error::Result;
use super::input::{map_patch, patch};
use super::question::Question;
use crate::domain::content::kinds::ContentPatch;

/// A dated text, usually the answer to a question, with its video.
#[derive(Clone)]
pub struct Post(pub Arc<EntryNode>);

impl Deref for Post {
    type Target = EntryNode;

    fn deref(&self) -> &EntryNode {
        &self.0
    }
}

entry_object! {
    /// A dated text, usually the answer to a question, with its video.
    Post {
    /// The URL of the video that belongs to the post.
    async fn video_url(&self) -> Option<&str> {
        self.0.row().video_url.as_deref()
    }

    /// The readers' questions that the post answers, as far as they are public, at most 20, in the author's order.
    async fn questions(&self) -> Result<Vec<Question>> {
        loaded(self.0.links().questions.as_ref()).cloned()
    }
    }
}

#[derive(Default)]
pub struct PostQuery;

#[Object]
impl PostQuery {
    /// Returns the live post with this slug.
    async fn post(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The slug of the post.")] slug: String,
        #[graphql(desc = "The language. Defaults to the first of the site's languages that has the slug.")]
        locale: Option<String>,
    ) -> Option<Result<Post>> {
        by_slug(context, Kind::Post, &slug, locale.as_deref()).await.map(|node| node.map(Post)).transpose()
    }

    /// All live posts, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn posts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Selects posts.")] filter: Option<EntryFilter>,
        #[graphql(desc = "The sort order. Defaults to `PUBLISHED_AT_DESC`.")] order_by: Option<EntryOrder>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Post, EntryCount>> {
        let filter = self::filter(ctx(context), Some(Kind::Post), filter).await?;
        let order = order_by.unwrap_or(EntryOrder::PublishedAtDesc).into();
        list(context, filter, order, page_args(first, after, last, before), Post).await
    }
}

/// The fields of a post to save. A field that is omitted is not changed, and a field that is `null` is cleared.
#[derive(InputObject)]
pub struct SavePostInput {
    #[graphql(flatten)]
    document: SaveDocumentInput,
    /// The absolute URL of a video, at most 2,000 characters.
    video_url: MaybeUndefined<String>,
    /// The IDs of the questions that the post answers, at most 20. When the post is published, they become answered and
    /// their readers are notified. Adding a question requires the scope `questions:manage`; authors can add questions
    /// that are assigned to them.
    questions: MaybeUndefined<Vec<ID>>,
}

#[derive(Default)]
pub struct PostMutation;

#[Object]
impl PostMutation {
    /// Creates a post, or saves a new revision of one. It does not publish anything. Requires the scope
    /// `content:write`.
    async fn save_post(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The input of the mutation.")] input: SavePostInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        let video_url = patch(input.video_url);
        let questions = map_patch(input.questions, |ids| ids.into_iter().map(|id| id.0).collect());
        let content = |entry| ContentPatch::Post { entry, video_url, questions };
        Some(save(context, input.document, content).await)
    }
}

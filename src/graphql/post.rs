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
    /// Address of the video that goes with the post.
    async fn video_url(&self) -> Option<&str> {
        self.0.row().video_url.as_deref()
    }

    /// The questions of readers that it answers, in the author's order, at most 20: those that are public.
    async fn questions(&self) -> Result<Vec<Question>> {
        loaded(self.0.links().questions.as_ref()).cloned()
    }
    }
}

#[derive(Default)]
pub struct PostQuery;

#[Object]
impl PostQuery {
    /// The live post with this slug.
    async fn post(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Slug of the post.")] slug: String,
        #[graphql(desc = "Language; without, the site's first one that has the slug.")] locale: Option<
            String,
        >,
    ) -> Option<Result<Post>> {
        by_slug(context, Kind::Post, &slug, locale.as_deref()).await.map(|node| node.map(Post)).transpose()
    }

    /// All live posts, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn posts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which posts.")] filter: Option<EntryFilter>,
        #[graphql(desc = "Order; PUBLISHED_AT_DESC without.")] order_by: Option<EntryOrder>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Paged<Post, EntryCount>> {
        let filter = self::filter(ctx(context), Some(Kind::Post), filter).await?;
        let order = order_by.unwrap_or(EntryOrder::PublishedAtDesc).into();
        list(context, filter, order, page_args(first, after, last, before), Post).await
    }
}

/// What to save of a post. An omitted field is left alone, `null` clears it.
#[derive(InputObject)]
pub struct SavePostInput {
    #[graphql(flatten)]
    document: SaveDocumentInput,
    /// Absolute address of a video, at most 2,000 characters.
    video_url: MaybeUndefined<String>,
    /// Ids of the questions that it answers, at most 20. They are answered, and their readers told, when the post is
    /// published. Naming one that was not named before needs `questions:manage`; authors name what was assigned to them.
    questions: MaybeUndefined<Vec<ID>>,
}

#[derive(Default)]
pub struct PostMutation;

#[Object]
impl PostMutation {
    /// Saves a new post, or a new revision of one. Nothing becomes public by it. Needs `content:write`.
    async fn save_post(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to do it with.")] input: SavePostInput,
    ) -> Option<Result<SaveDocumentPayload>> {
        let video_url = patch(input.video_url);
        let questions = map_patch(input.questions, |ids| ids.into_iter().map(|id| id.0).collect());
        let content = |entry| ContentPatch::Post { entry, video_url, questions };
        Some(save(context, input.document, content).await)
    }
}

//! Relay's `node` and `nodes`: anything by its id. What the viewer may not know of is null, like what does not exist.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object};
use entity::{AssetId, AuthorId, DocumentId, QuestionCallId, QuestionId, SeriesId, TagId};
use uuid::Uuid;

use super::asset::Asset;
use super::author::Author;
use super::document::Document;
use super::entry::Entry;
use super::error::Result;
use super::page::Page;
use super::plan::{Plan, QuestionPlan};
use super::post::Post;
use super::question::{self, Question};
use super::question_call::QuestionCall;
use super::routine::Routine;
use super::series::Series;
use super::tag::Tag;
use super::{ctx, document, load};
use crate::domain::content::entry;
use crate::domain::core::error::{ErrorCode, invalid};
use crate::domain::core::id::{self, PublicId, entry_prefix};
use crate::domain::library::asset::shown;

/// How many ids `nodes` takes.
const MAX_NODES: usize = 100;

/// An object with a globally unique ID.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The globally unique ID. Its prefix tells the type."))]
pub enum Node {
    Post(Post),
    Page(Page),
    Routine(Routine),
    Tag(Tag),
    Series(Series),
    Author(Author),
    Asset(Asset),
    Document(Document),
    Question(Question),
    QuestionCall(QuestionCall),
}

impl From<Entry> for Node {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Post(post) => Self::Post(post),
            Entry::Page(page) => Self::Page(page),
            Entry::Routine(routine) => Self::Routine(routine),
        }
    }
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Returns the object with this ID, if the caller may see it.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "An ID that the API returned.")] id: ID,
    ) -> Option<Result<Node>> {
        match by_ids(context, "id", &[id]).await {
            Ok(mut found) => found.pop().flatten().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// Returns the objects with these IDs in the same order, with null in place of those that do not exist or that the
    /// caller may not see.
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Up to 100 IDs.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MAX_NODES {
            let message = format!("at most {MAX_NODES} ids, found {}", ids.len());
            return Ok(invalid("ids", ErrorCode::TooMany, message)?);
        }
        by_ids(context, "ids", &ids).await
    }
}

/// Entries are read together, the rest is in memory; documents are read one by one, for the team.
async fn by_ids(context: &Context<'_>, argument: &str, ids: &[ID]) -> Result<Vec<Option<Node>>> {
    let mut wanted = Vec::with_capacity(ids.len());
    for text in ids {
        wanted.push(parse(argument, text)?);
    }
    let entries = entries(context, &wanted).await?;
    let assets =
        wanted.iter().filter(|(prefix, _)| prefix == AssetId::PREFIX).map(|(_, uuid)| AssetId(*uuid));
    let assets = shown::by_ids(&ctx(context).db, assets).await?;
    let of_questions = wanted.iter().filter(|(prefix, _)| prefix == QuestionId::PREFIX);
    let of_questions: Vec<QuestionId> = of_questions.map(|(_, uuid)| QuestionId(*uuid)).collect();
    let of_each = QuestionPlan::of(context.field().selection_set());
    let questions = question::by_ids(ctx(context), &of_questions, &of_each).await?;
    let catalog = ctx(context).fresh_catalog().await?;
    let mut nodes = Vec::with_capacity(wanted.len());
    for (prefix, uuid) in &wanted {
        nodes.push(match prefix.as_str() {
            TagId::PREFIX => catalog.tags.by_id(*uuid).map(|row| Node::Tag(Tag::new(row))),
            SeriesId::PREFIX => catalog.series.by_id(*uuid).map(|row| Node::Series(Series::new(row))),
            AuthorId::PREFIX => catalog.authors.by_id(*uuid).map(|row| Node::Author(Author::new(row))),
            AssetId::PREFIX => {
                assets.get(&AssetId(*uuid)).map(|row| Node::Asset(Asset::new(Arc::clone(row))))
            }
            QuestionId::PREFIX => questions.get(&QuestionId(*uuid)).cloned().map(Node::Question),
            QuestionCallId::PREFIX => {
                catalog.calls.by_id(*uuid).map(|row| Node::QuestionCall(QuestionCall::new(row)))
            }
            DocumentId::PREFIX => document::by_id(context, DocumentId(*uuid)).await?.map(Node::Document),
            _ => entries.get(&(prefix.clone(), *uuid)).cloned().map(Node::from),
        });
    }
    Ok(nodes)
}

fn parse(argument: &str, text: &str) -> Result<(String, Uuid)> {
    let others = [
        TagId::PREFIX,
        SeriesId::PREFIX,
        AuthorId::PREFIX,
        AssetId::PREFIX,
        DocumentId::PREFIX,
        QuestionId::PREFIX,
        QuestionCallId::PREFIX,
    ];
    match id::decode(text) {
        Some((prefix, uuid)) if id::is_entry_prefix(&prefix) || others.contains(&prefix.as_str()) => {
            Ok((prefix, uuid))
        }
        _ => {
            let message =
                format!("expected the id of an entry, or one that starts with {}_", others.join("_, "));
            Ok(invalid(argument, ErrorCode::InvalidId, message)?)
        }
    }
}

async fn entries(context: &Context<'_>, wanted: &[(String, Uuid)]) -> Result<HashMap<(String, Uuid), Entry>> {
    let ids: Vec<DocumentId> = wanted
        .iter()
        .filter(|(prefix, _)| id::is_entry_prefix(prefix))
        .map(|(_, uuid)| DocumentId(*uuid))
        .collect();
    let ctx = ctx(context);
    let plan = Plan::of(context.field().selection_set());
    let found = entry::by_ids(&ctx.db, &ids, plan.columns).await?;
    let nodes = load::nodes(ctx, found, &plan).await?;
    Ok(nodes
        .into_iter()
        .map(|node| {
            let key = (entry_prefix(node.row().kind).to_owned(), node.row().id.0);
            (key, Entry::new(node))
        })
        .collect())
}

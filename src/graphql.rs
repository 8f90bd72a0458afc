//! The face: GraphQL types over the domain. Nothing here decides who may see what, or builds a statement.
//!
//! A request goes `guard` (shape and cost) → the library → a resolver → `domain`. Fields that can fail and may be null
//! are `Option<Result<…>>`: with `Result<Option<…>>` the library empties the parent as well. Arguments have no defaults
//! in the library's sense, because it refuses an omitted variable for them; the resolver fills them in.

use async_graphql::{Context, EmptySubscription, MergedObject, Schema};

use crate::ctx::Ctx;
use crate::db::Db;

mod author;
mod connection;
mod difference;
mod document;
mod entry;
mod error;
mod execute;
pub mod guard;
mod input;
mod load;
mod named;
mod node;
mod page;
mod payload;
mod plan;
mod post;
mod publish;
mod revision;
mod richtext;
mod scalars;
mod series;
mod site;
mod tag;

pub use async_graphql::Response;
pub use execute::{Answer, Api, ApiRequest, Outcome, error_response};

#[derive(MergedObject, Default)]
#[graphql(name = "Query")]
struct Query(
    site::SiteQuery,
    node::NodeQuery,
    entry::EntryQuery,
    post::PostQuery,
    page::PageQuery,
    tag::TagQuery,
    series::SeriesQuery,
    author::AuthorQuery,
    document::DeskQuery,
);

#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
struct Mutation(
    post::PostMutation,
    page::PageMutation,
    publish::PublishMutation,
    document::DocumentMutation,
    tag::TagMutation,
    series::SeriesMutation,
    author::AuthorMutation,
    site::SiteMutation,
);

type ApiSchema = Schema<Query, Mutation, EmptySubscription>;

fn schema() -> ApiSchema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<entry::Entry>()
        .register_output_type::<node::Node>()
        .disable_suggestions()
        .limit_recursive_depth(guard::Limits::default().nesting * 2)
        .finish()
}

/// The public contract as text, as it is committed in `schema.graphql`.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().include_specified_by();
    let mut text = schema().sdl_with_options(options);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// The context of the request that a resolver runs for.
fn ctx<'a>(context: &Context<'a>) -> &'a Ctx {
    context.data_unchecked::<Ctx>()
}

/// The database, for mutations.
fn db<'a>(context: &Context<'a>) -> &'a Db {
    context.data_unchecked::<Db>()
}

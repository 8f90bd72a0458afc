//! The face: GraphQL types over the domain. Nothing here decides who may see what, or builds a statement.
//!
//! A request goes `guard` (shape and cost) → the library → a resolver → `domain`. Fields that can fail and may be null
//! are `Option<Result<…>>`: with `Result<Option<…>>` the library empties the parent as well. Arguments have no defaults
//! in the library's sense, because it refuses an omitted variable for them; the resolver fills them in.

use async_graphql::{Context, EmptySubscription, MergedObject, Schema, SchemaBuilder};

use connection::{KnownCount, Paged, Uncounted};
use in_order::InOrder;

use crate::ctx::Ctx;

mod account;
mod asset;
mod audit;
mod author;
mod change;
mod connection;
mod difference;
mod document;
mod entry;
mod error;
mod execute;
pub mod guard;
mod in_order;
mod input;
mod job;
mod load;
mod named;
mod node;
mod once;
mod page;
mod payload;
mod plan;
mod post;
mod preview;
mod publish;
mod question;
mod question_call;
mod reply_template;
mod response;
mod revision;
mod richtext;
mod routine;
mod scalars;
mod schedule;
mod series;
mod sign_in;
mod site;
mod tag;
mod token;
mod upload;

pub use error::INTERNAL;
pub use execute::{Answer, Api, ApiRequest, Outcome, error_response};
pub use guard::MAX_DOCUMENT;
pub use once::Kept;
pub use response::{with_data, without_data};

/// The queries. Everything is public except `desk`.
#[derive(MergedObject, Default)]
#[graphql(name = "Query")]
struct Query(
    site::SiteQuery,
    node::NodeQuery,
    entry::EntryQuery,
    post::PostQuery,
    page::PageQuery,
    routine::RoutineQuery,
    tag::TagQuery,
    series::SeriesQuery,
    author::AuthorQuery,
    change::ChangeQuery,
    question_call::QuestionCallQuery,
    question::QuestionQuery,
    question::ask::AskQuery,
    question::asker::AskedQuery,
    document::DeskQuery,
    account::AccountQuery,
);

/// The mutations. Problems with the input are returned in `userErrors`, and then nothing is changed. The mutations of
/// one operation run one after the other. After a mutation that was refused or that failed, the remaining ones are not
/// run: each is null, with an error with the code `NOT_RUN`. What was done before stays done. With a header
/// `Idempotency-Key` (1 to 255 visible ASCII characters), an operation may contain only one mutation, and repeated
/// requests within 48 hours are carried out only once.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
struct Actions(
    post::PostMutation,
    page::PageMutation,
    routine::RoutineMutation,
    publish::PublishMutation,
    schedule::ScheduleMutation,
    job::JobMutation,
    document::DocumentMutation,
    tag::TagMutation,
    series::SeriesMutation,
    author::AuthorMutation,
    site::SiteMutation,
    sign_in::SignInMutation,
    account::AccountMutation,
    token::TokenMutation,
    preview::PreviewMutation,
    upload::UploadMutation,
    asset::AssetMutation,
    question_call::QuestionCallMutation,
    question::ask::AskMutation,
    question::asker::AskedMutation,
    question::OriginalMutation,
    question::TriageMutation,
    question::PublishQuestionMutation,
    reply_template::ReplyTemplateMutation,
);

type Mutation = InOrder<Actions>;
type ApiSchema = Schema<Query, Mutation, EmptySubscription>;

fn schema() -> ApiSchema {
    let builder = Schema::build(Query::default(), InOrder(Actions::default()), EmptySubscription);
    describe_connections(builder)
        .register_output_type::<entry::Entry>()
        .register_output_type::<node::Node>()
        .disable_suggestions()
        .limit_recursive_depth(guard::Limits::default().nesting * 2)
        .finish()
}

type Builder = SchemaBuilder<Query, Mutation, EmptySubscription>;

/// The library's connections come without a description.
fn describe_connections(builder: Builder) -> Builder {
    const TEXT: &str = "One page of a list, as described by the [Relay cursor connections specification](https://relay.dev/graphql/connections.htm), with the number of items in the whole list.";
    const UNCOUNTED: &str = "One page of a list, as described by the [Relay cursor connections specification](https://relay.dev/graphql/connections.htm).";
    builder
        .override_output_type_description::<Paged<entry::Entry, entry::EntryCount>>(TEXT)
        .override_output_type_description::<Paged<post::Post, entry::EntryCount>>(TEXT)
        .override_output_type_description::<Paged<page::Page, entry::EntryCount>>(TEXT)
        .override_output_type_description::<Paged<routine::Routine, entry::EntryCount>>(TEXT)
        .override_output_type_description::<Paged<tag::Tag, KnownCount>>(TEXT)
        .override_output_type_description::<Paged<series::Series, KnownCount>>(TEXT)
        .override_output_type_description::<Paged<author::Author, KnownCount>>(TEXT)
        .override_output_type_description::<Paged<question_call::QuestionCall, KnownCount>>(TEXT)
        .override_output_type_description::<Paged<question::Question, question::QuestionCount>>(TEXT)
        .override_output_type_description::<Paged<question::desk::DeskQuestion, question::desk::DeskQuestionCount>>(TEXT)
        .override_output_type_description::<Paged<document::Document, document::DocumentCount>>(TEXT)
        .override_output_type_description::<Paged<asset::DeskAsset, asset::AssetCount>>(TEXT)
        .override_output_type_description::<Uncounted<audit::AuditEvent>>(UNCOUNTED)
        .override_output_type_description::<Paged<revision::Revision, revision::RevisionCount>>(TEXT)
        .override_output_type_description::<Uncounted<change::Change>>(UNCOUNTED)
        .override_output_type_description::<Uncounted<schedule::Schedule>>(UNCOUNTED)
        .override_output_type_description::<Uncounted<job::Job>>(UNCOUNTED)
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

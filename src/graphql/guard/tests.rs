//! Stories about the guard, by stage: the text ([`text`]), the shape ([`shape`]), the price ([`price`]).
//! The schema below is a small copy of the real one, with every way a field can be priced.

mod price;
mod shape;
mod text;

use async_graphql::Variables;

use super::{CostModel, Limits, Measured, Refusal, parse};

const SDL: &str = r"
interface Node { id: ID! }
interface Entry implements Node { id: ID! title: String! author: Author! related(first: Int = 3): EntryConnection! }
type Author implements Node { id: ID! name: String! site: Site avatar: Asset }
type Asset implements Node { id: ID! url: String! }
type Post implements Node & Entry {
  id: ID! title: String! author: Author! related(first: Int = 3): EntryConnection!
  comments(first: Int, last: Int): CommentConnection! tags: [Tag!]! cover: Asset
}
type Page implements Node & Entry { id: ID! title: String! author: Author! related(first: Int = 3): EntryConnection! }
type Tag implements Node { id: ID! name: String! posts(limit: Int): [Post!]! }
type Comment implements Node { id: ID! text: String! author: Author! replies(first: Int = 10): CommentConnection! }
union Embed = Asset | Post
type EntryConnection { edges: [EntryEdge!]! nodes: [Entry!]! pageInfo: PageInfo! totalCount: Int! }
type EntryEdge { cursor: String! node: Entry! }
type PostConnection { edges: [PostEdge!]! nodes: [Post!]! pageInfo: PageInfo! totalCount: Int! }
type PostEdge { cursor: String! node: Post! }
type CommentConnection { edges: [CommentEdge!]! nodes: [Comment!]! pageInfo: PageInfo! totalCount: Int! }
type CommentEdge { cursor: String! node: Comment! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type Site { title: String! parent: Site }
type PublishPayload { post: Post }
type Query {
  site: Site! post(id: ID): Post entry: Entry embed: Embed node(id: ID!): Node nodes(ids: [ID!]!): [Node]!
  posts(first: Int, last: Int, note: String, tags: [Int]): PostConnection!
  comments(first: Int = 50): CommentConnection!
  search(text: String, first: Int): EntryConnection!
}
type Mutation { publish(id: ID): PublishPayload touch: Boolean }
schema { query: Query mutation: Mutation }
";

fn model() -> CostModel {
    CostModel::from_sdl(SDL).unwrap()
}

fn check_with(query: &str, limits: &Limits, variables: serde_json::Value) -> Result<Measured, Refusal> {
    let document = parse(query, limits)?;
    model().measure(&document, None, &Variables::from_json(variables), limits)
}

fn check(query: &str) -> Result<Measured, Refusal> {
    check_with(query, &Limits::default(), serde_json::Value::Null)
}

fn code(query: &str) -> &'static str {
    check(query).map_or_else(|refusal| refusal.code(), |_| "PASSED")
}

fn cost(query: &str) -> u64 {
    check(query).unwrap().cost
}

/// Limits that let everything through, to reach the one under test.
fn unlimited() -> Limits {
    let most = usize::MAX;
    Limits {
        document_bytes: most,
        nesting: 32,
        tokens: most,
        directives: most,
        operations: most,
        fragments: most,
        depth: most,
        aliases: most,
        selections: most,
        argument_bytes: most,
    }
}

/// Ten seconds are far above what any of these needs on a busy machine, and an exponential walk would not end.
fn is_quick<T>(story: impl FnOnce() -> T) -> T {
    let start = std::time::Instant::now();
    let answer = story();
    assert!(start.elapsed() < std::time::Duration::from_secs(10), "took {:?}", start.elapsed());
    answer
}

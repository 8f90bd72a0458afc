//! Relay connections: keyset cursors, a page of edges, and a count that is only taken when it is asked for.

use async_graphql::connection::{Connection, CursorType, Edge, EmptyFields};
use async_graphql::{Object, ObjectType, OutputType, SelectionField};

use crate::domain::core::keyset::{Cursor, ListId, PageArgs, Position, Slice};

/// An opaque cursor. It fits only the list, filter and order that it came from.
#[derive(Debug, Clone)]
pub struct OpaqueCursor(Cursor);

impl CursorType for OpaqueCursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        Cursor::decode(text).map(Self).ok_or("not a cursor")
    }

    fn encode_cursor(&self) -> String {
        self.0.encode()
    }
}

/// Marks that a connection's extra field is a count.
pub type Paged<Node, Count> = Connection<OpaqueCursor, Node, Count>;

/// A list that nobody needs the length of.
pub type Uncounted<Node> = Connection<OpaqueCursor, Node, EmptyFields>;

/// A page of nodes as a connection.
pub fn connection<Node, Count>(
    list: ListId,
    slice: Slice<(Position, Node)>,
    count: Count,
) -> Paged<Node, Count>
where
    Node: OutputType,
    Count: ObjectType,
{
    let mut connection = Connection::with_additional_fields(slice.has_previous, slice.has_next, count);
    connection.edges = slice
        .rows
        .into_iter()
        .map(|(position, node)| Edge::new(OpaqueCursor(Cursor { list, position }), node))
        .collect();
    connection
}

/// A count that is known without a statement, because the list is in memory.
pub struct KnownCount(pub usize);

#[Object]
impl KnownCount {
    /// The number of items in the whole list.
    async fn total_count(&self) -> i32 {
        i32::try_from(self.0).unwrap_or(i32::MAX)
    }
}

/// The connection arguments of a resolver.
pub fn page_args(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> PageArgs {
    PageArgs { first, last, after, before }
}

/// What a query selects of a connection's nodes, through `nodes` and `edges { node }`.
pub fn node_selections(field: SelectionField<'_>) -> Vec<SelectionField<'_>> {
    let mut found = Vec::new();
    for part in field.selection_set() {
        match part.name() {
            "nodes" => found.extend(part.selection_set()),
            "edges" => {
                for edge in part.selection_set().filter(|edge| edge.name() == "node") {
                    found.extend(edge.selection_set());
                }
            }
            _ => {}
        }
    }
    found
}

//! Takes the empty cells out of sparse tables. GFM fills every row up to the width of the header, so a wide header and
//! many short rows order far more cells than the source has characters (comrak stops at 500,000).

use comrak::nodes::{Node, NodeValue};

/// Tables with more cells that nobody wrote lose them at the ends of rows; no table of an author has so many.
const MAX_EMPTY_CELLS: usize = 10_000;

pub(super) fn thin_out<'a>(root: Node<'a>) {
    let sparse: Vec<Node<'a>> = root.descendants().filter(|node| is_sparse(node)).collect();
    for row in sparse.into_iter().flat_map(comrak::arena_tree::Node::children) {
        while let Some(cell) = row.last_child().filter(|cell| cell.first_child().is_none()) {
            cell.detach();
        }
    }
}

fn is_sparse(node: Node<'_>) -> bool {
    match &node.data().value {
        NodeValue::Table(table) => {
            table.num_columns.saturating_mul(table.num_rows).saturating_sub(table.num_nonempty_cells)
                > MAX_EMPTY_CELLS
        }
        _ => false,
    }
}

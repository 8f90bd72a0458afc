//! Lists of entries: their pages, orders, filters and what hangs on their items.

mod filters;
mod neighbours;
mod pages;
mod selections;

use serde_json::{Value, json};

use crate::app::{As, TestApp};

/// A list as a frontend pages through it. `field` has `PAGE` for the arguments and `NODES` for the selection, such as
/// `posts(orderBy: TITLE_ASC, PAGE) NODES`.
pub struct List<'a> {
    pub app: &'a TestApp,
    pub viewer: As<'a>,
    pub field: &'a str,
    /// What to select of each node.
    pub fields: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Forwards,
    Backwards,
}

impl<'a> List<'a> {
    pub fn public(app: &'a TestApp, field: &'a str, fields: &'a str) -> Self {
        Self { app, viewer: As::Anonymous, field, fields }
    }

    /// One page, whose page information must fit its edges.
    pub async fn page(&self, arguments: &str) -> Value {
        let connection = format!(
            "{{ nodes {{ {} }} edges {{ cursor }}
                pageInfo {{ hasPreviousPage hasNextPage startCursor endCursor }} }}",
            self.fields
        );
        let query = format!("{{ {} }}", self.field.replace("PAGE", arguments).replace("NODES", &connection));
        let mut page = self.app.data(self.viewer, &query, json!({})).await;
        while page.get("pageInfo").is_none() {
            let fields = page.as_object_mut().expect("a list is under every field");
            page = fields.values_mut().next().expect("a list").take();
        }
        let edges = page["edges"].as_array().expect("edges");
        assert_eq!(Some(edges.len()), page["nodes"].as_array().map(Vec::len));
        let cursor = |edge: Option<&Value>| edge.map_or(Value::Null, |edge| edge["cursor"].clone());
        assert_eq!(page["pageInfo"]["startCursor"], cursor(edges.first()));
        assert_eq!(page["pageInfo"]["endCursor"], cursor(edges.last()));
        page
    }

    /// The next page of a walk after `cursor`, and the cursor of the one after that.
    pub async fn step(&self, way: Way, size: usize, cursor: Option<&Value>) -> (Vec<Value>, Option<Value>) {
        let (count, from, more, edge) = match way {
            Way::Forwards => ("first", "after", "hasNextPage", "endCursor"),
            Way::Backwards => ("last", "before", "hasPreviousPage", "startCursor"),
        };
        let from = cursor.map(|cursor| format!(", {from}: {cursor}")).unwrap_or_default();
        let page = self.page(&format!("{count}: {size}{from}")).await;
        let info = &page["pageInfo"];
        let came_from = if way == Way::Forwards { "hasPreviousPage" } else { "hasNextPage" };
        assert_eq!(info[came_from], json!(cursor.is_some()), "{info}");
        let nodes = page["nodes"].as_array().expect("nodes").clone();
        let next = (info[more] == true).then(|| info[edge].clone());
        assert!(nodes.len() == size || next.is_none(), "{} of {size} nodes, and more follow", nodes.len());
        (nodes, next)
    }

    /// All pages of this size one after the other, in the list's order.
    pub async fn walk(&self, way: Way, size: usize) -> Vec<Value> {
        let (mut all, mut next) = self.step(way, size, None).await;
        while let Some(cursor) = next {
            let (nodes, following) = self.step(way, size, Some(&cursor)).await;
            all = match way {
                Way::Forwards => [all, nodes].concat(),
                Way::Backwards => [nodes, all].concat(),
            };
            next = following;
        }
        all
    }
}

/// One field of every node.
pub fn pluck(nodes: &[Value], field: &str) -> Vec<Value> {
    nodes.iter().map(|node| node[field].clone()).collect()
}

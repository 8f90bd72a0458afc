//! Makes queries from a schema: below every root field, under every combination of known arguments, all fields to
//! depth four. Pure: the same schema and the same known values give the same queries.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use async_graphql::Variables;
use wellspring::graphql::guard::{CostModel, Limits, parse};

use super::schema::{Field, Input, Schema};

/// Fields on the longest ways, the leaves at their end included.
const DEPTH: usize = 4;
/// What an anonymous operation may cost.
const BUDGET: u64 = 1_000;
/// Every list of what is planted has at most so many items, hidden ones included.
const PAGE: u32 = 12;
/// The same of lists without pages, such as related entries; three of them in each other must fit the budget.
const SHORT: u32 = 8;
/// The same of the revisions of a document, each of which renders its text.
const REVISIONS: u32 = 8;

/// Literals by the name of the argument they fit; `Post.slug` where it matters what is asked for.
pub type Known = BTreeMap<&'static str, Vec<String>>;

pub struct Crawl<'a> {
    schema: &'a Schema,
    known: &'a Known,
    model: CostModel,
    /// Each `Type.field` of a way so far. A way is longer than the others where it is the first to take a field.
    taken: RefCell<BTreeSet<(&'a str, &'a str)>>,
}

/// One field on a way, on an object of one type.
#[derive(Clone)]
struct Step<'a> {
    on: &'a str,
    field: &'a Field,
    arguments: String,
    /// Whether the arguments differ from the usual ones.
    is_varied: bool,
}

type Way<'a> = Vec<Step<'a>>;

/// Ways put together. Where one ends, all leaves are asked for.
#[derive(Default)]
struct Tree<'a> {
    ends: bool,
    below: BTreeMap<(&'a str, String), (&'a Field, Tree<'a>)>,
}

impl<'a> Crawl<'a> {
    pub fn new(schema: &'a Schema, known: &'a Known) -> Self {
        let model = CostModel::from_sdl(&wellspring::graphql::sdl()).expect("the schema's own text");
        Self { schema, known, model, taken: RefCell::default() }
    }

    pub fn queries(&self) -> Vec<String> {
        let query = self.schema.get(&self.schema.query);
        query.fields().iter().flat_map(|root| self.queries_of(root)).collect()
    }

    fn queries_of(&self, root: &'a Field) -> Vec<String> {
        let combinations = self.combinations(root);
        let mut queries = self.rendered(root, &combinations, &self.ways(root, 0));
        // Arguments further down change one at a time, under the root's first combination.
        let varied = (1..).map(|variant| {
            let mut ways = self.ways(root, variant);
            ways.retain(|way| way.iter().any(|step| step.is_varied));
            ways
        });
        for ways in varied.take_while(|ways| !ways.is_empty()) {
            queries.extend(self.rendered(root, &combinations[..1], &ways));
        }
        queries
    }

    /// Every way below a field, short ones first, and the one that ends at it.
    fn ways(&self, from: &'a Field, variant: usize) -> Vec<Way<'a>> {
        let mut ways: Vec<Way<'a>> = vec![Vec::new()];
        let mut next = 0;
        while let Some(way) = ways.get(next).cloned() {
            let end = way.last().map_or(from, |step| step.field);
            ways.extend(self.longer(&way, end, variant));
            next += 1;
        }
        ways
    }

    fn longer(&self, way: &Way<'a>, end: &'a Field, variant: usize) -> Vec<Way<'a>> {
        let mut longer = Vec::new();
        for (ty, fields) in self.schema.sides(end.answer.named()) {
            for field in fields.into_iter().filter(|field| !self.schema.is_leaf(field)) {
                let is_first = self.taken.borrow_mut().insert((&ty.name, &field.name));
                // The root before the way, this field, and the leaves below it.
                if way.len() + 3 > DEPTH && !is_first {
                    continue;
                }
                let mut combinations = self.combinations(field);
                let is_varied = (1..combinations.len()).contains(&variant);
                let arguments = combinations.swap_remove(variant % combinations.len());
                let step = Step { on: &ty.name, field, arguments, is_varied };
                longer.push([way.as_slice(), &[step]].concat());
            }
        }
        longer
    }

    /// All ways under each combination, in as few queries as an anonymous viewer may send.
    fn rendered(&self, root: &Field, combinations: &[String], ways: &[Way<'a>]) -> Vec<String> {
        let Some(first) = combinations.first() else { return Vec::new() };
        let parts = self.parts(root, first, ways);
        let each = |part| combinations.iter().map(move |arguments| self.render(root, arguments, part));
        parts.into_iter().flat_map(each).collect()
    }

    /// The ways, halved until each part is a query that may be sent.
    fn parts<'w>(&self, root: &Field, arguments: &str, ways: &'w [Way<'a>]) -> Vec<&'w [Way<'a>]> {
        let query = self.render(root, arguments, ways);
        if self.fits(&query) {
            return vec![ways];
        }
        assert!(ways.len() > 1, "one way is too expensive: {query}");
        let (left, right) = ways.split_at(ways.len() / 2);
        [self.parts(root, arguments, left), self.parts(root, arguments, right)].concat()
    }

    fn fits(&self, query: &str) -> bool {
        let limits = Limits::default();
        parse(query, &limits)
            .and_then(|document| self.model.measure(&document, None, &Variables::default(), &limits))
            .is_ok_and(|measured| measured.cost <= BUDGET)
    }

    fn render(&self, root: &Field, arguments: &str, ways: &[Way<'a>]) -> String {
        let mut tree = Tree::default();
        for way in ways {
            let end = way.iter().fold(&mut tree, |tree, step| {
                let key = (step.on, format!("{}{}", step.field.name, step.arguments));
                &mut tree.below.entry(key).or_insert_with(|| (step.field, Tree::default())).1
            });
            end.ends = true;
        }
        let mut text = format!("{{ {}{arguments}", root.name);
        self.select(root.answer.named(), &tree, &mut text);
        text + " }"
    }

    fn select(&self, ty: &str, tree: &Tree<'a>, text: &mut String) {
        text.push_str(" { __typename");
        for (side, fields) in self.schema.sides(ty) {
            let mut inner = String::new();
            if tree.ends {
                for leaf in fields.into_iter().filter(|field| self.schema.is_leaf(field)) {
                    let _ = write!(inner, " {}{}", leaf.name, self.combinations(leaf)[0]);
                }
            }
            for ((_, key), (field, below)) in tree.below.iter().filter(|((on, _), _)| *on == side.name) {
                let _ = write!(inner, " {key}");
                self.select(field.answer.named(), below, &mut inner);
            }
            if side.name == ty {
                text.push_str(&inner);
            } else if !inner.is_empty() {
                let _ = write!(text, " ... on {} {{{inner} }}", side.name);
            }
        }
        text.push_str(" }");
    }

    /// The argument lists to try: each value of what is needed, with nothing more or with one more argument.
    fn combinations(&self, field: &Field) -> Vec<String> {
        let mut needed = vec![Vec::new()];
        for argument in field.arguments.iter().filter(|argument| argument.value.is_required()) {
            let literals = self.literals(field, argument);
            let each = |so_far: Vec<String>| {
                literals.iter().map(move |literal| [so_far.clone(), vec![given(argument, literal)]].concat())
            };
            needed = needed.into_iter().flat_map(each).collect();
        }
        let size = match field.name.as_str() {
            "revisions" => REVISIONS,
            _ if field.has("after") => PAGE,
            _ => SHORT,
        };
        let page = |which: &str| if field.has(which) { vec![format!("{which}: {size}")] } else { Vec::new() };
        let mut all = Vec::new();
        for needed in needed {
            all.push([needed.clone(), page("first")].concat());
            for argument in field.arguments.iter().filter(|argument| !argument.value.is_required()) {
                let one_more = |literal: &String| {
                    [needed.clone(), vec![given(argument, literal)], page("first")].concat()
                };
                all.extend(self.literals(field, argument).iter().map(one_more));
            }
            if field.has("last") {
                all.push([needed, page("last")].concat());
            }
        }
        all.iter()
            .map(|list| if list.is_empty() { String::new() } else { format!("({})", list.join(", ")) })
            .collect()
    }

    fn literals(&self, field: &Field, input: &Input) -> Vec<String> {
        let ty = self.schema.get(input.value.named());
        match (ty.kind.as_str(), input.name.as_str()) {
            // Pages are chosen elsewhere: by `combinations`, and cursors by a story of their own.
            (_, "first" | "last" | "after" | "before") => Vec::new(),
            ("ENUM", _) => ty.values().map(str::to_owned).collect(),
            ("INPUT_OBJECT", _) => {
                let inputs = ty.inputs().iter();
                let one_field = |inner: &Input| -> Vec<String> {
                    let literals = self.literals(field, inner);
                    literals.iter().map(|literal| format!("{{ {} }}", given(inner, literal))).collect()
                };
                inputs.flat_map(one_field).collect()
            }
            (_, name) => {
                let special = format!("{}.{name}", field.answer.named());
                let known = self.known.get(special.as_str()).or_else(|| self.known.get(name));
                known
                    .unwrap_or_else(|| panic!("teach the crawl a value for {name} of {}", field.name))
                    .clone()
            }
        }
    }
}

fn given(input: &Input, literal: &str) -> String {
    format!("{}: {literal}", input.name)
}

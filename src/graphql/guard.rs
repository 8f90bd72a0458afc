//! The query guard: refuses hostile or too expensive GraphQL documents before the library sees them.
//! The library expands fragments without a memo and parses recursively before it compares any limit, so the
//! order here is fixed: scan the text, parse once, survey the shape, estimate the cost. It knows nothing of viewers:
//! the caller compares [`Measured::cost`] with its viewer's budget and answers [`Refusal::TooExpensive`].
//! Variables need no check of their own: `serde_json` refuses values nested deeper than 128, the HTTP layer limits their size.

mod cost;
mod model;
mod overlap;
mod refusal;
mod scan;
mod size;
mod survey;
#[cfg(test)]
mod tests;

use async_graphql::Variables;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};

pub use model::{CostModel, ModelError};
pub use refusal::Refusal;

/// Bytes of the longest document that is read.
pub const MAX_DOCUMENT: usize = 32 * 1024;

/// What a document may be at most. Every number is the last one that passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Length of the text in bytes.
    pub document_bytes: usize,
    /// Brackets of any kind open at once in the text, and selection sets open at once after fragments are put in place.
    ///
    /// Every recursion of the parser (selection sets, values, list types) passes through a bracket, and every
    /// recursion of the walks through a selection set, so this bounds the stack. Above 64 the parser's own limit rules
    /// selection sets; the library's `limit_recursive_depth` counts like this one and must not be lower.
    pub nesting: usize,
    /// Names, numbers, strings and punctuation marks in the text.
    pub tokens: usize,
    /// Directives written in the document; what fragments make of them is bounded by `selections`.
    pub directives: usize,
    /// Operations in the document, since the library validates all of them, not only the chosen one.
    pub operations: usize,
    /// Fragment definitions in the document.
    pub fragments: usize,
    /// Fields on the longest way from the root to a leaf, through fragments.
    pub depth: usize,
    /// Aliases written in the document. Repeating them through fragments is bounded by `selections` and by the cost;
    /// counting them expanded would refuse an honest card fragment used on ten lists.
    pub aliases: usize,
    /// Fields, spreads and inline fragments of one operation after fragments are put in place.
    pub selections: usize,
    /// Bytes of argument values of one operation after fragments and variables are put in place, about 32 per value
    /// and the length of strings: the library copies a variable's value at every use.
    pub argument_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: MAX_DOCUMENT,
            nesting: 32,
            tokens: 8_000,
            directives: 50,
            operations: 10,
            fragments: 100,
            depth: 15,
            aliases: 30,
            selections: 1_000,
            argument_bytes: 4 * 1024 * 1024,
        }
    }
}

/// What was learnt about the operation that is going to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Estimated cost in points; see [`CostModel`].
    pub cost: u64,
    /// Fields on the longest way from the root to a leaf.
    pub depth: usize,
    /// Fields, spreads and inline fragments after fragments are put in place.
    pub selections: usize,
    /// Query, mutation or subscription.
    pub operation_type: OperationType,
}

/// Scans the text and parses it: time and stack are bounded by `limits` whatever the bytes are.
pub fn parse(query: &str, limits: &Limits) -> Result<ExecutableDocument, Refusal> {
    scan::scan(query, limits)?;
    parse_query(query).map_err(|error| Refusal::from_parser(&error, limits))
}

impl CostModel {
    /// Checks the shape of the whole document and estimates the cost of the chosen operation.
    ///
    /// The document must come from [`parse`] with the same limits. Types are not checked here: what the schema does
    /// not know costs 1, and validation refuses it later.
    pub fn measure(
        &self,
        document: &ExecutableDocument,
        operation: Option<&str>,
        variables: &Variables,
        limits: &Limits,
    ) -> Result<Measured, Refusal> {
        let chosen = choose(document, operation)?;
        let shape = survey::survey(document, chosen, variables, limits)?;
        overlap::refuse_conflicts(document)?;
        Ok(Measured {
            cost: cost::estimate(self, document, chosen, variables),
            depth: shape.depth,
            selections: shape.selections,
            operation_type: chosen.ty,
        })
    }
}

/// The operation the library would run: by name, or the only one.
fn choose<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, Refusal> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Some(only),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(named), Some(name)) => named.get(name),
        (DocumentOperations::Multiple(named), None) if named.len() == 1 => named.values().next(),
        (DocumentOperations::Multiple(_), None) => return Err(Refusal::OperationNameRequired),
    };
    match found {
        Some(operation) => Ok(&operation.node),
        None => Err(Refusal::unknown_operation(name.unwrap_or_default())),
    }
}

//! Why a document was refused: a stable code, an HTTP status, a place and one sentence for its author.
//! Nothing of the query is repeated but an identifier, cut to 60 characters: messages go to logs and to clients.

use async_graphql::Pos;
use async_graphql::parser::Error as ParserError;

use super::Limits;

const IDENTIFIER_CHARS: usize = 60;

/// A refused document. `found` is the whole amount where it is known, otherwise only the limit is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the document has {found} bytes, at most {limit} are allowed")]
    DocumentTooLarge { found: usize, limit: usize },
    #[error("the document has more than {limit} tokens, the next one is at {at}")]
    TooManyTokens { limit: usize, at: Pos },
    #[error("brackets or selection sets nest deeper than {limit} levels at {at}")]
    NestingTooDeep { limit: usize, at: Pos },
    #[error("the document has more than {limit} directives, the next one is at {at}")]
    TooManyDirectives { limit: usize, at: Pos },
    #[error("syntax error at {at}: {problem}")]
    Syntax { problem: &'static str, at: Pos },

    #[error("the document has {found} operations, at most {limit} are allowed")]
    TooManyOperations { found: usize, limit: usize },
    #[error("the document has {found} fragments, at most {limit} are allowed")]
    TooManyFragments { found: usize, limit: usize },
    #[error("the document has {found} aliases, at most {limit} are allowed")]
    TooManyAliases { found: usize, limit: usize },
    #[error("the document has several operations and the request names none")]
    OperationNameRequired,
    #[error("the document has no operation `{name}`")]
    UnknownOperation { name: String },
    #[error("fragment `{name}` spread at {at} is not defined")]
    UnknownFragment { name: String, at: Pos },
    #[error("fragment `{name}` spreads itself at {at}")]
    FragmentCycle { name: String, at: Pos },
    #[error("field `{key}` at {at} conflicts with another field of the same name, use an alias")]
    FieldConflict { key: String, at: Pos },

    #[error("the definition at {at} is {found} fields deep, at most {limit} are allowed")]
    QueryTooDeep { found: usize, limit: usize, at: Pos },
    #[error("the definition at {at} selects {found} fields and fragments, at most {limit} are allowed")]
    TooManySelections { found: usize, limit: usize, at: Pos },
    #[error("the arguments of the definition at {at} take {found} bytes, at most {limit} are allowed")]
    ArgumentsTooLarge { found: usize, limit: usize, at: Pos },
    #[error("the operation costs {cost} points, at most {limit} are allowed")]
    TooExpensive { cost: u64, limit: u64 },
}

impl Refusal {
    /// The code for `extensions.code`. Codes never change; clients switch on them.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DocumentTooLarge { .. } => "DOCUMENT_TOO_LARGE",
            Self::TooManyTokens { .. } => "TOO_MANY_TOKENS",
            Self::NestingTooDeep { .. } => "NESTING_TOO_DEEP",
            Self::TooManyDirectives { .. } => "TOO_MANY_DIRECTIVES",
            Self::Syntax { .. } => "SYNTAX_ERROR",
            Self::TooManyOperations { .. } => "TOO_MANY_OPERATIONS",
            Self::TooManyFragments { .. } => "TOO_MANY_FRAGMENTS",
            Self::TooManyAliases { .. } => "TOO_MANY_ALIASES",
            Self::OperationNameRequired => "OPERATION_NAME_REQUIRED",
            Self::UnknownOperation { .. } => "UNKNOWN_OPERATION",
            Self::UnknownFragment { .. } => "UNKNOWN_FRAGMENT",
            Self::FragmentCycle { .. } => "FRAGMENT_CYCLE",
            Self::FieldConflict { .. } => "FIELD_CONFLICT",
            Self::QueryTooDeep { .. } => "QUERY_TOO_DEEP",
            Self::TooManySelections { .. } => "TOO_MANY_SELECTIONS",
            Self::ArgumentsTooLarge { .. } => "ARGUMENTS_TOO_LARGE",
            Self::TooExpensive { .. } => "QUERY_TOO_EXPENSIVE",
        }
    }

    /// The HTTP status: 413 for a text that is too long, 400 for everything else.
    pub fn status(&self) -> u16 {
        match self {
            Self::DocumentTooLarge { .. } => 413,
            _ => 400,
        }
    }

    /// Where in the text, 1-based, ready for the `locations` of a GraphQL error.
    pub fn position(&self) -> Option<Pos> {
        match self {
            Self::TooManyTokens { at, .. }
            | Self::NestingTooDeep { at, .. }
            | Self::TooManyDirectives { at, .. }
            | Self::Syntax { at, .. }
            | Self::UnknownFragment { at, .. }
            | Self::FragmentCycle { at, .. }
            | Self::FieldConflict { at, .. }
            | Self::QueryTooDeep { at, .. }
            | Self::TooManySelections { at, .. }
            | Self::ArgumentsTooLarge { at, .. } => Some(*at),
            Self::DocumentTooLarge { .. }
            | Self::TooManyOperations { .. }
            | Self::TooManyFragments { .. }
            | Self::TooManyAliases { .. }
            | Self::OperationNameRequired
            | Self::UnknownOperation { .. }
            | Self::TooExpensive { .. } => None,
        }
    }

    pub(super) fn unknown_operation(name: &str) -> Self {
        Self::UnknownOperation { name: identifier(name) }
    }

    pub(super) fn unknown_fragment(name: &str, at: Pos) -> Self {
        Self::UnknownFragment { name: identifier(name), at }
    }

    pub(super) fn fragment_cycle(name: &str, at: Pos) -> Self {
        Self::FragmentCycle { name: identifier(name), at }
    }

    pub(super) fn field_conflict(key: &str, at: Pos) -> Self {
        Self::FieldConflict { key: identifier(key), at }
    }

    /// The parser's messages quote whole lines of the query, so only their place is kept.
    pub(super) fn from_parser(error: &ParserError, limits: &Limits) -> Self {
        let at = error.positions().next().unwrap_or(Pos { line: 1, column: 1 });
        let problem = match error {
            ParserError::RecursionLimitExceeded => return Self::NestingTooDeep { limit: limits.nesting, at },
            ParserError::MultipleOperations { .. } => "an operation without a name must be the only one",
            ParserError::OperationDuplicated { .. } => "an operation with this name is already defined",
            ParserError::FragmentDuplicated { .. } => "a fragment with this name is already defined",
            ParserError::MissingOperation => "the document has no operation",
            _ => "unexpected token or end of the document",
        };
        Self::Syntax { problem, at }
    }
}

/// An operation name comes from the request and may hold anything, so only the part that is a GraphQL name is repeated.
fn identifier(name: &str) -> String {
    name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').take(IDENTIFIER_CHARS).collect()
}

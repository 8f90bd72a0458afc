//! What is wrong with a directive.

/// Files that one text embeds at the most. Each of them is some kilobytes of addresses when it is read, and with its poster
/// two statements of a preview, of which SQLite takes 500 in one statement.
pub(super) const MAX_FILES: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectiveFaultKind {
    #[error("unknown directive `{name}`")]
    UnknownDirective { name: String },
    #[error("`{slug}` is not a slug that `{name}` can embed")]
    InvalidSlug { name: String, slug: String },
    #[error("`{argument}` is not the id of a file (`asset_…`) that `{name}` can embed")]
    InvalidAsset { name: String, argument: String },
    #[error("`{argument}` is not the address of a video at YouTube or Vimeo")]
    UnknownPlayer { argument: String },
    #[error("a text embeds at most {MAX_FILES} files")]
    TooManyFiles,
    #[error("a routine does not embed a routine")]
    RoutineWithin,
    /// No closing bracket, words after it, a name outside `[a-z][a-z0-9-]*`, or a place where nothing can be embedded
    /// (inside emphasis, a heading or a table).
    #[error("a directive is written `::name[…]`, alone on its line")]
    Malformed,
}

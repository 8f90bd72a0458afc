//! What a detail is.

/// What kind of detail could tell who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DetailKind {
    Name,
    Email,
    Address,
    Url,
    Phone,
    Date,
    Age,
    Number,
    /// Words that the reader wrote.
    Quote,
}

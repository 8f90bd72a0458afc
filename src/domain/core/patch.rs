//! Changes to fields, as a client writes them.

/// A change to one field: leave it, empty it, or set it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T> Patch<T> {
    /// Applies a change to a field that may be empty. What `check` refuses leaves the field as it was.
    pub fn apply<U>(self, field: &mut Option<U>, check: impl FnOnce(T) -> Option<U>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = check(value),
        }
    }
}

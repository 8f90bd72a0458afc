//! Characters that no text may hold, because the rendering marks its own places with them.

/// Carries the module's own ids and slots through ammonia, as an attribute name that no author can write: it is
/// stripped from the source, and character references are not decoded in attribute names.
pub(super) const OWN: char = '\u{FDD0}';

/// U+FDD0..U+FDEF are for internal use by definition (Unicode, section 23.7): ours is to mark slots.
pub(super) fn is_reserved(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}')
}

//! Limits that hold for a routine as a whole.

use std::ops::RangeInclusive;

/// In all blocks together.
pub const MAX_STEPS: usize = 200;
/// Of the longest way through a routine, with the site's usual pace.
pub const MAX_SECONDS: i64 = 24 * 60 * 60;
/// A day.
pub(super) const VIDEO: RangeInclusive<i32> = 0..=86_400;

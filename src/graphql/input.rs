//! From what a client wrote to what the domain takes.

use async_graphql::{ID, MaybeUndefined};

use crate::domain::core::error::Refusals;
use crate::domain::core::id::{self, PublicId};
use crate::domain::core::patch::Patch;

/// An omitted field is left alone, null clears it.
pub fn patch<T>(given: MaybeUndefined<T>) -> Patch<T> {
    match given {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(value),
    }
}

pub fn map_patch<T, U>(given: MaybeUndefined<T>, map: impl FnOnce(T) -> U) -> Patch<U> {
    match patch(given) {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(value) => Patch::Set(map(value)),
    }
}

pub fn parse_optional_id<I: PublicId>(
    given: Option<ID>,
    path: &[&str],
    refusals: &mut Refusals,
) -> Option<I> {
    given.and_then(|text| id::parse_at(&text, path, refusals))
}

//! Pages of a list by position instead of number, so that inserts never shift or repeat an item.
//!
//! A cursor is the key of a row in the list's order and the row's id. It carries a fingerprint of the list it came from
//! and is refused in any other.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement, SimpleExpr};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::error::{ErrorCode, Result, invalid};

pub const DEFAULT_PAGE: u16 = 20;
pub const MAX_PAGE: u16 = 100;

/// Where a row stands in its list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub key: Key,
    pub id: Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Int(i64),
    Text(String),
}

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    Int,
    Text,
}

impl Key {
    fn kind(&self) -> KeyKind {
        match self {
            Self::Int(_) => KeyKind::Int,
            Self::Text(_) => KeyKind::Text,
        }
    }
}

impl From<Key> for SimpleExpr {
    fn from(key: Key) -> Self {
        match key {
            Key::Int(value) => Expr::val(value),
            Key::Text(value) => Expr::val(value),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    Ascending,
    Descending,
}

/// What distinguishes one list from another: its name, filter and order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListId([u8; 8]);

impl ListId {
    pub fn new(description: &str) -> Self {
        let digest = Sha256::digest(description.as_bytes());
        Self(digest[..8].try_into().expect("eight bytes of thirty-two"))
    }
}

/// The opaque form of a position in one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub list: ListId,
    pub position: Position,
}

impl Cursor {
    pub fn encode(&self) -> String {
        let mut bytes = self.list.0.to_vec();
        bytes.extend(self.position.id.as_bytes());
        match &self.position.key {
            Key::Int(value) => {
                bytes.push(b'i');
                bytes.extend(value.to_be_bytes());
            }
            Key::Text(value) => {
                bytes.push(b't');
                bytes.extend(value.as_bytes());
            }
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (list, rest) = bytes.split_first_chunk::<8>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (tag, rest) = rest.split_first()?;
        let key = match tag {
            b'i' => Key::Int(i64::from_be_bytes(rest.try_into().ok()?)),
            // No text of ours has a zero byte, and PostgreSQL cannot take one.
            b't' => Key::Text(std::str::from_utf8(rest).ok().filter(|text| !text.contains('\0'))?.to_owned()),
            _ => return None,
        };
        Some(Self { list: ListId(*list), position: Position { key, id: Uuid::from_bytes(*id) } })
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone)]
pub struct Page {
    pub list: ListId,
    pub size: u16,
    /// From the end backwards (`last`), not from the start (`first`).
    pub backwards: bool,
    pub after: Option<Position>,
    pub before: Option<Position>,
}

/// The connection arguments as the client gave them.
#[derive(Debug, Clone, Default)]
pub struct PageArgs {
    pub first: Option<i32>,
    pub last: Option<i32>,
    pub after: Option<String>,
    pub before: Option<String>,
}

impl PageArgs {
    /// Checks the arguments. `first` or `last` are 1..=100 and not both; without either, the first 20.
    pub fn page(self, list: ListId, key: KeyKind) -> Result<Page> {
        let (name, size) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return invalid("last", ErrorCode::Invalid, "give first or last, not both");
            }
            (Some(first), None) => ("first", first),
            (None, Some(last)) => ("last", last),
            (None, None) => ("first", i32::from(DEFAULT_PAGE)),
        };
        let Some(size) = u16::try_from(size).ok().filter(|size| (1..=MAX_PAGE).contains(size)) else {
            return invalid(name, ErrorCode::OutOfRange, format!("{name} is 1 to {MAX_PAGE}, found {size}"));
        };
        Ok(Page {
            list,
            size,
            backwards: name == "last",
            after: position("after", self.after.as_deref(), list, key)?,
            before: position("before", self.before.as_deref(), list, key)?,
        })
    }
}

fn position(argument: &str, cursor: Option<&str>, list: ListId, key: KeyKind) -> Result<Option<Position>> {
    let Some(text) = cursor else { return Ok(None) };
    match Cursor::decode(text) {
        Some(cursor) if cursor.list == list && cursor.position.key.kind() == key => Ok(Some(cursor.position)),
        Some(cursor) if cursor.list != list => {
            invalid(argument, ErrorCode::InvalidCursor, "this cursor is of another list, filter or order")
        }
        _ => invalid(argument, ErrorCode::InvalidCursor, "this is not a cursor that the API gave out"),
    }
}

impl Page {
    /// Narrows a statement to the page and one row more, which tells whether there is another page.
    pub fn apply(&self, select: &mut SelectStatement, key: SimpleExpr, id: SimpleExpr, direction: Direction) {
        let ascending = direction == Direction::Ascending;
        let columns = || Expr::tuple([key.clone(), id.clone()]);
        let bound = |position: &Position| Expr::tuple([position.key.clone().into(), Expr::val(position.id)]);
        for (position, is_after) in [(&self.after, true), (&self.before, false)]
            .into_iter()
            .filter_map(|(p, a)| Some((p.as_ref()?, a)))
        {
            let comparison = if is_after == ascending {
                columns().gt(bound(position))
            } else {
                columns().lt(bound(position))
            };
            select.and_where(comparison);
        }
        let order = if ascending == self.backwards { Order::Desc } else { Order::Asc };
        select.order_by_expr(key, order.clone()).order_by_expr(id, order).limit(u64::from(self.size) + 1);
    }

    /// Turns the rows of such a statement into a page in the list's order.
    pub fn slice<M>(&self, mut rows: Vec<M>) -> Slice<M> {
        let more = rows.len() > usize::from(self.size);
        rows.truncate(usize::from(self.size));
        if self.backwards {
            rows.reverse();
            return Slice { rows, has_previous: more, has_next: self.before.is_some() };
        }
        Slice { rows, has_previous: self.after.is_some(), has_next: more }
    }

    /// The page of a list that is in memory, in ascending order.
    pub fn of_sorted<M: Clone>(&self, sorted: &[M], position: impl Fn(&M) -> Position) -> Slice<M> {
        let start =
            self.after.as_ref().map_or(0, |after| sorted.partition_point(|item| position(item) <= *after));
        let end =
            self.before.as_ref().map_or(sorted.len(), |b| sorted.partition_point(|item| position(item) < *b));
        let window = sorted.get(start..end).unwrap_or_default();
        let size = usize::from(self.size) + 1;
        let rows: Vec<M> = if self.backwards {
            window.iter().rev().take(size).cloned().collect()
        } else {
            window.iter().take(size).cloned().collect()
        };
        self.slice(rows)
    }
}

/// One page of rows in the list's order.
#[derive(Debug, Clone)]
pub struct Slice<M> {
    pub rows: Vec<M>,
    pub has_previous: bool,
    pub has_next: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cursors_read_back(key in prop_oneof![any::<i64>().prop_map(Key::Int), "[^\0]*".prop_map(Key::Text)], id: u128) {
            let cursor =
                Cursor { list: ListId::new("posts"), position: Position { key, id: Uuid::from_u128(id) } };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn nonsense_is_no_cursor_and_no_panic(text in ".*") {
            let _ = Cursor::decode(&text);
        }

        #[test]
        fn pages_in_memory_cover_the_list_once(length in 0_u8..60, size in 1_i32..9, backwards: bool) {
            let list = ListId::new("numbers");
            let numbers: Vec<i64> = (0..i64::from(length)).collect();
            let at = |n: &i64| Position { key: Key::Int(*n), id: Uuid::nil() };
            let mut seen: Vec<i64> = Vec::new();
            let mut cursor: Option<String> = None;
            loop {
                let args = if backwards {
                    PageArgs { last: Some(size), before: cursor.clone(), ..PageArgs::default() }
                } else {
                    PageArgs { first: Some(size), after: cursor.clone(), ..PageArgs::default() }
                };
                let page = args.page(list, KeyKind::Int).expect("good arguments");
                let slice = page.of_sorted(&numbers, at);
                let edge = if backwards { slice.rows.first() } else { slice.rows.last() };
                cursor = edge.map(|n| Cursor { list, position: at(n) }.encode());
                let more = if backwards { slice.has_previous } else { slice.has_next };
                seen = if backwards { [slice.rows, seen].concat() } else { [seen, slice.rows].concat() };
                if !more {
                    break;
                }
            }
            prop_assert_eq!(seen, numbers);
        }
    }
}

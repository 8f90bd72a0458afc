//! Public ids: TypeIDs, `post_01jd…`, a kind's prefix and a UUIDv7 in Crockford base32
//! (<https://github.com/jetify-com/typeid/tree/main/spec>). An id with another kind's prefix is refused, not searched for.

use entity::{
    AccountId, ApiTokenId, AssetId, AuthorId, DocumentId, JobId, Kind, MediaObjectId, PreviewId,
    QuestionCallId, QuestionId, ReplyTemplateId, ScheduleId, SeriesId, TagId, Timestamp, UploadId,
};
use sea_orm::Iterable;
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::{ContextV7, Uuid};

use super::error::{ErrorCode, Refusals};

/// An id that has one prefix of its own.
pub trait PublicId: Copy {
    const PREFIX: &'static str;
    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;

    /// A new id. Ids made later sort later, within a millisecond too.
    fn generate(now: Timestamp) -> Self {
        Self::from_uuid(new_uuid(now))
    }
}

macro_rules! public_id {
    ($($id:ident = $prefix:literal),* $(,)?) => {
        $(impl PublicId for $id {
            const PREFIX: &'static str = $prefix;

            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            fn uuid(self) -> Uuid {
                self.0
            }
        })*
    };
}

public_id! {
    AccountId = "account",
    ApiTokenId = "token",
    AssetId = "asset",
    AuthorId = "author",
    DocumentId = "document",
    JobId = "job",
    MediaObjectId = "object",
    PreviewId = "preview",
    QuestionCallId = "call",
    QuestionId = "question",
    ReplyTemplateId = "template",
    ScheduleId = "schedule",
    SeriesId = "series",
    TagId = "tag",
    UploadId = "upload",
}

/// The prefix of a live entry's id. Its UUID is its document's.
pub fn entry_prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Post => "post",
        Kind::Page => "page",
        Kind::Routine => "routine",
    }
}

/// Whether ids with this prefix are of entries, of whatever kind.
pub fn is_entry_prefix(prefix: &str) -> bool {
    Kind::iter().any(|kind| entry_prefix(kind) == prefix)
}

pub fn format<I: PublicId>(id: I) -> String {
    encode(I::PREFIX, id.uuid())
}

pub fn format_entry(kind: Kind, id: DocumentId) -> String {
    encode(entry_prefix(kind), id.0)
}

/// Reads an id of one kind.
pub fn parse<I: PublicId>(text: &str) -> Result<I, InvalidId> {
    match decode(text) {
        Some((prefix, uuid)) if prefix == I::PREFIX => Ok(I::from_uuid(uuid)),
        Some((prefix, _)) => Err(InvalidId::WrongKind { expected: I::PREFIX, found: prefix }),
        None => Err(InvalidId::Malformed { expected: I::PREFIX }),
    }
}

/// Reads an id and notes what is wrong with it under `path`.
pub fn parse_at<I: PublicId>(text: &str, path: &[&str], refusals: &mut Refusals) -> Option<I> {
    parse(text).map_err(|error| refusals.push(path, ErrorCode::InvalidId, error.to_string())).ok()
}

/// Reads a document's id, as the desk or as the public writes it (`document_…`, `post_…`, `page_…`).
pub fn parse_document_at(text: &str, path: &[&str], refusals: &mut Refusals) -> Option<DocumentId> {
    match decode(text) {
        Some((prefix, uuid)) if is_entry_prefix(&prefix) => Some(DocumentId(uuid)),
        _ => parse_at(text, path, refusals),
    }
}

/// The prefix and UUID of any well-formed id.
pub fn decode(text: &str) -> Option<(String, Uuid)> {
    let id: TypeSafeId<DynamicType> = text.parse().ok()?;
    Some((id.type_prefix().to_owned(), id.uuid()))
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    #[error("expected an id that starts with {expected}_, found one that starts with {found}_")]
    WrongKind { expected: &'static str, found: String },
    #[error("not an id: expected {expected}_ and 26 characters")]
    Malformed { expected: &'static str },
}

fn encode(prefix: &str, uuid: Uuid) -> String {
    let prefix = DynamicType::new(prefix).expect("prefixes are lower-case letters");
    TypeSafeId::from_type_and_uuid(prefix, uuid).to_string()
}

pub(in crate::domain) fn new_uuid(now: Timestamp) -> Uuid {
    static CONTEXT: std::sync::Mutex<ContextV7> = std::sync::Mutex::new(ContextV7::new());
    let millis = u64::try_from(now.0).unwrap_or_default();
    let nanos = u32::try_from(millis % 1000).expect("below 1000") * 1_000_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(&CONTEXT, millis / 1000, nanos))
}

/// Ids in the author's order, each once.
pub(in crate::domain) fn parse_each<I: PublicId + PartialEq>(
    given: &[String],
    field: &'static str,
    most: usize,
    refusals: &mut Refusals,
) -> Vec<I> {
    if given.len() > most {
        let message = format!("at most {most} {field}, found {}", given.len());
        refusals.push(&[field], ErrorCode::TooMany, message);
        return Vec::new();
    }
    let mut ids = Vec::new();
    for (index, text) in given.iter().enumerate() {
        if let Some(id) = parse_at::<I>(text, &[field, &index.to_string()], refusals)
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_another_kinds_id_is_refused_by_name() {
        let tag = TagId::generate(Timestamp(1_750_000_000_000));
        let text = format(tag);
        assert!(text.starts_with("tag_0"), "{text}");
        assert_eq!(parse::<TagId>(&text), Ok(tag));
        assert_eq!(
            parse::<SeriesId>(&text).expect_err("a tag is no series").to_string(),
            "expected an id that starts with series_, found one that starts with tag_"
        );
        for nonsense in ["", "tag_", "tag", "tag_01jd", "TAG_01jdzzzzzzzzzzzzzzzzzzzzzz", "tag_\0"] {
            assert!(matches!(parse::<TagId>(nonsense), Err(InvalidId::Malformed { .. })), "{nonsense:?}");
        }
    }

    #[test]
    fn ids_of_one_millisecond_sort_as_they_were_made() {
        let ids: Vec<_> = (0..100).map(|_| TagId::generate(Timestamp(1_750_000_000_123))).collect();
        assert!(ids.is_sorted());
    }
}

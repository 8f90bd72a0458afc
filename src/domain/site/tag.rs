//! Tags: subjects that entries share. A tag is public from the moment it is saved, whether or not an entry carries it.

/// How many tags a document or a question has at most.
pub const MAX: usize = 20;

super::named::named! {
    table: tag,
    id: TagId,
    noun: "tag",
    action: "saveTag",
    subject: Tag,
    label: name,
    text: description,
}

/// Tags in the author's order, each once.
pub(in crate::domain) fn parse_ids(tags: &[String], refusals: &mut Refusals) -> Vec<TagId> {
    id::parse_each(tags, "tags", MAX, refusals)
}

//! Tags: subjects that entries share. A tag is public from the moment it is saved, whether or not an entry carries it.

super::named::named! {
    table: tag,
    id: TagId,
    noun: "tag",
    action: "saveTag",
    subject: Tag,
    label: name,
    text: description,
}

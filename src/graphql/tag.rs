//! Tags.

super::named::named_type! {
    /// A subject that entries share. Public from the moment it is saved, whether or not an entry carries it.
    type Tag = tag, id TagId, table tags;
    label name = "Name, at most 120 characters.";
    text description = "What the tag is about, plain text, at most 4,000 characters.";
    entries EntryOrder::PublishedAtDesc, "Live entries with the tag, newest first.";
    query TagQuery { tag = "The tag with this slug.", tags = "All tags by name." }
    mutation TagMutation {
        save_tag(SaveTagInput) -> SaveTagPayload { tag } = "Saves a tag. It is public at once. Needs `content:write`."
    }
    filter tag;
}

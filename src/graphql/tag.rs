//! Tags.

super::named::named_type! {
    /// A subject that entries have in common. A tag is public as soon as it is saved, whether or not an entry has it.
    type Tag = tag, id TagId, table tags;
    label name = "The name, at most 120 characters.";
    text description = "A description of the tag in plain text, at most 4,000 characters.";
    entries EntryOrder::PublishedAtDesc, "The live entries with this tag, newest first.";
    query TagQuery { tag = "Returns the tag with this slug.", tags = "All tags by name." }
    mutation TagMutation {
        save_tag(SaveTagInput) -> SaveTagPayload { tag } = "Creates or changes a tag. The change is public at once. Requires the scope `content:write`."
    }
    filter tag;
}

//! Authors.

super::named::named_type! {
    /// The public profile that signs entries.
    type Author = author, id AuthorId, table authors;
    label name = "Name, at most 120 characters.";
    text bio = "A few sentences about the author, plain text, at most 4,000 characters.";
    entries EntryOrder::PublishedAtDesc, "Live entries by the author, newest first.";
    query AuthorQuery { author = "The author with this slug.", authors = "All authors by name." }
    mutation AuthorMutation {
        save_author(SaveAuthorInput) -> SaveAuthorPayload { author }
            = "Saves an author's public profile. It is public at once. Needs `content:write`."
    }
    filter author;
    picture avatar in avatar_id = "Picture of the author, an image of the library that has an alternative text or only decorates.";
}

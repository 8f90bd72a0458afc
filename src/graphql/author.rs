//! Authors.

super::named::named_type! {
    /// The public profile of a person who signs entries.
    type Author = author, id AuthorId, table authors;
    label name = "The name, at most 120 characters.";
    text bio = "A short biography in plain text, at most 4,000 characters.";
    entries EntryOrder::PublishedAtDesc, "The live entries by this author, newest first.";
    query AuthorQuery { author = "Returns the author with this slug.", authors = "All authors by name." }
    mutation AuthorMutation {
        save_author(SaveAuthorInput) -> SaveAuthorPayload { author }
            = "Creates or changes the public profile of an author. The change is public at once. Requires the scope `content:write`."
    }
    filter author;
    picture avatar in avatar_id = "The picture of the author: an image of the library that has an alternative text or is marked as decorative.";
}

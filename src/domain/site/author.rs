//! Authors: the public profiles that sign entries. An account's private data is elsewhere and is not linked from here.

super::named::named! {
    table: author,
    id: AuthorId,
    noun: "author",
    action: "saveAuthor",
    subject: Author,
    label: name,
    text: bio,
    picture: avatar in avatar_id,
}

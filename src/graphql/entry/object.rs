//! The GraphQL fields that every kind of entry has, written once.
//!
//! The library could share them by flattening an object into another. With types that refer to each other it then leaves
//! fields out of the schema, so a macro writes them into each kind's own object.

/// Makes a kind of entry a GraphQL object with the fields of every entry and some of its own. The kind wraps an
/// `Arc<EntryNode>` and derefs to it.
macro_rules! entry_object {
    ($(#[doc = $doc:literal])+ $Type:ident { $($own:tt)* }) => {
        $(#[doc = $doc])+
        #[async_graphql::Object]
        impl $Type {

    /// The ID of the entry: `post_…`, `page_…` or `routine_…`. It stays the same when the entry is changed, unpublished
    /// and published again.
    pub async fn id(&self) -> async_graphql::ID {
        $crate::domain::core::id::format_entry(self.row.kind, self.row.id).into()
    }

    /// The slug, the last part of the path: lower-case letters, digits and hyphens, at most 120 characters. Unique
    /// within the kind and the language.
    pub async fn slug(&self) -> &str {
        &self.row.slug
    }

    /// The language as a BCP 47 tag, one of the site's.
    pub async fn locale(&self) -> &str {
        &self.row.locale
    }

    /// The title in plain text, at most 300 characters.
    pub async fn title(&self) -> &str {
        &self.row.title
    }

    /// A summary in plain text, at most 1,000 characters.
    pub async fn excerpt(&self) -> Option<&str> {
        self.row.excerpt.as_deref()
    }

    /// The path on the site, formed by the site's path pattern for the kind. If it differs from the path that was
    /// requested, the entry has moved, and the frontend should redirect to it.
    pub async fn path(&self) -> String {
        self.site_path()
    }

    /// The absolute URL on the site.
    pub async fn url(&self) -> String {
        self.site_url()
    }

    /// The time at which the entry was first published, or the date that its author set.
    pub async fn published_at(&self) -> $crate::graphql::scalars::DateTime {
        $crate::graphql::scalars::DateTime(self.row.published_at)
    }

    /// The time at which the live revision was published.
    pub async fn updated_at(&self) -> $crate::graphql::scalars::DateTime {
        $crate::graphql::scalars::DateTime(self.row.updated_at)
    }

    /// The image that represents the entry, in lists and when it is shared.
    pub async fn cover(&self) -> Option<$crate::graphql::error::Result<$crate::graphql::asset::Asset>> {
        Some(self.0.cover().transpose()?.map($crate::graphql::asset::Asset::new))
    }

    /// The author who signs the entry.
    pub async fn author(&self) -> Option<$crate::graphql::author::Author> {
        self.catalog.author(self.row.author_id?).map($crate::graphql::author::Author::new)
    }

    /// The tags in the author's order, at most 20.
    pub async fn tags(&self) -> Vec<$crate::graphql::tag::Tag> {
        self.row.tag_ids.0.iter().filter_map(|&tag| self.catalog.tag(tag)).map($crate::graphql::tag::Tag::new).collect()
    }

    /// The series that the entry belongs to, if any.
    pub async fn series(&self) -> Option<$crate::graphql::series::Series> {
        self.catalog.series(self.row.series_id?).map($crate::graphql::series::Series::new)
    }

    /// The position in the series, starting at 1.
    pub async fn series_position(&self) -> Option<i32> {
        Some(self.row.series_position).filter(|&position| position > 0)
    }

    /// Title, description and URL for search engines and link previews. They fall back to the entry's own.
    pub async fn seo(&self) -> $crate::graphql::site::Seo {
        let row = &self.row;
        $crate::graphql::site::Seo {
            title: row.seo_title.clone().unwrap_or_else(|| row.title.clone()),
            description: row.seo_description.clone().or_else(|| row.excerpt.clone()),
            canonical_url: self.site_url(),
            no_index: row.no_index,
        }
    }

    /// The text of the entry.
    pub async fn body(&self) -> $crate::graphql::richtext::RichText<'_> {
        $crate::graphql::richtext::RichText::new(&self.0)
    }

    /// The number of words in the text.
    pub async fn word_count(&self) -> i32 {
        self.row.word_count
    }

    /// The reading time in minutes, rounded up, at 238 words per minute (Brysbaert 2019).
    pub async fn reading_minutes(&self) -> i32 {
        let words = u32::try_from(self.row.word_count).unwrap_or_default();
        i32::try_from($crate::domain::richtext::reading_minutes(words)).unwrap_or(i32::MAX)
    }

    /// The live translations of the entry, without the entry itself, sorted by language.
    pub async fn translations(&self) -> $crate::graphql::error::Result<Vec<$crate::graphql::entry::Entry>> {
        $crate::graphql::entry::loaded(self.links.translations.as_ref()).map(|nodes| nodes.iter().cloned().map($crate::graphql::entry::Entry::new).collect())
    }

    /// Live entries in the same language that share a tag or the series with this one, newest first.
    pub async fn related(
        &self,
        #[graphql(desc = "The number of entries, 1 to 20. Defaults to 3.")] first: Option<i32>,
    ) -> $crate::graphql::error::Result<Vec<$crate::graphql::entry::Entry>> {
        let first = first.unwrap_or(i32::from($crate::graphql::plan::DEFAULT_RELATED));
        let Some(size) =
            usize::try_from(first).ok().filter(|size| (1..=usize::from($crate::domain::content::related::MAX)).contains(size))
        else {
            let message = format!("first is 1 to {}, found {first}", $crate::domain::content::related::MAX);
            return Ok($crate::domain::core::error::invalid("first", $crate::domain::core::error::ErrorCode::OutOfRange, message)?);
        };
        $crate::graphql::entry::loaded(self.links.related.as_ref())
            .map(|nodes| nodes.iter().take(size).cloned().map($crate::graphql::entry::Entry::new).collect())
    }

    /// The previous entry of the same kind and language, by time of publication.
    pub async fn previous(&self) -> Option<$crate::graphql::error::Result<$crate::graphql::entry::Entry>> {
        $crate::graphql::entry::loaded(self.links.neighbours.as_ref())
            .map(|beside| beside.previous.clone().map($crate::graphql::entry::Entry::new))
            .transpose()
    }

    /// The next entry of the same kind and language, by time of publication.
    pub async fn next(&self) -> Option<$crate::graphql::error::Result<$crate::graphql::entry::Entry>> {
        $crate::graphql::entry::loaded(self.links.neighbours.as_ref()).map(|beside| beside.next.clone().map($crate::graphql::entry::Entry::new)).transpose()
    }

    /// Structured data (<https://schema.org>) as JSON that is safe to put into a `script` element.
    pub async fn json_ld(&self, context: &async_graphql::Context<'_>) -> $crate::graphql::error::Result<String> {
        self.0.structured(context)
    }

            $($own)*
        }
    };
}
pub(in crate::graphql) use entry_object;

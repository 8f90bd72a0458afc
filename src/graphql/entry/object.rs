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

    /// Id of the entry: `post_…`, `page_…` or `routine_…`. It stays the same when the entry is changed, unpublished and published again.
    pub async fn id(&self) -> async_graphql::ID {
        $crate::domain::core::id::format_entry(self.row.kind, self.row.id).into()
    }

    /// Last part of the path; lower-case letters, digits and hyphens, at most 120 characters, unique per kind and locale.
    pub async fn slug(&self) -> &str {
        &self.row.slug
    }

    /// Language as a BCP 47 tag, one of the site's.
    pub async fn locale(&self) -> &str {
        &self.row.locale
    }

    /// Title, plain text, at most 300 characters.
    pub async fn title(&self) -> &str {
        &self.row.title
    }

    /// A summary in plain text, at most 1,000 characters.
    pub async fn excerpt(&self) -> Option<&str> {
        self.row.excerpt.as_deref()
    }

    /// Path on the site, made from the site's pattern for the kind. When it differs from the path that was asked for,
    /// the entry has moved and the frontend should redirect.
    pub async fn path(&self) -> String {
        self.site_path()
    }

    /// Absolute URL on the site.
    pub async fn url(&self) -> String {
        self.site_url()
    }

    /// When the entry was first published, or the date that its author gave it.
    pub async fn published_at(&self) -> $crate::graphql::scalars::DateTime {
        $crate::graphql::scalars::DateTime(self.row.published_at)
    }

    /// When the live revision was published.
    pub async fn updated_at(&self) -> $crate::graphql::scalars::DateTime {
        $crate::graphql::scalars::DateTime(self.row.updated_at)
    }

    /// Image that stands for the entry, in lists and when it is shared.
    pub async fn cover(&self) -> Option<$crate::graphql::error::Result<$crate::graphql::asset::Asset>> {
        Some(self.0.cover().transpose()?.map($crate::graphql::asset::Asset::new))
    }

    /// Who signs the entry.
    pub async fn author(&self) -> Option<$crate::graphql::author::Author> {
        self.catalog.author(self.row.author_id?).map($crate::graphql::author::Author::new)
    }

    /// Tags in the author's order, at most 20.
    pub async fn tags(&self) -> Vec<$crate::graphql::tag::Tag> {
        self.row.tag_ids.0.iter().filter_map(|&tag| self.catalog.tag(tag)).map($crate::graphql::tag::Tag::new).collect()
    }

    /// The series that the entry belongs to.
    pub async fn series(&self) -> Option<$crate::graphql::series::Series> {
        self.catalog.series(self.row.series_id?).map($crate::graphql::series::Series::new)
    }

    /// Place in the series, from 1.
    pub async fn series_position(&self) -> Option<i32> {
        Some(self.row.series_position).filter(|&position| position > 0)
    }

    /// Title, description and address for search engines and link previews, with the entry's own as fallback.
    pub async fn seo(&self) -> $crate::graphql::site::Seo {
        let row = &self.row;
        $crate::graphql::site::Seo {
            title: row.seo_title.clone().unwrap_or_else(|| row.title.clone()),
            description: row.seo_description.clone().or_else(|| row.excerpt.clone()),
            canonical_url: self.site_url(),
            no_index: row.no_index,
        }
    }

    /// The text.
    pub async fn body(&self) -> $crate::graphql::richtext::RichText<'_> {
        $crate::graphql::richtext::RichText::new(&self.0)
    }

    /// Words in the text.
    pub async fn word_count(&self) -> i32 {
        self.row.word_count
    }

    /// Minutes to read the text at 238 words per minute (Brysbaert 2019), rounded up.
    pub async fn reading_minutes(&self) -> i32 {
        let words = u32::try_from(self.row.word_count).unwrap_or_default();
        i32::try_from($crate::domain::richtext::reading_minutes(words)).unwrap_or(i32::MAX)
    }

    /// The live translations of the entry, without itself, ordered by locale.
    pub async fn translations(&self) -> $crate::graphql::error::Result<Vec<$crate::graphql::entry::Entry>> {
        $crate::graphql::entry::loaded(self.links.translations.as_ref()).map(|nodes| nodes.iter().cloned().map($crate::graphql::entry::Entry::new).collect())
    }

    /// Live entries in the same locale that share a tag or the series, newest first.
    pub async fn related(
        &self,
        #[graphql(desc = "How many, 1 to 20; 3 without.")] first: Option<i32>,
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

    /// The entry published before this one, of the same kind and locale.
    pub async fn previous(&self) -> Option<$crate::graphql::error::Result<$crate::graphql::entry::Entry>> {
        $crate::graphql::entry::loaded(self.links.neighbours.as_ref())
            .map(|beside| beside.previous.clone().map($crate::graphql::entry::Entry::new))
            .transpose()
    }

    /// The entry published after this one, of the same kind and locale.
    pub async fn next(&self) -> Option<$crate::graphql::error::Result<$crate::graphql::entry::Entry>> {
        $crate::graphql::entry::loaded(self.links.neighbours.as_ref()).map(|beside| beside.next.clone().map($crate::graphql::entry::Entry::new)).transpose()
    }

    /// Structured data (<https://schema.org>) as JSON text that is safe inside a `script` element.
    pub async fn json_ld(&self, context: &async_graphql::Context<'_>) -> $crate::graphql::error::Result<String> {
        self.0.structured(context)
    }

            $($own)*
        }
    };
}
pub(in crate::graphql) use entry_object;

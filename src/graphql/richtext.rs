//! The text of an entry in every form that a frontend may want.

use std::borrow::Cow;

use async_graphql::{Context, Enum, Object, SimpleObject};

use super::ctx;
use super::entry::{Entry, EntryNode};
use super::error::{Error, INTERNAL, Result};
use crate::domain::richtext::{self, EmbedLink, EmbedTarget, Heading};

/// A text that was written once, in Markdown, and is served in several forms.
pub struct RichText<'a>(&'a EntryNode);

impl<'a> RichText<'a> {
    pub fn new(entry: &'a EntryNode) -> Self {
        Self(entry)
    }
}

/// A text that was written once, in Markdown, and is served in several forms.
#[Object(name = "RichText")]
impl RichText<'_> {
    /// The source: `CommonMark` with tables, footnotes, strikethrough and directives.
    async fn markdown(&self, context: &Context<'_>) -> Result<&str> {
        let markdown = read(self.0.row().body.markdown.as_deref())?;
        ctx(context).answer_text(markdown.len())?;
        Ok(markdown)
    }

    /// Sanitised HTML. Headings have the ids that `outline` names; links to other entries have the title and address that
    /// these have now, and are left out while these are not public.
    async fn html(&self, context: &Context<'_>) -> Result<Cow<'_, str>> {
        let html = read(self.0.row().body.html.as_deref())?;
        ctx(context).answer_text(html.len())?;
        let embeds = read(self.0.links().embeds.as_ref())?;
        if embeds.is_empty() {
            return Ok(Cow::Borrowed(html));
        }
        let filled = richtext::fill_embeds(html, |index| {
            let target = embeds.get(index)?.1.as_ref()?;
            let row = target.row();
            Some(EmbedLink {
                path: target.site_path(),
                title: row.title.clone(),
                excerpt: row.excerpt.clone(),
            })
        });
        Ok(Cow::Owned(filled))
    }

    /// Plain text without markup: blocks separated by blank lines.
    async fn text(&self, context: &Context<'_>) -> Result<&str> {
        let text = read(self.0.row().body.text.as_deref())?;
        ctx(context).answer_text(text.len())?;
        Ok(text)
    }

    /// The headings in order.
    async fn outline(&self) -> Result<Vec<OutlineItem>> {
        let stored = read(self.0.row().body.outline.as_ref())?;
        let headings: Vec<Heading> = serde_json::from_value(stored.clone()).map_err(|error| {
            tracing::error!(%error, "the outline of an entry cannot be read");
            Error::new(INTERNAL, "something went wrong on the server")
        })?;
        Ok(headings.into_iter().map(OutlineItem::from).collect())
    }

    /// The directives of the text in order, resolved.
    async fn embeds(&self) -> Result<Vec<EntryEmbed>> {
        let embeds = read(self.0.links().embeds.as_ref())?;
        Ok(embeds
            .iter()
            .map(|(embed, target)| EntryEmbed {
                kind: embed.target.into(),
                slug: embed.slug.clone(),
                entry: target.clone().map(Entry::new),
            })
            .collect())
    }

    /// Words in the text.
    async fn word_count(&self) -> i32 {
        self.0.row().word_count
    }

    /// Minutes to read the text at 238 words per minute (Brysbaert 2019), rounded up.
    async fn reading_minutes(&self) -> i32 {
        let words = u32::try_from(self.0.row().word_count).unwrap_or_default();
        i32::try_from(richtext::reading_minutes(words)).unwrap_or(i32::MAX)
    }
}

/// A heading of a text.
#[derive(SimpleObject)]
pub struct OutlineItem {
    /// 1 to 6.
    level: i32,
    /// The heading in plain text.
    text: String,
    /// The id of the heading in the HTML.
    anchor: String,
}

impl From<Heading> for OutlineItem {
    fn from(heading: Heading) -> Self {
        Self { level: heading.level.into(), text: heading.text, anchor: heading.anchor }
    }
}

/// A link to another entry, written as `::post[slug]` or `::page[slug]` on a line of its own.
#[derive(SimpleObject)]
pub struct EntryEmbed {
    /// What the link leads to.
    kind: EmbedKind,
    /// The slug as it was written.
    slug: String,
    /// The entry in the same locale, while it is public.
    entry: Option<Entry>,
}

/// What an embed may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "EmbedTarget")]
pub enum EmbedKind {
    /// A post.
    Post,
    /// A page.
    Page,
}

/// What the plan should have read. A gap here is a mistake of ours, see `plan`.
fn read<T>(part: Option<T>) -> Result<T> {
    part.ok_or_else(|| Error::new(INTERNAL, "something went wrong on the server"))
}

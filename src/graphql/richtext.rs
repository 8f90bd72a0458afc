//! The text of an entry in every form that a frontend may want.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use super::entry::EntryNode;
use super::error::{Error, INTERNAL, Result};
use super::{asset, ctx};
use crate::ctx::Ctx;
use crate::domain::core::error::{ErrorCode, invalid};
use crate::domain::richtext::{self, Embed as Stored, EmbedLink, EmbedTarget, Heading};

mod embed;
mod figure;

use embed::Embed;
use figure::{Figures, USUAL_SIZES};

/// A text that is written in Markdown and returned in several forms.
pub struct RichText<'a>(&'a EntryNode);

impl<'a> RichText<'a> {
    pub fn new(entry: &'a EntryNode) -> Self {
        Self(entry)
    }
}

/// A text that is written in Markdown and returned in several forms.
#[Object(name = "RichText")]
impl RichText<'_> {
    /// The source: `CommonMark` with tables, footnotes, strikethrough and directives.
    async fn markdown(&self, context: &Context<'_>) -> Result<&str> {
        let markdown = read(self.0.row().body.markdown.as_deref())?;
        ctx(context).answer_text(markdown.len())?;
        Ok(markdown)
    }

    /// Returns the text as sanitised HTML. The `id` attributes of headings are listed in `outline`. Links to other
    /// entries and files contain their current titles, texts and URLs, and are left out while their targets are not
    /// public. Images are responsive (`picture` with `srcset`). An external video is a link, so that no other service
    /// is contacted before a click.
    async fn html(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The width at which the page shows images, as the value of an HTML `sizes` attribute, at most 200 characters. Defaults to a column of 48rem."
        )]
        image_sizes: Option<String>,
    ) -> Result<Cow<'_, str>> {
        let ctx = ctx(context);
        let sizes = checked_sizes(image_sizes)?;
        let html = read(self.0.row().body.html.as_deref())?;
        let links = self.0.links();
        let (embeds, shown) = (read(links.embeds.as_ref())?, read(links.assets.as_ref())?);
        if embeds.is_empty() {
            ctx.answer_text(html.len())?;
            return Ok(Cow::Borrowed(html));
        }
        let locale = &self.0.row().locale;
        let figures = Figures { ctx, links: asset::links(context), shown, locale, sizes: &sizes };
        ctx.answer_text(html.len())?;
        render_routines(ctx, embeds).await?;
        // A transcript may be long and stand in a text many times: what is too much is not built first.
        let mut is_within = Ok(());
        let filled = richtext::fill_embeds(html, |index| {
            let (embed, entry) = embeds.get(index).filter(|_| is_within.is_ok())?;
            let shown = match (embed.entry(), entry) {
                (None, _) => figures.html(embed)?,
                (Some((EmbedTarget::Routine, _)), entry) => entry.as_ref()?.embedded.get()?.clone(),
                (Some((target, _)), entry) => link(target, entry.as_ref()?).html(),
            };
            is_within = ctx.answer_text(shown.len());
            is_within.is_ok().then_some(shown)
        });
        is_within?;
        Ok(Cow::Owned(filled))
    }

    /// The text without markup. Blocks are separated by blank lines.
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

    /// The directives of the text in order, with the objects that they embed.
    async fn embeds(&self, context: &Context<'_>) -> Result<Vec<Embed>> {
        let links = self.0.links();
        let (embeds, shown) = (read(links.embeds.as_ref())?, read(links.assets.as_ref())?);
        ctx(context).answer_embeds(embeds.len())?;
        Ok(embeds.iter().map(|(embed, entry)| Embed::new(embed, entry.as_ref(), shown)).collect())
    }

    /// The number of words in the text.
    async fn word_count(&self) -> i32 {
        self.0.row().word_count
    }

    /// The reading time in minutes, rounded up, at 238 words per minute (Brysbaert 2019).
    async fn reading_minutes(&self) -> i32 {
        let words = u32::try_from(self.0.row().word_count).unwrap_or_default();
        i32::try_from(richtext::reading_minutes(words)).unwrap_or(i32::MAX)
    }
}

/// A heading in a text.
#[derive(SimpleObject)]
pub struct OutlineItem {
    /// The level of the heading, 1 to 6.
    level: i32,
    /// The text of the heading without markup.
    text: String,
    /// The `id` attribute of the heading in the HTML.
    anchor: String,
}

impl From<Heading> for OutlineItem {
    fn from(heading: Heading) -> Self {
        Self { level: heading.level.into(), text: heading.text, anchor: heading.anchor }
    }
}

/// What an entry shows where another one links to it.
fn link(target: EmbedTarget, entry: &EntryNode) -> EmbedLink {
    let row = entry.row();
    EmbedLink { target, path: entry.site_path(), title: row.title.clone(), excerpt: row.excerpt.clone() }
}

/// Makes what the routines of a text show there: each once, and one after the other with the other requests.
async fn render_routines(ctx: &Ctx, embeds: &[(Stored, Option<Arc<EntryNode>>)]) -> Result<()> {
    for entry in embeds.iter().filter_map(|(_, entry)| entry.as_ref()) {
        let Some(routine) = entry.row().routine.as_ref().filter(|_| entry.embedded.get().is_none()) else {
            continue;
        };
        ctx.answer_embeds(1)?;
        entry.embedded.get_or_init(|| {
            let plan = routine.plan();
            entry.with_rendering(routine, &plan, false, |rendering| rendering.embed_html(&entry.site_path()))
        });
        tokio::task::yield_now().await;
    }
    Ok(())
}

fn checked_sizes(given: Option<String>) -> Result<Cow<'static, str>> {
    let Some(sizes) = given else { return Ok(Cow::Borrowed(USUAL_SIZES)) };
    if sizes.trim().is_empty() || sizes.len() > 200 || sizes.contains(char::is_control) {
        let message = "expected `sizes` as HTML has them, such as 100vw, at most 200 characters";
        return Ok(invalid("imageSizes", ErrorCode::Invalid, message)?);
    }
    Ok(Cow::Owned(sizes))
}

/// What the plan should have read. A gap here is a mistake of ours, see `plan`.
fn read<T>(part: Option<T>) -> Result<T> {
    part.ok_or_else(|| Error::new(INTERNAL, "something went wrong on the server"))
}

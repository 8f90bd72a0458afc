//! `project`: from a revision to what the public reads. Pure: the same revision gives the same projection.
//!
//! Publishing writes a projection, a preview serves one, `reproject` writes all of them again.

use entity::{DocumentId, Kind, TagIds, Timestamp, entry, post, rich_text};

use super::content::{Content, EntryContent};
use super::richtext::{self, DirectiveFault};
use super::sort_key;

/// What a projection needs to know beside the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub document: DocumentId,
    pub locale: String,
    pub translation_group: DocumentId,
    pub revision: i32,
    pub published_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The rows of one entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    pub entry: entry::Model,
    pub rich_text: rich_text::Model,
    pub detail: Detail,
}

/// What only one kind has.
#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    Post(post::Model),
    Page,
}

/// Projects a revision, and lists the directives that must not be published.
pub fn project(source: &Source, content: &Content) -> (Projection, Vec<DirectiveFault>) {
    let (detail, common) = match content {
        Content::Post(post) => (
            Detail::Post(post::Model { entry_id: source.document, video_url: post.video_url.clone() }),
            &post.entry,
        ),
        Content::Page(page) => (Detail::Page, &page.entry),
    };
    let rendered = richtext::render(&common.body);
    let entry = entry(source, content.kind(), common, rendered.rich_text.word_count);
    let rich_text = rich_text::Model {
        entry_id: source.document,
        markdown: common.body.clone(),
        outline: serde_json::to_value(&rendered.rich_text.outline).expect("plain data"),
        embeds: serde_json::to_value(&rendered.rich_text.embeds).expect("plain data"),
        html: rendered.rich_text.html,
        text: rendered.rich_text.text,
    };
    (Projection { entry, rich_text, detail }, rendered.faults)
}

fn entry(source: &Source, kind: Kind, content: &EntryContent, word_count: u32) -> entry::Model {
    entry::Model {
        id: source.document,
        kind,
        locale: source.locale.clone(),
        slug: content.slug.clone(),
        title: content.title.clone(),
        sort_title: sort_key(&content.title),
        excerpt: content.excerpt.clone(),
        author_id: content.author,
        tag_ids: TagIds(content.tags.clone()),
        series_id: content.series,
        series_position: content.series.and(content.series_position).unwrap_or_default(),
        translation_group: source.translation_group,
        seo_title: content.seo_title.clone(),
        seo_description: content.seo_description.clone(),
        no_index: content.no_index,
        word_count: i32::try_from(word_count).unwrap_or(i32::MAX),
        revision: source.revision,
        published_at: content.published_at.unwrap_or(source.published_at),
        updated_at: source.updated_at,
    }
}

//! `project`: from a revision to what the public reads. Pure: the same revision gives the same projection.
//!
//! Publishing writes a projection, a preview serves one, `reproject` writes all of them again.

use entity::{DocumentId, Kind, QuestionId, TagIds, Timestamp, entry, post, rich_text, routine};

use super::kinds::{Content, EntryContent};
use super::uses;
use crate::domain::access::draft::{Detail, Projection};
use crate::domain::core::text::sort_key;
use crate::domain::library::asset::usage::Use;
use crate::domain::richtext::{self, DirectiveFault, DirectiveFaultKind, Embed, Place, Rendered};

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

/// A projection, and what has to be looked at before it may be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Projected {
    pub projection: Projection,
    /// Directives that must not be published.
    pub faults: Vec<DirectiveFault>,
    /// The files that it shows.
    pub uses: Vec<Use>,
    /// The routines that it embeds, by their slugs.
    pub routines: Vec<(String, Place)>,
    /// The questions that it answers.
    pub questions: Vec<QuestionId>,
}

pub fn project(source: &Source, content: &Content) -> Projected {
    let (detail, common) = match content {
        Content::Post(post) => (
            Detail::Post(post::Model { entry_id: source.document, video_url: post.video_url.clone() }),
            &post.entry,
        ),
        Content::Page(page) => (Detail::Page, &page.entry),
        Content::Routine(content) => {
            let routine = serde_json::to_value(&content.routine).expect("plain data");
            (Detail::Routine(routine::Model { entry_id: source.document, routine }), &content.entry)
        }
    };
    let rendered = richtext::render(&common.body);
    let entry = entry(source, content.kind(), common, rendered.rich_text.word_count);
    let uses = uses::of_rendered(content, &rendered.rich_text.embeds, &rendered.places);
    let (faults, routines) = (faults(content.kind(), &rendered), routines(&rendered));
    let rich_text = rich_text::Model {
        entry_id: source.document,
        markdown: common.body.clone(),
        outline: serde_json::to_value(&rendered.rich_text.outline).expect("plain data"),
        embeds: serde_json::to_value(&rendered.rich_text.embeds).expect("plain data"),
        html: rendered.rich_text.html,
        text: rendered.rich_text.text,
    };
    let questions = content.questions().to_vec();
    Projected { projection: Projection { entry, rich_text, detail }, faults, uses, routines, questions }
}

/// What a text says that its kind of entry must not say.
pub fn faults(kind: Kind, rendered: &Rendered) -> Vec<DirectiveFault> {
    let within = routines(rendered).into_iter().filter(|_| kind == Kind::Routine);
    let within = within.map(|(_, place)| DirectiveFault { place, kind: DirectiveFaultKind::RoutineWithin });
    rendered.faults.iter().cloned().chain(within).collect()
}

/// The routines that a text embeds, and where.
pub fn routines(rendered: &Rendered) -> Vec<(String, Place)> {
    let embeds = rendered.rich_text.embeds.iter().zip(&rendered.places);
    embeds
        .filter_map(|(embed, &place)| match embed {
            Embed::Routine { slug } => Some((slug.clone(), place)),
            _ => None,
        })
        .collect()
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
        cover_id: content.cover,
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

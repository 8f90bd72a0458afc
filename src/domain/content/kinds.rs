//! What an author writes: the typed content of a revision, and changes to it.
//!
//! Content is stored as JSON and read back for ever, so fields are only added, each with a default.

use std::sync::Arc;

use entity::{AssetId, AuthorId, DocumentId, Kind, QuestionId, SeriesId, TagId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::access::policy::{ManageQuestions, Permit};
use crate::domain::core::error::{ErrorCode, Refusals};
use crate::domain::core::patch::Patch;
use crate::domain::core::{id, slug, text};
use crate::domain::questions::answer::MAX_QUESTIONS;
use crate::domain::routine::Routine;
use crate::domain::routine::check::RoutinePatch;
use crate::domain::site::tag;

pub const MAX_SERIES_POSITION: i32 = 100_000;

/// The content of one revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Content {
    Post(PostContent),
    Page(PageContent),
    Routine(Box<RoutineContent>),
}

/// What every kind of document has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EntryContent {
    pub title: String,
    pub slug: String,
    pub excerpt: Option<String>,
    /// Markdown source.
    pub body: String,
    /// An image of the library.
    pub cover: Option<AssetId>,
    pub author: Option<AuthorId>,
    pub tags: Vec<TagId>,
    pub series: Option<SeriesId>,
    pub series_position: Option<i32>,
    /// The date to show instead of that of the first publication.
    pub published_at: Option<Timestamp>,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
    pub no_index: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PostContent {
    #[serde(flatten)]
    pub entry: EntryContent,
    #[serde(default)]
    pub video_url: Option<String>,
    /// The questions of readers that it answers, in the author's order.
    #[serde(default)]
    pub questions: Vec<QuestionId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PageContent {
    #[serde(flatten)]
    pub entry: EntryContent,
}

/// Its body introduces it; what is done stands in `routine`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoutineContent {
    #[serde(flatten)]
    pub entry: EntryContent,
    #[serde(default)]
    pub routine: Routine,
}

impl Content {
    pub fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Post => Self::Post(PostContent::default()),
            Kind::Page => Self::Page(PageContent::default()),
            Kind::Routine => Self::Routine(Box::default()),
        }
    }

    /// The questions that it answers.
    pub fn questions(&self) -> &[QuestionId] {
        match self {
            Self::Post(post) => &post.questions,
            Self::Page(_) | Self::Routine(_) => &[],
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Post(_) => Kind::Post,
            Self::Page(_) => Kind::Page,
            Self::Routine(_) => Kind::Routine,
        }
    }

    pub fn entry(&self) -> &EntryContent {
        match self {
            Self::Post(post) => &post.entry,
            Self::Page(page) => &page.entry,
            Self::Routine(routine) => &routine.entry,
        }
    }

    pub fn entry_mut(&mut self) -> &mut EntryContent {
        match self {
            Self::Post(post) => &mut post.entry,
            Self::Page(page) => &mut page.entry,
            Self::Routine(routine) => &mut routine.entry,
        }
    }
}

/// Changes to what every kind has. Ids are as the client wrote them.
#[derive(Debug, Clone, Default)]
pub struct EntryPatch {
    pub title: Patch<String>,
    pub slug: Patch<String>,
    pub excerpt: Patch<String>,
    pub body: Patch<String>,
    pub cover: Patch<String>,
    pub author: Patch<String>,
    pub tags: Patch<Vec<String>>,
    pub series: Patch<String>,
    pub series_position: Patch<i32>,
    pub published_at: Patch<Timestamp>,
    pub seo_title: Patch<String>,
    pub seo_description: Patch<String>,
    pub no_index: Patch<bool>,
}

/// Changes to a document of one kind.
#[derive(Debug, Clone)]
pub enum ContentPatch {
    Post { entry: EntryPatch, video_url: Patch<String>, questions: Patch<Vec<String>> },
    Page { entry: EntryPatch },
    Routine { entry: EntryPatch, routine: Box<RoutinePatch> },
}

impl ContentPatch {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Post { .. } => Kind::Post,
            Self::Page { .. } => Kind::Page,
            Self::Routine { .. } => Kind::Routine,
        }
    }

    /// Applies the changes; what is wrong is noted and leaves its field alone.
    pub fn apply(self, content: &mut Content, now: Timestamp, refusals: &mut Refusals) {
        match (self, content) {
            (Self::Post { entry, video_url, questions }, Content::Post(post)) => {
                entry.apply(&mut post.entry, refusals);
                match questions {
                    Patch::Keep => {}
                    Patch::Clear => post.questions.clear(),
                    Patch::Set(ids) => {
                        post.questions = id::parse_each(&ids, "questions", MAX_QUESTIONS, refusals);
                    }
                }
                video_url.apply(&mut post.video_url, |url| text::check_url(&url, &["videoUrl"], refusals));
            }
            (Self::Page { entry }, Content::Page(page)) => entry.apply(&mut page.entry, refusals),
            (Self::Routine { entry, routine }, Content::Routine(content)) => {
                entry.apply(&mut content.entry, refusals);
                routine.apply(&mut content.routine, now, refusals);
            }
            (patch, content) => {
                let message = format!("this document is a {:?}, not a {:?}", content.kind(), patch.kind());
                refusals.push(&["id"], ErrorCode::Invalid, message.to_lowercase());
            }
        }
    }
}

impl EntryPatch {
    fn apply(self, content: &mut EntryContent, refusals: &mut Refusals) {
        match self.title {
            Patch::Keep if !content.title.is_empty() => {}
            Patch::Keep | Patch::Clear => refusals.push(&["title"], ErrorCode::Required, "must not be empty"),
            Patch::Set(title) => {
                if let Some(title) = text::require(&title, text::TITLE, &["title"], refusals) {
                    content.title = title;
                }
            }
        }
        match self.slug {
            Patch::Keep => {}
            // An empty slug is made from the title when the document is saved.
            Patch::Clear => content.slug.clear(),
            Patch::Set(text) => {
                if let Some(slug) = slug::check(&text, &["slug"], refusals) {
                    content.slug = slug;
                }
            }
        }
        match self.body {
            Patch::Keep => {}
            Patch::Clear => content.body.clear(),
            Patch::Set(body) => {
                content.body = text::check(&body, text::BODY, &["body"], refusals).unwrap_or_default();
            }
        }
        self.excerpt.apply(&mut content.excerpt, |t| text::check(&t, text::EXCERPT, &["excerpt"], refusals));
        self.cover.apply(&mut content.cover, |t| id::parse_at(&t, &["cover"], refusals));
        self.author.apply(&mut content.author, |t| id::parse_at(&t, &["author"], refusals));
        self.series.apply(&mut content.series, |t| id::parse_at(&t, &["series"], refusals));
        self.series_position.apply(&mut content.series_position, |position| {
            let good = (1..=MAX_SERIES_POSITION).contains(&position);
            if !good {
                let message = format!("seriesPosition is 1 to {MAX_SERIES_POSITION}, found {position}");
                refusals.push(&["seriesPosition"], ErrorCode::OutOfRange, message);
            }
            good.then_some(position)
        });
        self.published_at.apply(&mut content.published_at, Some);
        self.seo_title
            .apply(&mut content.seo_title, |t| text::check(&t, text::TITLE, &["seo", "title"], refusals));
        self.seo_description.apply(&mut content.seo_description, |t| {
            text::check(&t, text::EXCERPT, &["seo", "description"], refusals)
        });
        match self.no_index {
            Patch::Keep => {}
            Patch::Clear => content.no_index = false,
            Patch::Set(value) => content.no_index = value,
        }
        match self.tags {
            Patch::Keep => {}
            Patch::Clear => content.tags.clear(),
            Patch::Set(tags) => content.tags = tag::parse_ids(&tags, refusals),
        }
    }
}

/// What a save asks for.
#[derive(Debug, Clone)]
pub struct Save {
    /// `None` makes a new document.
    pub id: Option<DocumentId>,
    /// The head revision that the editor saw; needed for an existing document.
    pub expected_revision: Option<i32>,
    /// Only for a new document; the site's first locale if it is left out.
    pub locale: Option<String>,
    /// Only for a new document.
    pub translation_of: Option<DocumentId>,
    pub note: Option<String>,
    pub patch: ContentPatch,
    /// Without, no question can be named that was not named before.
    pub questions: Option<Arc<Permit<ManageQuestions>>>,
}

//! Revisions as the team sees them.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{AccountId, DocumentId, account, revision as row};
use tokio::sync::OnceCell;

use super::account::Account;
use super::connection::{Paged, connection};
use super::ctx;
use super::error::Result;
use super::routine::RoutineContent;
use super::scalars::DateTime;
use crate::ctx::Ctx;
use crate::domain::access::policy::{ReadDocuments, Visible};
use crate::domain::content::kinds::Content;
use crate::domain::content::{projection, publish, revision as domain, uses};
use crate::domain::core::id;
use crate::domain::core::keyset::{KeyKind, ListId, PageArgs, Slice};
use crate::domain::library::asset::shown;
use crate::domain::library::asset::usage::At;
use crate::domain::richtext::{self, Place, Rendered};
use crate::domain::team::account as accounts;

/// A saved state of a document. Revisions are never changed or deleted.
pub struct Revision {
    row: Visible<row::Model>,
    content: Content,
    editor: Option<Visible<account::Model>>,
    rendered: OnceCell<Rendered>,
}

impl Revision {
    /// The text as it would be published, rendered when it is first asked for.
    async fn rendered(&self, ctx: &Ctx) -> &Rendered {
        self.rendered
            .get_or_init(|| {
                let markdown = self.content.entry().body.clone();
                ctx.heavy.run(&ctx.client, move |_| richtext::render(&markdown))
            })
            .await
    }
}

/// A saved state of a document. Revisions are never changed or deleted.
#[Object]
impl Revision {
    /// The number of the revision within the document, starting at 1.
    async fn number(&self) -> i32 {
        self.row.number
    }

    /// The time at which the revision was saved.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// A note for the team on why the revision was saved.
    async fn note(&self) -> Option<&str> {
        self.row.note.as_deref()
    }

    /// The account that saved the revision.
    async fn editor(&self) -> Option<Account> {
        self.editor.clone().map(Account::new)
    }

    /// The title.
    async fn title(&self) -> &str {
        &self.content.entry().title
    }

    /// The slug.
    async fn slug(&self) -> &str {
        &self.content.entry().slug
    }

    /// The summary.
    async fn excerpt(&self) -> Option<&str> {
        self.content.entry().excerpt.as_deref()
    }

    /// The text as Markdown.
    async fn markdown(&self, context: &Context<'_>) -> Result<&str> {
        let body = &self.content.entry().body;
        ctx(context).answer_text(body.len())?;
        Ok(body)
    }

    /// The text as sanitised HTML, rendered at the time of the request. Links to other entries, files and external
    /// videos are left out, and unknown directives remain visible. Use a preview to see all of it.
    async fn html(&self, context: &Context<'_>) -> Result<String> {
        let html = &self.rendered(ctx(context)).await.rich_text.html;
        ctx(context).answer_text(html.len())?;
        Ok(richtext::fill_embeds(html, |_| None))
    }

    /// The problems that prevent publication: unknown directives, routines that are not public, files that do not exist
    /// or have no alternative text, and missing parts of a routine.
    async fn problems(&self, context: &Context<'_>) -> Result<Vec<TextProblem>> {
        let (db, rendered) = (&ctx(context).db, self.rendered(ctx(context)).await);
        let faults = projection::faults(self.content.kind(), rendered);
        let mut problems: Vec<TextProblem> =
            faults.iter().map(|fault| TextProblem::at(fault.place, fault.kind.to_string())).collect();
        let routines = projection::routines(rendered);
        let live = publish::routines::live_beside(db, self.row.document_id, &routines).await?;
        let missing = routines.iter().filter(|(slug, _)| !live.contains(slug));
        problems
            .extend(missing.map(|(slug, place)| TextProblem::at(*place, publish::routines::missing(slug))));
        if let Content::Routine(content) = &self.content {
            let missing = content.routine.missing(&ctx(context).fresh_catalog().await?.site);
            problems
                .extend(missing.into_iter().map(|(_, message)| TextProblem::elsewhere(message.to_owned())));
        }
        let uses = uses::of_rendered(&self.content, &rendered.rich_text.embeds, &rendered.places);
        let of_files = shown::problems(db, &uses).await?;
        problems.extend(of_files.into_iter().map(|problem| match problem.at {
            At::Text(place) => TextProblem::at(place, problem.message),
            At::Cover => TextProblem::elsewhere(problem.message),
            At::Clip(path) => TextProblem::elsewhere(format!("{}: {}", path.join("."), problem.message)),
        }));
        Ok(problems)
    }

    /// The ID of the image that represents the entry.
    async fn cover(&self) -> Option<ID> {
        self.content.entry().cover.map(|cover| id::format(cover).into())
    }

    /// The ID of the author who signs the entry.
    async fn author(&self) -> Option<ID> {
        self.content.entry().author.map(|author| id::format(author).into())
    }

    /// The IDs of the tags in order.
    async fn tags(&self) -> Vec<ID> {
        self.content.entry().tags.iter().map(|&tag| id::format(tag).into()).collect()
    }

    /// The ID of the series.
    async fn series(&self) -> Option<ID> {
        self.content.entry().series.map(|series| id::format(series).into())
    }

    /// The position in the series.
    async fn series_position(&self) -> Option<i32> {
        self.content.entry().series_position
    }

    /// The date that is shown instead of the time of the first publication.
    async fn published_at(&self) -> Option<DateTime> {
        self.content.entry().published_at.map(DateTime)
    }

    /// The title for search engines, if it differs from `title`.
    async fn seo_title(&self) -> Option<&str> {
        self.content.entry().seo_title.as_deref()
    }

    /// The description for search engines, if it differs from `excerpt`.
    async fn seo_description(&self) -> Option<&str> {
        self.content.entry().seo_description.as_deref()
    }

    /// Whether search engines are asked not to index the entry.
    async fn no_index(&self) -> bool {
        self.content.entry().no_index
    }

    /// The URL of the video. Only for posts.
    async fn video_url(&self) -> Option<&str> {
        match &self.content {
            Content::Post(post) => post.video_url.as_deref(),
            Content::Page(_) | Content::Routine(_) => None,
        }
    }

    /// The IDs of the questions that the post answers. Only for posts.
    async fn questions(&self) -> Vec<ID> {
        self.content.questions().iter().map(|&question| id::format(question).into()).collect()
    }

    /// The fields that only routines have. Null for other kinds.
    async fn routine(&self, context: &Context<'_>) -> Option<Result<RoutineContent>> {
        let Content::Routine(content) = &self.content else { return None };
        let catalog = ctx(context).fresh_catalog().await;
        Some(
            catalog
                .map(|catalog| RoutineContent::new(content.routine.clone(), catalog.site.routines.pace))
                .map_err(Into::into),
        )
    }
}

/// A problem that prevents a text from being published.
#[derive(SimpleObject)]
pub struct TextProblem {
    /// The line in the Markdown source, starting at 1. It is 0 for the cover and for parts of a routine.
    line: i32,
    /// The column in characters, starting at 1. It is 0 for the cover and for parts of a routine.
    column: i32,
    /// A description of the problem.
    message: String,
}

impl TextProblem {
    fn at(place: Place, message: String) -> Self {
        let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        Self { line: number(place.line), column: number(place.column), message }
    }

    /// Not in the text.
    fn elsewhere(message: String) -> Self {
        Self { line: 0, column: 0, message }
    }
}

/// How many revisions a document has.
pub struct RevisionCount(pub i32);

#[Object]
impl RevisionCount {
    /// The number of revisions of the document.
    async fn total_count(&self) -> i32 {
        self.0
    }
}

pub async fn by_number(context: &Context<'_>, document: DocumentId, number: i32) -> Result<Option<Revision>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadDocuments>()?;
    let Some(row) = domain::by_number(&ctx.db, &permit, document, number).await? else { return Ok(None) };
    let editors = accounts::by_ids(&ctx.db, &permit, &[row.editor_id]).await?;
    revision(row, &editors).map(Some)
}

pub async fn list(
    context: &Context<'_>,
    document: DocumentId,
    count: RevisionCount,
    args: PageArgs,
) -> Result<Paged<Revision, RevisionCount>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadDocuments>()?;
    let list = ListId::new(&format!("revisions {document:?}"));
    let page = args.page(list, KeyKind::Int)?;
    let Slice { rows, has_previous, has_next } = domain::list(&ctx.db, &permit, document, &page).await?;
    let ids: Vec<AccountId> = rows.iter().map(|row| row.editor_id).collect();
    let editors = accounts::by_ids(&ctx.db, &permit, &ids).await?;
    let rows = rows
        .into_iter()
        .map(|row| Ok((domain::position(&row), revision(row, &editors)?)))
        .collect::<Result<_>>()?;
    Ok(connection(list, Slice { rows, has_previous, has_next }, count))
}

fn revision(
    row: Visible<row::Model>,
    editors: &HashMap<AccountId, Visible<account::Model>>,
) -> Result<Revision> {
    let content = domain::read(&row)?;
    let editor = editors.get(&row.editor_id).cloned();
    Ok(Revision { row, content, editor, rendered: OnceCell::new() })
}

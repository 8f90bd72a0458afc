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

/// One saved state of a document. Revisions are only ever added.
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

/// One saved state of a document. Revisions are only ever added.
#[Object]
impl Revision {
    /// 1, 2, 3 … within the document.
    async fn number(&self) -> i32 {
        self.row.number
    }

    /// When it was saved.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// Why it was saved, for the team.
    async fn note(&self) -> Option<&str> {
        self.row.note.as_deref()
    }

    /// Who saved it.
    async fn editor(&self) -> Option<Account> {
        self.editor.clone().map(Account::new)
    }

    /// Title.
    async fn title(&self) -> &str {
        &self.content.entry().title
    }

    /// Slug.
    async fn slug(&self) -> &str {
        &self.content.entry().slug
    }

    /// Summary.
    async fn excerpt(&self) -> Option<&str> {
        self.content.entry().excerpt.as_deref()
    }

    /// Markdown source of the text.
    async fn markdown(&self, context: &Context<'_>) -> Result<&str> {
        let body = &self.content.entry().body;
        ctx(context).answer_text(body.len())?;
        Ok(body)
    }

    /// The text as sanitised HTML, rendered now. Links to other entries, files and videos elsewhere are left out, unknown
    /// directives stay visible; a preview shows all of it.
    async fn html(&self, context: &Context<'_>) -> Result<String> {
        let html = &self.rendered(ctx(context)).await.rich_text.html;
        ctx(context).answer_text(html.len())?;
        Ok(richtext::fill_embeds(html, |_| None))
    }

    /// What stands in the way of publishing: unknown directives, routines that are not published, files that are not there or
    /// lack their words, and what a routine lacks.
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
            let lacks = content.routine.lacks(&ctx(context).fresh_catalog().await?.site);
            problems.extend(lacks.into_iter().map(|(_, message)| TextProblem::elsewhere(message.to_owned())));
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

    /// Id of the image that stands for the entry.
    async fn cover(&self) -> Option<ID> {
        self.content.entry().cover.map(|cover| id::format(cover).into())
    }

    /// Id of the author who signs.
    async fn author(&self) -> Option<ID> {
        self.content.entry().author.map(|author| id::format(author).into())
    }

    /// Ids of the tags in order.
    async fn tags(&self) -> Vec<ID> {
        self.content.entry().tags.iter().map(|&tag| id::format(tag).into()).collect()
    }

    /// Id of the series.
    async fn series(&self) -> Option<ID> {
        self.content.entry().series.map(|series| id::format(series).into())
    }

    /// Place in the series.
    async fn series_position(&self) -> Option<i32> {
        self.content.entry().series_position
    }

    /// The date to show instead of that of the first publication.
    async fn published_at(&self) -> Option<DateTime> {
        self.content.entry().published_at.map(DateTime)
    }

    /// Title for search engines, where it differs.
    async fn seo_title(&self) -> Option<&str> {
        self.content.entry().seo_title.as_deref()
    }

    /// Description for search engines, where it differs.
    async fn seo_description(&self) -> Option<&str> {
        self.content.entry().seo_description.as_deref()
    }

    /// Whether search engines should leave the entry out.
    async fn no_index(&self) -> bool {
        self.content.entry().no_index
    }

    /// Address of the video, for posts.
    async fn video_url(&self) -> Option<&str> {
        match &self.content {
            Content::Post(post) => post.video_url.as_deref(),
            Content::Page(_) | Content::Routine(_) => None,
        }
    }

    /// Ids of the questions that it answers, for posts.
    async fn questions(&self) -> Vec<ID> {
        self.content.questions().iter().map(|&question| id::format(question).into()).collect()
    }

    /// What only a routine has, for routines.
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

/// Something that cannot be published as it is.
#[derive(SimpleObject)]
pub struct TextProblem {
    /// Line in the Markdown source, from 1; 0 for the cover and for parts of a routine.
    line: i32,
    /// Column in characters, from 1; 0 for the cover and for parts of a routine.
    column: i32,
    /// The problem in a sentence.
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
    /// How many revisions the document has.
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

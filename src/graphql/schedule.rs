//! Schedules for the team: what becomes public or leaves it at a time, and what came of it.

use std::collections::HashMap;

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, Enum, ID, Object};
use entity::schedule::{Model, ScheduleAction as Action, ScheduleState as State};
use entity::{AccountId, DocumentId, Timestamp, document};

use super::account::Account;
use super::connection::{Uncounted, connection};
use super::ctx;
use super::document::Document;
use super::error::Result;
use super::scalars::DateTime;
use crate::domain::access::policy::{Permit, ReadDocuments, Visible};
use crate::domain::content::document as documents;
use crate::domain::content::schedule::{self as domain, Range};
use crate::domain::core::keyset::{KeyKind, ListId, PageArgs, Slice};
use crate::domain::core::{id, time};
use crate::domain::team::account;

mod save;

pub use save::ScheduleMutation;

/// How far back the calendar begins when nobody says: what failed last week is still seen.
const LOOK_BACK: i64 = 7 * time::DAY;

/// What a schedule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Action")]
pub enum ScheduleAction {
    /// Publishes a revision.
    Publish,
    /// Unpublishes the document.
    Unpublish,
}

/// The state of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum ScheduleState {
    /// The schedule is going to be carried out.
    Pending,
    /// The schedule was carried out.
    Done,
    /// The schedule was cancelled or replaced, or its document was moved to the trash.
    Cancelled,
    /// The schedule could not be carried out. The field `failure` contains the reason.
    Failed,
}

/// A scheduled publication or withdrawal of a document.
pub struct Schedule {
    row: Visible<Model>,
    document: Visible<document::Model>,
    /// The site's time zone, an IANA name.
    zone: String,
    account: Option<Visible<entity::account::Model>>,
}

/// A scheduled publication or withdrawal of a document.
#[Object]
impl Schedule {
    /// The ID of the schedule.
    async fn id(&self) -> ID {
        id::format(self.row.id).into()
    }

    /// What is scheduled.
    async fn action(&self) -> ScheduleAction {
        self.row.action.into()
    }

    /// The number of the revision that is published, whatever is saved later. Null if the document is unpublished.
    async fn revision(&self) -> Option<i32> {
        self.row.revision
    }

    /// The scheduled time. The action happens at this time, or as soon after it as a worker runs, and never before it.
    async fn at(&self) -> DateTime {
        DateTime(self.row.at)
    }

    /// The scheduled time in the site's time zone, with offset and zone (RFC 9557), such as
    /// `2026-10-25T02:30:00+01:00[Europe/Berlin]`.
    async fn local_time(&self) -> String {
        time::format_in(self.row.at, &self.zone)
    }

    /// The state of the schedule.
    async fn state(&self) -> ScheduleState {
        self.row.state.into()
    }

    /// The reason for which the schedule failed, if it did.
    async fn failure(&self) -> Option<&str> {
        self.row.failure.as_deref()
    }

    /// The account that created the schedule.
    async fn account(&self) -> Option<Account> {
        self.account.clone().map(Account::new)
    }

    /// The time at which the schedule was created.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// The time at which the schedule was carried out, was cancelled or failed.
    async fn ended_at(&self) -> Option<DateTime> {
        self.row.ended_at.map(DateTime)
    }

    /// The document.
    async fn document(&self) -> Document {
        Document::new(self.document.clone())
    }
}

/// What was scheduled for a document.
pub async fn of_document(
    context: &Context<'_>,
    document: &Visible<document::Model>,
) -> Result<Vec<Schedule>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadDocuments>()?;
    let rows = domain::of_document(&ctx.db, &permit, document.id).await?;
    schedules(context, &permit, rows, vec![document.clone()]).await
}

/// A page of the calendar.
pub async fn upcoming(
    context: &Context<'_>,
    permit: &Permit<ReadDocuments>,
    from: Option<DateTime>,
    to: Option<DateTime>,
    args: PageArgs,
) -> Result<Uncounted<Schedule>> {
    let ctx = ctx(context);
    // Without a beginning that was given, the fingerprint has none: it would change from page to page.
    let list = ListId::new(&format!("upcoming {:?} {:?}", from.map(|at| at.0), to.map(|at| at.0)));
    let page = args.page(list, KeyKind::Int)?;
    let range =
        Range { from: from.map_or(Timestamp(ctx.now.0 - LOOK_BACK), |at| at.0), to: to.map(|at| at.0) };
    let Slice { rows, has_previous, has_next } = domain::upcoming(&ctx.db, permit, range, &page).await?;
    let ids: Vec<DocumentId> = rows.iter().map(|row| row.document_id).collect();
    let documents = documents::by_ids(&ctx.db, permit, &ids).await?;
    let rows = schedules(context, permit, rows, documents).await?;
    let rows = rows.into_iter().map(|schedule| (domain::position(&schedule.row), schedule)).collect();
    Ok(connection(list, Slice { rows, has_previous, has_next }, EmptyFields))
}

/// Rows with what belongs to them. The documents of all of them are at hand.
async fn schedules(
    context: &Context<'_>,
    permit: &Permit<ReadDocuments>,
    rows: Vec<Visible<Model>>,
    documents: Vec<Visible<document::Model>>,
) -> Result<Vec<Schedule>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ctx = ctx(context);
    let documents: HashMap<DocumentId, _> = documents.into_iter().map(|row| (row.id, row)).collect();
    let ids: Vec<AccountId> = rows.iter().map(|row| row.account_id).collect();
    let accounts = account::by_ids(&ctx.db, permit, &ids).await?;
    let zone = ctx.fresh_catalog().await?.site.time_zone.clone();
    let schedule = |row: Visible<Model>| {
        let document = documents.get(&row.document_id)?.clone();
        Some(Schedule { account: accounts.get(&row.account_id).cloned(), document, zone: zone.clone(), row })
    };
    Ok(rows.into_iter().filter_map(schedule).collect())
}

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
    /// It makes a revision public.
    Publish,
    /// It takes the document out of the public.
    Unpublish,
}

/// Where a schedule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum ScheduleState {
    /// It will be carried out.
    Pending,
    /// It was carried out.
    Done,
    /// It was cancelled, replaced by another one, or its document was put into the trash.
    Cancelled,
    /// It could not be carried out; `failure` says why.
    Failed,
}

/// Something that becomes public or leaves it at a time.
pub struct Schedule {
    row: Visible<Model>,
    document: Visible<document::Model>,
    /// The site's time zone, an IANA name.
    zone: String,
    account: Option<Visible<entity::account::Model>>,
}

/// Something that becomes public or leaves it at a time.
#[Object]
impl Schedule {
    /// Id of the schedule.
    async fn id(&self) -> ID {
        id::format(self.row.id).into()
    }

    /// What it does.
    async fn action(&self) -> ScheduleAction {
        self.row.action.into()
    }

    /// Number of the revision that becomes public, whatever is saved after it; null for one that unpublishes.
    async fn revision(&self) -> Option<i32> {
        self.row.revision
    }

    /// When it is to happen. It happens at this moment or as soon after it as a worker runs, never before.
    async fn at(&self) -> DateTime {
        DateTime(self.row.at)
    }

    /// The same moment as clocks in the site's time zone show it, with offset and zone (RFC 9557), such as
    /// `2026-10-25T02:30:00+01:00[Europe/Berlin]`.
    async fn local_time(&self) -> String {
        time::format_in(self.row.at, &self.zone)
    }

    /// Where it stands.
    async fn state(&self) -> ScheduleState {
        self.row.state.into()
    }

    /// Why it failed.
    async fn failure(&self) -> Option<&str> {
        self.row.failure.as_deref()
    }

    /// Who scheduled it.
    async fn account(&self) -> Option<Account> {
        self.account.clone().map(Account::new)
    }

    /// When it was scheduled.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// When it was carried out, cancelled or failed.
    async fn ended_at(&self) -> Option<DateTime> {
        self.row.ended_at.map(DateTime)
    }

    /// What it is about.
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

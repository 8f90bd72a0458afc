//! What the team did, for owners.

use async_graphql::connection::EmptyFields;
use async_graphql::{Context, ID, Object};
use entity::audit;

use super::connection::{Uncounted, connection, page_args};
use super::ctx;
use super::error::Result;
use super::scalars::DateTime;
use crate::domain::access::policy::{ManageAccounts, Visible};
use crate::domain::core::id;
use crate::domain::core::keyset::{KeyKind, ListId, Slice};
use crate::domain::journal::audit as domain;

/// Something that somebody of the team did.
pub struct AuditEvent(Visible<audit::Model>);

/// An action of a team member. Audit events name objects and fields and never contain what was written.
#[Object]
impl AuditEvent {
    /// The time of the action.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// The name of the mutation.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// The ID of the account that acted.
    async fn account(&self) -> Option<ID> {
        self.0.account_id.map(|account| id::format(account).into())
    }

    /// The ID of the API token that was used, if any.
    async fn token(&self) -> Option<ID> {
        self.0.token_id.map(|token| id::format(token).into())
    }

    /// The ID of the object that was changed.
    async fn subject(&self) -> Option<&str> {
        self.0.subject.as_deref()
    }

    /// The names of the fields that were changed.
    async fn fields(&self) -> Vec<&str> {
        self.0.fields.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str).collect()
    }
}

#[derive(Default)]
pub struct AuditDesk;

#[Object]
impl AuditDesk {
    /// The audit log of the team, newest first. Visible to owners only.
    async fn audit(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Option<Result<Uncounted<AuditEvent>>> {
        let ctx = ctx(context);
        let listed = async {
            let permit = ctx.viewer.permit::<ManageAccounts>()?;
            let list = ListId::new("audit");
            let page = page_args(first, after, last, before).page(list, KeyKind::Int)?;
            let Slice { rows, has_previous, has_next } = domain::list(&ctx.db, &permit, &page).await?;
            let rows = rows.into_iter().map(|row| (domain::position(&row), AuditEvent(row))).collect();
            Ok(connection(list, Slice { rows, has_previous, has_next }, EmptyFields))
        };
        Some(listed.await)
    }
}

//! The library: finding files and uploads.

use async_graphql::{Context, ID, InputObject, Object};

use super::{AssetKind, AssetState, DeskAsset, Tracks, with_objects};
use crate::domain::access::policy::ReadMedia;
use crate::domain::core::error::{self, ErrorCode};
use crate::domain::core::id;
use crate::domain::core::keyset::{KeyKind, ListId, PageArgs, Slice};
use crate::domain::library::asset as domain;
use crate::domain::library::asset::list::Filter;
use crate::graphql::connection::{Paged, connection, node_selections, page_args};
use crate::graphql::ctx;
use crate::graphql::document::searched;
use crate::graphql::error::Result;
use crate::graphql::scalars::DateTime;
use crate::graphql::upload::{self, Upload, saturated};

/// Which assets to list. Conditions are joined by "and".
#[derive(Debug, Default, InputObject)]
pub struct AssetFilter {
    /// What the file is.
    kind: Option<AssetKind>,
    /// Where it stands.
    state: Option<AssetState>,
    /// Only private files, or only public ones.
    is_private: Option<bool>,
    /// Uploaded at this moment or later.
    uploaded_from: Option<DateTime>,
    /// Uploaded before this moment.
    uploaded_before: Option<DateTime>,
    /// Only files that are used somewhere, or only those that nothing uses.
    is_used: Option<bool>,
    /// Part of the name, the alternative text or the caption, whatever its case; at most 300 characters.
    text: Option<String>,
}

#[derive(Default)]
pub struct MediaDesk;

#[Object]
impl MediaDesk {
    /// The library of files, newest first. Needs `drafts:read`, `content:write` or `media:write`.
    async fn assets(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which files.")] filter: Option<AssetFilter>,
        #[graphql(desc = "The first so many, 1 to 100; 20 without first and last.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Option<Result<Paged<DeskAsset, AssetCount>>> {
        Some(list(context, filter, page_args(first, after, last, before)).await)
    }

    /// The file with this id.
    async fn asset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "`asset_…`")] id: ID,
    ) -> Option<Result<DeskAsset>> {
        one(context, &id).await.transpose()
    }

    /// One's own upload with this id, to go on with it. Needs `media:write` or `content:write`.
    async fn upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "`upload_…`")] id: ID,
    ) -> Option<Result<Upload>> {
        upload::desk(context, &id).await.transpose()
    }
}

async fn list(
    context: &Context<'_>,
    given: Option<AssetFilter>,
    args: PageArgs,
) -> Result<Paged<DeskAsset, AssetCount>> {
    let ctx = ctx(context);
    let permit = ctx.viewer.permit::<ReadMedia>()?;
    let given = given.unwrap_or_default();
    let filter = Filter {
        kind: given.kind.map(Into::into),
        state: given.state.map(Into::into),
        is_private: given.is_private,
        is_used: given.is_used,
        from: given.uploaded_from.map(|moment| moment.0),
        to: given.uploaded_before.map(|moment| moment.0),
        text: given.text.map(searched).transpose()?.filter(|text| !text.is_empty()),
    };
    let list = ListId::new(&format!("assets {filter:?}"));
    let page = args.page(list, KeyKind::Int)?;
    let Slice { rows, has_previous, has_next } = domain::list::list(&ctx.db, &permit, &filter, &page).await?;
    let positions: Vec<_> = rows.iter().map(|row| domain::list::position(row)).collect();
    let has_tracks = node_selections(context.field()).iter().any(|field| field.name() == "tracks");
    let tracks = if has_tracks { Tracks::Together } else { Tracks::WhenAsked };
    let assets = with_objects(context, rows, tracks).await?;
    let rows = positions.into_iter().zip(assets).collect();
    Ok(connection(list, Slice { rows, has_previous, has_next }, AssetCount(filter)))
}

/// Counts a list of assets when it is asked to.
pub struct AssetCount(Filter);

#[Object]
impl AssetCount {
    /// How many assets the whole list has.
    async fn total_count(&self, context: &Context<'_>) -> Result<i32> {
        let ctx = ctx(context);
        Ok(saturated(domain::list::count(&ctx.db, &ctx.viewer.permit()?, &self.0).await?))
    }
}

async fn one(context: &Context<'_>, id: &str) -> Result<Option<DeskAsset>> {
    let Ok(id) = id::parse(id) else {
        return Ok(error::invalid("id", ErrorCode::InvalidId, "expected an id that starts with asset_")?);
    };
    DeskAsset::find(context, id).await
}

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

/// Selects assets. An asset has to meet all conditions that are given.
#[derive(Debug, Default, InputObject)]
pub struct AssetFilter {
    /// The kind of the file.
    kind: Option<AssetKind>,
    /// The state of the file.
    state: Option<AssetState>,
    /// If true, selects only private files; if false, only public ones.
    is_private: Option<bool>,
    /// Selects files that were uploaded at this time or later.
    uploaded_from: Option<DateTime>,
    /// Selects files that were uploaded before this time.
    uploaded_before: Option<DateTime>,
    /// If true, selects only files that are used somewhere; if false, only unused ones.
    is_used: Option<bool>,
    /// A part of the file name, the alternative text or the caption, at most 300 characters. Case is ignored.
    text: Option<String>,
}

#[derive(Default)]
pub struct MediaDesk;

#[Object]
impl MediaDesk {
    /// The media library, newest first. Requires the scope `drafts:read`, `content:write` or `media:write`.
    async fn assets(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Selects files.")] filter: Option<AssetFilter>,
        #[graphql(
            desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
    ) -> Option<Result<Paged<DeskAsset, AssetCount>>> {
        Some(list(context, filter, page_args(first, after, last, before)).await)
    }

    /// Returns the asset with this ID.
    async fn asset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of the asset (`asset_…`).")] id: ID,
    ) -> Option<Result<DeskAsset>> {
        one(context, &id).await.transpose()
    }

    /// Returns the caller's own upload with this ID, for example to resume it. Requires the scope `media:write` or
    /// `content:write`.
    async fn upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of the upload (`upload_…`).")] id: ID,
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
    /// The number of assets in the whole list.
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

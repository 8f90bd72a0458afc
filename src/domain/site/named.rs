//! What tags, series and authors have in common: a slug, a label and a description, and how they are saved.

use entity::AssetId;
use entity::asset::AssetKind;
use sea_orm::{DbErr, SqlErr};

use crate::db::Tx;
use crate::domain::access::policy::{ManageSite, Permit};
use crate::domain::core::error::{Error, ErrorCode, Refusals, Result, refuse};
use crate::domain::core::patch::Patch;
use crate::domain::core::{id, slug, text};
use crate::domain::library::asset;
use crate::domain::library::asset::usage::{At, Use};

/// Gives a module the types and functions to save one of the three.
macro_rules! named {
    (
        table: $table:ident,
        id: $id:ident,
        noun: $noun:literal,
        action: $action:literal,
        subject: $subject:ident,
        label: $label:ident,
        text: $text:ident
        $(, picture: $picture:ident in $picture_id:ident)? $(,)?
    ) => {
        use entity::{Timestamp, $id, $table};
        use sea_orm::{
            ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait,
            IntoActiveModel, QueryFilter, QuerySelect,
        };

        use crate::db::Tx;

        use crate::domain::core::patch::Patch;
        use crate::domain::core::error::{ErrorCode, Refusals, Result};
        use crate::domain::core::id::PublicId;
        use crate::domain::access::policy::{ManageSite, Permit};
        use crate::domain::journal::{audit, change};
        use super::named;
        use crate::domain::core::{id, site_row, text};

        /// A new one, or changes to the one with this id.
        #[derive(Debug, Clone, Default)]
        pub struct Save {
            pub id: Option<$id>,
            pub slug: Patch<String>,
            pub $label: Patch<String>,
            pub $text: Patch<String>,
            $(pub $picture: Patch<String>,)?
        }

        pub async fn save(
            tx: &Tx,
            permit: &Permit<ManageSite>,
            now: Timestamp,
            save: Save,
        ) -> Result<$table::Model> {
            let given = [
                ("slug", save.slug != Patch::Keep),
                (stringify!($label), save.$label != Patch::Keep),
                (stringify!($text), save.$text != Patch::Keep),
                $((stringify!($picture), save.$picture != Patch::Keep),)?
            ];
            let fields: Vec<&str> =
                given.into_iter().filter_map(|(name, given)| given.then_some(name)).collect();
            let mut refusals = Refusals::default();
            let stored = match save.id {
                Some(id) => $table::Entity::find_by_id(id).lock_exclusive().one(tx).await?,
                None => None,
            };
            if save.id.is_some() && stored.is_none() {
                refusals.push(&["id"], ErrorCode::NotFound, concat!("there is no such ", $noun));
                refusals.finish()?;
                unreachable!("a refusal was noted");
            }
            let is_new = stored.is_none();
            let before = stored.as_ref().map(|row| row.slug.clone());
            let mut row = stored.unwrap_or_else(|| $table::Model {
                id: $id::generate(now),
                slug: String::new(),
                $label: String::new(),
                $text: None,
                $($picture_id: None,)?
                created_at: now,
                updated_at: now,
            });
            named::apply_label(save.$label, &mut row.$label, stringify!($label), &mut refusals);
            named::apply_slug(save.slug, &mut row.slug, &row.$label, &mut refusals);
            save.$text.apply(&mut row.$text, |written| {
                text::check(&written, text::DESCRIPTION, &[stringify!($text)], &mut refusals)
            });
            $(
                let before_picture = row.$picture_id;
                named::apply_picture(tx, permit, save.$picture, &mut row.$picture_id, stringify!($picture), &mut refusals)
                    .await?;
                let pictures: std::collections::BTreeSet<_> =
                    [before_picture, row.$picture_id].into_iter().flatten().collect();
            )?
            refusals.finish()?;
            row.updated_at = now;
            let row = row.into_active_model().reset_all();
            let written = if is_new { row.insert(tx).await } else { row.update(tx).await };
            let written = written.map_err(|error| named::slug_taken(error, $noun))?;
            let subject = entity::change::Subject::$subject;
            let changes = vec![change::Change::named(subject, written.id.0, &written.slug, before)];
            $(
                // Files are locked before the site, as everywhere.
                let needed = crate::domain::library::asset::shown::Needed {
                    ids: written.$picture_id.into_iter().collect(),
                    field: stringify!($picture),
                };
                let files = crate::domain::library::asset::shown::refresh(tx, now, pictures, &needed).await?;
                let changes = [changes, files].concat();
            )?
            site_row::changed(tx).await?;
            let subject = Some(id::format(written.id));
            audit::record(tx, now, permit.actor(), $action, subject, &fields).await?;
            change::append(tx, now, changes).await?;
            Ok(written)
        }

        /// Whether there is none at all.
        pub async fn none_exist(tx: &Tx) -> Result<bool> {
            Ok($table::Entity::find().limit(1).one(tx).await?.is_none())
        }

        /// Which of these there are.
        pub(in crate::domain) async fn existing(db: &impl ConnectionTrait, ids: &[$id]) -> Result<Vec<$id>> {
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let rows =
                $table::Entity::find().filter($table::Column::Id.is_in(ids.iter().copied())).all(db).await?;
            Ok(rows.into_iter().map(|row| row.id).collect())
        }
    };
}
pub(in crate::domain) use named;

pub(in crate::domain) fn apply_label(
    change: Patch<String>,
    label: &mut String,
    name: &'static str,
    refusals: &mut Refusals,
) {
    match change {
        Patch::Keep if !label.is_empty() => {}
        Patch::Keep | Patch::Clear => refusals.push(&[name], ErrorCode::Required, "must not be empty"),
        Patch::Set(written) => {
            if let Some(good) = text::require(&written, text::NAME, &[name], refusals) {
                *label = good;
            }
        }
    }
}

/// A slug that was left out is made from the label once, and then stays.
pub(in crate::domain) fn apply_slug(
    change: Patch<String>,
    slug: &mut String,
    label: &str,
    refusals: &mut Refusals,
) {
    match change {
        Patch::Keep if !slug.is_empty() => {}
        Patch::Keep | Patch::Clear => *slug = slug::from_title(label),
        Patch::Set(written) => {
            if let Some(good) = slug::check(&written, &["slug"], refusals) {
                *slug = good;
            }
        }
    }
}

/// A picture is an image that everybody may see; whether it has its words is looked at when it is shown.
pub(in crate::domain) async fn apply_picture(
    tx: &Tx,
    permit: &Permit<ManageSite>,
    change: Patch<String>,
    picture: &mut Option<AssetId>,
    name: &'static str,
    refusals: &mut Refusals,
) -> Result<()> {
    let Patch::Set(text) = change else {
        change.apply(picture, |_| None);
        return Ok(());
    };
    let Some(id) = id::parse_at(&text, &[name], refusals) else { return Ok(()) };
    match asset::usable(tx, permit, &[id]).await?.pop() {
        None => refusals.push(&[name], ErrorCode::NotFound, "there is no such file"),
        Some(file) if file.kind != AssetKind::Image => {
            refusals.push(&[name], ErrorCode::Invalid, "a picture is an image");
        }
        Some(_) => {
            let wanted = [Use { asset: id, at: At::Cover, kind: AssetKind::Image, from: None, until: None }];
            match asset::shown::problems(tx, &wanted).await?.pop() {
                Some(problem) => refusals.push(&[name], problem.code, problem.message),
                None => *picture = Some(id),
            }
        }
    }
    Ok(())
}

pub(in crate::domain) fn slug_taken(error: DbErr, noun: &str) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            let taken: Result<()> =
                refuse(&["slug"], ErrorCode::Taken, format!("another {noun} has this slug"));
            taken.expect_err("a refusal")
        }
        _ => error.into(),
    }
}

//! What the types for tags, series and authors have in common: the type, its connection, its queries and its mutation.

/// Gives a module the GraphQL side of one of the three. The texts are what the public schema says.
macro_rules! named_type {
    (
        $(#[doc = $type_doc:literal])+
        type $Type:ident = $row:ident, id $Id:ident, table $table:ident;
        label $label:ident = $label_doc:literal;
        text $text:ident = $text_doc:literal;
        entries $order:expr, $entries_doc:literal;
        query $Query:ident { $one:ident = $one_doc:literal, $many:ident = $many_doc:literal }
        mutation $Mutation:ident { $save:ident($Input:ident) -> $Payload:ident { $field:ident } = $save_doc:literal }
        filter $filter_field:ident;
        $(picture $picture:ident in $picture_id:ident = $picture_doc:literal;)?
    ) => {
        use std::sync::Arc;

        use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
        use entity::{$Id, $row};

        use super::connection::{KnownCount, Paged, connection, page_args};
        use super::entry::{Entry, EntryCount, EntryOrder, list};
        use super::error::{Result, UserError};
        use super::input::{parse_optional_id, patch};
        use super::payload::perform;
        use super::scalars::DateTime;
        use super::ctx;
        use crate::domain::core::keyset::{KeyKind, ListId, Slice};
        use crate::domain::access::policy::{ManageSite, Visible};
        use crate::domain::content::entry;
        use crate::domain::core::error::Refusals;
        use crate::domain::core::id;
        use crate::domain::site::$row as domain;

        $(#[doc = $type_doc])+
        #[derive(Clone)]
        pub struct $Type(Arc<Visible<$row::Model>>);

        impl $Type {
            pub fn new(row: Arc<Visible<$row::Model>>) -> Self {
                Self(row)
            }
        }

        $(#[doc = $type_doc])+
        #[Object]
        impl $Type {
            /// The ID, which begins with a prefix that tells the type.
            pub async fn id(&self) -> ID {
                id::format(self.0.id).into()
            }

            /// The slug, which is used in URLs: lower-case letters, digits and hyphens, at most 120 characters. Unique
            /// within the type.
            async fn slug(&self) -> &str {
                &self.0.slug
            }

            #[doc = $label_doc]
            async fn $label(&self) -> &str {
                &self.0.$label
            }

            #[doc = $text_doc]
            async fn $text(&self) -> Option<&str> {
                self.0.$text.as_deref()
            }

            $(
                #[doc = $picture_doc]
                async fn $picture(&self, context: &Context<'_>) -> Option<Result<super::asset::Asset>> {
                    let id = self.0.$picture_id?;
                    // The copy that the row is from, or a newer one: pictures are kept beside the rows.
                    match ctx(context).catalog_at(0).await {
                        Ok(catalog) => catalog.avatar(id).map(super::asset::Asset::new).map(Ok),
                        Err(error) => Some(Err(error.into())),
                    }
                }
            )?

            /// The time of the last change.
            async fn updated_at(&self) -> DateTime {
                DateTime(self.0.updated_at)
            }

            #[doc = $entries_doc]
            #[expect(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
            async fn entries(
                &self,
                context: &Context<'_>,
                #[graphql(desc = "Selects only entries in this language, given as a BCP 47 tag.")] locale: Option<String>,
                #[graphql(desc = "The sort order. If omitted, the order that the description of the field names.")] order_by: Option<EntryOrder>,
                #[graphql(desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given.")] first: Option<i32>,
                #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
                #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
                #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
            ) -> Result<Paged<Entry, EntryCount>> {
                let filter = entry::Filter {
                    $filter_field: Some(self.0.id),
                    locale: locale.map(|text| super::entry::checked_locale(&text, "locale")).transpose()?,
                    ..entry::Filter::default()
                };
                let order = order_by.unwrap_or($order).into();
                list(context, Some(filter), order, page_args(first, after, last, before), Entry::new).await
            }
        }

        #[derive(Default)]
        pub struct $Query;

        #[Object]
        impl $Query {
            #[doc = $one_doc]
            async fn $one(
                &self,
                context: &Context<'_>,
                #[graphql(desc = "The slug of the object.")] slug: String,
            ) -> Option<Result<$Type>> {
                match ctx(context).fresh_catalog().await {
                    Ok(catalog) => catalog.$table.by_slug(&slug).map($Type::new).map(Ok),
                    Err(error) => Some(Err(error.into())),
                }
            }

            #[doc = $many_doc]
            async fn $many(
                &self,
                context: &Context<'_>,
                #[graphql(desc = "Returns the first _n_ items (1 to 100). Defaults to 20 if neither `first` nor `last` is given.")] first: Option<i32>,
                #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
                #[graphql(desc = "Returns the last _n_ items (1 to 100).")] last: Option<i32>,
                #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
            ) -> Result<Paged<$Type, KnownCount>> {
                let list = ListId::new(stringify!($many));
                let page = page_args(first, after, last, before).page(list, KeyKind::Text)?;
                let catalog = ctx(context).fresh_catalog().await?;
                let Slice { rows, has_previous, has_next } = catalog.$table.page(&page);
                let rows = rows.into_iter().map(|(position, row)| (position, $Type::new(row))).collect();
                let count = KnownCount(catalog.$table.len());
                Ok(connection(list, Slice { rows, has_previous, has_next }, count))
            }
        }

        /// The fields to save. A field that is omitted is not changed, and a field that is `null` is cleared.
        #[derive(InputObject)]
        pub struct $Input {
            /// The ID of the object to change. If omitted, a new one is created.
            id: Option<ID>,
            /// The slug: lower-case letters, digits and hyphens, at most 120 characters. By default it is made from the
            /// name or title.
            slug: MaybeUndefined<String>,
            #[doc = $label_doc]
            $label: MaybeUndefined<String>,
            #[doc = $text_doc]
            $text: MaybeUndefined<String>,
            $(
                #[doc = $picture_doc]
                $picture: MaybeUndefined<ID>,
            )?
        }

        /// The result of saving an object.
        #[derive(SimpleObject)]
        pub struct $Payload {
            /// The object after the change, or null if the input was refused.
            $field: Option<$Type>,
            /// The problems with the input. Empty if the object was saved.
            user_errors: Vec<UserError>,
        }

        #[derive(Default)]
        pub struct $Mutation;

        #[Object]
        impl $Mutation {
            #[doc = $save_doc]
            async fn $save(&self, context: &Context<'_>, #[graphql(desc = "The object to create or to change.")] input: $Input) -> Option<Result<$Payload>> {
                Some(save(context, input).await)
            }
        }

        async fn save(context: &Context<'_>, input: $Input) -> Result<$Payload> {
            let ctx = ctx(context);
            let permit = ctx.viewer.permit::<ManageSite>()?;
            let mut refusals = Refusals::default();
            let id: Option<$Id> = parse_optional_id(input.id, &["id"], &mut refusals);
            if let Err(errors) = super::payload::refused(context, refusals)? {
                return Ok($Payload { $field: None, user_errors: errors });
            }
            let save = domain::Save {
                id,
                slug: patch(input.slug),
                $label: patch(input.$label),
                $text: patch(input.$text),
                $($picture: super::input::map_patch(input.$picture, |id| id.0),)?
            };
            let outcome = perform(context, async |tx| domain::save(tx, &permit, ctx.now, save).await);
            Ok(match outcome.await? {
                Ok(row) => {
                    let catalog = ctx.fresh_catalog().await?;
                    $Payload {
                        $field: catalog.$table.by_id(id::PublicId::uuid(row.id)).map($Type::new),
                        user_errors: Vec::new(),
                    }
                }
                Err(user_errors) => $Payload { $field: None, user_errors },
            })
        }
    };
}
pub(super) use named_type;

//! Ids as distinct types, so that a tag's id cannot be used where a document's is meant.
//!
//! Every id is a UUIDv7. The public form (`post_01jd…`) is made and parsed in `wellspring::domain::id`.

use std::fmt;
use std::str::FromStr;

use sea_orm::entity::prelude::*;
use sea_orm::{DbErr, TryFromU64};
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, DeriveValueType,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}

id!(
    /// A person or a program that may act on the team's side.
    AccountId
);
id!(
    /// A secret that lets a program act for an account.
    ApiTokenId
);
id!(
    /// A file that entries show or give away.
    AssetId
);
id!(
    /// A public profile that signs entries.
    AuthorId
);
id!(
    /// A document, and the entry that it becomes: the two share one id.
    DocumentId
);
id!(
    /// A piece of work that is done in the background.
    JobId
);
id!(
    /// Bytes in the store, once, however many assets show them.
    MediaObjectId
);
id!(
    /// A token that shows one document as it would be if it were public.
    PreviewId
);
id!(
    /// A round of questions.
    QuestionCallId
);
id!(
    /// A question of a reader: as it was sent in, and what the public reads of it.
    QuestionId
);
id!(
    /// Words that the team uses again and again.
    ReplyTemplateId
);
id!(
    /// Something that becomes public or leaves it at a time.
    ScheduleId
);
id!(
    /// A run of entries in an order.
    SeriesId
);
id!(
    /// A time during which somebody is signed in.
    SessionId
);
id!(
    /// A subject that entries share.
    TagId
);
id!(
    /// A file on its way into the store.
    UploadId
);

/// The tags of an entry in the author's order, stored as text beside the entry so that a list of entries needs no join.
#[derive(Debug, Clone, PartialEq, Eq, Default, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct TagIds(pub Vec<TagId>);

impl fmt::Display for TagIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, id) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{}", id.0.simple())?;
        }
        Ok(())
    }
}

impl FromStr for TagIds {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_ascii_whitespace().map(|id| id.parse().map(TagId)).collect::<Result<_, _>>().map(Self)
    }
}

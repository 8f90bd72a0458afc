//! What an API token may be used for.

use std::fmt;
use std::str::FromStr;

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenScope {
    ContentRead,
    DraftsRead,
    ContentWrite,
    MediaWrite,
    QuestionsRead,
    QuestionsManage,
}

impl TokenScope {
    pub const ALL: [Self; 6] = [
        Self::ContentRead,
        Self::DraftsRead,
        Self::ContentWrite,
        Self::MediaWrite,
        Self::QuestionsRead,
        Self::QuestionsManage,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::ContentRead => "content:read",
            Self::DraftsRead => "drafts:read",
            Self::ContentWrite => "content:write",
            Self::MediaWrite => "media:write",
            Self::QuestionsRead => "questions:read",
            Self::QuestionsManage => "questions:manage",
        }
    }
}

impl FromStr for TokenScope {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|scope| scope.name() == name).ok_or(())
    }
}

/// A set of scopes, written as their names with a space between.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<TokenScope>);

impl Scopes {
    pub fn all() -> Self {
        Self(TokenScope::ALL.to_vec())
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|scope| scope.name())
    }

    pub fn contains(&self, scope: TokenScope) -> bool {
        self.0.contains(&scope)
    }
}

impl FromIterator<TokenScope> for Scopes {
    fn from_iter<I: IntoIterator<Item = TokenScope>>(scopes: I) -> Self {
        let mut unique = Vec::new();
        for scope in scopes {
            if !unique.contains(&scope) {
                unique.push(scope);
            }
        }
        Self(unique)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().collect::<Vec<_>>().join(" "))
    }
}

impl FromStr for Scopes {
    type Err = ();

    fn from_str(names: &str) -> Result<Self, ()> {
        names.split_ascii_whitespace().map(str::parse).collect()
    }
}

//! Who asks, and the proof that they may do something.

use std::marker::PhantomData;
use std::sync::Arc;

use entity::{AccountId, AccountStatus, ApiTokenId, Role, SessionId, account};

use super::action::{Action, ManageDocuments};
use super::token_scope::Scopes;
use crate::domain::access::draft::{Draft, Preview};
use crate::domain::core::error::Denied;

/// Who sent the request. A credential that is wrong never gets this far.
#[derive(Debug, Clone)]
pub enum Viewer {
    Anonymous,
    /// Somebody of the team who has signed in.
    Team {
        account: AccountId,
        role: Role,
        session: SessionId,
    },
    /// A program, on behalf of the account that made its token.
    Token {
        account: AccountId,
        token: ApiTokenId,
        scopes: Scopes,
    },
    /// Somebody who was given a look at one document: the public, and this draft as if it were public.
    Preview(Arc<Preview>),
}

impl Viewer {
    /// The proof that this viewer may do `A`.
    pub fn permit<A: Action>(&self) -> Result<Permit<A>, Denied> {
        match self {
            Self::Anonymous => Err(Denied::Unauthenticated),
            Self::Team { account, role, .. } if A::ROLES.contains(role) => {
                let reach = if *role == Role::Author { Reach::Own } else { Reach::All };
                Ok(Permit { actor: Actor { account: *account, token: None }, reach, action: PhantomData })
            }
            Self::Team { .. } => Err(Denied::Role),
            Self::Token { account, token, scopes }
                if A::ANY_OF.iter().any(|&scope| scopes.contains(scope)) =>
            {
                let actor = Actor { account: *account, token: Some(*token) };
                Ok(Permit { actor, reach: Reach::All, action: PhantomData })
            }
            Self::Token { .. } => match A::ANY_OF.first() {
                Some(scope) => Err(Denied::MissingScope(scope.name())),
                None => Err(Denied::PersonNeeded),
            },
            Self::Preview(_) => Err(Denied::Preview),
        }
    }

    /// Whose session this is, for what everybody may do with their own account.
    pub fn signed_in(&self) -> Result<(AccountId, SessionId), Denied> {
        match self {
            Self::Anonymous => Err(Denied::Unauthenticated),
            Self::Team { account, session, .. } => Ok((*account, *session)),
            Self::Token { .. } => Err(Denied::PersonNeeded),
            Self::Preview(_) => Err(Denied::Preview),
        }
    }

    /// What this viewer sees as if it were public.
    pub fn draft(&self) -> Option<&Draft> {
        match self {
            Self::Preview(preview) => Some(&preview.draft),
            Self::Anonymous | Self::Team { .. } | Self::Token { .. } => None,
        }
    }
}

/// Who does something: an account, itself or through one of its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub account: AccountId,
    pub token: Option<ApiTokenId>,
}

/// How far a permit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    All,
    /// What the account owns.
    Own,
}

/// A proof that its holder may do `A`, and on whose account.
#[derive(Debug)]
pub struct Permit<A> {
    actor: Actor,
    pub(super) reach: Reach,
    action: PhantomData<A>,
}

impl<A> Permit<A> {
    pub fn account(&self) -> AccountId {
        self.actor.account
    }

    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// Whether it reaches what the account owns and no further.
    pub(in crate::domain) fn is_of_own_alone(&self) -> bool {
        self.reach == Reach::Own
    }
}

impl<A: Action> Permit<A> {
    /// Whether its holder, as the account is now, would get as much again. A token's scopes do not change.
    pub(in crate::domain) fn is_still_good(&self, account: &account::Model) -> bool {
        let has_role = || {
            let reaches = self.reach == Reach::Own || account.role != Role::Author;
            A::ROLES.contains(&account.role) && reaches
        };
        account.status == AccountStatus::Active && (self.actor.token.is_some() || has_role())
    }
}

impl Permit<ManageDocuments> {
    /// What an account approved when it made a schedule, for the worker that carries it out: nobody is signed in then.
    /// A schedule was only ever written with a permit of that account, and names one document and one revision.
    pub(in crate::domain) fn of_schedule(schedule: &entity::schedule::Model) -> Self {
        let actor = Actor { account: schedule.account_id, token: None };
        Self { actor, reach: Reach::All, action: PhantomData }
    }
}

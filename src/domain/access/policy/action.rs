//! What not everybody may do, and who may.

use entity::Role;

use super::token_scope::TokenScope;

/// Something that not everybody may do.
pub trait Action {
    /// Roles whose holders may do it when they have signed in.
    const ROLES: &'static [Role];
    /// Each of these scopes is enough for a token. The first one is named to those who have none; an empty list means that
    /// no program may do it, only a person who has signed in.
    const ANY_OF: &'static [TokenScope];
}

/// An action that writes rows, which whoever wrote them may see.
pub trait Writes: Action {}

impl Writes for ManageDocuments {}
impl Writes for ManageAccounts {}
impl Writes for ManageTokens {}
impl Writes for ManageJobs {}
impl Writes for ManageMedia {}
impl Writes for ManageQuestions {}
impl Writes for ManageTemplates {}

/// An action on what readers sent in. Authors do it with what was assigned to them.
pub trait OnQuestions: Action {}

impl OnQuestions for ReadQuestions {}
impl OnQuestions for ReadOriginals {}
impl OnQuestions for ManageQuestions {}
impl OnQuestions for PublishQuestions {}
impl OnQuestions for EraseQuestions {}

const EVERYBODY: &[Role] = &[Role::Owner, Role::Editor, Role::Author, Role::Moderator];

macro_rules! actions {
    ($($(#[$doc:meta])+ $name:ident: $roles:expr, $scopes:expr;)+) => {
        $(
            $(#[$doc])+
            #[derive(Debug)]
            pub struct $name;

            impl Action for $name {
                const ROLES: &'static [Role] = $roles;
                const ANY_OF: &'static [TokenScope] = $scopes;
            }
        )+
    };
}

actions! {
    /// Read documents, revisions and their notes, whatever their state. Authors see their own. Who may write a draft sees
    /// what was written.
    ReadDocuments:
        &[Role::Owner, Role::Editor, Role::Author], &[TokenScope::DraftsRead, TokenScope::ContentWrite];
    /// Write, publish and trash documents. Authors do it with their own.
    ManageDocuments: &[Role::Owner, Role::Editor, Role::Author], &[TokenScope::ContentWrite];
    /// Change the site, its tags, series and authors.
    ManageSite: &[Role::Owner, Role::Editor], &[TokenScope::ContentWrite];
    /// See the library of files. Authors see what is public and what they uploaded themselves.
    ReadMedia:
        &[Role::Owner, Role::Editor, Role::Author],
        &[TokenScope::DraftsRead, TokenScope::ContentWrite, TokenScope::MediaWrite];
    /// Upload files, and change and delete them. Authors do it with their own.
    ManageMedia:
        &[Role::Owner, Role::Editor, Role::Author], &[TokenScope::MediaWrite, TokenScope::ContentWrite];
    /// See which questions there are and where they stand, without their words.
    ReadQuestions: EVERYBODY, &[TokenScope::QuestionsManage, TokenScope::QuestionsRead];
    /// Read what readers wrote, which is noted each time.
    ReadOriginals: EVERYBODY, &[TokenScope::QuestionsRead];
    /// Take questions on, put them aside, and write about them.
    ManageQuestions: EVERYBODY, &[TokenScope::QuestionsManage];
    /// Write, change and delete the words that the team answers with. Who may manage questions uses them.
    ManageTemplates: &[Role::Owner, Role::Editor], &[TokenScope::QuestionsManage];
    /// Say what the public reads of a question.
    PublishQuestions: &[Role::Owner, Role::Editor, Role::Author], &[TokenScope::QuestionsManage];
    /// Destroy what a reader wrote.
    EraseQuestions: &[Role::Owner, Role::Editor], &[];
    /// See what is done in the background.
    ReadJobs: &[Role::Owner, Role::Editor], &[TokenScope::ContentWrite];
    /// Try dead jobs again, or drop them.
    ManageJobs: &[Role::Owner, Role::Editor], &[TokenScope::ContentWrite];
    /// See who is on the team and change that, and read what everybody did.
    ManageAccounts: &[Role::Owner], &[];
    /// Make and revoke API tokens.
    ManageTokens: &[Role::Owner], &[];
}

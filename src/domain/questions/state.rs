//! Where a question can go from where it stands. A table, and nothing else decides.

use entity::question_intake::QuestionState as State;

use crate::domain::core::error::{ErrorCode, Result, refuse};

/// What can happen to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// The team takes it on, also when it was put aside by mistake.
    Accept,
    Decline,
    /// It repeats another one.
    Merge,
    MarkSpam,
    /// A post that answers it became public.
    Answer,
    /// The last post that answered it left the public.
    TakeBack,
    /// The reader wants no answer any more.
    Withdraw,
}

impl Transition {
    pub const ALL: [Self; 7] = [
        Self::Accept,
        Self::Decline,
        Self::Merge,
        Self::MarkSpam,
        Self::Answer,
        Self::TakeBack,
        Self::Withdraw,
    ];

    fn done(self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Decline => "declined",
            Self::Merge => "merged into another one",
            Self::MarkSpam => "marked as spam",
            Self::Answer => "answered",
            Self::TakeBack => "put back to the accepted ones",
            Self::Withdraw => "withdrawn",
        }
    }
}

/// The state after a transition; `None` when it is not possible.
pub fn after(from: State, transition: Transition) -> Option<State> {
    match (transition, from) {
        (Transition::Accept, State::Received | State::Declined | State::Duplicate | State::Spam)
        | (Transition::TakeBack, State::Answered) => Some(State::Accepted),
        (Transition::Decline, State::Received | State::Accepted) => Some(State::Declined),
        (Transition::Merge, State::Received | State::Accepted) => Some(State::Duplicate),
        (Transition::MarkSpam, State::Received | State::Accepted | State::Declined) => Some(State::Spam),
        (Transition::Answer, State::Accepted | State::Answered) => Some(State::Answered),
        (Transition::Withdraw, State::Withdrawn) => None,
        (Transition::Withdraw, _) => Some(State::Withdrawn),
        _ => None,
    }
}

/// The same, with the reason for a refusal under `path`.
pub(super) fn moved(from: State, transition: Transition, path: &[&str]) -> Result<State> {
    if let Some(state) = after(from, transition) {
        return Ok(state);
    }
    let message = format!("a question that {} cannot be {}", words(from), transition.done());
    refuse(path, ErrorCode::InvalidTransition, message)
}

/// For the middle of a sentence.
pub(super) fn words(state: State) -> &'static str {
    match state {
        State::Received => "nobody has accepted yet",
        State::Accepted => "is accepted",
        State::Answered => "is answered",
        State::Declined => "was declined",
        State::Duplicate => "was merged into another one",
        State::Withdrawn => "was withdrawn by its reader",
        State::Spam => "is spam",
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Iterable;

    use super::*;

    /// Rows are states, columns the transitions in their order; `-` is refused.
    #[test]
    fn every_transition_of_every_state_is_as_the_table_says() {
        let expected = "\
            RECEIVED  accepted declined duplicate spam - - withdrawn\n\
            ACCEPTED  - declined duplicate spam answered - withdrawn\n\
            ANSWERED  - - - - answered accepted withdrawn\n\
            DECLINED  accepted - - spam - - withdrawn\n\
            DUPLICATE accepted - - - - - withdrawn\n\
            WITHDRAWN - - - - - - -\n\
            SPAM      accepted - - - - - withdrawn\n";
        let cell = |from, transition| match after(from, transition) {
            Some(state) => format!("{state:?}").to_lowercase(),
            None => "-".to_owned(),
        };
        let line = |from: State| {
            let cells: Vec<String> = Transition::ALL.map(|transition| cell(from, transition)).to_vec();
            format!("{:<9} {}\n", format!("{from:?}").to_uppercase(), cells.join(" "))
        };
        let found: String = State::iter().map(line).collect();
        assert_eq!(found, expected);
    }
}

//! Random plans of two editors.

use proptest::prelude::*;

use super::DOCUMENTS;

/// What one editor is going to do; numbers are chosen when the documents are known.
#[derive(Debug, Clone)]
pub struct Intent {
    pub document: usize,
    /// How many revisions ago the editor read the document; `None` for not saying.
    pub seen_ago: Option<usize>,
    pub act: Act,
}

#[derive(Debug, Clone)]
pub enum Act {
    Save { slug: usize },
    SaveTheSame,
    Publish { back: Option<usize> },
    Unpublish,
    Trash,
    Restore,
    RestoreRevision { back: usize },
}

#[derive(Debug, Clone)]
pub enum Step {
    Alone { editor: usize, intent: Intent },
    AtOnce([Intent; 2]),
}

fn intent() -> impl Strategy<Value = Intent> {
    let act = prop_oneof![
        5 => (0..2_usize).prop_map(|slug| Act::Save { slug }),
        1 => Just(Act::SaveTheSame),
        5 => prop_oneof![3 => Just(None), 2 => (0..4_usize).prop_map(Some)].prop_map(|back| Act::Publish { back }),
        2 => Just(Act::Unpublish),
        2 => Just(Act::Trash),
        3 => Just(Act::Restore),
        2 => (0..4_usize).prop_map(|back| Act::RestoreRevision { back }),
    ];
    let seen_ago = prop_oneof![2 => Just(None), 4 => Just(Some(0)), 1 => Just(Some(1))];
    (0..DOCUMENTS, seen_ago, act).prop_map(|(document, seen_ago, act)| Intent { document, seen_ago, act })
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let same_document = (intent(), intent()).prop_map(|(one, two)| {
        let document = one.document;
        Step::AtOnce([one, Intent { document, ..two }])
    });
    let step = prop_oneof![
        3 => (0..2_usize, intent()).prop_map(|(editor, intent)| Step::Alone { editor, intent }),
        3 => same_document,
        1 => (intent(), intent()).prop_map(|(one, two)| Step::AtOnce([one, two])),
    ];
    prop::collection::vec(step, 4..10)
}

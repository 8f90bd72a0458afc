//! What is put in the place of a step, by example.

use super::super::adapt::{self, Constraints, Reason};
use super::super::*;
use super::number;

fn exercise(key: &str, position: Position, effort: i32, alternatives: &[(Relation, &str)]) -> Exercise {
    Exercise {
        key: key.to_owned(),
        name: key.to_owned(),
        position,
        prescription: once(effort),
        equipment: Vec::new(),
        cues: Vec::new(),
        common_mistakes: Vec::new(),
        clip: None,
        alternatives: alternatives
            .iter()
            .map(|&(relation, to)| Alternative { relation, exercise: to.to_owned() })
            .collect(),
    }
}

fn step(exercise: &str, prescription: Option<Prescription>) -> Step {
    Step { exercise: exercise.to_owned(), prescription, note: Some("Deep.".to_owned()) }
}

fn routine_of(exercises: Vec<Exercise>, steps: Vec<Step>) -> Routine {
    let block = Block { title: None, rounds: Range::ONCE, rest_between_rounds: None, steps };
    Routine { exercises, blocks: vec![block], ..Routine::default() }
}

/// What is done within the constraints, with the note of each step.
fn done(
    routine: &Routine,
    positions: &[Position],
    max_effort: Option<i32>,
) -> Result<Vec<(String, Option<String>)>, Vec<adapt::Unmet>> {
    let within = Constraints { positions: positions.to_vec(), without: Vec::new(), max_effort };
    let plan = routine.adapt(&within)?;
    Ok(plan.steps().map(|step| (step.exercise.key.clone(), step.note.clone())).collect())
}

#[test]
fn a_step_is_replaced_by_the_nearest_alternative_and_never_by_a_harder_one() {
    let routine = routine_of(
        vec![
            exercise(
                "squat",
                Position::Standing,
                6,
                &[(Relation::Harder, "jump"), (Relation::Easier, "half"), (Relation::Seated, "extend")],
            ),
            exercise("half", Position::Standing, 3, &[(Relation::Seated, "march")]),
            exercise("jump", Position::Seated, 1, &[]),
            exercise("march", Position::Seated, 2, &[]),
            exercise("extend", Position::Seated, 4, &[]),
        ],
        vec![step("squat", None)],
    );
    let replaced = |key: &str| Ok(vec![(key.to_owned(), None)]);
    assert_eq!(done(&routine, &[], None), Ok(vec![("squat".to_owned(), Some("Deep.".to_owned()))]));
    assert_eq!(done(&routine, &[], Some(5)), replaced("half"));
    assert_eq!(done(&routine, &[Position::Seated], None), replaced("extend"), "nearer than march");
    assert_eq!(done(&routine, &[Position::Seated], Some(2)), replaced("march"));
    let unmet = done(&routine, &[Position::Seated], Some(1)).unwrap_err();
    assert_eq!(unmet[0].reasons, [Reason::Position, Reason::Effort], "jump is possible, and called harder");
}

#[test]
fn what_is_harder_is_gone_through_and_not_put_in() {
    let exercises = || {
        vec![
            exercise("squat", Position::Standing, 4, &[(Relation::Seated, "press")]),
            exercise("press", Position::Seated, 6, &[(Relation::Easier, "march")]),
            exercise("march", Position::Seated, 4, &[]),
        ]
    };
    let seated = |routine: &Routine| done(routine, &[Position::Seated], None).map(|steps| steps[0].0.clone());
    let routine = routine_of(exercises(), vec![step("squat", None)]);
    assert_eq!(seated(&routine), Ok("march".to_owned()), "press asks for more than the squat");
    let harder = routine_of(exercises(), vec![step("squat", Some(once(7)))]);
    assert_eq!(seated(&harder), Ok("press".to_owned()), "the step asks for more than its exercise");
    let lighter = routine_of(exercises(), vec![step("squat", Some(once(3)))]);
    assert_eq!(seated(&lighter).unwrap_err()[0].reasons, [Reason::Position], "all of them ask for more");
    let unsaid = Prescription { effort: None, ..once(0) };
    let unsaid = routine_of(exercises(), vec![step("squat", Some(unsaid))]);
    assert_eq!(seated(&unsaid), Ok("march".to_owned()), "where the step says nothing, the exercise does");
}

#[test]
fn who_has_a_harder_one_is_the_easier_one() {
    let routine = routine_of(
        vec![
            exercise("half", Position::Seated, 3, &[(Relation::Harder, "squat")]),
            exercise("squat", Position::Standing, 6, &[(Relation::Seated, "extend")]),
            exercise("extend", Position::Seated, 5, &[]),
            exercise("jump", Position::Standing, 8, &[]),
        ],
        vec![step("squat", None)],
    );
    let light = |effort| done(&routine, &[], Some(effort)).map(|steps| steps[0].0.clone());
    assert_eq!(light(5), Ok("extend".to_owned()), "its own alternatives come first");
    assert_eq!(light(4), Ok("half".to_owned()));
    // Two hundred times two hundred exercises with ten ways each are looked through at once.
    let key = |index: usize| format!("e{index}");
    let many = (0..200_usize).map(|index| {
        let ways: Vec<(Relation, String)> = (1..=10)
            .map(|ahead| (Relation::Easier, key(index + ahead)))
            .filter(|(_, to)| number(to) < 200)
            .collect();
        let ways: Vec<(Relation, &str)> =
            ways.iter().map(|(relation, to)| (*relation, to.as_str())).collect();
        exercise(&key(index), Position::Standing, 5, &ways)
    });
    let many = routine_of(many.collect(), (0..200).map(|_| step("e0", None)).collect());
    assert_eq!(done(&many, &[Position::Lying], None).unwrap_err().len(), 200);
}

fn once(effort: i32) -> Prescription {
    Prescription {
        sets: Range::ONCE,
        reps: Some(Range::ONCE),
        duration: None,
        breaths: None,
        hold: None,
        rest_between_reps: None,
        rest_between_sets: None,
        side: Side::Both,
        tempo: None,
        effort: Some(Range { min: effort, max: effort }),
        load: None,
        distance: None,
    }
}

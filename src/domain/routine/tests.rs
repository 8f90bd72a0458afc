//! What holds for every routine: made at random, and looked at by simpler means than those of the code.

mod examples;

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::adapt::Constraints;
use super::duration::Span;
use super::*;
use crate::domain::site::settings::Pace;

const TOOLS: [&str; 4] = ["chair", "band", "towel", "wall"];

fn range(most: i32) -> impl Strategy<Value = Range> {
    (0..=most, 0..=most).prop_map(|(a, b)| Range { min: a.min(b), max: a.max(b) })
}

fn from_one(most: i32) -> impl Strategy<Value = Range> {
    (1..=most, 1..=most).prop_map(|(a, b)| Range { min: a.min(b), max: a.max(b) })
}

fn position() -> impl Strategy<Value = Position> {
    prop_oneof![Just(Position::Lying), Just(Position::Seated), Just(Position::Standing)]
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Both), Just(Side::Left), Just(Side::Each), Just(Side::Alternating)]
}

fn prescription() -> impl Strategy<Value = Prescription> {
    let tempo = option::of(prop_oneof![Just("3-1-2-0".to_owned()), Just("X-0-1-0".to_owned())]);
    let rests = (option::of(range(5)), option::of(range(9)));
    (0..3, from_one(4), from_one(6), option::of(from_one(5)), rests, side(), tempo, option::of(range(10)))
        .prop_map(|(kind, sets, amount, hold, rests, side, tempo, effort)| Prescription {
            sets,
            reps: (kind == 0).then_some(amount),
            duration: (kind == 1).then_some(amount),
            breaths: (kind == 2).then_some(amount),
            hold: hold.filter(|_| kind == 0),
            rest_between_reps: rests.0.filter(|_| kind == 0),
            rest_between_sets: rests.1,
            side,
            tempo: tempo.filter(|_| kind == 0),
            effort,
            load: None,
            distance: None,
        })
}

fn equipment() -> impl Strategy<Value = Equipment> {
    let name = (0..TOOLS.len()).prop_map(|index| TOOLS[index].to_owned());
    let substitute = option::of((0..TOOLS.len()).prop_map(|index| TOOLS[index].to_uppercase()));
    (name, any::<bool>(), substitute).prop_map(|(name, required, substitute)| Equipment {
        name,
        required,
        substitute,
    })
}

fn relation() -> impl Strategy<Value = Relation> {
    prop_oneof![
        Just(Relation::Easier),
        Just(Relation::Harder),
        Just(Relation::Seated),
        Just(Relation::NoEquipment)
    ]
}

/// Exercises whose alternatives may lead anywhere.
fn exercises() -> impl Strategy<Value = Vec<Exercise>> {
    let one = (position(), prescription(), vec(equipment(), 0..3), vec((relation(), 0..12_usize), 0..3));
    vec(one, 1..12).prop_map(|all| {
        let count = all.len();
        let exercise =
            |(index, (position, prescription, equipment, alternatives)): (usize, (_, _, _, Vec<_>))| {
                Exercise {
                    key: format!("e{index}"),
                    name: format!("Exercise {index}"),
                    position,
                    prescription,
                    equipment,
                    cues: Vec::new(),
                    common_mistakes: Vec::new(),
                    clip: None,
                    alternatives: alternatives
                        .into_iter()
                        .map(|(relation, to)| Alternative { relation, exercise: format!("e{}", to % count) })
                        .collect(),
                }
            };
        all.into_iter().enumerate().map(exercise).collect()
    })
}

/// A routine as a save takes it, or took it once: alternatives lead on, to an exercise that was written later.
fn routine() -> impl Strategy<Value = Routine> {
    let step = (0..12_usize, option::of(prescription()));
    let block = (from_one(3), option::of(range(9)), vec(step, 1..5));
    (exercises(), vec(block, 1..4)).prop_map(|(mut exercises, blocks)| {
        for (index, exercise) in exercises.iter_mut().enumerate() {
            exercise.alternatives.retain(|one| number(&one.exercise) > index);
        }
        let count = exercises.len();
        let blocks = blocks.into_iter().map(|(rounds, rest, steps)| Block {
            title: None,
            rounds,
            rest_between_rounds: rest,
            steps: steps
                .into_iter()
                .map(|(exercise, prescription)| Step {
                    exercise: format!("e{}", exercise % count),
                    prescription,
                    note: None,
                })
                .collect(),
        });
        Routine { blocks: blocks.collect(), exercises, ..Routine::default() }
    })
}

fn constraints() -> impl Strategy<Value = Constraints> {
    let without = vec((0..TOOLS.len()).prop_map(|index| format!(" {} ", TOOLS[index])), 0..3);
    (vec(position(), 0..3), without, option::of(0..=10))
        .prop_map(|(positions, without, max_effort)| Constraints { positions, without, max_effort })
}

fn number(key: &str) -> usize {
    key[1..].parse().unwrap()
}

/// Whether an exercise can be done, said as plainly as possible.
fn can_be_done(exercise: &Exercise, prescription: &Prescription, within: &Constraints) -> bool {
    let missing: Vec<String> = within.without.iter().map(|name| name.trim().to_lowercase()).collect();
    let is_there = |name: &str| !missing.contains(&name.to_lowercase());
    let has_tools = exercise.equipment.iter().all(|one| {
        !one.required || is_there(&one.name) || one.substitute.as_ref().is_some_and(|name| is_there(name))
    });
    let is_possible = within.positions.is_empty() || within.positions.contains(&exercise.position);
    let is_light =
        within.max_effort.is_none_or(|most| prescription.effort.is_some_and(|effort| effort.max <= most));
    has_tools && is_possible && is_light
}

/// Whether one exercise says of itself that the other one may stand in for it, or the other one that it is the easier one.
fn leads(from: &Exercise, to: &Exercise) -> bool {
    let names = |one: &Exercise, other: &Exercise, is_such: fn(Relation) -> bool| {
        one.alternatives.iter().any(|way| way.exercise == other.key && is_such(way.relation))
    };
    names(from, to, |relation| relation != Relation::Harder)
        || names(to, from, |relation| relation == Relation::Harder)
}

/// Everything that may be put in the place of an exercise.
fn reachable(routine: &Routine, from: &str) -> HashSet<String> {
    let mut found = HashSet::from([from.to_owned()]);
    loop {
        let is_near = |one: &&Exercise| {
            !found.contains(&one.key) && found.iter().any(|key| leads(routine.exercise(key).unwrap(), one))
        };
        let more: Vec<String> =
            routine.exercises.iter().filter(is_near).map(|exercise| exercise.key.clone()).collect();
        if more.is_empty() {
            found.remove(from);
            return found;
        }
        found.extend(more);
    }
}

/// Whether another exercise is known to take more than a step does.
fn is_harder(other: &Exercise, step: &Step, exercise: &Exercise) -> bool {
    let own = step.prescription.as_ref().and_then(|prescription| prescription.effort);
    match (own.or(exercise.prescription.effort), other.prescription.effort) {
        (Some(known), Some(others)) => others.max > known.max,
        _ => false,
    }
}

/// Counted off, one thing after the other.
fn seconds(routine: &Routine, pace: Pace, pick: fn(Range) -> i32) -> i64 {
    let optional = |range: Option<Range>| range.map_or(0, pick);
    let mut clock: i64 = 0;
    for block in &routine.blocks {
        for round in 0..pick(block.rounds) {
            if round > 0 {
                clock += i64::from(optional(block.rest_between_rounds));
            }
            for step in &block.steps {
                let exercise = routine.exercise(&step.exercise).unwrap();
                let prescription = step.prescription.as_ref().unwrap_or(&exercise.prescription);
                let sides = if prescription.side == Side::Each { 2 } else { 1 };
                for set in 0..pick(prescription.sets) {
                    if set > 0 {
                        clock += i64::from(optional(prescription.rest_between_sets));
                    }
                    for _ in 0..sides {
                        clock += i64::from(optional(prescription.duration));
                        clock += i64::from(optional(prescription.breaths) * pace.seconds_per_breath);
                        for rep in 0..optional(prescription.reps) {
                            if rep > 0 {
                                clock += i64::from(optional(prescription.rest_between_reps));
                            }
                            clock += match prescription.tempo.as_deref() {
                                Some("3-1-2-0") => 6,
                                Some(_) => 2,
                                None => i64::from(pace.seconds_per_rep),
                            };
                            clock += i64::from(optional(prescription.hold));
                        }
                    }
                }
            }
        }
    }
    clock
}

proptest! {
    #[test]
    fn an_adapted_routine_meets_every_constraint_or_names_the_steps(routine in routine(), within in constraints()) {
        let steps: Vec<&Step> = routine.steps().collect();
        let hopeless: Vec<i32> = (1..).zip(&steps).filter(|(_, step)| {
            let exercise = routine.exercise(&step.exercise).unwrap();
            let prescription = step.prescription.as_ref().unwrap_or(&exercise.prescription);
            let others = reachable(&routine, &step.exercise);
            let some_other = others.iter().any(|key| {
                let other = routine.exercise(key).unwrap();
                can_be_done(other, &other.prescription, &within) && !is_harder(other, step, exercise)
            });
            !can_be_done(exercise, prescription, &within) && !some_other
        }).map(|(number, _)| number).collect();
        match routine.adapt(&within) {
            Err(unmet) => {
                prop_assert_eq!(unmet.iter().map(|step| step.number).collect::<Vec<_>>(), hopeless);
                prop_assert!(unmet.iter().all(|step| !step.reasons.is_empty()));
            }
            Ok(plan) => {
                prop_assert_eq!(hopeless, Vec::<i32>::new());
                prop_assert_eq!(plan.steps().count(), steps.len());
                prop_assert_eq!(plan.blocks.len(), routine.blocks.len());
                for (planned, written) in plan.steps().zip(&steps) {
                    prop_assert!(can_be_done(&planned.exercise, &planned.prescription, &within));
                    let missing = |name: &str| within.without.iter().any(|one| one.trim() == name.to_lowercase());
                    prop_assert!(planned.tools.iter().all(|tool| !missing(&tool.name)));
                    prop_assert!(planned.tools.iter().flat_map(|tool| &tool.substitute).all(|name| !missing(name)));
                    for one in planned.exercise.equipment.iter().filter(|one| one.required) {
                        let is_used = |tool: &plan::Tool| match &tool.replaces {
                            None => tool.name == one.name,
                            Some(name) => *name == one.name && Some(&tool.name) == one.substitute.as_ref(),
                        };
                        prop_assert!(planned.tools.iter().any(is_used), "{:?} of {:?}", one, planned.tools);
                    }
                    let exercise = routine.exercise(&written.exercise).unwrap();
                    let prescription = written.prescription.as_ref().unwrap_or(&exercise.prescription);
                    match &planned.replaces {
                        None => prop_assert_eq!(
                            (&planned.exercise.key, &planned.prescription),
                            (&written.exercise, prescription)
                        ),
                        Some(name) => {
                            prop_assert_eq!(name, &exercise.name);
                            prop_assert!(!can_be_done(exercise, prescription, &within), "nothing is replaced without need");
                            prop_assert!(!is_harder(&planned.exercise, written, exercise));
                            prop_assert!(reachable(&routine, &written.exercise).contains(&planned.exercise.key));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_routine_takes_as_long_as_its_parts(routine in routine(), per_rep in 1..9, per_breath in 1..9) {
        let pace = Pace { seconds_per_rep: per_rep, seconds_per_breath: per_breath };
        let whole = routine.plan().duration(pace);
        let counted = Span { min: seconds(&routine, pace, |range| range.min), max: seconds(&routine, pace, |range| range.max) };
        prop_assert_eq!(whole, counted);
        let blocks = routine.plan().blocks.iter().map(|block| block.duration(pace).max).sum::<i64>();
        prop_assert_eq!(whole.max, blocks);
    }

    #[test]
    fn a_circle_among_alternatives_is_found_wherever_it_is(exercises in exercises()) {
        let names = |from: &Exercise, to: &Exercise, is_such: fn(Relation) -> bool| {
            from.alternatives.iter().any(|one| one.exercise == to.key && is_such(one.relation))
        };
        let is_circle = |ways: alternatives::Ways, leads: &dyn Fn(&Exercise, &Exercise) -> bool| {
            // What nothing is left to wait for is taken away; a circle is what remains.
            let mut left: Vec<&Exercise> = exercises.iter().collect();
            loop {
                let before = left.clone();
                left.retain(|from| before.iter().any(|to| leads(from, to)));
                if left.len() == before.len() {
                    break;
                }
            }
            match alternatives::circle(&ways) {
                None => prop_assert!(left.is_empty()),
                Some(way) => {
                    prop_assert!(way.len() >= 2 && way.first() == way.last());
                    for pair in way.windows(2) {
                        prop_assert!(leads(&exercises[pair[0]], &exercises[pair[1]]));
                    }
                }
            }
            Ok(())
        };
        is_circle(alternatives::written(&exercises), &|from, to| names(from, to, |_| true))?;
        is_circle(alternatives::easier(&exercises), &|from, to| {
            names(from, to, |relation| relation == Relation::Easier)
                || names(to, from, |relation| relation == Relation::Harder)
        })?;
        is_circle(alternatives::instead(&exercises), &leads)?;
    }

    #[test]
    fn what_is_stored_reads_back(routine in routine()) {
        let stored = serde_json::to_value(&routine).unwrap();
        prop_assert_eq!(serde_json::from_value::<Routine>(stored).unwrap(), routine);
    }
}

//! What the parts of a routine ask of each other, once each of them makes sense by itself.

use std::collections::HashSet;

use super::limit::{MAX_SECONDS, MAX_STEPS, VIDEO};
use crate::domain::core::error::{ErrorCode, Refusals};
use crate::domain::core::slug;
use crate::domain::routine::{Alternative, Exercise, Position, Relation, Routine, alternatives};
use crate::domain::site::settings::Pace;

pub(super) fn check(routine: &Routine, refusals: &mut Refusals) {
    let before = refusals.len();
    keys(routine, refusals);
    clips(routine, refusals);
    names(routine, refusals);
    circles(routine, refusals);
    let steps = routine.steps().count();
    if steps > MAX_STEPS {
        let message = format!("at most {MAX_STEPS} steps, found {steps}");
        refusals.push(&["blocks"], ErrorCode::TooMany, message);
    }
    if refusals.len() == before {
        let longest = routine.plan().duration(Pace::default()).max;
        if longest > MAX_SECONDS {
            let message = format!("a routine takes at most {MAX_SECONDS} seconds, this one up to {longest}");
            refusals.push(&["blocks"], ErrorCode::OutOfRange, message);
        }
    }
}

fn keys(routine: &Routine, refusals: &mut Refusals) {
    let mut seen = HashSet::new();
    for (index, exercise) in routine.exercises.iter().enumerate() {
        if !seen.insert(exercise.key.as_str()) {
            let message = format!("another exercise has the key {}", exercise.key);
            refusals.push(&["exercises", &index.to_string(), "key"], ErrorCode::Taken, message);
        }
    }
}

/// Parts of the routine's own video need one, and lie within what of it belongs to the routine.
fn clips(routine: &Routine, refusals: &mut Refusals) {
    for (index, exercise) in routine.exercises.iter().enumerate() {
        let Some(clip) = &exercise.clip else { continue };
        let index = index.to_string();
        let path = |field| ["exercises", &index, "clip", field];
        let Some(own) = &routine.video else {
            if !clip.is_elsewhere() {
                let message =
                    "a clip without asset and url is a part of the routine's video, which it has not";
                refusals.push(&path("asset"), ErrorCode::Required, message);
            }
            continue;
        };
        if !clip.is_of(own) {
            continue;
        }
        let (first, last) = (own.start.unwrap_or(0), own.end.unwrap_or(*VIDEO.end()));
        // It begins before the video is over, and ends after that has begun.
        let parts = [("start", clip.start, first..=last - 1), ("end", clip.end, first + 1..=last)];
        for (field, second, within) in parts {
            if let Some(second) = second.filter(|second| !within.contains(second)) {
                let message = format!(
                    "the routine's video is from second {first} to {last}, where a clip has its {field} at \
                     {} to {}, found {second}",
                    within.start(),
                    within.end()
                );
                refusals.push(&path(field), ErrorCode::OutOfRange, message);
            }
        }
    }
}

/// Whatever steps and alternatives name is there, and is what they say of it.
fn names(routine: &Routine, refusals: &mut Refusals) {
    let places = alternatives::places(&routine.exercises);
    for (index, exercise) in routine.exercises.iter().enumerate() {
        for (at, one) in exercise.alternatives.iter().enumerate() {
            let (index, place) = (index.to_string(), at.to_string());
            let path = |field| ["exercises", &index, "alternatives", &place, field];
            match places.get(one.exercise.as_str()) {
                None => refusals.push(&path("exercise"), ErrorCode::NotFound, no_such(&one.exercise)),
                Some(&other) => {
                    if let Some(message) = contradiction(exercise, one, &routine.exercises[other]) {
                        refusals.push(&path("relation"), ErrorCode::Invalid, message);
                    }
                }
            }
            if exercise.alternatives[..at].iter().any(|before| before.exercise == one.exercise) {
                let message = format!("{} is an alternative to it already", one.exercise);
                refusals.push(&path("exercise"), ErrorCode::Taken, message);
            }
        }
    }
    for (index, block) in routine.blocks.iter().enumerate() {
        for (at, step) in block.steps.iter().enumerate() {
            if !places.contains_key(step.exercise.as_str()) {
                let path = ["blocks", &index.to_string(), "steps", &at.to_string(), "exercise"];
                refusals.push(&path, ErrorCode::NotFound, no_such(&step.exercise));
            }
        }
    }
}

/// Where what is known of an alternative is not what its relation says.
fn contradiction(exercise: &Exercise, one: &Alternative, other: &Exercise) -> Option<String> {
    let name = &other.key;
    let efforts = exercise.prescription.effort.zip(other.prescription.effort);
    let efforts = efforts.map(|(own, others)| (own.max, others.max));
    match (one.relation, efforts) {
        (Relation::Seated, _) if other.position != Position::Seated => Some(format!(
            "SEATED leads to what is done seated, and {name} is done {}",
            other.position.words()
        )),
        (Relation::NoEquipment, _) => {
            let tool = other.equipment.iter().find(|one| one.required)?;
            Some(format!("NO_EQUIPMENT leads to what needs none, and {name} needs “{}”", tool.name))
        }
        (Relation::Easier, Some((own, others))) if others > own => Some(format!(
            "EASIER never asks for more effort: {name} has up to {others}, this one up to {own}"
        )),
        (Relation::Harder, Some((own, others))) if others < own => Some(format!(
            "HARDER never asks for less effort: {name} has up to {others}, this one up to {own}"
        )),
        _ => None,
    }
}

/// Nobody who follows alternatives comes back, and nothing is easier than itself.
fn circles(routine: &Routine, refusals: &mut Refusals) {
    let exercises = &routine.exercises;
    let mut refuse = |circle: &[usize], what: &str| {
        let keys: Vec<&str> = circle.iter().map(|&place| exercises[place].key.as_str()).collect();
        let message = format!("{what}: {}", keys.join(" → "));
        let path = ["exercises", &circle[0].to_string(), "alternatives"];
        refusals.push(&path, ErrorCode::Invalid, message);
    };
    if let Some(circle) = alternatives::circle(&alternatives::written(exercises)) {
        refuse(&circle, "alternatives lead in a circle");
    } else if let Some(circle) = alternatives::circle(&alternatives::easier(exercises)) {
        refuse(
            &circle,
            "something would be easier than itself, as EASIER says and HARDER says of the way back",
        );
    }
}

/// A key that is no exercise, without repeating much of it.
fn no_such(key: &str) -> String {
    let key: String = key.chars().filter(|c| !c.is_control()).take(slug::MAX_LENGTH).collect();
    format!("the routine has no exercise with the key “{key}”")
}

//! A routine for somebody who cannot do all of it: every step that asks too much is replaced along its exercise's
//! alternatives. The answer meets every constraint, or names the steps that cannot; there is no half of it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use super::alternatives::{self, Ways};
use super::plan::{Plan, PlanStep, Tool, sense};
use super::{Exercise, Position, Prescription, Routine};

/// What somebody can do. An empty constraint is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// The positions that are possible.
    pub positions: Vec<Position>,
    /// Equipment that is not there.
    pub without: Vec<String>,
    /// The highest effort, 0 to 10.
    pub max_effort: Option<i32>,
}

impl Constraints {
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty() && self.without.is_empty() && self.max_effort.is_none()
    }
}

/// A step that no alternative makes possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// From 1, through all blocks.
    pub number: i32,
    pub exercise: String,
    /// What stands in the way of the exercise itself.
    pub reasons: Vec<Reason>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    Position,
    Equipment,
    /// It is too hard, or nobody said how hard it is.
    Effort,
}

impl Routine {
    /// Names among these that no exercise uses, itself or as a substitute, by their places.
    pub fn unknown_equipment(&self, names: &[String]) -> Vec<usize> {
        if names.is_empty() {
            return Vec::new();
        }
        let known: HashSet<String> = self.equipment_names().map(sense).collect();
        let unknown = names.iter().enumerate().filter(|(_, name)| !known.contains(&sense(name)));
        unknown.map(|(place, _)| place).collect()
    }

    /// The names of all equipment that is written anywhere.
    pub fn equipment_names(&self) -> impl Iterator<Item = &str> {
        let all = self.exercises.iter().flat_map(|exercise| &exercise.equipment);
        all.flat_map(|one| std::iter::once(&one.name).chain(&one.substitute)).map(String::as_str)
    }

    /// The routine within the constraints, or the steps for which there is none. Of several alternatives the nearest is
    /// taken, and the first that was written among those. One that is known to take more effort than what it would stand in
    /// for is never put in, however it is related; what lies behind it may be.
    pub fn adapt(&self, constraints: &Constraints) -> Result<Plan, Vec<Unmet>> {
        let exercises = self.shared();
        let mut plan = self.plan_of(&exercises);
        let mut unmet = Vec::new();
        // Looked at once, however many steps lead to it.
        let places = alternatives::places(&self.exercises);
        let missing = constraints.without.iter().map(|name| sense(name)).collect();
        let search = Search {
            exercises: &self.exercises,
            ways: alternatives::instead(&self.exercises),
            tools: self.exercises.iter().map(|exercise| tools(exercise, &missing)).collect(),
            constraints,
        };
        for step in plan.steps_mut() {
            let place = places[step.exercise.key.as_str()];
            let reasons = search.against(place, &step.prescription);
            let found = if reasons.is_empty() { Some(place) } else { search.instead_of(place, step) };
            let Some(found) = found else {
                unmet.push(Unmet { number: step.number, exercise: step.exercise.name.clone(), reasons });
                continue;
            };
            step.tools = search.tools[found].clone().unwrap_or_default();
            if found != place {
                let replaced = std::mem::replace(&mut step.exercise, Arc::clone(&exercises[found]));
                step.prescription = step.exercise.prescription.clone();
                step.replaces = Some(replaced.name.clone());
                // What was said of the other exercise.
                step.note = None;
            }
        }
        if unmet.is_empty() { Ok(plan) } else { Err(unmet) }
    }
}

/// Where to look for something that can be done. Exercises are named by their places.
struct Search<'r> {
    exercises: &'r [Exercise],
    ways: Ways,
    /// What each is done with, of what is there; `None` where that does not do.
    tools: Vec<Option<Vec<Tool>>>,
    constraints: &'r Constraints,
}

impl Search<'_> {
    /// What stands in the way of an exercise in this prescription.
    fn against(&self, place: usize, prescription: &Prescription) -> Vec<Reason> {
        let Constraints { positions, max_effort, .. } = self.constraints;
        let is_possible = positions.is_empty() || positions.contains(&self.exercises[place].position);
        let is_light =
            max_effort.is_none_or(|most| prescription.effort.is_some_and(|effort| effort.max <= most));
        let met = [
            (is_possible, Reason::Position),
            (self.tools[place].is_some(), Reason::Equipment),
            (is_light, Reason::Effort),
        ];
        met.into_iter().filter(|(is_met, _)| !is_met).map(|(_, reason)| reason).collect()
    }

    /// The nearest exercise that can be done instead of one as a step has it.
    fn instead_of(&self, place: usize, step: &PlanStep) -> Option<usize> {
        let known = step.prescription.effort.or(step.exercise.prescription.effort);
        let is_harder = |prescription: &Prescription| {
            prescription.effort.zip(known).is_some_and(|(effort, known)| effort.max > known.max)
        };
        let mut is_seen = vec![false; self.exercises.len()];
        is_seen[place] = true;
        let mut next = VecDeque::from([place]);
        while let Some(here) = next.pop_front() {
            for &there in &self.ways[here] {
                if std::mem::replace(&mut is_seen[there], true) {
                    continue;
                }
                let prescription = &self.exercises[there].prescription;
                if !is_harder(prescription) && self.against(there, prescription).is_empty() {
                    return Some(there);
                }
                next.push_back(there);
            }
        }
        None
    }
}

/// What is used of the equipment that is there: substitutes for what is not, and nothing for what is not required. `None`
/// where it cannot be done.
fn tools(exercise: &Exercise, missing: &HashSet<String>) -> Option<Vec<Tool>> {
    let is_there = |name: &str| !missing.contains(&sense(name));
    let mut tools = Vec::new();
    for equipment in &exercise.equipment {
        let substitute = equipment.substitute.as_deref().filter(|name| is_there(name));
        if is_there(&equipment.name) {
            tools.push(Tool { substitute: substitute.map(str::to_owned), ..Tool::from(equipment) });
        } else if let Some(substitute) = substitute {
            tools.push(Tool {
                name: substitute.to_owned(),
                required: equipment.required,
                substitute: None,
                replaces: Some(equipment.name.clone()),
            });
        } else if equipment.required {
            return None;
        }
    }
    Some(tools)
}

//! A routine for somebody who cannot do all of it: every step that asks too much is replaced along its exercise's
//! alternatives. The answer meets every constraint, or names the steps that cannot; there is no half of it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::plan::{Plan, Tool, sense};
use super::{Exercise, Position, Prescription, Relation, Routine};

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
    /// taken, and the first that was written among those; what is harder is never put in.
    pub fn adapt(&self, constraints: &Constraints) -> Result<Plan, Vec<Unmet>> {
        let mut plan = self.plan();
        let mut unmet = Vec::new();
        // Looked at once, however many steps lead to it.
        let mut fitting = Fitting {
            missing: constraints.without.iter().map(|name| sense(name)).collect(),
            tools: HashMap::new(),
        };
        for step in plan.steps_mut() {
            match fitting.fit(&step.exercise, &step.prescription, constraints) {
                Ok(tools) => step.tools = tools,
                Err(reasons) => {
                    let Some((other, tools)) = self.instead_of(&step.exercise, constraints, &mut fitting)
                    else {
                        let exercise = step.exercise.name.clone();
                        unmet.push(Unmet { number: step.number, exercise, reasons });
                        continue;
                    };
                    let replaced = std::mem::replace(&mut step.exercise, Arc::new(other.clone()));
                    step.prescription = other.prescription.clone();
                    step.tools = tools;
                    step.replaces = Some(replaced.name.clone());
                    // What was said of the other exercise.
                    step.note = None;
                }
            }
        }
        if unmet.is_empty() { Ok(plan) } else { Err(unmet) }
    }

    /// The nearest alternative within the constraints.
    fn instead_of(
        &self,
        exercise: &Exercise,
        constraints: &Constraints,
        fitting: &mut Fitting,
    ) -> Option<(&Exercise, Vec<Tool>)> {
        let mut seen = HashSet::from([exercise.key.as_str()]);
        let mut next: VecDeque<&Exercise> = self.easier(exercise).collect();
        while let Some(candidate) = next.pop_front() {
            if !seen.insert(&candidate.key) {
                continue;
            }
            if let Ok(tools) = fitting.fit(candidate, &candidate.prescription, constraints) {
                return Some((candidate, tools));
            }
            next.extend(self.easier(candidate));
        }
        None
    }

    fn easier(&self, exercise: &Exercise) -> impl Iterator<Item = &Exercise> {
        let ways = exercise.alternatives.iter().filter(|one| one.relation != Relation::Harder);
        ways.filter_map(|one| self.exercise(&one.exercise)).collect::<Vec<_>>().into_iter()
    }
}

/// Equipment that is not there, and what exercises are done with then, by their keys.
struct Fitting {
    missing: HashSet<String>,
    tools: HashMap<String, Option<Vec<Tool>>>,
}

impl Fitting {
    /// What an exercise is done with within the constraints, or why it is not.
    fn fit(
        &mut self,
        exercise: &Exercise,
        prescription: &Prescription,
        constraints: &Constraints,
    ) -> Result<Vec<Tool>, Vec<Reason>> {
        let mut reasons = Vec::new();
        if !constraints.positions.is_empty() && !constraints.positions.contains(&exercise.position) {
            reasons.push(Reason::Position);
        }
        if !self.tools.contains_key(&exercise.key) {
            self.tools.insert(exercise.key.clone(), tools(exercise, &self.missing));
        }
        let tools = self.tools[&exercise.key].as_ref();
        if tools.is_none() {
            reasons.push(Reason::Equipment);
        }
        let is_too_hard = |most: i32| prescription.effort.is_none_or(|effort| effort.max > most);
        if constraints.max_effort.is_some_and(is_too_hard) {
            reasons.push(Reason::Effort);
        }
        match tools {
            Some(tools) if reasons.is_empty() => Ok(tools.clone()),
            _ => Err(reasons),
        }
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

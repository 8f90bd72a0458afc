//! A routine as it is done: its steps with their exercises, in the form in which it was written or adapted to somebody.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Equipment, Exercise, Prescription, Range, Routine, alternatives};

/// What is done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub blocks: Vec<PlanBlock>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanBlock {
    pub title: Option<String>,
    pub rounds: Range,
    pub rest_between_rounds: Option<Range>,
    pub steps: Vec<PlanStep>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    /// From 1, through all blocks.
    pub number: i32,
    pub exercise: Arc<Exercise>,
    /// The step's own, or the exercise's.
    pub prescription: Prescription,
    pub note: Option<String>,
    /// What is used for it.
    pub tools: Vec<Tool>,
    /// The exercise that it stands in for.
    pub replaces: Option<String>,
}

/// A piece of equipment as it is used in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    pub name: String,
    pub required: bool,
    /// What a household has instead, while the equipment itself is used.
    pub substitute: Option<String>,
    /// The equipment that it stands in for.
    pub replaces: Option<String>,
}

/// A piece of equipment as it is used in the whole plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedTool {
    pub name: String,
    /// Whether some step cannot do without.
    pub required: bool,
    /// All that were named, in order, each once.
    pub substitutes: Vec<String>,
    /// Where it is used, from 1.
    pub steps: Vec<i32>,
}

impl From<&Equipment> for Tool {
    fn from(equipment: &Equipment) -> Self {
        Self {
            name: equipment.name.clone(),
            required: equipment.required,
            substitute: equipment.substitute.clone(),
            replaces: None,
        }
    }
}

impl Routine {
    /// The routine as it was written. A step whose exercise is not there is left out: what was checked has none.
    pub fn plan(&self) -> Plan {
        self.plan_of(&self.shared())
    }

    /// The exercises in their order, for all steps that do them.
    pub(super) fn shared(&self) -> Vec<Arc<Exercise>> {
        self.exercises.iter().cloned().map(Arc::new).collect()
    }

    pub(super) fn plan_of(&self, exercises: &[Arc<Exercise>]) -> Plan {
        let places = alternatives::places(&self.exercises);
        let mut number = 0;
        let blocks = self.blocks.iter().map(|block| {
            let steps = block.steps.iter().filter_map(|step| {
                number += 1;
                let exercise = Arc::clone(&exercises[*places.get(step.exercise.as_str())?]);
                Some(PlanStep {
                    number,
                    prescription: step.prescription.clone().unwrap_or_else(|| exercise.prescription.clone()),
                    note: step.note.clone(),
                    tools: exercise.equipment.iter().map(Tool::from).collect(),
                    replaces: None,
                    exercise,
                })
            });
            PlanBlock {
                title: block.title.clone(),
                rounds: block.rounds,
                rest_between_rounds: block.rest_between_rounds,
                steps: steps.collect(),
            }
        });
        Plan { blocks: blocks.collect() }
    }
}

impl Plan {
    pub fn steps(&self) -> impl Iterator<Item = &PlanStep> {
        self.blocks.iter().flat_map(|block| &block.steps)
    }

    /// Whether some exercise stands in for another one.
    pub fn has_replacements(&self) -> bool {
        self.steps().any(|step| step.replaces.is_some())
    }

    pub(super) fn steps_mut(&mut self) -> impl Iterator<Item = &mut PlanStep> {
        self.blocks.iter_mut().flat_map(|block| &mut block.steps)
    }

    /// Everything that is used, each once, in the order in which it is needed.
    pub fn equipment(&self) -> Vec<MergedTool> {
        let mut merged: Vec<MergedTool> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut substitutes: HashSet<(usize, String)> = HashSet::new();
        for step in self.steps() {
            for tool in &step.tools {
                let at = *places.entry(sense(&tool.name)).or_insert_with(|| {
                    merged.push(MergedTool {
                        name: tool.name.clone(),
                        required: false,
                        substitutes: Vec::new(),
                        steps: Vec::new(),
                    });
                    merged.len() - 1
                });
                let one = &mut merged[at];
                one.required |= tool.required;
                if let Some(substitute) = &tool.substitute
                    && substitutes.insert((at, sense(substitute)))
                {
                    one.substitutes.push(substitute.clone());
                }
                if one.steps.last() != Some(&step.number) {
                    one.steps.push(step.number);
                }
            }
        }
        merged
    }
}

/// What a name means: two that differ in case or in their spaces mean the same thing.
pub(super) fn sense(name: &str) -> String {
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

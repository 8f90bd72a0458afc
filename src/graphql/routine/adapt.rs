//! A routine for somebody who cannot do all of it.

use std::sync::Arc;

use async_graphql::{Enum, SimpleObject, Value};

use super::exercise::Data;
use super::plan::RoutinePlan;
use crate::domain::core::error::{ErrorCode, invalid};
use crate::domain::routine as domain;
use crate::domain::routine::adapt::{Constraints, Reason, Unmet};
use crate::graphql::entry::EntryNode;
use crate::graphql::error::Result;

/// How many names of equipment may be given.
const MAX_WITHOUT: usize = 50;
/// How many names of equipment are told.
const MAX_TOLD: usize = 20;

/// The position of the body during an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Position")]
pub enum BodyPosition {
    /// Lying on the back or on the belly.
    Lying,
    /// Lying on one side.
    SideLying,
    /// Sitting.
    Seated,
    /// Kneeling on one knee or on both.
    Kneeling,
    /// On hands and knees.
    AllFours,
    /// Standing.
    Standing,
    /// Walking, or otherwise moving from one place to another.
    Moving,
}

/// The result of adapting a routine: either a plan that meets every constraint, or the steps that cannot meet them.
#[derive(SimpleObject)]
pub struct AdaptedRoutine {
    /// The adapted plan, or null if at least one step cannot meet the constraints.
    plan: Option<RoutinePlan>,
    /// The steps that cannot be done within the constraints and have no alternative that can. Empty if there is a plan.
    unmet: Vec<UnmetStep>,
}

/// A step that cannot be done within the constraints.
#[derive(SimpleObject)]
pub struct UnmetStep {
    /// The number of the step, counted from 1 through all blocks.
    number: i32,
    /// The name of the exercise.
    exercise: String,
    /// The reasons for which the step cannot be done.
    reasons: Vec<UnmetReason>,
}

/// The reason for which a step cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub enum UnmetReason {
    /// The exercise is done in another position.
    Position,
    /// The exercise needs equipment that is not available and cannot be substituted.
    Equipment,
    /// The exercise takes too much effort, or its effort is unknown.
    Effort,
}

impl AdaptedRoutine {
    pub fn new(
        node: &Arc<EntryNode>,
        data: Data,
        position: Option<Vec<BodyPosition>>,
        without: Option<Vec<String>>,
        max_effort: Option<i32>,
    ) -> Result<Self> {
        let position = position.unwrap_or_default();
        let query = query(&position, without.as_deref().unwrap_or_default(), max_effort);
        let positions = position.into_iter().map(domain::Position::from).collect();
        let constraints = Constraints { positions, without: without.unwrap_or_default(), max_effort };
        let routine = Arc::clone(&data.routine);
        check(&routine, &constraints)?;
        Ok(match routine.adapt(&constraints) {
            Ok(plan) => {
                let is_adapted = plan.has_replacements();
                let plan = RoutinePlan::new(Arc::clone(node), data, plan, is_adapted, query);
                Self { plan: Some(plan), unmet: Vec::new() }
            }
            Err(unmet) => Self { plan: None, unmet: unmet.into_iter().map(UnmetStep::from).collect() },
        })
    }
}

/// The constraints as a query string.
fn query(positions: &[BodyPosition], without: &[String], max_effort: Option<i32>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for position in positions {
        if let Value::Enum(name) = async_graphql::resolver_utils::enum_value(*position) {
            query.append_pair("position", name.as_str());
        }
    }
    for name in without {
        query.append_pair("without", name);
    }
    if let Some(effort) = max_effort {
        query.append_pair("maxEffort", &effort.to_string());
    }
    query.finish()
}

fn check(routine: &domain::Routine, constraints: &Constraints) -> Result<()> {
    if let Some(effort) = constraints.max_effort.filter(|effort| !domain::check::EFFORT.contains(effort)) {
        return Ok(invalid(
            "maxEffort",
            ErrorCode::OutOfRange,
            format!("maxEffort is 0 to 10, found {effort}"),
        )?);
    }
    if constraints.without.len() > MAX_WITHOUT {
        let message = format!("at most {MAX_WITHOUT} names, found {}", constraints.without.len());
        return Ok(invalid("without", ErrorCode::TooMany, message)?);
    }
    if let Some(index) = routine.unknown_equipment(&constraints.without).first() {
        let mut known: Vec<&str> = routine.equipment_names().collect();
        known.sort_unstable();
        known.dedup();
        known.truncate(MAX_TOLD);
        let message = format!(
            "no exercise of this routine uses what without.{index} names; it knows: {}",
            known.join(", ")
        );
        return Ok(invalid("without", ErrorCode::Invalid, message)?);
    }
    Ok(())
}

impl From<Unmet> for UnmetStep {
    fn from(step: Unmet) -> Self {
        let reasons = step.reasons.into_iter().map(UnmetReason::from).collect();
        Self { number: step.number, exercise: step.exercise, reasons }
    }
}

//! Which exercise leads to which other one. Exercises are named by their places here, since ways are gone often.

use std::collections::HashMap;

use super::{Exercise, Relation};

/// From each exercise to others, in the order in which to look at them.
pub type Ways = Vec<Vec<usize>>;

/// Where exercises stand, by their keys.
pub fn places<A>(exercises: &[Exercise<A>]) -> HashMap<&str, usize> {
    exercises.iter().enumerate().map(|(place, exercise)| (exercise.key.as_str(), place)).collect()
}

/// To every alternative, as it was written.
pub fn written<A>(exercises: &[Exercise<A>]) -> Ways {
    ways(exercises, |_| true, |_| false)
}

/// To what is said to be easier: by itself, or by the other one that calls it the harder one.
pub fn easier<A>(exercises: &[Exercise<A>]) -> Ways {
    ways(exercises, |relation| relation == Relation::Easier, |relation| relation == Relation::Harder)
}

/// To what may stand in for it: its own alternatives, but for harder ones, and after them the exercises whose harder
/// one it is.
pub fn instead<A>(exercises: &[Exercise<A>]) -> Ways {
    ways(exercises, |relation| relation != Relation::Harder, |relation| relation == Relation::Harder)
}

/// Along the alternatives whose relation goes `forth`, and then against those whose relation goes `back`. Alternatives that
/// are no exercise lead nowhere.
fn ways<A>(
    exercises: &[Exercise<A>],
    forth: impl Fn(Relation) -> bool,
    back: impl Fn(Relation) -> bool,
) -> Ways {
    let places = places(exercises);
    let all: Vec<(usize, usize, Relation)> = exercises
        .iter()
        .enumerate()
        .flat_map(|(from, exercise)| exercise.alternatives.iter().map(move |one| (from, one)))
        .filter_map(|(from, one)| Some((from, *places.get(one.exercise.as_str())?, one.relation)))
        .collect();
    let mut ways = vec![Vec::new(); exercises.len()];
    for &(from, to, _) in all.iter().filter(|&&(.., relation)| forth(relation)) {
        ways[from].push(to);
    }
    for &(from, to, _) in all.iter().filter(|&&(.., relation)| back(relation)) {
        ways[to].push(from);
    }
    ways
}

/// A circle: the places along it, beginning and ending with the same one. `None` if there is none.
pub fn circle(ways: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut is_done = vec![false; ways.len()];
    for start in 0..ways.len() {
        // The way from `start` to here, with the next one to look at in each place. No recursion: a chain may be as long as
        // there are exercises.
        let mut way = if is_done[start] { Vec::new() } else { vec![(start, 0)] };
        while let Some((here, at)) = way.last_mut() {
            let (from, next) = (*here, ways[*here].get(*at).copied());
            *at += 1;
            match next {
                None => {
                    is_done[from] = true;
                    way.pop();
                }
                Some(to) if !is_done[to] => {
                    if let Some(begin) = way.iter().position(|&(place, _)| place == to) {
                        return Some(way[begin..].iter().map(|&(place, _)| place).chain([to]).collect());
                    }
                    way.push((to, 0));
                }
                Some(_) => {}
            }
        }
    }
    None
}

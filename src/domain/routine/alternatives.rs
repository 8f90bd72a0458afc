//! Which exercise leads to which other one. The way never comes back to where it was.

use std::collections::HashMap;

use super::Exercise;

/// A circle among the alternatives: the keys along it, beginning and ending with the same one. `None` if there is none.
/// Alternatives that are no exercise lead nowhere.
pub fn circle<A>(exercises: &[Exercise<A>]) -> Option<Vec<&str>> {
    let index: HashMap<&str, usize> =
        exercises.iter().enumerate().map(|(index, exercise)| (exercise.key.as_str(), index)).collect();
    let leads_to = |from: usize, at: usize| {
        exercises[from].alternatives.get(at).map(|one| index.get(one.exercise.as_str()).copied())
    };
    let mut is_done = vec![false; exercises.len()];
    for start in 0..exercises.len() {
        // The way from `start` to here, with the next alternative to look at in each place. No recursion: a chain may be as
        // long as there are exercises.
        let mut way = if is_done[start] { Vec::new() } else { vec![(start, 0)] };
        while let Some((here, at)) = way.last_mut() {
            let (from, next) = (*here, leads_to(*here, *at));
            *at += 1;
            match next {
                None => {
                    is_done[from] = true;
                    way.pop();
                }
                Some(Some(to)) if !is_done[to] => {
                    if let Some(begin) = way.iter().position(|&(place, _)| place == to) {
                        let places = way[begin..].iter().map(|&(place, _)| place).chain([to]);
                        return Some(places.map(|place| exercises[place].key.as_str()).collect());
                    }
                    way.push((to, 0));
                }
                Some(_) => {}
            }
        }
    }
    None
}

//! Which messages of two versions belong together.

use crate::version::Message;

/// For each message of `to` the one of `from` that it was: the same text in the same role, else the same text in
/// another role, else by role and order among what is left. `key` says what makes two texts the same.
pub(crate) fn matched(from: &[Message], to: &[Message], key: impl Fn(&str) -> String) -> Vec<Option<usize>> {
    let old: Vec<_> = from.iter().map(|m| (m.role, key(&m.content))).collect();
    let new: Vec<_> = to.iter().map(|m| (m.role, key(&m.content))).collect();
    let mut free = vec![true; from.len()];
    let mut found = vec![None; to.len()];
    let mut pair = |fits: &dyn Fn(usize, usize) -> bool| {
        for (j, place) in found.iter_mut().enumerate().filter(|(_, place)| place.is_none()) {
            *place = (0..from.len()).find(|i| free[*i] && fits(*i, j));
            place.iter().for_each(|i| free[*i] = false);
        }
    };
    pair(&|i, j| old[i] == new[j]);
    pair(&|i, j| old[i].1 == new[j].1 && !new[j].1.trim().is_empty());
    pair(&|i, j| old[i].0 == new[j].0);
    found
}

/// Whether each message stands elsewhere than in the old order: those that are not in the longest run that kept it.
pub(super) fn out_of_order(places: &[Option<usize>]) -> Vec<bool> {
    // The length of the longest run that ends at each place, and what stands before it there.
    let mut runs: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (j, place) in places.iter().enumerate() {
        let before = (0..j).filter(|i| place.is_some() && places[*i].is_some() && places[*i] < *place);
        let best = before.max_by_key(|i| (runs[*i].0, std::cmp::Reverse(*i)));
        runs.push((best.map_or(0, |i| runs[i].0) + 1, best));
    }
    let mut out: Vec<bool> = places.iter().map(Option::is_some).collect();
    let last = (0..places.len()).filter(|j| places[*j].is_some());
    let mut at = last.max_by_key(|j| (runs[*j].0, std::cmp::Reverse(*j)));
    while let Some(j) = at {
        out[j] = false;
        at = runs[j].1;
    }
    out
}

//! Merging the order of lists whose items are known by number: those of the base from 0, new ones after them.

use super::regions::{Region, regions};
use super::{Conflict, Decided, Decisions};

/// The items of a list on both sides, found by number.
pub(super) struct Sides<'s, T> {
    pub(super) base: &'s [T],
    pub(super) ours: &'s [T],
    pub(super) theirs: &'s [T],
    pub(super) layouts: Layouts,
}

impl<T: PartialEq> Sides<'_, T> {
    pub(super) fn our(&self, id: usize) -> Option<&T> {
        self.layouts.ours.iter().position(|i| *i == id).map(|at| &self.ours[at])
    }
    pub(super) fn their(&self, id: usize) -> Option<&T> {
        self.layouts.theirs.iter().position(|i| *i == id).map(|at| &self.theirs[at])
    }

    /// An item that one side changed and the other took away is a conflict of `field`. For the order it counts as still
    /// there on both sides, or the two directions of a merge would differ; returned are those that are to stay away.
    pub(super) fn put_back_changed(
        &self,
        field: &str,
        shown: impl Fn(&T) -> String,
        open: &mut Decisions<'_>,
    ) -> (Layouts, Vec<usize>) {
        let (mut layouts, mut dropped) = (self.layouts.clone(), Vec::new());
        for (id, base) in self.base.iter().enumerate() {
            let (ours, theirs) = (self.our(id), self.their(id));
            let is_ours = match (ours, theirs) {
                (Some(ours), None) if ours != base => {
                    Layouts::put_back(&mut layouts.theirs, id);
                    true
                }
                (None, Some(theirs)) if theirs != base => {
                    Layouts::put_back(&mut layouts.ours, id);
                    false
                }
                _ => continue,
            };
            let (base, ours, theirs) = (Some(shown(base)), ours.map(&shown), theirs.map(&shown));
            let decided = open.ask(Conflict { field: field.to_owned(), line: None, base, ours, theirs });
            if is_ours == matches!(decided, Decided::Theirs) {
                dropped.push(id);
            }
        }
        (layouts, dropped)
    }
}

/// Which item of the base each item is, or which new one.
#[derive(Clone)]
pub(super) struct Layouts {
    /// Number of the base's items.
    base: usize,
    pub(super) ours: Vec<usize>,
    pub(super) theirs: Vec<usize>,
}

impl Layouts {
    /// Numbers the items of both sides. `matched` tells for each item which one of the base it is; `is_equal`, whether a
    /// new one of ours (by its place) is the same as a new one of theirs.
    pub(super) fn new(
        base: usize,
        ours: &[Option<usize>],
        theirs: &[Option<usize>],
        is_equal: impl Fn(usize, usize) -> bool,
    ) -> Self {
        let mut next = base;
        let mut number = || {
            next += 1;
            next - 1
        };
        let ours: Vec<usize> = ours.iter().map(|place| place.unwrap_or_else(&mut number)).collect();
        let mut numbered: Vec<usize> = Vec::with_capacity(theirs.len());
        for (j, place) in theirs.iter().enumerate() {
            let twin = (0..ours.len()).find(|i| ours[*i] >= base && !numbered.contains(&ours[*i]) && is_equal(*i, j));
            numbered.push(place.unwrap_or_else(|| twin.map_or_else(&mut number, |i| ours[i])));
        }
        Self { base, ours, theirs: numbered }
    }

    /// Puts an item that a side took away back where it was.
    fn put_back(side: &mut Vec<usize>, item: usize) {
        let before = (0..item).rev().find_map(|i| side.iter().position(|other| *other == i));
        side.insert(before.map_or(0, |at| at + 1), item);
    }

    /// The order that both sides agree on; none when they moved or added items in each other's way.
    pub(super) fn merged(&self) -> Option<Vec<usize>> {
        let base: Vec<usize> = (0..self.base).collect();
        let mut merged = Vec::new();
        for region in regions(&base, &self.ours, &self.theirs) {
            match region {
                Region::Same(range) => merged.extend(range),
                Region::Ours(range) => merged.extend(&self.ours[range]),
                Region::Theirs(range) => merged.extend(&self.theirs[range]),
                Region::Both { ours, theirs, .. } if self.ours[ours.clone()] == self.theirs[theirs.clone()] => {
                    merged.extend(&self.ours[ours]);
                }
                Region::Both { .. } => return None,
            }
        }
        // One side may have moved what the other left, or moved elsewhere.
        let mut sorted = merged.clone();
        sorted.sort_unstable();
        (sorted == self.expected()).then_some(merged)
    }

    /// What is in the merged list: what no side took away, and what either added.
    fn expected(&self) -> Vec<usize> {
        let (ours, theirs) = (self.ours.iter(), self.theirs.iter());
        let is_kept = |i: &&usize| **i >= self.base || (self.ours.contains(i) && self.theirs.contains(i));
        let mut all: Vec<usize> = ours.chain(theirs).filter(is_kept).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Our order, with what theirs added behind what it follows there.
    pub(super) fn woven(&self) -> Vec<usize> {
        let mut all: Vec<usize> =
            self.ours.iter().filter(|i| **i >= self.base || self.theirs.contains(i)).copied().collect();
        for (j, item) in self.theirs.iter().enumerate().filter(|(_, item)| **item >= self.base) {
            if !all.contains(item) {
                let before = self.theirs[..j].iter().rev().find_map(|i| all.iter().position(|other| other == i));
                let mut at = before.map_or(0, |at| at + 1);
                // Behind what ours added there.
                while all.get(at).is_some_and(|next| *next >= self.base && !self.theirs.contains(next)) {
                    at += 1;
                }
                all.insert(at, *item);
            }
        }
        all
    }
}

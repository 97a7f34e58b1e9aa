//! What two sides made of one sequence: regions that neither, one or both of them changed.

use std::hash::Hash;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A part of the merged sequence. Ranges are places in the sequence of their side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Region {
    Same(Range<usize>),
    Ours(Range<usize>),
    Theirs(Range<usize>),
    Both { base: Range<usize>, ours: Range<usize>, theirs: Range<usize> },
}

/// One change of a side: what was there in the base, and what is there now.
type Change = (Range<usize>, Range<usize>);

/// The regions of a merge, in order. Changes that touch each other are one region.
pub(super) fn regions<T: Eq + Hash>(base: &[T], ours: &[T], theirs: &[T]) -> Vec<Region> {
    let (our_changes, their_changes) = (changes(base, ours), changes(base, theirs));
    let (mut our, mut their) = (Side::new(&our_changes), Side::new(&their_changes));
    let (mut done, mut regions) = (0, Vec::new());
    while let Some(start) = [our.next_start(), their.next_start()].into_iter().flatten().min() {
        let mut end = start;
        let (from_our, from_their) = (our.place(start), their.place(start));
        let (mut is_ours, mut is_theirs) = (false, false);
        loop {
            let (more_ours, more_theirs) = (our.take(&mut end), their.take(&mut end));
            (is_ours, is_theirs) = (is_ours || more_ours, is_theirs || more_theirs);
            if !more_ours && !more_theirs {
                break;
            }
        }
        let (ours, theirs) = (from_our..our.place(end), from_their..their.place(end));
        regions.push(Region::Same(done..start));
        regions.push(match (is_ours, is_theirs) {
            (true, true) => Region::Both { base: start..end, ours, theirs },
            (true, false) => Region::Ours(ours),
            _ => Region::Theirs(theirs),
        });
        done = end;
    }
    regions.push(Region::Same(done..base.len()));
    regions
}

/// The changes of a side that are not in a region yet.
struct Side<'c> {
    changes: &'c [Change],
    /// How much further on the side is than the base, after the changes taken so far.
    added: usize,
    gone: usize,
}

impl<'c> Side<'c> {
    fn new(changes: &'c [Change]) -> Self {
        Self { changes, added: 0, gone: 0 }
    }
    fn next_start(&self) -> Option<usize> {
        self.changes.first().map(|(base, _)| base.start)
    }
    /// The side's place for one of the base that lies after all changes taken.
    fn place(&self, base: usize) -> usize {
        base + self.added - self.gone
    }
    /// Takes the changes that start up to `end`, which moves on with them.
    fn take(&mut self, end: &mut usize) -> bool {
        let mut is_any = false;
        while let Some(((base, side), rest)) = self.changes.split_first().filter(|((base, _), _)| base.start <= *end) {
            (self.added, self.gone) = (self.added + side.len(), self.gone + base.len());
            (self.changes, *end, is_any) = (rest, base.end.max(*end), true);
        }
        is_any
    }
}

fn changes<T: Eq + Hash>(base: &[T], side: &[T]) -> Vec<Change> {
    let ops = capture_diff_slices(Algorithm::Myers, base, side).into_iter();
    let changed = ops.filter(|op| !matches!(op, DiffOp::Equal { .. }));
    changed.map(|op| (op.old_range(), op.new_range())).collect()
}

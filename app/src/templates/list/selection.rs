//! Which rows of the list are selected.

use leptos::prelude::*;

/// The selected templates of the page that is shown.
#[derive(Clone, Copy)]
pub struct Selection {
    chosen: RwSignal<Vec<String>>,
    /// The keys of the page, in its order.
    shown: RwSignal<Vec<String>>,
    /// The row that was chosen last, from which a range goes.
    last: RwSignal<String>,
}

impl Selection {
    pub fn new() -> Self {
        Self { chosen: RwSignal::default(), shown: RwSignal::default(), last: RwSignal::default() }
    }
    /// Another page is shown: what is not on it is no longer selected.
    pub fn show(self, keys: Vec<String>) {
        let mut kept = self.chosen.get_untracked();
        kept.retain(|key| keys.contains(key));
        self.shown.set(keys);
        self.chosen.set(kept);
    }
    pub fn has(self, key: &str) -> bool {
        self.chosen.read().iter().any(|chosen| chosen == key)
    }
    pub fn count(self) -> usize {
        self.chosen.read().len()
    }
    pub fn is_all(self) -> bool {
        let count = self.count();
        count > 0 && count == self.shown.read().len()
    }
    /// Some, but not all.
    pub fn is_some(self) -> bool {
        self.count() > 0 && !self.is_all()
    }
    /// The selected keys, in the order of the page.
    pub fn keys(self) -> Vec<String> {
        self.chosen.get_untracked()
    }
    pub fn choose_all(self, is_on: bool) {
        self.set(if is_on { self.shown.get_untracked() } else { Vec::new() });
    }
    /// Only these stay selected.
    pub fn set(self, keys: Vec<String>) {
        self.chosen.set(keys);
    }
    /// Selects a row or takes it out; as a range, all rows from the one before to this one.
    pub fn choose(self, key: &str, is_on: bool, is_range: bool) {
        let shown = self.shown.get_untracked();
        let place = |key: &str| shown.iter().position(|other| other == key);
        let Some(here) = place(key) else { return };
        let from = Some(self.last.get_untracked()).filter(|_| is_range).and_then(|last| place(&last)).unwrap_or(here);
        let range = &shown[from.min(here)..=from.max(here)];
        let before = self.chosen.get_untracked();
        let is_chosen = |key: &&String| if range.contains(key) { is_on } else { before.contains(key) };
        self.chosen.set(shown.iter().filter(is_chosen).cloned().collect());
        self.last.set(key.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_goes_from_the_row_before_either_way() {
        let owner = Owner::new();
        owner.set();
        let selection = Selection::new();
        selection.show(["a", "b", "c", "d", "e"].map(str::to_owned).to_vec());
        selection.choose("d", true, false);
        selection.choose("b", true, true);
        assert_eq!(selection.keys(), ["b", "c", "d"]);
        selection.choose("c", false, true);
        assert_eq!(selection.keys(), ["d"]);
        selection.choose_all(true);
        assert!(selection.is_all());
        selection.show(["d", "x"].map(str::to_owned).to_vec());
        assert_eq!(selection.keys(), ["d"]);
        selection.choose("gone", true, false);
        assert_eq!(selection.keys(), ["d"]);
    }
}

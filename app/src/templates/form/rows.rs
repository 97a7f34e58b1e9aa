//! Lists of rows in a form: as many as needed with JavaScript, a few blank ones without.

use leptos::prelude::*;

/// A row and with what it starts; what is typed later is only in the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<T> {
    /// Stays the same wherever the row moves.
    pub id: u32,
    pub start: T,
    /// Only for browsers without JavaScript.
    pub is_spare: bool,
}

/// Rows that can be added, removed, brought back and moved.
pub struct Rows<T: Send + Sync + 'static> {
    pub list: RwSignal<Vec<Row<T>>>,
    next: StoredValue<u32>,
    /// The last one removed, and its place.
    pub removed: RwSignal<Option<(usize, T)>>,
}

impl<T: Send + Sync + 'static> Clone for Rows<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Send + Sync + 'static> Copy for Rows<T> {}

impl<T: Clone + Default + Send + Sync + 'static> Rows<T> {
    pub fn new(starts: Vec<T>, spares: usize) -> Self {
        let count = starts.len();
        let all = starts.into_iter().chain((0..spares).map(|_| T::default()));
        let row = |(i, start)| Row { id: i as u32, start, is_spare: i >= count };
        let rows: Vec<_> = all.enumerate().map(row).collect();
        let next = StoredValue::new(rows.len() as u32);
        Self { list: RwSignal::new(rows), next, removed: RwSignal::new(None) }
    }

    /// With JavaScript there is a button instead.
    pub fn drop_spares(self) {
        self.list.update(|rows| rows.retain(|row| !row.is_spare));
    }

    pub fn insert(self, at: usize, start: T) {
        // What an answer brings can come after the page was left.
        let Some(id) = self.next.try_get_value() else { return };
        self.next.set_value(id + 1);
        self.list.update(|rows| rows.insert(at.min(rows.len()), Row { id, start, is_spare: false }));
    }

    /// Other rows in the place of all.
    pub fn replace(self, starts: Vec<T>) {
        self.list.update(Vec::clear);
        starts.into_iter().for_each(|start| self.add(start));
    }

    pub fn add(self, start: T) {
        self.insert(usize::MAX, start);
    }

    /// Takes a row away; `typed` is what is in it, to bring it back.
    pub fn remove(self, at: usize, typed: T) {
        self.list.update(|rows| {
            if at < rows.len() {
                rows.remove(at);
            }
        });
        self.removed.set(Some((at, typed)));
    }

    pub fn bring_back(self) {
        if let Some((at, start)) = self.removed.get_untracked() {
            self.insert(at, start);
            self.removed.set(None);
        }
    }

    /// Swaps a row with the one below it.
    pub fn swap(self, at: usize) {
        self.list.update(|rows| {
            if at + 1 < rows.len() {
                rows.swap(at, at + 1);
            }
        });
    }
}

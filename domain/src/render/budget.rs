//! Work of filters and tests, charged by what they read.

use std::cell::Cell;
use std::marker::PhantomData;

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

use super::RenderError;

thread_local! {
    /// Bytes left for the render that runs on this thread.
    static LEFT: Cell<usize> = const { Cell::new(0) };
}

/// Values nested deeper than the check allows don't occur; this keeps the walk safe all the same.
const MAX_DEPTH: usize = 100;
/// What a single value costs, whatever it is: about the time of so many bytes of text.
pub(super) const VALUE: usize = 32;

/// The work of one render; it stays on its thread.
pub(super) struct Budget(PhantomData<*const ()>);

impl Budget {
    pub(super) fn start(bytes: usize) -> Self {
        LEFT.set(bytes);
        Self(PhantomData)
    }

    /// The render's error, when the budget is what ended it.
    pub(super) fn explain(&self, _: &Error) -> Option<RenderError> {
        let message = "the template's filters and tests read more than they may: shorten loops or variables";
        (LEFT.get() == 0).then(|| RenderError::new("out_of_fuel", message))
    }
}

/// Takes bytes off the budget.
pub(super) fn charge(bytes: usize) -> Result<(), Error> {
    let left = LEFT.get().saturating_sub(bytes);
    LEFT.set(left);
    if left == 0 { Err(Error::new(ErrorKind::InvalidOperation, "too much work")) } else { Ok(()) }
}

/// What is left: measuring further than that is of no use.
pub(super) fn left() -> usize {
    LEFT.get()
}

/// The text itself, or the number of items; nothing below.
pub(super) fn surface(value: &Value) -> usize {
    VALUE + value.as_str().map_or_else(|| value.len().unwrap_or(0), str::len)
}

/// All that is in a value, up to about `limit`.
pub(super) fn whole(value: &Value, limit: usize) -> usize {
    let mut sum = 0;
    add(value, limit, 0, &mut sum);
    sum
}

fn add(value: &Value, limit: usize, depth: usize, sum: &mut usize) {
    *sum += surface(value);
    if *sum > limit || depth > MAX_DEPTH || value.as_str().is_some() {
        return;
    }
    let is_map = value.kind() == ValueKind::Map;
    let Ok(items) = value.try_iter() else { return };
    for item in items {
        add(&item, limit, depth + 1, sum);
        if is_map && let Ok(below) = value.get_item(&item) {
            add(&below, limit, depth + 1, sum);
        }
        if *sum > limit {
            return;
        }
    }
}

/// An upper bound of the text that `tojson` makes with an indent, up to about `limit`.
pub(super) fn json(value: &Value, indent: usize, limit: usize) -> usize {
    let mut sum = 0;
    add_json(value, indent, limit, 0, &mut sum);
    sum
}

fn add_json(value: &Value, indent: usize, limit: usize, depth: usize, sum: &mut usize) {
    // A line break, the indent, quotes, comma and colon; every character may become `\u003c`.
    *sum += 8 + indent * (depth + 1) + value.as_str().map_or(350, |text| 6 * text.len());
    if *sum > limit || depth > MAX_DEPTH || value.as_str().is_some() {
        return;
    }
    let is_map = value.kind() == ValueKind::Map;
    let Ok(items) = value.try_iter() else { return };
    for item in items {
        add_json(&item, indent, limit, depth + 1, sum);
        if is_map && let Ok(below) = value.get_item(&item) {
            add_json(&below, indent, limit, depth + 1, sum);
        }
        if *sum > limit {
            return;
        }
    }
}

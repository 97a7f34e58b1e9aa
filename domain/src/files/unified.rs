//! Differences as `diff -u` shows them, for terminals and logs.

use similar::{Algorithm, TextDiff};

/// The unified diff of two texts; empty when they are the same.
pub fn unified(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_lines(old, new);
    diff.unified_diff().context_radius(3).header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

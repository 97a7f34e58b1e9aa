//! The public functions of the service, read from its source: tables of tests are compared with them, so that a new
//! function can't be forgotten.

use std::collections::BTreeSet;
use std::path::Path;

/// Every `pub fn` whose first parameter is the context, as `templates::create`.
pub fn with_context() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 30, "the source is not read as it is written: {found:?}");
    found
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        // The files of a feature's folder are parts of the feature.
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let part = path.strip_prefix(&source).unwrap().components().next().unwrap();
        let module = part.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        for part in text.split("\npub ").skip(1) {
            let Some(rest) = part.strip_prefix("async fn ").or_else(|| part.strip_prefix("fn ")) else { continue };
            let (name, parameters) = rest.split_once('(').unwrap();
            if parameters.trim_start().starts_with("ctx: &Ctx") {
                found.insert(format!("{module}::{name}"));
            }
        }
    }
}

/// Fails unless the table names exactly the functions there are.
pub fn assert_complete<'a>(table: impl IntoIterator<Item = &'a str>) {
    let named: BTreeSet<String> = table.into_iter().map(str::to_owned).collect();
    let there = with_context();
    let missing: Vec<_> = there.difference(&named).collect();
    let gone: Vec<_> = named.difference(&there).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in the table: {missing:?}; no longer there: {gone:?}");
}

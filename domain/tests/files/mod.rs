//! Files of a folder or an archive, read or told why not.

use std::fmt::Write as _;

use crate::support::run_folder;
use domain::files::{File, read};

#[test]
fn files_are_read_or_told_why_not() {
    run_folder("files", 20, |fixture| {
        let files: Vec<File> = fixture.files().map(|(path, text)| File { path: path.into(), text }).collect();
        let reading = read(&files);
        let mut out = String::new();
        for prompt in &reading.prompts {
            let fields = serde_json::to_value(&prompt.fields).unwrap_or_default();
            let fields: serde_json::Map<_, _> = fields
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            let _ = writeln!(out, "{} {}", prompt.key, serde_json::Value::Object(fields));
            if let Some(origin) = &prompt.origin {
                let _ = writeln!(out, "  exported {} {}", origin.version, origin.hash);
            }
            for parameter in &prompt.content.parameters {
                let _ = writeln!(out, "  {}", serde_json::to_string(parameter).unwrap_or_default());
            }
            if !prompt.content.config.is_empty() {
                let _ = writeln!(out, "  {}", serde_json::to_string(&prompt.content.config).unwrap_or_default());
            }
            for (message, (path, before)) in prompt.content.messages.iter().zip(&prompt.places) {
                let _ = writeln!(out, "  {} {path}+{before} {:?}", message.role.name(), message.content);
            }
        }
        let line = |n: &domain::error::FieldError| n.line.map(|line| format!(":{line}")).unwrap_or_default();
        for n in &reading.problems {
            let _ = writeln!(out, "problem {}{}: {}", n.field, line(n), n.message);
        }
        for n in &reading.notes {
            let _ = writeln!(out, "note {}{}: {}", n.field, line(n), n.message);
        }
        out
    });
}

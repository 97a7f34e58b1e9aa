//! Quick fixes: what would mend the problems that come from names that mean nothing.

use super::{Mend, QuickFix};
use crate::check::position::Source;
use crate::check::unknown::{Meant, Unknown};
use crate::contract::infer;
use crate::error::FieldError;
use crate::lint::{Edit, Fix};
use crate::version::{Parameter, VersionContent};

/// The fixes of the problems that are reported. Causes come with the number of their message.
pub(super) fn fixes(content: &VersionContent, problems: &[FieldError], causes: Vec<(usize, Unknown)>) -> Vec<QuickFix> {
    let undeclared = if causes.iter().any(|(_, c)| c.meant == Meant::Parameter) { infer(content) } else { Vec::new() };
    let sources: Vec<_> = content.messages.iter().map(|message| Source::new(&message.content)).collect();
    let mut fixes = Vec::new();
    for (i, cause) in causes {
        let (Some(source), Some(message)) = (sources.get(i), content.messages.get(i)) else { continue };
        let (line, column) = source.place(cause.at);
        let at = FieldError::new(format!("messages[{i}].content"), "").at(line, column);
        if problems.iter().any(|p| (&p.field, p.line, p.column) == (&at.field, at.line, at.column)) {
            let mends = of(&cause, &message.content, &undeclared).into_iter();
            fixes.extend(mends.map(|(title, mend)| placed(&at, title, mend)));
        }
    }
    fixes
}

fn placed(at: &FieldError, title: String, mend: Mend) -> QuickFix {
    QuickFix { field: at.field.clone(), line: at.line, column: at.column, title, mend }
}

/// The near name first, which is more often meant.
fn of(cause: &Unknown, text: &str, undeclared: &[Parameter]) -> Vec<(String, Mend)> {
    let near = cause.near.as_ref().zip(cause.place(text)).map(|(near, place)| {
        let title = format!("Change to `{near}`");
        let edits = vec![Edit { start: place.start, end: place.end, text: near.clone() }];
        (title.clone(), Mend::Edit(Fix { title, edits }))
    });
    let is_undeclared = |p: &&Parameter| cause.meant == Meant::Parameter && p.name == cause.name;
    let declared = undeclared.iter().find(is_undeclared).map(|parameter| {
        let kind = parameter.kind.name();
        (format!("Declare `{}` as {} {kind}", parameter.name, article(kind)), Mend::Declare(parameter.clone()))
    });
    near.into_iter().chain(declared).collect()
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

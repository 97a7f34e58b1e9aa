//! Where a text reads a parameter, and giving a parameter another name everywhere at once.

use std::ops::Range;

use crate::check::position::Source;
use crate::check::reads::{Binding, Read, reads, reads_watching};
use crate::contract::fits_as_name;
use crate::error::{Error, FieldError, Result};
use crate::lint::{Edit, Fix};
use crate::version::VersionContent;

/// Bytes of every place where a text reads the parameter `name`, in the text's order. Where a loop, `with` or `set` has
/// a value of that name it is not the parameter; where that depends on the run, it counts. Nothing when the text can't
/// be read.
pub fn references(text: &str, name: &str) -> Vec<Range<usize>> {
    let all = reads(text).unwrap_or_default().into_iter();
    all.filter(|read| read.name == name && read.binding != Binding::Local).map(|read| read.at).collect()
}

/// The content with the parameter `from` called `to`, in the contract and in all texts. What it renders stays the same.
/// Fails in field `from` when there is no such parameter, in `to` when the name can't be had, and in the field of the
/// text where the two would be mistaken.
pub fn rename(content: &VersionContent, from: &str, to: &str) -> Result<VersionContent> {
    let mut renamed = content.clone();
    let Some(parameter) = renamed.parameters.iter_mut().find(|p| p.name == from) else {
        return Err(Error::field("from", format!("`{from}` is not a declared parameter")));
    };
    fits_as_name(to).map_err(|message| Error::field("to", message))?;
    if from == to {
        return Ok(renamed);
    }
    if content.parameters.iter().any(|p| p.name == to) {
        return Err(Error::field("to", format!("`{to}` is a parameter already: use another name")));
    }
    parameter.name = to.to_owned();
    for (i, message) in renamed.messages.iter_mut().enumerate() {
        let field = format!("messages[{i}].content");
        let text = rename_in(&message.content, from, to);
        message.content = text.map_err(|error| Error::invalid(vec![FieldError { field, ..error }]))?;
    }
    Ok(renamed)
}

fn rename_in(text: &str, from: &str, to: &str) -> std::result::Result<String, FieldError> {
    let all = reads_watching(text, to)?;
    if let Some((at, message)) = all.iter().find_map(|read| mistaken(read, from, to)) {
        let (line, column) = Source::new(text).place(at);
        return Err(FieldError::new("", message).at(line, column));
    }
    let found = all.iter().filter(|read| read.name == from && read.binding != Binding::Local);
    if let Some(read) = found.clone().find(|read| read.is_taken) {
        let (line, column) = Source::new(text).place(read.at.start);
        let message = format!("`{to}` is a name that the text itself sets here: use another name");
        return Err(FieldError::new("", message).at(line, column));
    }
    let edits = found.map(|read| Edit { start: read.at.start, end: read.at.end, text: to.to_owned() }).collect();
    Ok(Fix { title: String::new(), edits }.apply(text))
}

/// Why a name can't be told from the other, and where.
fn mistaken(read: &Read, from: &str, to: &str) -> Option<(usize, String)> {
    let is_open = matches!(read.binding, Binding::Either | Binding::EitherUnseen);
    if read.name == from && is_open {
        let message = format!("`{from}` can also be what the text itself sets: give that another name first");
        return Some((read.at.start, message));
    }
    if read.name == to && read.binding != Binding::Local {
        return Some((read.at.start, format!("`{to}` is read here already: use another name")));
    }
    None
}

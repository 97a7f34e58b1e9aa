//! Two versions as the model and the callers see them: composed, rendered with the same values, scored.

use std::collections::{BTreeMap, HashSet};

use super::{Options, compare_with, contract_changes};
use crate::check::check_content;
use crate::comparison::{Compared, MessageDiff, Rendered, SampleValue};
use crate::compose::Own;
use crate::composition::Closure;
use crate::error::{Error, FieldError, Kind, Problems, Result};
use crate::execution::Variables;
use crate::lint;
use crate::performance::Measured;
use crate::render::Renderer;
use crate::trial::{sample, text_of, value_of};
use crate::version::{Message, Parameter, VersionContent};

/// One version with all that it names.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub own: Own<'a>,
    pub closure: &'a Closure,
}

/// How to compare two sides.
#[derive(Clone, Copy)]
pub struct Layers<'a> {
    pub options: Options,
    /// The texts with all that they name put in place, where both can be.
    pub is_effective: bool,
    /// Values to render with, as somebody types them.
    pub values: &'a BTreeMap<String, String>,
    /// The rules of lint that the project has switched off.
    pub off: &'a HashSet<String>,
}

/// Compares two versions in every layer but the outcomes, which nobody knows here.
pub fn compare_sides(from: Side<'_>, to: Side<'_>, layers: Layers<'_>) -> Compared {
    let composed = [from, to].map(|side| effective(side).ok().filter(|_| layers.is_effective));
    let (changes, is_effective) = match &composed {
        [Some(old), Some(new)] => (compare_with(old, new, layers.options), true),
        _ => (compare_with(from.own.content, to.own.content, layers.options), false),
    };
    Compared {
        from: from.own.version,
        to: to.own.version,
        is_effective,
        changes,
        rendered: rendered(from, to, layers),
        measured_from: measured(from, layers.off),
        measured_to: measured(to, layers.off),
        figures: Vec::new(),
        notes: Vec::new(),
    }
}

fn effective(side: Side<'_>) -> Result<VersionContent> {
    let mut problems = Problems::default();
    let composed = check_content(&side.own, side.closure, &mut problems).composed;
    problems.finish()?;
    Ok(composed.ok_or_else(Error::internal)?.content)
}

fn measured(side: Side<'_>, off: &HashSet<String>) -> Measured {
    let findings = lint::lint(side.own.content, off);
    Measured { outcomes: None, score: lint::score(&findings).points }
}

/// Renders both with the same values and compares what comes out.
fn rendered(from: Side<'_>, to: Side<'_>, layers: Layers<'_>) -> Rendered {
    let values = values(&from.own.content.parameters, &to.own.content.parameters, layers.values);
    let old = render(from, &values, |value| value.renamed_from.as_ref().unwrap_or(&value.name));
    let new = render(to, &values, |value| &value.name);
    let between = |old: &[Message], new: &[Message]| {
        let content =
            |messages: &[Message]| VersionContent { messages: messages.to_vec(), ..VersionContent::default() };
        compare_with(&content(old), &content(new), layers.options).messages
    };
    let messages = match (&old, &new) {
        (Ok(old), Ok(new)) => between(old, new),
        (Ok(alone), Err(_)) | (Err(_), Ok(alone)) => between(alone, alone),
        _ => Vec::new(),
    };
    Rendered { values, from_error: old.err(), to_error: new.err(), messages }
}

fn render<'v>(
    side: Side<'_>,
    values: &'v [SampleValue],
    name: impl Fn(&'v SampleValue) -> &'v String,
) -> Result<Vec<Message>> {
    let (renderer, _) = Renderer::composed(&side.own, side.closure)?;
    let named: BTreeMap<&String, &SampleValue> = values.iter().map(|value| (name(value), value)).collect();
    let variables = variables(&side.own.content.parameters, &named)?;
    renderer.render(&variables).map_err(|error| Error { kind: Kind::Invalid, ..Error::from(error) })
}

/// The values that a contract takes. What is made up is made for each contract, as types may differ.
fn variables(parameters: &[Parameter], values: &BTreeMap<&String, &SampleValue>) -> Result<Variables> {
    let (mut variables, mut errors) = (Variables::new(), Vec::new());
    for parameter in parameters {
        let Some(value) = values.get(&parameter.name) else { continue };
        let text = if value.is_made_up { sample(parameter) } else { value.text.clone() };
        match value_of(&text, parameter.kind) {
            Ok(Some(value)) => drop(variables.insert(parameter.name.clone(), value)),
            Ok(None) => {}
            Err(wrong) => errors.push(FieldError::new(format!("variables.{}", parameter.name), wrong)),
        }
    }
    if errors.is_empty() { Ok(variables) } else { Err(Error::invalid(errors)) }
}

/// A value for each parameter of either contract: those of the new one in its order, then those it dropped. A renamed
/// parameter is one value.
fn values(from: &[Parameter], to: &[Parameter], given: &BTreeMap<String, String>) -> Vec<SampleValue> {
    let has = |list: &[Parameter], name: &str| list.iter().any(|p| p.name == name);
    let renamed: BTreeMap<String, String> =
        contract_changes(from, to).into_iter().filter_map(|change| Some((change.name, change.renamed_from?))).collect();
    let value = |parameter: &Parameter, in_from: bool, in_to: bool| {
        // A sample set may still have the name before.
        let text = given.get(&parameter.name).or_else(|| given.get(renamed.get(&parameter.name)?));
        SampleValue {
            name: parameter.name.clone(),
            renamed_from: renamed.get(&parameter.name).cloned(),
            kind: parameter.kind,
            is_made_up: text.is_none(),
            // A browser sends the line ends of a form as \r\n.
            text: text.map_or_else(|| sample(parameter), |text| text.replace("\r\n", "\n")),
            one_of: parameter.one_of.iter().map(text_of).collect(),
            in_from,
            in_to,
        }
    };
    let of_new = |p: &Parameter| value(p, has(from, &p.name) || renamed.contains_key(&p.name), true);
    let is_gone = |p: &&Parameter| !has(to, &p.name) && !renamed.values().any(|old| *old == p.name);
    to.iter().map(of_new).chain(from.iter().filter(is_gone).map(|p| value(p, true, false))).collect()
}

/// Lines of all messages that a page shows at most.
const MOST_LINES: usize = 3_000;

/// Leaves out of the messages of all lists what one page can't show: far from any change, then at the end.
pub fn for_page<'a>(lists: impl IntoIterator<Item = &'a mut Vec<MessageDiff>>) {
    let mut left = MOST_LINES;
    let mut cut = |message: MessageDiff| {
        let message = message.cut(left);
        left -= message.lines.len();
        message
    };
    for messages in lists {
        *messages = std::mem::take(messages).into_iter().map(&mut cut).collect();
    }
}

//! Rendering: variables in, messages out, within fixed limits.

use std::panic::{AssertUnwindSafe, catch_unwind};

use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};

use crate::check::{check_composed, position::Source};
use crate::compose::Own;
use crate::composition::{Closure, Composed};
use crate::contract::Contract;
use crate::error::{Error, FieldError, Kind, Problems, Result};
use crate::execution::Variables;
use crate::version::{Message, VersionContent};

mod budget;
mod filters;
mod json;
mod order;
mod output;
mod python;
mod trace;
mod values;

pub(crate) use filters::range_length;

use budget::Budget;
use output::Output;

/// The most instructions of one message.
pub const FUEL: u64 = 50_000;
/// The most bytes of all rendered messages together.
pub const MAX_OUTPUT_BYTES: usize = 1 << 20;
/// The most bytes that filters and tests may read in one render, all messages together.
pub const MAX_WORK_BYTES: usize = 16 << 20;
/// The most items of a `range(…)`.
pub const MAX_RANGE: i64 = 10_000;
/// The most loops and blocks inside one another.
const MAX_FRAMES: usize = 100;

/// A version's messages and contract, compiled once and rendered many times, from any thread.
pub struct Renderer {
    environment: Environment<'static>,
    contract: Contract,
    messages: Vec<Message>,
    /// What each message is called in the environment.
    names: Vec<String>,
}

/// Why a render failed; safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// `invalid_variables`, `render_error`, `output_too_large` or `out_of_fuel`.
    pub error_type: &'static str,
    pub message: String,
    /// The variables that are wrong, or the place in the template.
    pub errors: Vec<FieldError>,
}

impl Renderer {
    /// Compiles a version that names no other templates. Runs the static check first and fails with its problems:
    /// nothing unproven is compiled.
    pub fn new(content: &VersionContent) -> Result<Self> {
        Self::composed(&Own { key: "", version: 0, content }, &Closure::new()).map(|(renderer, _)| renderer)
    }

    /// As [`Renderer::new`], for a version and the templates that it names. Gives the composed content too.
    pub fn composed(own: &Own<'_>, closure: &Closure) -> Result<(Self, Composed)> {
        let mut problems = Problems::default();
        let checked = check_composed(own, closure, &mut problems);
        problems.finish()?;
        let composed = checked.composed.ok_or_else(Error::internal)?;
        Ok((Self::compile(&composed.content)?, composed))
    }

    fn compile(content: &VersionContent) -> Result<Self> {
        let mut environment = environment();
        let messages: Vec<_> = content.messages.iter().map(with_plain_lines).collect();
        let names: Vec<_> = (0..messages.len()).map(|i| i.to_string()).collect();
        for (name, message) in names.iter().zip(&messages) {
            let added = environment.add_template_owned(name.clone(), message.content.clone());
            // The check has parsed the same text before.
            added.map_err(|_| Error::internal())?;
        }
        let contract = Contract::new(&content.parameters)?;
        Ok(Self { environment, contract, messages, names })
    }

    /// Checks the variables against the contract and fills them in.
    pub fn render(&self, variables: &Variables) -> std::result::Result<Vec<Message>, RenderError> {
        let root = self.root(variables)?;
        let budget = Budget::start(MAX_WORK_BYTES);
        let mut left = MAX_OUTPUT_BYTES;
        let mut messages = Vec::with_capacity(self.messages.len());
        for i in 0..self.messages.len() {
            let content = fill_in(&self.environment, &self.names[i], root.clone(), left);
            let content = content.map_err(|failure| self.refusal(i, failure, &budget))?;
            left -= content.len();
            messages.push(Message { role: self.messages[i].role, content });
        }
        Ok(messages)
    }

    /// What a template sees: the variables, completed by the contract.
    fn root(&self, variables: &Variables) -> std::result::Result<Value, RenderError> {
        let variables = self.contract.apply(variables).map_err(RenderError::variables)?;
        Ok(Value::from_pairs(variables.iter().map(|(name, value)| (name.as_str(), convert(value)))))
    }

    fn refusal(&self, i: usize, failure: Failure, budget: &Budget) -> RenderError {
        match failure {
            Failure::TooLarge => RenderError::too_large(),
            Failure::NotText => RenderError::new("render_error", "the output is not text"),
            Failure::Engine(error) => budget.explain(&error).unwrap_or_else(|| self.explain(i, &error)),
            Failure::Panic => RenderError::new("render_error", "the template can't be rendered with these variables"),
        }
    }

    fn explain(&self, i: usize, error: &minijinja::Error) -> RenderError {
        if error.kind() == ErrorKind::OutOfFuel {
            let message = format!("the template takes more than {FUEL} steps: shorten its loops or the lists");
            return RenderError::new("out_of_fuel", message);
        }
        let source = Source::new(&self.messages[i].content);
        let reason = match error.kind() {
            ErrorKind::UndefinedError => "an attribute is read of something that is not there",
            ErrorKind::CannotUnpack => "a list has not as many items as there are names to take them",
            _ => error.detail().unwrap_or("the value doesn't fit here"),
        };
        let reason: String = reason.chars().take(200).collect();
        let (line, column) = match error.range() {
            Some(range) => source.place(range.start),
            None => (error.line().unwrap_or(1) as u32, 1),
        };
        let place = FieldError::new(format!("messages[{i}].content"), reason.clone()).at(line, column);
        let message = format!("message {} can't be rendered, line {line}: {reason}", i + 1);
        RenderError { errors: vec![place], ..RenderError::new("render_error", message) }
    }
}

/// Why a template was not filled in.
enum Failure {
    TooLarge,
    NotText,
    Engine(minijinja::Error),
    Panic,
}

/// Renders a template of the environment, up to `limit` bytes.
fn fill_in(
    environment: &Environment<'_>,
    name: &str,
    root: Value,
    limit: usize,
) -> std::result::Result<String, Failure> {
    let template = environment.get_template(name).map_err(Failure::Engine)?;
    let mut output = Output::new(limit, template.source().len());
    // A panic in the engine would be a bug there; it must not end the request's thread.
    let result = catch_unwind(AssertUnwindSafe(|| template.render_captured_to(root, &mut output).map(drop)));
    match result {
        Ok(Ok(())) => output.into_text().ok_or(Failure::NotText),
        Ok(Err(_)) if output.is_full() => Err(Failure::TooLarge),
        Ok(Err(error)) => Err(Failure::Engine(error)),
        Err(_) => Err(Failure::Panic),
    }
}

/// As in Jinja2, every line of a template ends with a line feed, however it was written.
fn with_plain_lines(message: &Message) -> Message {
    Message { role: message.role, content: message.content.replace("\r\n", "\n").replace('\r', "\n") }
}

/// Jinja2's defaults: what is undefined prints nothing, nothing is escaped, values print as in Python. No clock, no
/// randomness, and only the filters, tests and functions that are charged.
fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(python::format);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(MAX_FRAMES);
    environment.set_debug(false);
    filters::register(&mut environment);
    environment
}

pub(crate) fn convert(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::from(()),
        Json::Bool(b) => Value::from(*b),
        Json::Number(n) => match (n.as_i64(), n.as_u64()) {
            (Some(n), _) => Value::from(n),
            (_, Some(n)) => Value::from(n),
            _ => Value::from(n.as_f64().unwrap_or_default()),
        },
        Json::String(s) => Value::from(s.as_str()),
        Json::Array(items) => Value::from(items.iter().map(convert).collect::<Vec<_>>()),
        Json::Object(map) => Value::from_pairs(map.iter().map(|(key, item)| (key.as_str(), convert(item)))),
    }
}

/// A value as `{{ … }}` prints it.
#[cfg(test)]
pub(crate) fn printed(value: &serde_json::Value) -> String {
    python::text(&convert(value))
}

/// The texts of all messages, joined by a blank line.
pub fn joined(messages: &[Message]) -> String {
    messages.iter().map(|m| m.content.as_str()).collect::<Vec<_>>().join("\n\n")
}

impl RenderError {
    fn new(error_type: &'static str, message: impl Into<String>) -> Self {
        Self { error_type, message: message.into(), errors: Vec::new() }
    }
    fn variables(errors: Vec<FieldError>) -> Self {
        let message = match errors.as_slice() {
            [one] => format!("{} {}", one.field, one.message),
            many => format!("{} variables are not valid", many.len()),
        };
        Self { errors, ..Self::new("invalid_variables", message) }
    }
    fn too_large() -> Self {
        let message = format!("the rendered messages are larger than {} KB", MAX_OUTPUT_BYTES / 1024);
        Self::new("output_too_large", message)
    }
}

impl std::fmt::Display for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for RenderError {}

impl From<RenderError> for Error {
    fn from(error: RenderError) -> Self {
        Self { errors: error.errors, ..Self::new(Kind::Invalid, error.error_type, error.message) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renderer_is_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Renderer>();
    }

    #[test]
    fn an_unproven_template_is_never_compiled() {
        let message = Message { content: "{{ 'x' * 99000000 }}".into(), ..Message::default() };
        let content = VersionContent { messages: vec![message], ..VersionContent::default() };
        let error = Renderer::new(&content).err().map(|e| e.errors.len());
        assert_eq!(error, Some(1));
    }

    #[test]
    fn texts_are_joined_by_a_blank_line() {
        let message = |text: &str| Message { content: text.into(), ..Message::default() };
        assert_eq!(joined(&[message("a"), message("b")]), "a\n\nb");
        assert_eq!(joined(&[]), "");
    }

    #[test]
    fn a_failed_render_becomes_an_invalid_request() {
        let error = Error::from(RenderError::too_large());
        assert_eq!((error.kind, error.code.as_str()), (Kind::Invalid, "output_too_large"));
    }
}

//! The templates of a closure as minijinja renders them together: what the linker's text is held against.

use std::collections::HashMap;

use domain::composition::{Closure, Target, message_for};
use domain::execution::Variables;
use domain::version::VersionContent;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};
use regex::Regex;

/// Renders one message with all templates loaded. What an included template sets stays inside of it, as Jinja2 has it
/// and minijinja has not; everything else is minijinja's own.
pub(crate) fn together(
    content: &VersionContent,
    message: usize,
    closure: &Closure,
    variables: &Variables,
) -> Result<String, String> {
    let role = content.messages[message].role;
    let mut texts: HashMap<String, String> = HashMap::new();
    for (reference, target) in closure {
        let Target::Found(part) = target else { continue };
        if let Ok(i) = message_for(&part.content, role, reference) {
            texts.insert(reference.clone(), with_frames(&part.content.messages[i].content));
        }
    }
    texts.insert("\0".into(), with_frames(&content.messages[message].content));
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    for (name, text) in texts {
        // One that can't be read is missed when it is named.
        drop(environment.add_template_owned(name, text));
    }
    environment.add_function("range", |n: i64| (0..n).collect::<Vec<_>>());
    let template = environment.get_template("\0").map_err(|error| error.to_string())?;
    template.render(value(&serde_json::Value::Object(variables.clone()))).map_err(|error| match error.kind() {
        ErrorKind::TemplateNotFound => "missing".to_owned(),
        _ => format!("{error:#}"),
    })
}

fn with_frames(text: &str) -> String {
    let include = Regex::new(r#"\{%([-+]?)(\s*include\s+"[^"]*"[^%]*?)([-+]?)%\}"#).unwrap();
    // Every line of a template ends with a line feed.
    let text = text.replace("\r\n", "\n");
    include.replace_all(&text, "{%$1 with %}{%$2 %}{% endwith $3%}").into_owned()
}

fn value(from: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match from {
        Json::Null => Value::from(()),
        Json::Bool(b) => Value::from(*b),
        Json::Number(n) => n.as_i64().map_or_else(|| Value::from(n.as_f64().unwrap_or_default()), Value::from),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::from(items.iter().map(value).collect::<Vec<_>>()),
        Json::Object(map) => Value::from_pairs(map.iter().map(|(key, item)| (key.as_str(), value(item)))),
    }
}

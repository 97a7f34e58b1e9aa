//! Code that calls a template, with its real key and variables that fit its contract.

use domain::version::{Parameter, ParameterType};
use serde_json::{Map, Value, json};

/// The languages, by their name in the URL.
pub const LANGUAGES: [(&str, &str); 4] =
    [("curl", "curl"), ("python", "Python"), ("typescript", "TypeScript"), ("rust", "Rust")];

/// Variables that satisfy the contract: the required ones, and those with a default.
pub fn sample_variables(parameters: &[Parameter]) -> Value {
    let wanted = parameters.iter().filter(|p| p.required || p.default.is_some());
    Value::Object(wanted.map(|p| (p.name.clone(), sample(p))).collect())
}

fn sample(parameter: &Parameter) -> Value {
    if let Some(value) = parameter.default.as_ref().or(parameter.one_of.first()) {
        return value.clone();
    }
    let least = parameter.min.filter(|n| *n > 1.0).or(parameter.max.filter(|n| *n < 1.0)).unwrap_or(1.0);
    match parameter.kind {
        ParameterType::String => json!(text(parameter)),
        ParameterType::Number => json!(least),
        ParameterType::Integer => json!(least.ceil() as i64),
        ParameterType::Boolean => json!(true),
        ParameterType::Array => json!(["…"]),
        ParameterType::Object => Value::Object(Map::new()),
    }
}

/// The name of the parameter as words, as long as the contract wants it.
fn text(parameter: &Parameter) -> String {
    let mut text = format!("your {}", parameter.name.replace('_', " "));
    let most = parameter.max.map_or(usize::MAX, |n| n as usize);
    let least = parameter.min.map_or(0, |n| n as usize).min(1_000);
    while text.chars().count() < least {
        text.push('.');
    }
    text.chars().take(most).collect()
}

/// A call that renders the template.
pub fn render(language: &str, origin: &str, key: &str, variables: &Value) -> String {
    let body = json!({ "template_name": key, "variables": variables });
    let body = serde_json::to_string_pretty(&body).unwrap_or_default();
    let url = format!("{origin}/api/v1/prompts/render");
    match language {
        "python" => python(&url, &body),
        "typescript" => typescript(&url, &body),
        "rust" => rust(&url, &body),
        _ => format!(
            "curl {url} \\\n  -H \"X-Api-Key: $PROMPTORY_API_KEY\" \\\n  -H 'Content-Type: application/json' \\\n  -d '{}'",
            body.replace('\'', r"'\''")
        ),
    }
}

/// A call that fetches the messages as they are, for callers that fill them in themselves.
pub fn fetch(origin: &str, key: &str) -> String {
    format!("curl \"{origin}/api/v1/prompts/{key}?include_parameters=true\" \\\n  -H \"X-Api-Key: $PROMPTORY_API_KEY\"")
}

fn indented(text: &str, by: usize) -> String {
    text.replace('\n', &format!("\n{}", " ".repeat(by)))
}

fn python(url: &str, body: &str) -> String {
    let body = serde_json::from_str(body).map_or_else(|_| body.to_owned(), |value: Value| python_value(&value, 4));
    format!(
        r#"import os
import requests

response = requests.post(
    "{url}",
    headers={{"X-Api-Key": os.environ["PROMPTORY_API_KEY"]}},
    json={body},
    timeout=10,
)
response.raise_for_status()
messages = response.json()["messages"]"#
    )
}

/// A JSON value as Python writes it.
fn python_value(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent + 4);
    let end = " ".repeat(indent);
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Object(map) if !map.is_empty() => {
            let entry = |(k, v): (&String, &Value)| format!("{pad}{}: {},\n", json!(k), python_value(v, indent + 4));
            format!("{{\n{}{end}}}", map.iter().map(entry).collect::<String>())
        }
        Value::Array(items) if !items.is_empty() => {
            let entry = |v: &Value| format!("{pad}{},\n", python_value(v, indent + 4));
            format!("[\n{}{end}]", items.iter().map(entry).collect::<String>())
        }
        other => other.to_string(),
    }
}

fn typescript(url: &str, body: &str) -> String {
    let body = indented(body, 2);
    format!(
        r#"const response = await fetch("{url}", {{
  method: "POST",
  headers: {{
    "X-Api-Key": process.env.PROMPTORY_API_KEY!,
    "Content-Type": "application/json",
  }},
  body: JSON.stringify({body}),
}});
if (!response.ok) throw new Error(await response.text());
const {{ messages }} = await response.json();"#
    )
}

fn rust(url: &str, body: &str) -> String {
    let body = indented(body, 4);
    format!(
        r#"let reply: serde_json::Value = reqwest::Client::new()
    .post("{url}")
    .header("X-Api-Key", std::env::var("PROMPTORY_API_KEY")?)
    .json(&serde_json::json!({body}))
    .send()
    .await?
    .error_for_status()?
    .json()
    .await?;
let messages = &reply["messages"];"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, kind: ParameterType) -> Parameter {
        Parameter { name: name.into(), kind, required: true, ..Parameter::default() }
    }

    #[test]
    fn samples_satisfy_the_contract() {
        let parameters = [
            Parameter { min: Some(20.0), ..parameter("goal", ParameterType::String) },
            Parameter { max: Some(4.0), ..parameter("code", ParameterType::String) },
            Parameter { min: Some(2.5), ..parameter("count", ParameterType::Integer) },
            Parameter { one_of: vec![json!("a"), json!("b")], ..parameter("tone", ParameterType::String) },
            Parameter { required: false, ..parameter("left_out", ParameterType::String) },
        ];
        let sample = sample_variables(&parameters);
        assert_eq!(sample, json!({"goal": "your goal...........", "code": "your", "count": 3, "tone": "a"}));
    }

    #[test]
    fn every_language_names_key_and_address() {
        let variables = json!({"is_new": true, "name": "it's"});
        for (language, _) in LANGUAGES {
            let text = render(language, "https://p.example", "core_values", &variables);
            assert!(text.contains("https://p.example/api/v1/prompts/render") && text.contains("core_values"), "{text}");
        }
        assert!(render("curl", "", "k", &variables).contains(r"it'\''s"));
        assert!(render("python", "", "k", &variables).contains("True"));
    }
}

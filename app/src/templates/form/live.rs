//! What is typed, checked and rendered at every key: by the engine in the browser, or by the server where that is away.

use domain::comparison::ParameterChange;
use domain::composition::Closure;
use domain::error::{Error, Kind};
use domain::preview::{Checked, Preview};
use domain::tokens::CallTokens;
use domain::version::{Message, Parameter, VersionContent};
use serde_json::json;

use super::code;
use super::data::{EditorForm, Parsed};
use super::server::{lint_form, load_closure, preview_form};
use crate::engine::{Failure, ask};

/// What became of a look at the form; none where there was no answer.
pub struct Seen {
    pub checked: Option<Checked>,
    pub preview: Option<Preview>,
    /// The browser's engine answered, so that it can be asked at every key.
    pub is_local: bool,
}

/// Whose text it is.
#[derive(Clone)]
pub struct Whose {
    pub project: String,
    /// Empty for a new template.
    pub key: String,
    /// Rules of lint that the project has switched off.
    pub off: Vec<String>,
}

/// What a text extends, includes and imports: kept for as long as it names the same.
#[derive(Clone, Default)]
pub struct Named {
    references: Vec<String>,
    closure: Closure,
}

/// Checks and previews a form.
pub async fn look(whose: Whose, form: EditorForm, parsed: Parsed, named: &mut Named) -> Seen {
    match in_the_browser(&whose, &form, &parsed, named).await {
        Ok((checked, preview)) => Seen { checked: Some(checked), preview: Some(preview), is_local: true },
        Err(Failure::Slow) => Seen { checked: None, preview: Some(stopped()), is_local: true },
        Err(Failure::Away) => Seen {
            checked: lint_form(whose.project.clone(), whose.key.clone(), form.clone()).await.ok(),
            preview: preview_form(whose.project, whose.key, form).await.ok(),
            is_local: false,
        },
    }
}

async fn in_the_browser(
    whose: &Whose,
    form: &EditorForm,
    parsed: &Parsed,
    named: &mut Named,
) -> Result<(Checked, Preview), Failure> {
    let content = &parsed.content;
    let references: Vec<String> = ask("references_of", content).await?;
    if references != named.references {
        let closure = load_closure(whose.project.clone(), whose.key.clone(), form.clone()).await;
        *named = Named { references, closure: closure.map_err(|_| Failure::Away)? };
        tell_blocks(content, named).await;
    }
    let mut asked = json!({ "key": whose.key, "content": content, "closure": named.closure, "off": whose.off });
    let checked: Checked = ask("check", &asked).await?;
    let preview = match form.variables(content) {
        Ok(variables) => {
            asked["variables"] = json!(variables);
            ask("preview", &asked).await?
        }
        Err(error) => Preview { error: Some(error), ..Preview::default() },
    };
    Ok((parsed.checked(checked), parsed.previewed(preview)))
}

/// What can be filled in; a text that can't be read while a tag is typed names nothing, and changes nothing here.
async fn tell_blocks(content: &VersionContent, named: &Named) {
    if !named.references.is_empty()
        && let Ok(blocks) = ask::<Vec<String>>("blocks", &json!({ "content": content, "closure": named.closure })).await
    {
        code::set_blocks(&blocks);
    }
}

fn stopped() -> Preview {
    let message = "The preview took longer than a second and was stopped: shorten the loops or the values.";
    Preview { error: Some(Error::new(Kind::Invalid, "slow", message)), ..Preview::default() }
}

/// About what the rendered messages make of tokens, at once; none where the engine is away.
pub async fn estimate(messages: &[Message], model: &str) -> Option<CallTokens> {
    ask("count_tokens", &json!({ "messages": messages, "model": model })).await.ok()
}

/// How a contract differs from what callers keep to; nothing where the engine is away, as the comparison shows it too.
pub async fn contract_changes(from: Option<Vec<Parameter>>, to: Vec<Parameter>) -> Vec<ParameterChange> {
    let Some(from) = from else { return Vec::new() };
    ask("contract_changes", &json!({ "from": from, "to": to })).await.unwrap_or_default()
}

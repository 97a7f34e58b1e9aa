//! What is typed, checked and rendered at every key: by the engine in the browser, or by the server where that is away.

use std::borrow::Cow;

use domain::comparison::ParameterChange;
use domain::composition::Closure;
use domain::error::{Error, Kind};
use domain::preview::{Checked, Look, Looked, Preview};
use domain::tokens::CallTokens;
use domain::version::{Parameter, VersionContent};
use serde_json::json;

use super::code;
use super::data::{EditorForm, Parsed};
use super::server::{lint_form, load_closure, preview_form};
use crate::engine::{Failure, ask};

/// What became of a look at the form; none where there was no answer.
#[derive(Default)]
pub struct Seen {
    pub checked: Option<Checked>,
    pub preview: Option<Preview>,
    /// About what the previewed messages make of tokens.
    pub tokens: Option<CallTokens>,
    /// How the contract differs from what callers keep to: told by the browser's engine only, as the comparison shows it too.
    pub contract_changes: Option<Vec<ParameterChange>>,
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
    /// The contract that callers keep to.
    pub callers: Option<Vec<Parameter>>,
}

/// What a text extends, includes and imports: kept for as long as it names the same.
#[derive(Clone, Default)]
pub struct Named {
    references: Vec<String>,
    closure: Closure,
}

impl Named {
    /// The question, about a text that names these.
    fn filled<'a>(&'a self, asked: &Look<'a>) -> Look<'a> {
        let references = Cow::Borrowed(&*self.references);
        Look { references, closure: Cow::Borrowed(&self.closure), ..asked.clone() }
    }
}

/// Checks and previews a form.
pub async fn look(whose: Whose, form: EditorForm, parsed: Parsed, named: &mut Named) -> Seen {
    match in_the_browser(&whose, &form, &parsed, named).await {
        Ok(seen) => seen,
        Err(Failure::Slow) => Seen { preview: Some(stopped()), is_local: true, ..Seen::default() },
        Err(Failure::Away) => Seen {
            checked: lint_form(whose.project.clone(), whose.key.clone(), form.clone()).await.ok(),
            preview: preview_form(whose.project, whose.key, form).await.ok(),
            contract_changes: Some(Vec::new()),
            ..Seen::default()
        },
    }
}

async fn in_the_browser(whose: &Whose, form: &EditorForm, parsed: &Parsed, named: &mut Named) -> Result<Seen, Failure> {
    let content = &parsed.content;
    let variables = form.variables(content);
    let asked = Look {
        key: Cow::Borrowed(&*whose.key),
        content: Cow::Borrowed(content),
        off: whose.off.iter().cloned().collect(),
        variables: variables.as_ref().ok().cloned(),
        callers: whose.callers.clone(),
        ..Look::default()
    };
    let mut answer: Looked = ask("look", named.filled(&asked)).await?;
    if answer.seen.is_none() {
        let closure = load_closure(whose.project.clone(), whose.key.clone(), form.clone()).await;
        *named = Named { references: answer.references, closure: closure.map_err(|_| Failure::Away)? };
        tell_blocks(content, named).await;
        answer = ask("look", named.filled(&asked)).await?;
    }
    let seen = answer.seen.ok_or(Failure::Away)?;
    let preview = seen.preview.or_else(|| Some(Preview { error: variables.err(), ..Preview::default() }));
    Ok(Seen {
        checked: Some(parsed.checked(seen.checked)),
        preview: preview.map(|preview| parsed.previewed(preview)),
        tokens: seen.tokens,
        contract_changes: Some(seen.contract_changes),
        is_local: true,
    })
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

//! What an editor shows of a text that is being written: what a save would say, and the messages rendered.
//!
//! The same functions run in the browser's worker and on the server, so that both say the same.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::comparison::ParameterChange;
use crate::composition::{Closure, SourceTemplate};
use crate::error::{Error, FieldError};
use crate::execution::Variables;
use crate::lint::{Finding, Fix, Score};
use crate::tokens::CallTokens;
use crate::version::{MessageRole, Parameter, VersionContent};

/// What an editor asks at every key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Look<'a> {
    /// Empty for a new template.
    pub key: Cow<'a, str>,
    pub content: Cow<'a, VersionContent>,
    /// What the closure was put together for, as the content wrote it.
    pub references: Cow<'a, [String]>,
    pub closure: Cow<'a, Closure>,
    /// Rules of lint that the project has switched off.
    pub off: HashSet<String>,
    /// None while a value can't be read.
    pub variables: Option<Variables>,
    /// The contract that callers keep to; none for a new template.
    pub callers: Option<Vec<Parameter>>,
}

/// What is to be said of what is typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// What the content extends, includes and imports, as written.
    pub references: Vec<String>,
    /// None where these are not what the closure was put together for: it has to be asked again with another.
    pub seen: Option<Seen>,
}

/// A text checked, and rendered with the values to try.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// None without values.
    pub preview: Option<Preview>,
    /// About what the rendered messages make of tokens.
    pub tokens: Option<CallTokens>,
    pub checked: Checked,
    /// How the contract differs from what callers keep to.
    pub contract_changes: Vec<ParameterChange>,
}

/// What is said of a text before it is saved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// They would stop the save.
    pub problems: Vec<FieldError>,
    pub warnings: Vec<FieldError>,
    /// What could be better.
    pub findings: Vec<Finding>,
    /// What the findings leave of 100.
    pub score: Score,
    /// What would mend problems, in the problems' order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<QuickFix>,
}

/// A change that mends a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuickFix {
    /// Field and place are the problem's.
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    pub title: String,
    pub mend: Mend,
}

/// What a quick fix does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mend {
    /// Adds a parameter to the contract.
    Declare(Parameter),
    /// Changes the field's text.
    Edit(Fix),
}

/// The messages with the values to try, or why there are none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    pub messages: Vec<RenderedMessage>,
    pub error: Option<Error>,
}

/// A rendered message in pieces; joined, they are its text exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedMessage {
    pub role: MessageRole,
    pub pieces: Vec<Piece>,
}

/// A part of a rendered message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub text: String,
    /// The parameters that it was made of; empty for what stands in the template.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// The template that the text, or the tag that printed it, stands in; none for the one that is rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<SourceTemplate>,
}

impl RenderedMessage {
    /// The message's text.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }
}

#[cfg(feature = "engine")]
mod fixes;

#[cfg(feature = "engine")]
pub use live::{check, look, preview};

#[cfg(feature = "engine")]
mod live {
    use std::collections::HashSet;

    use super::fixes::fixes;
    use super::{Checked, Look, Looked, Preview, RenderedMessage, Seen};
    use crate::check::check_with_causes;
    use crate::compose::{self, Own};
    use crate::composition::Closure;
    use crate::error::{Error, Kind, Problems, Result};
    use crate::execution::Variables;
    use crate::lint;
    use crate::render::Renderer;
    use crate::tokens::{CallTokens, Priced};
    use crate::version::Message;

    /// All that an editor shows of what is typed.
    pub fn look(asked: &Look<'_>) -> Looked {
        let references: Vec<String> = compose::references(&asked.content).iter().map(ToString::to_string).collect();
        let seen = (references == *asked.references).then(|| see(asked));
        Looked { references, seen }
    }

    fn see(asked: &Look<'_>) -> Seen {
        let own = Own { key: &asked.key, version: 0, content: &asked.content };
        let preview = asked.variables.as_ref().map(|variables| preview(&own, &asked.closure, variables));
        let rendered = preview.as_ref().filter(|p| p.error.is_none() && !p.messages.is_empty());
        let changes = |from: &Vec<_>| crate::diff::contract_changes(from, &asked.content.parameters);
        Seen {
            tokens: rendered.map(|preview| tokens(&preview.messages, &Priced::of(&asked.content.config))),
            checked: check(&own, &asked.closure, &asked.off),
            contract_changes: asked.callers.as_ref().map(changes).unwrap_or_default(),
            preview,
        }
    }

    fn tokens(messages: &[RenderedMessage], by: &Priced) -> CallTokens {
        let messages: Vec<_> = messages.iter().map(|m| Message { role: m.role, content: m.text() }).collect();
        CallTokens::new(&messages, None, by)
    }

    /// What a save would say, and what the rules of lint find but for those that are off. The closure holds what the content
    /// extends, includes and imports.
    pub fn check(own: &Own<'_>, closure: &Closure, off: &HashSet<String>) -> Checked {
        let content = own.content;
        let mut problems = Problems::default();
        let mut causes = Vec::new();
        let warnings = check_with_causes(own, closure, &mut problems, &mut causes).warnings;
        let findings = lint::lint(content, off);
        let score = lint::score(&findings);
        let fixes = fixes(content, &problems.0, causes);
        Checked { problems: problems.0, warnings, findings, score, fixes }
    }

    /// Renders with values to try.
    pub fn preview(own: &Own<'_>, closure: &Closure, variables: &Variables) -> Preview {
        let rendered = || -> Result<_> {
            let (renderer, composed) = Renderer::composed(own, closure)?;
            let messages = renderer.render(variables)?;
            Ok(renderer.trace(variables, &messages, &composed))
        };
        match rendered() {
            Ok(messages) => Preview { messages, error: None },
            Err(error) => Preview { messages: Vec::new(), error: Some(Error { kind: Kind::Invalid, ..error }) },
        }
    }
}

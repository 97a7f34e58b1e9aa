//! Checks and previews what is typed.

use std::time::Duration;

use domain::preview::{Checked, Preview, RenderedMessage};
use domain::tokens::Priced;
use domain::version::Message;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::code;
use super::data::EditorForm;
use super::live::{self, Seen, Whose};
use super::server::count_tokens;
use super::state::Editor;

const CHECK_AFTER: Duration = Duration::from_millis(400);
const COUNT_AFTER: Duration = Duration::from_millis(700);

/// Whether a look at the form is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    Nothing,
    Once,
    /// And something was typed since.
    Again,
}

impl Editor {
    /// By the browser's engine in a moment, when rows that were added or moved are in the page; by the server once nobody
    /// types any more.
    pub(super) fn check_soon(self) {
        let after = if self.is_local.get_value() { Duration::ZERO } else { CHECK_AFTER };
        self.check_timer.run(after, move || self.check());
    }

    /// What is typed into a field can be read at once: the browser's engine looks at it while the letter is drawn.
    pub(super) fn check_now(self) {
        if self.is_local.get_value() {
            self.check_timer.stop();
            self.check();
        } else {
            self.check_soon();
        }
    }

    /// Checks and previews what is typed. What is typed meanwhile is looked at next.
    pub fn check(self) {
        match self.asking.get_value() {
            Asking::Nothing => self.ask(),
            Asking::Once | Asking::Again => self.asking.set_value(Asking::Again),
        }
    }

    fn ask(self) {
        let Some(mut form) = self.read() else { return };
        let parsed = form.parse();
        self.contract.with_untracked(|before| form.forget_samples(before, &parsed.content.parameters));
        self.show_variables(&form, &parsed.content.parameters);
        code::set_parameters(&parsed.content.parameters);
        self.contract.set(parsed.content.parameters.clone());
        // With the samples that the form itself doesn't show yet.
        let form = EditorForm { variables: form.variable_rows(&parsed.content.parameters), ..form };
        self.asking.set_value(Asking::Once);
        let (off, callers) = (self.off.get_value(), self.callers.get_value());
        let whose = Whose { project: self.project(), key: self.key(), off, callers };
        let by = Priced::of(&parsed.content.config);
        let mut named = self.named.get_value();
        spawn_local(async move {
            let seen = live::look(whose, form, parsed, &mut named).await;
            // The page may be gone by now.
            let Some(asking) = self.asking.try_get_value() else { return };
            self.asking.set_value(Asking::Nothing);
            self.named.set_value(named);
            self.count_soon(seen.preview.as_ref(), by);
            self.show(seen);
            if asking == Asking::Again {
                self.ask();
            }
        });
    }

    /// Counts the tokens of what a preview shows: the estimate stands until the server counts them, a moment later.
    fn count_soon(self, preview: Option<&Preview>, by: Priced) {
        let Some(preview) = preview.filter(|p| p.error.is_none() && !p.messages.is_empty()) else { return };
        let spoken = |m: &RenderedMessage| Message { role: m.role, content: m.text() };
        let messages: Vec<_> = preview.messages.iter().map(spoken).collect();
        let (project, turn) = (self.project(), self.counted.get_value() + 1);
        self.counted.set_value(turn);
        self.count_timer.run(COUNT_AFTER, move || {
            spawn_local(async move {
                let counted = count_tokens(project, messages, by).await;
                // Another text is shown by now, or the page is gone.
                if let (Ok(counted), Some(now)) = (counted, self.counted.try_get_value())
                    && now == turn
                {
                    self.tokens.set(Some(counted));
                }
            });
        });
    }

    fn show(self, seen: Seen) {
        self.is_local.set_value(seen.is_local);
        if let Some(preview) = seen.preview {
            self.preview.set(Some(preview));
        }
        if let Some(tokens) = seen.tokens {
            self.tokens.set(Some(tokens));
        }
        if let Some(changes) = seen.contract_changes {
            self.contract_changes.set(changes);
        }
        if let Some(Checked { problems, warnings, findings, score, fixes }) = seen.checked {
            self.fixes.set(fixes);
            self.problems.update(|all| {
                all.retain(|e| !is_content(&e.field));
                all.extend(problems);
            });
            self.warnings.set(warnings);
            self.findings.set(findings);
            self.score.set(score);
            self.is_checked.set(true);
        }
    }
}

/// The check while typing speaks about these fields; the others wait for a save.
fn is_content(field: &str) -> bool {
    ["messages", "parameters", "config", "variables"].iter().any(|part| field.starts_with(part))
}

//! What the editor knows beside the texts in its fields.

use std::time::Duration;

use domain::comparison::ParameterChange;
use domain::error::FieldError;
use domain::execution::Variables;
use domain::lint::{Finding, Score};
use domain::preview::{Checked, Preview, QuickFix, RenderedMessage};
use domain::sample::SampleSets;
use domain::tokens::CallTokens;
use domain::version::{Message, Parameter, ParameterType};
use leptos::form::FromFormData;
use leptos::html::Form;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::code;
use super::data::{EditorForm, KeptDraft, MessageRow, ParameterRow, Told, Whole, is_behind, is_late};
use super::kept;
use super::live::{self, Named, Seen, Whose};
use super::rows::Rows;
use super::samples::Samples;
use super::server::{Returned, SaveEditor, count_tokens};
use crate::error::AppError;
use crate::outcome::Outcome;
use crate::post::Post;

const CHECK_AFTER: Duration = Duration::from_millis(400);
const KEEP_AFTER: Duration = Duration::from_secs(1);
const COUNT_AFTER: Duration = Duration::from_millis(700);

/// With what the editor opens.
#[derive(Clone)]
pub struct Start {
    pub project: String,
    /// Empty for a new template.
    pub key: String,
    pub form: EditorForm,
    /// What a form without JavaScript left behind.
    pub returned: Option<Returned>,
    pub can_save: bool,
    /// The asking person's id; empty while nobody is known.
    pub user: String,
    /// The contract of the version it is written from, when there is one: what callers keep to.
    pub callers: Option<Vec<Parameter>>,
    /// Rules of lint that the project has switched off.
    pub off: Vec<String>,
    pub samples: SampleSets,
}

/// A value to type for the preview.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableField {
    pub name: String,
    pub kind: ParameterType,
    pub one_of: Vec<String>,
    pub required: bool,
    pub start: String,
}

/// What became of the draft.
#[derive(Clone, Debug, PartialEq)]
pub enum Keeping {
    /// Nothing was typed yet.
    Idle,
    Busy,
    Kept(KeptDraft),
    /// The server could not be reached, or knows nobody who is logged in: tried again until it works.
    Waiting {
        is_logged_out: bool,
        /// The browser keeps the text meanwhile.
        is_stored: bool,
    },
    /// The draft was kept from elsewhere meanwhile: somebody has to choose.
    Late(String),
    Failed(String),
}

/// Whether a look at the form is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    Nothing,
    Once,
    /// And something was typed since.
    Again,
}

/// The editor's signals; cheap to copy into every part of it.
#[derive(Clone, Copy)]
pub struct Editor {
    project: StoredValue<String>,
    key: StoredValue<String>,
    pub(super) user: StoredValue<String>,
    /// Where this page's text is in the browser.
    pub(super) place: StoredValue<String>,
    /// With what the page opened.
    pub(super) opened: StoredValue<EditorForm>,
    /// The draft's revision as the page last saw it.
    pub revision: RwSignal<String>,
    callers: StoredValue<Option<Vec<Parameter>>>,
    off: StoredValue<Vec<String>>,
    /// What is typed of the contract, as far as it can be read.
    pub contract: RwSignal<Vec<Parameter>>,
    /// How it differs for those who call.
    pub contract_changes: RwSignal<Vec<ParameterChange>>,
    pub can_save: bool,
    pub form: NodeRef<Form>,
    pub save: Post<Outcome<()>>,
    pub messages: Rows<MessageRow>,
    pub parameters: Rows<ParameterRow>,
    pub variables: RwSignal<Vec<VariableField>>,
    /// The last save's error, until the next one.
    pub error: RwSignal<Option<AppError>>,
    pub problems: RwSignal<Vec<FieldError>>,
    pub warnings: RwSignal<Vec<FieldError>>,
    /// What mends problems.
    pub fixes: RwSignal<Vec<QuickFix>>,
    pub findings: RwSignal<Vec<Finding>>,
    pub score: RwSignal<Score>,
    pub is_checked: RwSignal<bool>,
    pub preview: RwSignal<Option<Preview>>,
    pub keeping: RwSignal<Keeping>,
    /// Something is typed that is neither on the server nor kept in the browser.
    pub is_dirty: RwSignal<bool>,
    asking: StoredValue<Asking>,
    named: StoredValue<Named>,
    /// The browser's own engine answers: it is asked at every key.
    is_local: StoredValue<bool>,
    check_timer: StoredValue<Option<TimeoutHandle>>,
    pub(super) keep_timer: StoredValue<Option<TimeoutHandle>>,
    count_timer: StoredValue<Option<TimeoutHandle>>,
    /// How often the draft could not be kept in a row.
    pub(super) failures: StoredValue<u32>,
    /// What the previewed messages make of tokens.
    pub tokens: RwSignal<Option<CallTokens>>,
    pub samples: Samples,
    /// What a button beside the text led to.
    pub told: RwSignal<Told>,
    /// The contract's rows before a schema took their place.
    pub replaced: RwSignal<Option<Vec<ParameterRow>>>,
    sample_name: StoredValue<String>,
}

impl Editor {
    pub fn new(start: &Start) -> Self {
        let Start { project, key, form, returned, can_save, callers, user, off, samples } = start.clone();
        let place = kept::new_place(&user, &project, &key);
        let content = form.parse().content;
        let error = returned.as_ref().and_then(|r| r.error.clone());
        let lint = returned.as_ref().and_then(|r| r.lint.clone());
        let problems = lint.as_ref().map(|l| l.problems.clone()).or(error.as_ref().map(|e| e.0.errors.clone()));
        let (is_checked, lint) = (lint.is_some(), lint.unwrap_or_default());
        let timers = [StoredValue::new(None), StoredValue::new(None), StoredValue::new(None)];
        on_cleanup(move || timers.iter().for_each(|timer| stop(*timer)));
        let keeping = match &returned {
            Some(Returned { draft: Some(draft), .. }) => Keeping::Kept(draft.clone()),
            Some(Returned { error: Some(AppError(error)), .. }) if is_late(error) => {
                Keeping::Late(error.message.clone())
            }
            _ => Keeping::Idle,
        };
        let editor = Self {
            place: StoredValue::new(place),
            user: StoredValue::new(user),
            revision: RwSignal::new(form.draft.clone()),
            failures: StoredValue::new(0),
            project: StoredValue::new(project),
            key: StoredValue::new(key),
            callers: StoredValue::new(callers),
            off: StoredValue::new(off),
            contract: RwSignal::new(content.parameters.clone()),
            contract_changes: RwSignal::new(Vec::new()),
            can_save,
            form: NodeRef::new(),
            save: Post::to::<SaveEditor>(),
            messages: Rows::new(form.messages.clone(), 2),
            parameters: Rows::new(form.parameters.clone(), 3),
            variables: RwSignal::new(variable_fields(&form, &content.parameters)),
            error: RwSignal::new(error),
            problems: RwSignal::new(problems.unwrap_or_default()),
            is_checked: RwSignal::new(is_checked),
            score: RwSignal::new(lint.score),
            fixes: RwSignal::new(lint.fixes),
            findings: RwSignal::new(lint.findings),
            warnings: RwSignal::new(lint.warnings),
            preview: RwSignal::new(returned.and_then(|r| r.preview)),
            keeping: RwSignal::new(keeping),
            is_dirty: RwSignal::new(false),
            asking: StoredValue::new(Asking::Nothing),
            named: StoredValue::new(Named::default()),
            is_local: StoredValue::new(true),
            check_timer: timers[0],
            keep_timer: timers[1],
            count_timer: timers[2],
            tokens: RwSignal::new(None),
            samples: Samples::new(&samples, &form.sample),
            told: RwSignal::new(form.told.clone()),
            replaced: RwSignal::new(None),
            sample_name: StoredValue::new(form.sample.name.clone()),
            opened: StoredValue::new(form),
        };
        // What was typed a moment before the page is left for another one of the site.
        on_cleanup(move || editor.close());
        editor
    }

    pub fn project(self) -> String {
        self.project.get_value()
    }
    pub fn key(self) -> String {
        self.key.get_value()
    }
    /// The name for a new sample set that the form came with.
    pub fn sample_name(self) -> String {
        self.sample_name.get_value()
    }
    pub fn is_new(self) -> bool {
        self.key.with_value(String::is_empty)
    }
    /// The last save met a version by somebody else.
    pub fn is_behind(self) -> bool {
        self.error.with(|e| e.as_ref().is_some_and(|e| is_behind(&e.0)))
    }

    /// What is wrong with a field now, with its place in the text.
    pub fn problem(self, field: &str) -> Option<String> {
        self.problems.with(|all| {
            let texts: Vec<_> = all.iter().filter(|e| e.field == field).map(with_place).collect();
            (!texts.is_empty()).then(|| texts.join(" · "))
        })
    }

    /// The check while typing doesn't look at the field: what a save said of it stands until it is changed.
    pub fn forget_problem(self, field: &str) {
        if self.problems.with_untracked(|all| all.iter().any(|e| e.field == field)) {
            self.problems.update(|all| all.retain(|e| e.field != field));
        }
    }

    /// All that is typed, from the page's fields; none on the server.
    pub fn read(self) -> Option<EditorForm> {
        let form = self.form.try_get_untracked()??;
        let data = web_sys::FormData::new_with_form(&form).ok()?;
        Whole::from_form_data(&data).ok().map(|whole| whole.form)
    }

    /// After a key press or a change of the rows: checks and previews the text, and keeps it in a moment.
    pub fn touch(self) {
        self.is_dirty.set(true);
        self.check_soon();
        if self.can_save {
            later(self.keep_timer, KEEP_AFTER, move || self.keep());
        }
    }

    /// After a value for the preview was typed: that is no part of a draft.
    pub fn touch_variables(self) {
        self.check_soon();
    }

    /// Tries other values; none for made-up ones. Gives the names that the contract doesn't know.
    pub fn try_values(self, variables: Option<Variables>) -> Vec<String> {
        let Some(mut form) = self.read() else { return Vec::new() };
        let unknown = match variables {
            Some(variables) => form.fill(&variables),
            None => {
                form.variables.clear();
                Vec::new()
            }
        };
        let parameters = form.parse().content.parameters;
        self.variables.set(variable_fields(&form, &parameters));
        self.touch_variables();
        unknown
    }

    /// At once by the browser's engine; once nobody types any more by the server. A frame is waited for in any case: rows
    /// that were added or moved are in the page by then.
    fn check_soon(self) {
        let after = if self.is_local.get_value() { Duration::ZERO } else { CHECK_AFTER };
        later(self.check_timer, after, move || self.check());
    }

    /// Checks and previews what is typed. What is typed meanwhile is looked at next.
    pub fn check(self) {
        match self.asking.get_value() {
            Asking::Nothing => self.ask(),
            Asking::Once | Asking::Again => self.asking.set_value(Asking::Again),
        }
    }

    fn ask(self) {
        let Some(form) = self.read() else { return };
        let parsed = form.parse();
        let fields = variable_fields(&form, &parsed.content.parameters);
        if self.variables.with_untracked(|known| !is_same(known, &fields)) {
            self.variables.set(fields);
        }
        code::set_parameters(&parsed.content.parameters);
        self.contract.set(parsed.content.parameters.clone());
        // With the samples that the form itself doesn't show yet.
        let form = EditorForm { variables: form.variable_rows(&parsed.content.parameters), ..form };
        self.asking.set_value(Asking::Once);
        let whose = Whose { project: self.project(), key: self.key(), off: self.off.get_value() };
        let model = form.settings.model.clone();
        let mut named = self.named.get_value();
        spawn_local(async move {
            let callers = self.callers.get_value();
            let changes = live::contract_changes(callers, parsed.content.parameters.clone()).await;
            let seen = live::look(whose, form, parsed, &mut named).await;
            // The page may be gone by now.
            let Some(asking) = self.asking.try_get_value() else { return };
            self.asking.set_value(Asking::Nothing);
            self.named.set_value(named);
            self.contract_changes.set(changes);
            self.count(seen.preview.as_ref(), model);
            self.show(seen);
            if asking == Asking::Again {
                self.ask();
            }
        });
    }

    /// Counts the tokens of what a preview shows: an estimate at once, and a moment later what the server counts.
    fn count(self, preview: Option<&Preview>, model: String) {
        let Some(preview) = preview.filter(|p| p.error.is_none() && !p.messages.is_empty()) else { return };
        let spoken = |m: &RenderedMessage| Message { role: m.role, content: m.text() };
        let messages: Vec<_> = preview.messages.iter().map(spoken).collect();
        let (to_count, project, of) = (messages.clone(), self.project(), model.clone());
        later(self.count_timer, COUNT_AFTER, move || {
            spawn_local(async move {
                if let Ok(counted) = count_tokens(project, to_count, of).await {
                    self.tokens.try_set(Some(counted));
                }
            });
        });
        spawn_local(async move {
            if let Some(counted) = live::estimate(&messages, &model).await {
                self.tokens.try_set(Some(counted));
            }
        });
    }

    fn show(self, seen: Seen) {
        self.is_local.set_value(seen.is_local);
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
        if let Some(preview) = seen.preview {
            self.preview.set(Some(preview));
        }
    }
}

/// The message with its place, when it has one.
pub fn with_place(error: &FieldError) -> String {
    match (error.line, error.column) {
        (Some(line), Some(column)) => format!("Line {line}, column {column}: {}", error.message),
        (Some(line), None) => format!("Line {line}: {}", error.message),
        _ => error.message.clone(),
    }
}

/// The check while typing speaks about these fields; the others wait for a save.
fn is_content(field: &str) -> bool {
    ["messages", "parameters", "config", "variables"].iter().any(|part| field.starts_with(part))
}

fn variable_fields(form: &EditorForm, parameters: &[Parameter]) -> Vec<VariableField> {
    let rows = form.variable_rows(parameters);
    let start = |name: &str| rows.iter().find(|r| r.name == name).map(|r| r.value.clone()).unwrap_or_default();
    let field = |p: &Parameter| VariableField {
        name: p.name.clone(),
        kind: p.kind,
        one_of: p.one_of.iter().map(super::values::text_of).collect(),
        required: p.required,
        start: start(&p.name),
    };
    parameters.iter().filter(|p| !p.name.is_empty()).map(field).collect()
}

/// Whether the fields need not be made again: what is typed in them doesn't count.
fn is_same(known: &[VariableField], fields: &[VariableField]) -> bool {
    let bare = |f: &VariableField| VariableField { start: String::new(), ..f.clone() };
    known.iter().map(bare).eq(fields.iter().map(bare))
}

pub(super) fn stop(timer: StoredValue<Option<TimeoutHandle>>) {
    if let Some(handle) = timer.try_get_value().flatten() {
        handle.clear();
    }
}

/// Runs the work once nothing has called again for a while.
pub(super) fn later(timer: StoredValue<Option<TimeoutHandle>>, after: Duration, work: impl FnOnce() + 'static) {
    stop(timer);
    timer.set_value(set_timeout_with_handle(work, after).ok());
}

//! What the editor knows beside the texts in its fields.

use std::time::Duration;

use domain::comparison::ParameterChange;
use domain::error::FieldError;
use domain::lint::{Finding, Score};
use domain::preview::{Preview, QuickFix};
use domain::sample::SampleSets;
use domain::text::unturned;
use domain::tokens::CallTokens;
use domain::version::Parameter;
use leptos::form::FromFormData;
use leptos::html::Form;
use leptos::prelude::*;

use super::data::{EditorForm, KeptDraft, MessageRow, ParameterRow, Told, Whole, is_behind, is_late};
use super::kept;
use super::later::Later;
use super::live::Named;
use super::look::Asking;
use super::rows::Rows;
use super::samples::Samples;
use super::server::{Returned, SaveEditor};
use super::variables::{VariableField, variable_fields};
use crate::error::AppError;
use crate::outcome::Outcome;
use crate::post::Post;

const KEEP_AFTER: Duration = Duration::from_secs(1);

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
    pub(super) callers: StoredValue<Option<Vec<Parameter>>>,
    pub(super) off: StoredValue<Vec<String>>,
    /// What is typed of the contract, as far as it can be read.
    pub contract: RwSignal<Vec<Parameter>>,
    /// How it differs for those who call.
    pub contract_changes: RwSignal<Vec<ParameterChange>>,
    pub can_save: bool,
    pub form: NodeRef<Form>,
    pub save: Post<Outcome<()>>,
    /// A version that is saved once the draft before it is kept.
    pub(super) waiting: RwSignal<Option<SaveEditor>>,
    pub messages: Rows<MessageRow>,
    pub parameters: Rows<ParameterRow>,
    pub variables: RwSignal<Vec<VariableField>>,
    /// How often other values took the place of all.
    pub(super) tries: StoredValue<u32>,
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
    pub(super) asking: StoredValue<Asking>,
    pub(super) named: StoredValue<Named>,
    /// The browser's own engine answers: it is asked at every key.
    pub(super) is_local: StoredValue<bool>,
    pub(super) check_timer: Later,
    pub(super) keep_timer: Later,
    pub(super) count_timer: Later,
    /// How often another preview was shown: an answer to an earlier one comes too late.
    pub(super) counted: StoredValue<u32>,
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
            counted: StoredValue::new(0),
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
            waiting: RwSignal::new(None),
            messages: Rows::new(form.messages.clone(), 2),
            parameters: Rows::new(form.parameters.clone(), 3),
            variables: RwSignal::new(variable_fields(&form, &content.parameters, 0)),
            tries: StoredValue::new(0),
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
            check_timer: Later::here(),
            keep_timer: Later::here(),
            count_timer: Later::here(),
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

    /// After a change of the rows or of a text: checks and previews, and keeps it in a moment.
    pub fn touch(self) {
        if self.keep_soon() {
            self.check_soon();
        }
    }

    /// After a key press in a field.
    pub fn typed(self) {
        if self.keep_soon() {
            self.check_now();
        }
    }

    /// Whether there still is a page: what an answer brings can come after it was left.
    fn keep_soon(self) -> bool {
        let is_here = self.is_dirty.try_set(true).is_none();
        if is_here && self.can_save {
            self.keep_timer.run(KEEP_AFTER, move || self.keep());
        }
        is_here
    }
}

/// The message with its place, when it has one.
pub fn with_place(error: &FieldError) -> String {
    let message = unturned(&error.message);
    match (error.line, error.column) {
        (Some(line), Some(column)) => format!("Line {line}, column {column}: {message}"),
        (Some(line), None) => format!("Line {line}: {message}"),
        _ => message,
    }
}

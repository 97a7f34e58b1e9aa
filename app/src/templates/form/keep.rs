//! Keeping what is typed: in the browser first, then on the server as the author's draft.

use std::time::Duration;

use domain::error::Kind;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::data::{EditorForm, KeptDraft, is_late};
use super::kept;
use super::server::{SaveEditor, keep_new_form, save_draft};
use super::state::{Editor, Keeping};
use crate::error::{AppError, AppResult};
use crate::outcome::{Outcome, error_of};

/// How soon the next draft follows the one before it, or a save that was refused.
const SOON: Duration = Duration::from_millis(50);
/// After a failure, doubled at each one that follows, up to about a minute.
const TRY_AGAIN: Duration = Duration::from_secs(2);
const MOST_DOUBLED: u32 = 5;

impl Editor {
    fn place(self) -> String {
        self.place.get_value()
    }

    /// A version is on its way to the server, or waits for the draft before it.
    pub fn is_saving(self) -> bool {
        self.waiting.read().is_some() || self.save.is_pending().get()
    }

    /// A version is being saved, or is saved and its page on the way: what would be typed now would be lost.
    pub fn is_closed(self) -> bool {
        let answer = self.save.answer();
        self.is_saving() || answer.is_some() && error_of(&answer).is_none()
    }

    /// Keeps what is typed as a draft; on the page for a new template only for the next ten minutes.
    pub fn keep(self) {
        if untrack(|| self.is_closed()) {
            // A save that is refused comes back here, and one that is done has no more use for it.
            return;
        }
        match self.keeping.get_untracked() {
            // One after the other: each names the revision that the one before made.
            Keeping::Busy => self.keep_timer.run(SOON, move || self.keep()),
            Keeping::Late(_) => self.store(),
            _ => self.hand_in_typed(),
        }
    }

    fn hand_in_typed(self) {
        if let Some(form) = self.read() {
            self.hand_in(form);
        }
    }

    /// Keeps what is typed in place of a draft that was kept from elsewhere.
    pub fn keep_over(self, revision: String) {
        if let Some(form) = self.read() {
            self.hand_in(EditorForm { over: revision, ..form });
        }
    }

    /// Keeps what is typed in the browser only.
    fn store(self) {
        let is_stored = self.read().is_some_and(|form| self.store_form(&form));
        self.is_dirty.set(!is_stored);
    }

    fn store_form(self, form: &EditorForm) -> bool {
        if !self.is_new() {
            kept::store_message(&self.message_place(), &form.commit_message);
        }
        kept::store(&self.place(), form)
    }

    /// Where the browser has the commit message, which is no part of a draft.
    pub(super) fn message_place(self) -> String {
        kept::message_place(&self.user.get_value(), &self.project(), &self.key())
    }

    fn hand_in(self, form: EditorForm) {
        self.keep_timer.stop();
        let (project, key, place) = (self.project(), self.key(), self.place());
        let is_stored = self.store_form(&form);
        self.is_dirty.set(!is_stored);
        self.keeping.set(Keeping::Busy);
        spawn_local(async move {
            let answer = if key.is_empty() {
                keep_new_form(project, form.clone()).await.map(|()| None)
            } else {
                save_draft(project, key, form.clone()).await.map(Some)
            };
            if matches!(answer, Ok(Some(Outcome::Done(_)))) {
                kept::forget_form(&place, &form);
            }
            // The page may be gone by now.
            if self.failures.try_get_value().is_some() {
                self.handed_in(answer, is_stored);
            }
        });
    }

    fn handed_in(self, answer: AppResult<Option<Outcome<KeptDraft>>>, is_stored: bool) {
        let state = match answer {
            // A new template has no draft: the browser keeps the text until the template is made.
            Ok(None) => Keeping::Idle,
            Ok(Some(Outcome::Done(draft))) => {
                self.revision.set(draft.revision.to_string());
                if !is_stored {
                    self.is_dirty.set(false);
                }
                Keeping::Kept(draft)
            }
            Ok(Some(Outcome::Refused(error))) if is_late(&error) => Keeping::Late(error.message),
            Ok(Some(Outcome::Refused(error))) => Keeping::Failed(error.message),
            Err(AppError(error)) => {
                self.try_again();
                Keeping::Waiting { is_logged_out: error.kind == Kind::Unauthenticated, is_stored }
            }
        };
        if !matches!(state, Keeping::Waiting { .. }) {
            self.failures.set_value(0);
        }
        self.keeping.set(state);
        self.send_waiting();
    }

    fn try_again(self) {
        let failures = self.failures.get_value();
        self.failures.set_value(failures + 1);
        self.keep_timer.run(TRY_AGAIN * 2_u32.pow(failures.min(MOST_DOUBLED)), move || self.keep());
    }

    /// The connection is back.
    pub fn back_online(self) {
        if matches!(self.keeping.get_untracked(), Keeping::Waiting { .. }) {
            self.failures.set_value(0);
            self.keep();
        }
    }

    /// The document goes. What is not on the server stays in the browser; false when it doesn't.
    pub fn leave(self) -> bool {
        if self.is_dirty.try_get_untracked() == Some(true) && self.can_save {
            self.store();
        }
        self.is_dirty.try_get_untracked() != Some(true)
    }

    /// Another page of the site is shown: what was typed a moment before is still handed in.
    pub fn close(self) {
        if !self.is_dirty.get_untracked() || !self.can_save {
            return;
        }
        match self.keeping.get_untracked() {
            Keeping::Busy | Keeping::Late(_) => self.store(),
            _ => self.hand_in_typed(),
        }
    }

    /// Saves the version, once the draft on its way is answered: after the save that would be too late.
    pub fn send(self, save: SaveEditor) {
        if untrack(|| self.is_closed()) {
            return;
        }
        self.keep_timer.stop();
        self.store();
        self.waiting.set(Some(save));
        if self.keeping.get_untracked() != Keeping::Busy {
            self.send_waiting();
        }
    }

    fn send_waiting(self) {
        if let Some(save) = self.waiting.get_untracked() {
            let form = EditorForm { draft: self.revision.get_untracked(), ..save.form };
            self.save.send(&SaveEditor { form, ..save });
            self.waiting.set(None);
        }
    }

    /// Notes what became of a save.
    pub fn saved(self, error: Option<AppError>) {
        match &error {
            Some(error) => {
                self.problems.set(error.0.errors.clone());
                self.keep_timer.run(SOON, move || self.keep());
            }
            None => {
                kept::forget(&self.place());
                kept::forget(&self.message_place());
                self.is_dirty.set(false);
            }
        }
        self.error.set(error);
    }
}

//! What becomes of a posted form.

use domain::error::Error;
#[cfg(feature = "ssr")]
use domain::error::Kind;
use leptos::html::Form;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{AppError, AppResult};
use crate::post::Post;

/// Done, or refused with what to mend. A refusal is an answer like any other: as a failed request the browser would
/// note it as a fault of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome<T> {
    Done(T),
    Refused(Error),
}

#[cfg(feature = "ssr")]
impl<T> Outcome<T> {
    /// Separates what the person can mend from what failed.
    pub fn of(result: AppResult<T>) -> AppResult<Self> {
        match result {
            Ok(value) => Ok(Self::Done(value)),
            Err(AppError(error)) => match error.kind {
                Kind::Unauthenticated | Kind::Unavailable | Kind::Internal => Err(AppError(error)),
                _ => Ok(Self::Refused(error)),
            },
        }
    }
}

/// The error in what an action answered.
pub fn error_of<T>(answer: &Option<AppResult<Outcome<T>>>) -> Option<AppError> {
    match answer.as_ref()? {
        Ok(Outcome::Done(_)) => None,
        Ok(Outcome::Refused(error)) => Some(AppError(error.clone())),
        Err(error) => Some(error.clone()),
    }
}

impl<T: Clone + DeserializeOwned + Send + Sync> Post<Outcome<T>> {
    /// What a form shows as wrong: the error of its last answer or, before there is one, what a browser without JavaScript
    /// was led back with.
    pub fn refusal(self, earlier: Option<AppError>) -> Signal<Option<AppError>> {
        Signal::derive(move || match self.answer() {
            None => earlier.clone(),
            answer => error_of(&answer),
        })
    }

    /// Empties a form when what it sent is done.
    pub fn reset_when_done(self, form: NodeRef<Form>) {
        Effect::new(move |_| {
            if let (Some(Ok(Outcome::Done(_))), Some(form)) = (self.answer(), form.get()) {
                form.reset();
            }
        });
    }
}

/// What was posted and why it was refused, for the page of a browser without JavaScript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused<F> {
    pub form: F,
    pub error: AppError,
}

/// Answers a posted form: done leads to `done`, a refusal back to `page` with what was typed.
#[cfg(feature = "ssr")]
pub fn answer<T, F: Serialize>(page: &str, form: F, result: AppResult<T>, done: &str) -> AppResult<Outcome<T>> {
    match &result {
        Ok(_) => leptos_axum::redirect(done),
        Err(error) => crate::flash::back(page, &Refused { form, error: error.clone() }),
    }
    Outcome::of(result)
}

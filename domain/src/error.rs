//! What a user can be told: the one error that crosses every surface.

use serde::{Deserialize, Serialize};

use crate::ids::ExecutionId;

/// A result whose error is safe to show.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The class of an error; each surface maps it to its own status once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request can't be understood at all (400).
    Malformed,
    /// The request is understood and breaks a rule; `errors` names the fields (422).
    Invalid,
    /// No valid credentials (401).
    Unauthenticated,
    /// Valid credentials that don't allow this (403).
    Forbidden,
    /// Nothing of that name in this project (404).
    NotFound,
    /// The state of the thing forbids it now (409).
    Conflict,
    /// `If-Match` names an older state (412).
    PreconditionFailed,
    /// More bytes than allowed (413).
    TooLarge,
    /// Too many attempts (429).
    RateLimited,
    /// Something this needs is away for the moment (503).
    Unavailable,
    /// Our fault; the details are in the log under the request's id (500).
    Internal,
}

/// One field that is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Path of the field in the request, such as `messages[0].content`.
    pub field: String,
    /// What is wrong and how to mend it.
    pub message: String,
    /// Line in the field's text, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in that line, in characters from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Where the cause stands, when that is a template that the text names; line and column then lead to the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
}

/// A place in another template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Elsewhere {
    /// The template's key.
    pub template: String,
    pub version: i64,
    pub line: u32,
    pub column: u32,
}

/// An error safe to show to whoever asked: no internal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    pub kind: Kind,
    /// Machine-readable reason, such as `not_published`.
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Seconds to wait before another try, for [`Kind::RateLimited`] and [`Kind::Unavailable`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// The execution that records the refused request; for agents, not for pages.
    #[serde(skip)]
    pub execution_id: Option<ExecutionId>,
}

impl Error {
    pub fn new(kind: Kind, code: &str, message: impl Into<String>) -> Self {
        let code = code.to_owned();
        Self { kind, code, message: message.into(), errors: Vec::new(), retry_after: None, execution_id: None }
    }
    /// The request breaks rules; one entry a field.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let message = match errors.as_slice() {
            [one] => format!("{}: {}", one.field, one.message),
            many => format!("{} fields are not valid", many.len()),
        };
        Self { errors, ..Self::new(Kind::Invalid, "invalid", message) }
    }
    /// One wrong field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(field, message)])
    }
    /// Nothing of that name here. Other projects' things look the same.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, "not_found", format!("there is no such {what} in this project"))
    }
    pub fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, code, message)
    }
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, "forbidden", message)
    }
    /// A log-in that doesn't tell whether the address or the password is wrong.
    pub fn wrong_log_in() -> Self {
        Self::unauthenticated("the address or the password is wrong")
    }
    /// Guessing is slowed down; the wait is in seconds.
    pub fn too_many_attempts(wait: u32) -> Self {
        let message = format!("too many attempts; try again in {wait} s");
        Self::new(Kind::RateLimited, "too_many_attempts", message).retry_after(wait)
    }
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Kind::Unauthenticated, "unauthenticated", message)
    }
    pub fn internal() -> Self {
        Self::new(Kind::Internal, "internal", "something went wrong on our side; the log has the details")
    }
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl FieldError {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), line: None, column: None, elsewhere: None }
    }
    #[must_use]
    pub fn at(mut self, line: u32, column: u32) -> Self {
        (self.line, self.column) = (Some(line), Some(column));
        self
    }
    /// The cause stands in another template.
    #[must_use]
    pub fn elsewhere(self, template: &str, version: i64, (line, column): (u32, u32)) -> Self {
        let template = template.to_owned();
        Self { elsewhere: Some(Elsewhere { template, version, line, column }), ..self }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for Error {}

/// Gathers the wrong fields of one request, so that all are reported at once.
#[derive(Default, Debug)]
pub struct Problems(pub Vec<FieldError>);

impl Problems {
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }
    /// Adds a problem unless the rule holds.
    pub fn require(&mut self, holds: bool, field: &str, message: impl Into<String>) {
        if !holds {
            self.add(field, message);
        }
    }
    /// Takes the value, or notes why there is none.
    pub fn take<T>(&mut self, field: &str, value: std::result::Result<T, String>) -> Option<T> {
        value.map_err(|message| self.add(field, message)).ok()
    }
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::invalid(self.0)) }
    }
}

//! Two kinds of error: what the asking person can mend, and the rest.

use domain::error::FieldError;

use crate::db::error::Error as DbError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug)]
pub enum Error {
    /// Safe to show as it is.
    User(domain::Error),
    /// For the log only.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// An internal error from a text.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::Internal(text.into().into())
    }

    /// Renames the fields of a user's error, where a surface calls them otherwise than the checks.
    pub fn rename(self, name: impl Fn(FieldError) -> FieldError) -> Self {
        match self {
            Self::User(error) if !error.errors.is_empty() => {
                domain::Error::invalid(error.errors.into_iter().map(name).collect()).into()
            }
            other => other,
        }
    }

    /// What may be shown; the rest goes to the log, in the span of the request that names its id.
    pub fn public(self) -> domain::Error {
        match self {
            Self::User(error) => error,
            Self::Internal(cause) => {
                tracing::error!(error = %cause, "internal error");
                domain::Error::internal()
            }
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(e) => e.fmt(f),
            Self::Internal(e) => e.fmt(f),
        }
    }
}
impl std::error::Error for Error {}

impl From<domain::Error> for Error {
    fn from(error: domain::Error) -> Self {
        Self::User(error)
    }
}
impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Busy => Self::User(
                domain::Error::new(
                    domain::error::Kind::Unavailable,
                    "database_busy",
                    "the database is busy; try again",
                )
                .retry_after(1),
            ),
            DbError::Nul => {
                let text = "a text of the request contains a NUL character (U+0000)";
                Self::User(domain::Error::new(domain::error::Kind::Malformed, "nul", text))
            }
            other => Self::Internal(other.into()),
        }
    }
}
impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.into())
    }
}

//! Cursor paging, the same for every list.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Rows of a page when nothing else is asked for, and the most that may be asked for.
pub const DEFAULT_LIMIT: i64 = 50;
pub const MAX_LIMIT: i64 = 200;

/// Where a page starts and how long it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRequest {
    /// Opaque: the `next` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
    #[serde(default)]
    pub limit: Option<i64>,
}

impl PageRequest {
    /// Rows of the page; an error for a number that no page has.
    pub fn limit(&self) -> Result<i64> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        let fits = (1..=MAX_LIMIT).contains(&limit);
        if fits { Ok(limit) } else { Err(Error::field("limit", format!("use a whole number from 1 to {MAX_LIMIT}"))) }
    }

    /// Where the page before ended; none on the first page, an error for a text that no page gave.
    pub fn after<T: FromStr>(&self) -> Result<Option<T>> {
        let wrong = |_| Error::field("cursor", "send the cursor that the page before gave, or none for the first page");
        self.cursor.as_deref().filter(|c| !c.is_empty()).map(str::parse).transpose().map_err(wrong)
    }
}

/// One page of a list, and the cursor of the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts a list that was fetched one row too long; `cursor` names the last row kept.
    pub fn cut(mut items: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Self {
        let limit = limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

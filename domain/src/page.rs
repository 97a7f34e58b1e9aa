//! Cursor paging, the same for every list.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
        let Some(cursor) = self.cursor.as_deref().filter(|c| !c.is_empty()) else { return Ok(None) };
        let place = opened(cursor).and_then(|text| text.parse().ok());
        let wrong = || Error::field("cursor", "send the cursor that the page before gave, or none for the first page");
        place.map(Some).ok_or_else(wrong)
    }
}

/// A cursor goes through URLs as it is, and nobody takes it for a name to build on.
fn sealed(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}
fn opened(cursor: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    Some(text).filter(|text| !text.chars().any(char::is_control))
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
        let next = items.last().filter(|_| more).map(|last| sealed(&cursor(last)));
        Self { items, next }
    }
    /// A page of a list that was fetched whole.
    pub fn of_all(items: Vec<T>, page: &PageRequest, cursor: impl Fn(&T) -> String) -> Result<Self> {
        let (after, limit) = (page.after::<String>()?, page.limit()?);
        let seen = after.and_then(|after| items.iter().position(|item| cursor(item) == after));
        let rest = items.into_iter().skip(seen.map_or(0, |at| at + 1)).take(limit as usize + 1).collect();
        Ok(Self::cut(rest, limit, cursor))
    }
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_fetched_whole_is_walked_by_cursors() {
        let all = || vec!["a/b".to_owned(), "c?d".to_owned(), "ü".to_owned()];
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let request = PageRequest { cursor, limit: Some(1) };
            let page = Page::of_all(all(), &request, Clone::clone).unwrap_or_else(|e| panic!("{e}"));
            seen.extend(page.items);
            cursor = page.next;
            let Some(next) = &cursor else { break };
            assert!(next.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{next}");
        }
        assert_eq!(seen, all());
    }

    #[test]
    fn a_cursor_that_no_page_gave_is_refused() {
        for wrong in ["%%%", "bad", "a b", &sealed("a\0"), "AA=="] {
            let request = PageRequest { cursor: Some(wrong.to_owned()), limit: None };
            assert!(request.after::<String>().is_err(), "{wrong}");
        }
        let request = PageRequest { cursor: Some(sealed("x")), limit: None };
        assert!(request.after::<i64>().is_err(), "no number");
    }
}

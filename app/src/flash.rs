//! What one page load hands to the next for a browser without JavaScript: typed forms, errors, secrets to show once.
//!
//! It stays in memory, bounded, for ten minutes, and is read once. A redirect can't carry it: an address is too short
//! for a form and no place for a secret. On another node, or after a restart, the page only shows less.

#![cfg(feature = "ssr")]

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::Method;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use domain::Timestamp;
use domain::ids::UserId;
use domain::storable;
use domain::time::MINUTE;
use leptos::prelude::use_context;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::visit;

const LIFE: i64 = 10 * MINUTE;
const MOST: usize = 200;

/// Whose it is and which page it is for.
type Place = (UserId, String);

#[derive(Default)]
struct Store(HashMap<Place, (String, Timestamp)>);

static STORE: Mutex<Option<Store>> = Mutex::new(None);

impl Store {
    fn put(&mut self, place: Place, text: String, now: Timestamp) {
        self.0.retain(|_, (_, at)| at.plus(LIFE) > now);
        if self.0.len() >= MOST && !self.0.contains_key(&place) {
            let oldest = self.0.iter().min_by_key(|(_, (_, at))| *at).map(|(place, _)| place.clone());
            oldest.and_then(|place| self.0.remove(&place));
        }
        self.0.insert(place, (text, now));
    }
    fn take(&mut self, place: &Place, now: Timestamp) -> Option<String> {
        self.0.remove(place).filter(|(_, at)| at.plus(LIFE) > now).map(|(text, _)| text)
    }
}

fn with_store<T>(work: impl FnOnce(&mut Store, UserId, Timestamp) -> T) -> Option<T> {
    let visit = visit().ok()?;
    let user = visit.login?.user;
    let mut store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
    Some(work(store.get_or_insert_default(), user, visit.services.now()))
}

/// A page, whatever its address says after the path.
fn path(page: &str) -> String {
    page.split('?').next().unwrap_or_default().to_owned()
}

/// Keeps something for the asking person's next load of a page. No page can hold a NUL: where one was typed a replacement
/// character shows, as a browser would put it there itself.
pub fn put<T: Serialize>(page: &str, value: &T) {
    if let Ok(value) = serde_json::to_value(value) {
        let text = storable::value(&value).to_string();
        with_store(|store, user, now| store.put((user, path(page)), text, now));
    }
}

/// What was kept for this page; gone afterwards.
pub fn take<T: DeserializeOwned>(page: &str) -> Option<T> {
    let text = with_store(|store, user, now| store.take(&(user, path(page)), now)).flatten()?;
    serde_json::from_str(&text).ok()
}

/// What was kept for this page is of no more use.
pub fn forget(page: &str) {
    with_store(|store, user, now| store.take(&(user, path(page)), now));
}

/// A form posted by the browser itself, which will show the page that the answer leads to.
pub fn is_plain_form() -> bool {
    let Some(parts) = use_context::<Parts>() else { return false };
    let accepts = parts.headers.get(ACCEPT).and_then(|v| v.to_str().ok());
    parts.method == Method::POST && accepts.is_some_and(|types| types.contains("text/html"))
}

/// Leads a browser without JavaScript back to the page of the form, with what the page should show.
pub fn back<T: Serialize>(page: &str, value: &T) {
    if is_plain_form() {
        put(page, value);
        leptos_axum::redirect(page);
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::uuid_v7;

    use super::*;

    fn place(n: u8) -> Place {
        (UserId(uuid_v7(i64::from(n), [n; 10])), "page".to_owned())
    }

    #[test]
    fn it_is_read_once_by_whom_it_is_for() {
        let mut store = Store::default();
        store.put(place(1), "a".into(), Timestamp(0));
        assert_eq!(store.take(&place(2), Timestamp(1)), None);
        assert_eq!(store.take(&place(1), Timestamp(1)), Some("a".into()));
        assert_eq!(store.take(&place(1), Timestamp(1)), None);
    }

    #[test]
    fn it_is_bounded_in_time_and_number() {
        let mut store = Store::default();
        store.put(place(1), "a".into(), Timestamp(0));
        assert_eq!(store.take(&place(1), Timestamp(LIFE)), None);
        for n in 0..=MOST as u8 {
            store.put(place(n), "b".into(), Timestamp(i64::from(n)));
        }
        assert_eq!(store.0.len(), MOST);
        assert_eq!(store.take(&place(0), Timestamp(300)), None);
        assert!(store.take(&place(MOST as u8), Timestamp(300)).is_some());
    }
}

//! What the browser keeps of a form while the server doesn't have it: by person, project and template, one entry a page.

use domain::Timestamp;
use domain::time::DAY;

use super::data::{EditorForm, Whole};
use crate::browser::{stored, stored_below, try_store};
use crate::call;

/// What nobody came back for in so long goes.
const LIFE: i64 = 30 * DAY;

/// A form as it was typed, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub place: String,
    pub at: Timestamp,
    pub form: EditorForm,
}

/// Where the texts of a person for a template are.
pub fn folder(user: &str, project: &str, key: &str) -> String {
    format!("draft/{user}/{project}/{key}/")
}

/// A place of a page's own: two tabs must not write over each other.
pub fn new_place(user: &str, project: &str, key: &str) -> String {
    let own = if cfg!(feature = "hydrate") { (js_sys::Math::random() * 1e9) as u32 } else { 0 };
    format!("{}{own}", folder(user, project, key))
}

fn now() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}

/// Where a person's commit message for the next version of a template is.
pub fn message_place(user: &str, project: &str, key: &str) -> String {
    format!("message/{user}/{project}/{key}")
}

/// Keeps a form; false when the browser refuses to, or nobody is known whom it belongs to.
pub fn store(place: &str, form: &EditorForm) -> bool {
    written(form).is_some_and(|text| !place.starts_with("draft//") && store_text(place, &text))
}

fn written(form: &EditorForm) -> Option<String> {
    call::write(&Whole { form: form.clone() }).ok()
}

fn store_text(place: &str, text: &str) -> bool {
    try_store(place, Some(&format!("{} {text}", now().0)))
}

/// Keeps a commit message: a draft on the server has no place for it.
pub fn store_message(place: &str, message: &str) {
    if message.is_empty() {
        forget(place);
    } else if !place.starts_with("message//") {
        store_text(place, message);
    }
}

/// Forgets what is at a place.
pub fn forget(place: &str) {
    try_store(place, None);
}

/// Forgets a form, unless another one took its place since.
pub fn forget_form(place: &str, form: &EditorForm) {
    if text_at(place).is_some_and(|(_, text)| Some(text) == written(form)) {
        forget(place);
    }
}

/// Forgets all that is in a folder.
pub fn forget_all(folder: &str) {
    stored_below(folder).iter().for_each(|place| forget(place));
}

/// All that is in a folder, the newest last.
pub fn find(folder: &str) -> Vec<Stored> {
    let mut found: Vec<Stored> = stored_below(folder).into_iter().filter_map(read).collect();
    found.sort_by_key(|stored| stored.at.0);
    found
}

/// The commit message at a place.
pub fn message(place: &str) -> Option<String> {
    text_at(place).map(|(_, message)| message)
}

/// What is at a place; what can't be read goes.
fn read(place: String) -> Option<Stored> {
    let (at, text) = text_at(&place)?;
    let whole = serde_qs::Config::new(5, false).deserialize_str::<Whole>(&text);
    if whole.is_err() {
        forget(&place);
    }
    Some(Stored { place, at, form: whole.ok()?.form })
}

/// The text at a place, and since when it is there; what is too old goes.
fn text_at(place: &str) -> Option<(Timestamp, String)> {
    let text = stored(place)?;
    let found = text.split_once(' ').and_then(|(at, text)| Some((Timestamp(at.parse().ok()?), text.to_owned())));
    let found = found.filter(|(at, _)| at.plus(LIFE) > now());
    if found.is_none() {
        forget(place);
    }
    found
}

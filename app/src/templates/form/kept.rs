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

/// Keeps a form; false when the browser refuses to, or nobody is known whom it belongs to.
pub fn store(place: &str, form: &EditorForm) -> bool {
    let text = call::write(&Whole { form: form.clone() });
    text.is_ok_and(|text| !place.starts_with("draft//") && try_store(place, Some(&format!("{} {text}", now().0))))
}

/// Forgets what is at a place.
pub fn forget(place: &str) {
    try_store(place, None);
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

/// What is at a place; what is too old or can't be read goes.
fn read(place: String) -> Option<Stored> {
    let text = stored(&place)?;
    let found = text.split_once(' ').and_then(|(at, form)| {
        let at = Timestamp(at.parse().ok()?);
        let whole: Whole = serde_qs::Config::new(5, false).deserialize_str(form).ok()?;
        (at.plus(LIFE) > now()).then_some(Stored { place: place.clone(), at, form: whole.form })
    });
    if found.is_none() {
        forget(&place);
    }
    found
}

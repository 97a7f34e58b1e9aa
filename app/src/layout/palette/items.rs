//! What the palette offers for what is typed.

use domain::permission::{Permission, Role, allows};
use domain::search::{Piece, Suggestion, distance};

use crate::layout::keyboard::template_in;
use crate::layout::sidebar::entries;
use crate::layout::theme::CHOICES;
use crate::templates::place;
use crate::ui::IconName;

/// What an item does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Goes to a page.
    Go(String),
    Theme(&'static str),
    CopyLink,
    ShowShortcuts,
    LogOut,
}

/// One line of the palette.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub group: &'static str,
    pub icon: IconName,
    pub text: String,
    /// What stands beside it in grey: a template's key, or where its words were found.
    pub note: String,
    /// The text in which they were found.
    pub pieces: Vec<Piece>,
    /// The shortcut that does the same.
    pub keys: &'static [&'static str],
    pub act: Act,
}

impl Item {
    fn new(group: &'static str, icon: IconName, text: impl Into<String>, act: Act) -> Self {
        Self { group, icon, text: text.into(), note: String::new(), pieces: Vec::new(), keys: &[], act }
    }
    fn keys(self, keys: &'static [&'static str]) -> Self {
        Self { keys, ..self }
    }
}

/// Where somebody is, and what they may do.
pub struct Place<'a> {
    pub role: Role,
    pub project: &'a str,
    /// The page's path.
    pub path: &'a str,
}

/// The lines for what is typed, `>` before it for actions only, and the templates that were found for it.
pub fn items(typed: &str, found: &[Suggestion], place: &Place) -> Vec<Item> {
    let wanted = typed.trim();
    let (wanted, is_all) = wanted.strip_prefix('>').map_or((wanted, true), |rest| (rest.trim(), false));
    let fits = |item: &Item| wanted.is_empty() || distance(wanted, &item.text).is_some();
    let mut all: Vec<Item> = of_template(place).into_iter().filter(fits).collect();
    if is_all {
        all.extend(found.iter().map(|one| template(one, place, wanted.is_empty())));
        all.extend(pages(place).filter(fits));
    }
    all.extend(actions(place).into_iter().filter(fits));
    if !wanted.is_empty() {
        let text = format!("Search all texts for “{wanted}”");
        let query = String::from(js_sys::encode_uri_component(wanted));
        let address = format!("/p/{}/templates?search={query}", place.project);
        all.push(Item::new("Search", IconName::Search, text, Act::Go(address)));
    }
    all
}

fn template(found: &Suggestion, at: &Place, is_recent: bool) -> Item {
    let address = format!("/p/{}/templates/{}", at.project, found.key);
    let group = if is_recent { "Changed last" } else { "Templates" };
    let note = found.found.as_ref().map_or_else(|| found.key.clone(), place);
    let pieces = found.found.as_ref().map(|found| found.pieces.clone()).unwrap_or_default();
    Item { note, pieces, ..Item::new(group, IconName::FileText, found.display_name.clone(), Act::Go(address)) }
}

fn pages(place: &Place) -> impl Iterator<Item = Item> {
    let base = format!("/p/{}", place.project);
    entries(place.role).map(move |entry| {
        Item::new("Pages", entry.icon, entry.text, Act::Go(format!("{base}{}", entry.path))).keys(entry.keys)
    })
}

/// What can be done with the template whose page this is.
fn of_template(place: &Place) -> Vec<Item> {
    if template_in(place.path).is_none() {
        return Vec::new();
    }
    let item =
        |icon, text: &str, way: &str| Item::new("This template", icon, text, Act::Go(format!("{}{way}", place.path)));
    let mut all = Vec::new();
    if allows(place.role, Permission::WriteTemplates) {
        all.push(item(IconName::Pencil, "Edit this template", "/edit").keys(&["e"]));
    }
    all.push(item(IconName::Compare, "Compare its versions", "/diff"));
    all.push(item(IconName::History, "Show its label moves", "?tab=timeline&show=label_move"));
    all.push(item(IconName::Code, "Use it from code", "?tab=use"));
    all
}

fn actions(place: &Place) -> Vec<Item> {
    let action = |icon, text: String, act| Item::new("Actions", icon, text, act);
    let mut all = Vec::new();
    if allows(place.role, Permission::WriteTemplates) {
        let address = format!("/p/{}/templates/new", place.project);
        all.push(action(IconName::Plus, "Create a template".into(), Act::Go(address)).keys(&["c"]));
    }
    all.push(action(IconName::Copy, "Copy the link to this view".into(), Act::CopyLink));
    for (value, text, icon) in CHOICES {
        all.push(action(icon, format!("Switch theme: {}", text.to_lowercase()), Act::Theme(value)));
    }
    all.push(action(IconName::Keyboard, "Show keyboard shortcuts".into(), Act::ShowShortcuts).keys(&["?"]));
    all.push(action(IconName::LogOut, "Log out".into(), Act::LogOut));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(typed: &str, role: Role, path: &str) -> Vec<String> {
        let found = [Suggestion { key: "goals".into(), display_name: "Goals".into(), found: None }];
        let place = Place { role, project: "x", path };
        items(typed, &found, &place).into_iter().map(|item| item.text).collect()
    }

    #[test]
    fn a_role_is_offered_what_it_may_do() {
        let engineer = texts("", Role::PromptEngineer, "/p/x/templates/goals");
        let viewer = texts("", Role::Viewer, "/p/x/templates/goals");
        for text in ["Edit this template", "Create a template"] {
            assert!(engineer.contains(&text.to_owned()) && !viewer.contains(&text.to_owned()), "{text}");
        }
        assert!(!viewer.contains(&"People".to_owned()) && viewer.contains(&"Sessions".to_owned()));
        assert!(!texts("", Role::Viewer, "/p/x").contains(&"Compare its versions".to_owned()));
    }

    #[test]
    fn a_sign_before_what_is_typed_leaves_actions_only() {
        let all = texts(">", Role::Viewer, "/p/x");
        assert!(!all.contains(&"Goals".to_owned()) && all.contains(&"Log out".to_owned()), "{all:?}");
    }
}

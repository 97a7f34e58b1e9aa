//! Who else is on a template's pages now.

use serde::{Deserialize, Serialize};

/// Somebody who is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    pub name: String,
    /// In the editor, or merging; otherwise only looking.
    pub is_editing: bool,
}

/// The others in words, such as `Ada is editing, 2 others are looking`; nothing when nobody is there.
pub fn in_words(others: &[Present]) -> String {
    let doing = |is_editing: bool, what: &str| {
        let names: Vec<&str> = others.iter().filter(|p| p.is_editing == is_editing).map(|p| p.name.as_str()).collect();
        let who = match names.as_slice() {
            [] => return None,
            [one] => return Some(format!("{one} is {what}")),
            [one, other] => format!("{one} and {other}"),
            [one, rest @ ..] => format!("{one} and {} others", rest.len()),
        };
        Some(format!("{who} are {what}"))
    };
    let parts: Vec<String> = [doing(true, "editing"), doing(false, "looking")].into_iter().flatten().collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_named_and_many_are_counted() {
        let present = |name: &str, is_editing| Present { name: name.into(), is_editing };
        let all = [("Ada", true), ("Ben", false), ("Cem", false), ("Dee", false)].map(|(n, e)| present(n, e));
        assert_eq!(in_words(&[]), "");
        assert_eq!(in_words(&all[..1]), "Ada is editing");
        assert_eq!(in_words(&all[..3]), "Ada is editing, Ben and Cem are looking");
        assert_eq!(in_words(&all), "Ada is editing, Ben and 2 others are looking");
    }
}

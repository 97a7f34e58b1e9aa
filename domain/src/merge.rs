//! Three-way merge of version contents: what two people made of the same version, put together.
//!
//! What only one of them changed is taken; what both changed the same way is taken once; where they differ there is a
//! conflict, and the merged content holds *ours* until someone decides.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use crate::merging::Conflict;
use crate::merging::{Choice, Matter, Take};
use crate::version::{Parameter, VersionContent};

mod layout;
mod messages;
mod parameters;
mod regions;
mod text;

/// Both contents in one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    pub content: VersionContent,
    /// Empty when nothing is left to decide.
    pub conflicts: Vec<Conflict>,
}

/// Merges what became of `base` on two sides.
pub fn merge(base: &VersionContent, ours: &VersionContent, theirs: &VersionContent) -> Merged {
    merge_decided(base, ours, theirs, &[])
}

/// As [`merge`], with each conflict decided by the choice of its number; one that has none holds *ours*. Which conflicts
/// there are, and in which order, doesn't depend on how they are decided.
pub fn merge_decided(
    base: &VersionContent,
    ours: &VersionContent,
    theirs: &VersionContent,
    choices: &[Option<Choice>],
) -> Merged {
    let mut open = Decisions { conflicts: Vec::new(), choices };
    let messages = unless_plain(&base.messages, &ours.messages, &theirs.messages)
        .unwrap_or_else(|| messages::merge(&base.messages, &ours.messages, &theirs.messages, &mut open));
    let parameters = unless_plain(&base.parameters, &ours.parameters, &theirs.parameters)
        .unwrap_or_else(|| parameters::merge(&base.parameters, &ours.parameters, &theirs.parameters, &mut open));
    let config = unless_plain(&base.config, &ours.config, &theirs.config)
        .unwrap_or_else(|| fields(&base.config, &ours.config, &theirs.config, "config", &mut open));
    Merged { content: VersionContent { messages, parameters, config }, conflicts: open.conflicts }
}

/// Whether a choice can decide the conflict; what is wrong with it otherwise.
pub fn check_choice(conflict: &Conflict, choice: &Choice) -> Result<(), String> {
    if !conflict.allows(choice.take) {
        return Err("this can't be chosen here; take your own or the other".to_owned());
    }
    if choice.take != Take::Edit || conflict.matter() != Matter::Value || choice.text.trim().is_empty() {
        return Ok(());
    }
    let value: Value = serde_json::from_str(&choice.text)
        .map_err(|error| format!("is not valid JSON: {error}; a text goes between double quotes"))?;
    let attribute = conflict.field.strip_prefix("parameters[").and_then(|rest| rest.split_once("]."));
    if let Some((_, attribute)) = attribute {
        let mut whole = parameters::entries(&Parameter { name: "x".to_owned(), ..Parameter::default() });
        whole.insert(attribute.to_owned(), value);
        serde_json::from_value::<Parameter>(Value::Object(whole))
            .map_err(|_| format!("a parameter's {attribute} is of another type; write it as the two sides do"))?;
    }
    Ok(())
}

/// The conflicts found so far, and what was chosen for each.
struct Decisions<'c> {
    conflicts: Vec<Conflict>,
    choices: &'c [Option<Choice>],
}

/// How a conflict is decided, for whoever puts the parts together.
#[derive(Clone, Copy)]
enum Decided<'c> {
    Ours,
    Theirs,
    Both,
    Text(&'c str),
}

impl<'c> Decisions<'c> {
    /// Notes a conflict, and tells what is chosen for it.
    fn ask(&mut self, conflict: Conflict) -> Decided<'c> {
        let choice = self.choices.get(self.conflicts.len()).and_then(Option::as_ref);
        let choice = choice.filter(|choice| check_choice(&conflict, choice).is_ok());
        self.conflicts.push(conflict);
        match choice {
            None => Decided::Ours,
            Some(choice) => match choice.take {
                Take::Ours => Decided::Ours,
                Take::Theirs => Decided::Theirs,
                Take::Both => Decided::Both,
                Take::Edit => Decided::Text(&choice.text),
            },
        }
    }
}

/// What a merge makes of three values that are not looked into; none when both sides changed it, each its own way.
fn unless_plain<T: PartialEq + Clone>(base: &T, ours: &T, theirs: &T) -> Option<T> {
    if ours == theirs || base == theirs {
        Some(ours.clone())
    } else if base == ours {
        Some(theirs.clone())
    } else {
        None
    }
}

/// Merges the entries of three objects by name, each as a whole.
fn fields(
    base: &Map<String, Value>,
    ours: &Map<String, Value>,
    theirs: &Map<String, Value>,
    field: &str,
    open: &mut Decisions<'_>,
) -> Map<String, Value> {
    let mut merged = Map::new();
    let added = theirs.keys().filter(|name| !ours.contains_key(*name));
    for name in ours.keys().chain(added) {
        let all = (base.get(name), ours.get(name), theirs.get(name));
        let value = unless_plain(&all.0, &all.1, &all.2).map(Option::<&Value>::cloned).unwrap_or_else(|| {
            let text = |value: Option<&Value>| value.map(Value::to_string);
            let (base, ours, theirs) = (text(all.0), text(all.1), text(all.2));
            match open.ask(Conflict { field: format!("{field}.{name}"), line: None, base, ours, theirs }) {
                Decided::Theirs => all.2.cloned(),
                // Checked before; nothing typed takes the entry away.
                Decided::Text(text) => serde_json::from_str(text).ok(),
                Decided::Ours | Decided::Both => all.1.cloned(),
            }
        });
        merged.extend(value.map(|value| (name.clone(), value)));
    }
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn content(text: &str, model: &str) -> VersionContent {
        let value = json!({ "messages": [{"role": "user", "content": text}], "config": {"model": model},
            "parameters": [{"name": "n", "type": "string", "description": model}] });
        serde_json::from_value(value).unwrap_or_default()
    }

    fn decided(takes: [(Take, &str); 3]) -> VersionContent {
        let (base, ours, theirs) = (content("a\nb\nc", "m"), content("a\nours\nc", "o"), content("a\ntheirs\nc", "t"));
        let open = merge(&base, &ours, &theirs).conflicts;
        let fields: Vec<_> = open.iter().map(|c| c.field.as_str()).collect();
        assert_eq!(fields, ["messages[0].content", "parameters[0].description", "config.model"]);
        let choice =
            |(c, (take, text)): (&Conflict, (Take, &str))| Choice { conflict: (c.id(), 0), take, text: text.into() };
        let choices: Vec<_> = open.iter().zip(takes).map(|pair| Some(choice(pair))).collect();
        merge_decided(&base, &ours, &theirs, &choices).content
    }

    #[test]
    fn each_conflict_is_decided_on_its_own() {
        let both = decided([(Take::Both, ""), (Take::Theirs, ""), (Take::Edit, "\"x\"")]);
        assert_eq!(both.messages[0].content, "a\nours\ntheirs\nc");
        assert_eq!((both.parameters[0].description.as_str(), &both.config["model"]), ("t", &json!("x")));
        let edited = decided([(Take::Edit, "one\ntwo"), (Take::Edit, "\"d\""), (Take::Edit, " ")]);
        assert_eq!(edited.messages[0].content, "a\none\ntwo\nc");
        assert_eq!((edited.parameters[0].description.as_str(), edited.config.len()), ("d", 0));
        assert_eq!(decided([(Take::Edit, ""), (Take::Ours, ""), (Take::Ours, "")]).messages[0].content, "a\nc");
    }

    #[test]
    fn a_choice_that_does_not_fit_is_told_and_leaves_ours() {
        let conflict = |field: &str| Conflict { field: field.into(), ..Conflict::default() };
        let check = |field: &str, take, text: &str| {
            let choice = Choice { conflict: (String::new(), 0), take, text: text.to_owned() };
            check_choice(&conflict(field), &choice)
        };
        assert!(check("messages", Take::Both, "").is_err() && check("messages[0].role", Take::Edit, "user").is_err());
        assert!(check("config.model", Take::Edit, "no quotes").is_err_and(|e| e.contains("double quotes")));
        assert!(check("parameters[0].type", Take::Edit, "\"text\"").is_err());
        assert_eq!(check("parameters[0].min", Take::Edit, "3"), Ok(()));
        let left = decided([(Take::Ours, ""), (Take::Both, ""), (Take::Edit, "{")]);
        assert_eq!((left.parameters[0].description.as_str(), &left.config["model"]), ("o", &json!("o")));
    }
}

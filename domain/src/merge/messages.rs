//! Merging messages: which there are, in which order, and each one's text.

use super::layout::{Layouts, Sides};
use super::{Conflict, Decided, Decisions, text, unless_plain};
use crate::diff::matching::matched;
use crate::version::Message;

/// The messages of both sides. Both differ from the base and from each other.
pub(super) fn merge(base: &[Message], ours: &[Message], theirs: &[Message], open: &mut Decisions<'_>) -> Vec<Message> {
    let (our_places, their_places) = (matched(base, ours, str::to_owned), matched(base, theirs, str::to_owned));
    let layouts = Layouts::new(base.len(), &our_places, &their_places, |i, j| ours[i] == theirs[j]);
    let sides = Sides { base, ours, theirs, layouts };
    let (layouts, dropped) = sides.put_back_changed("messages", shown, open);
    let order = layouts.merged().unwrap_or_else(|| {
        let all = |messages: &[Message]| Some(messages.iter().map(shown).collect::<String>());
        let (base, ours, theirs) = (all(base), all(ours), all(theirs));
        match open.ask(Conflict { field: "messages".to_owned(), line: None, base, ours, theirs }) {
            Decided::Theirs => layouts.theirs.clone(),
            Decided::Both => layouts.woven(),
            Decided::Ours | Decided::Text(_) => layouts.ours.clone(),
        }
    });
    let mut merged = Vec::with_capacity(order.len());
    for id in order.into_iter().filter(|id| !dropped.contains(id)) {
        let one = message(&sides, id, merged.len(), open);
        merged.extend(one);
    }
    merged
}

/// The message that stands at `at` in the merged list.
fn message(sides: &Sides<'_, Message>, id: usize, at: usize, open: &mut Decisions<'_>) -> Option<Message> {
    let (Some(base), Some(ours), Some(theirs)) = (sides.base.get(id), sides.our(id), sides.their(id)) else {
        return sides.our(id).or_else(|| sides.their(id)).cloned();
    };
    let role = unless_plain(&base.role, &ours.role, &theirs.role).unwrap_or_else(|| {
        let name = |message: &Message| Some(message.role.name().to_owned());
        let field = format!("messages[{at}].role");
        let conflict = Conflict { field, line: None, base: name(base), ours: name(ours), theirs: name(theirs) };
        if let Decided::Theirs = open.ask(conflict) { theirs.role } else { ours.role }
    });
    let field = format!("messages[{at}].content");
    let content = text::merge(&base.content, &ours.content, &theirs.content, &field, open);
    Some(Message { role, content })
}

fn shown(message: &Message) -> String {
    format!("=== {}\n{}\n", message.role.name(), message.content)
}

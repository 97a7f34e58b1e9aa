//! The blocks that a text may fill in.

use minijinja::machinery::ast::Stmt;

use super::expr::each_statement;
use super::unit::literal;
use crate::check::{parse, position::Source};
use crate::composition::{Closure, MAX_DEPTH, Target, message_for};
use crate::version::VersionContent;

/// The names of the blocks in the templates that a content's messages extend, those of the nearest first, each once.
/// What can't be read or found has none.
pub fn blocks(content: &VersionContent, closure: &Closure) -> Vec<String> {
    let mut found = Vec::new();
    for message in &content.messages {
        let mut text = message.content.as_str();
        for _ in 0..MAX_DEPTH {
            let Some(Target::Found(part)) = parent(text).and_then(|name| closure.get(&name)) else { break };
            let Ok(next) = message_for(&part.content, message.role, &part.key) else { break };
            text = &part.content.messages[next].content;
            add_blocks(text, &mut found);
        }
    }
    found
}

/// What a text extends, as written.
fn parent(text: &str) -> Option<String> {
    let source = Source::new(text);
    let tree = parse(&source).ok()?;
    let mut name = None;
    each_statement(std::slice::from_ref(&tree), &mut |statement| {
        if let Stmt::Extends(extends) = statement {
            name = literal(&extends.name).map(str::to_owned);
        }
    });
    name
}

fn add_blocks(text: &str, found: &mut Vec<String>) {
    let source = Source::new(text);
    let Ok(tree) = parse(&source) else { return };
    each_statement(std::slice::from_ref(&tree), &mut |statement| {
        if let Stmt::Block(block) = statement
            && !found.iter().any(|known| known == block.name)
        {
            found.push(block.name.to_owned());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::Part;
    use crate::version::Message;

    fn content(text: &str) -> VersionContent {
        VersionContent { messages: vec![Message { content: text.into(), ..Message::default() }], ..Default::default() }
    }

    #[test]
    fn blocks_of_all_that_is_extended_are_told_once() {
        let part = |key: &str, text: &str| {
            (key.to_owned(), Target::Found(Part { key: key.into(), version: 1, content: content(text) }))
        };
        let closure: Closure = [
            part("child", "{% extends 'base' %}{% block body %}{% block inner %}{% endblock %}{% endblock %}"),
            part("base", "{% block head %}{% endblock %}{% block body %}{% endblock %}"),
            part("loop", "{% extends 'loop' %}{% block round %}{% endblock %}"),
        ]
        .into();
        assert_eq!(blocks(&content("{% extends 'child' %}"), &closure), ["body", "inner", "head"]);
        assert_eq!(blocks(&content("{% extends 'loop' %}"), &closure), ["round"]);
        for none in ["{% include 'base' %}", "{% extends 'gone' %}", "{% extends"] {
            assert_eq!(blocks(&content(none), &closure), [""; 0], "{none}");
        }
    }
}

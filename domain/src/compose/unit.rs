//! One text, taken apart: its syntax tree, and where its tags begin and end.

use std::ops::Range;

use minijinja::machinery::ast::{Expr, Stmt};
use minijinja::machinery::{Span, Token, tokenize};
use minijinja::syntax::SyntaxConfig;

use crate::check::{parse, position::Source};
use crate::error::FieldError;

/// One message of one version.
pub(super) struct Unit<'a> {
    /// Which of the sources, and which of its messages.
    pub(super) source: usize,
    pub(super) message: usize,
    pub(super) text: &'a str,
    pub(super) places: Source<'a>,
    pub(super) tree: Stmt<'a>,
    pub(super) tags: Vec<Tag<'a>>,
    tokens: Vec<(Token<'a>, Range<usize>)>,
}

/// `{{ … }}` or `{% … %}`.
pub(super) struct Tag<'a> {
    /// With its delimiters.
    pub(super) all: Range<usize>,
    /// Without them.
    pub(super) inner: Range<usize>,
    /// The statement's word; empty for `{{ … }}`.
    pub(super) word: &'a str,
    tokens: Range<usize>,
    /// The tag that ends this one's body: `else`, `elif` or `end…`.
    pub(super) next: Option<usize>,
}

impl<'a> Unit<'a> {
    pub(super) fn new(source: usize, message: usize, text: &'a str) -> Result<Self, FieldError> {
        let places = Source::new(text);
        let tree = parse(&places)?;
        let all = tokenize(text, false, SyntaxConfig::default()).map_while(Result::ok);
        let tokens: Vec<_> = all.map(|(token, span)| (token, range(span))).collect();
        let tags = tags(&tokens);
        Ok(Self { source, message, text, places, tree, tags, tokens })
    }

    pub(super) fn statements(&self) -> &[Stmt<'a>] {
        if let Stmt::Template(template) = &self.tree { &template.children } else { &[] }
    }

    /// The number of the tag in which a byte stands.
    pub(super) fn tag_at(&self, offset: usize) -> usize {
        self.tags.partition_point(|tag| tag.all.start <= offset).saturating_sub(1)
    }

    /// The tokens between a tag's delimiters.
    pub(super) fn tokens_of(&self, tag: usize) -> &[(Token<'a>, Range<usize>)] {
        &self.tokens[self.tags[tag].tokens.clone()]
    }

    /// The range of `x.name` when `x` stands at an offset, and the name.
    pub(super) fn member(&self, offset: usize) -> Option<(Range<usize>, &'a str)> {
        let at = self.tokens.binary_search_by_key(&offset, |(_, place)| place.start).ok()?;
        match self.tokens.get(at + 1..at + 3)? {
            [(Token::Dot, _), (Token::Ident(name), place)] => Some((offset..place.end, name)),
            _ => None,
        }
    }

    /// Every word in tags: a new name must be none of them.
    pub(super) fn words(&self) -> impl Iterator<Item = &'a str> {
        self.tokens.iter().filter_map(|(token, _)| if let Token::Ident(word) = token { Some(*word) } else { None })
    }

    /// Where a raw text stands that is a part of this unit's text.
    pub(super) fn offset_of(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }
}

fn range(span: Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

fn tags<'a>(tokens: &[(Token<'a>, Range<usize>)]) -> Vec<Tag<'a>> {
    let (mut tags, mut open): (Vec<Tag<'a>>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut start = None;
    for (i, (token, place)) in tokens.iter().enumerate() {
        match token {
            Token::VariableStart | Token::BlockStart => start = Some(i),
            Token::VariableEnd | Token::BlockEnd => {
                let Some(first) = start.take() else { continue };
                let tag = tag(tokens, first, i, place);
                link(&mut tags, &mut open, tag, &tokens[first + 1..i]);
            }
            _ => {}
        }
    }
    tags
}

fn tag<'a>(tokens: &[(Token<'a>, Range<usize>)], first: usize, last: usize, end: &Range<usize>) -> Tag<'a> {
    let (opening, begin) = &tokens[first];
    let word = match (opening, tokens.get(first + 1)) {
        (Token::BlockStart, Some((Token::Ident(word), _))) => *word,
        _ => "",
    };
    Tag { all: begin.start..end.end, inner: begin.end..end.start, word, tokens: first + 1..last, next: None }
}

/// Adds a tag and notes what it closes.
fn link<'a>(tags: &mut Vec<Tag<'a>>, open: &mut Vec<usize>, tag: Tag<'a>, tokens: &[(Token<'a>, Range<usize>)]) {
    let at = tags.len();
    let closes = tag.word.starts_with("end") || matches!(tag.word, "else" | "elif");
    if closes && let Some(before) = open.pop() {
        tags[before].next = Some(at);
    }
    let opens = match tag.word {
        "for" | "if" | "with" | "filter" | "block" | "macro" | "call" | "autoescape" | "else" | "elif" => true,
        "set" => captures(tokens),
        _ => false,
    };
    if opens {
        open.push(at);
    }
    tags.push(tag);
}

/// Whether a `set` has a body: no `=` outside of brackets.
fn captures(tokens: &[(Token<'_>, Range<usize>)]) -> bool {
    let mut depth = 0;
    !tokens.iter().any(|(token, _)| {
        match token {
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => depth += 1,
            Token::ParenClose | Token::BracketClose | Token::BraceClose => depth -= 1,
            _ => {}
        }
        depth == 0 && matches!(token, Token::Assign)
    })
}

/// A literal text.
pub(super) fn literal<'e>(expr: &'e Expr<'_>) -> Option<&'e str> {
    if let Expr::Const(constant) = expr { constant.value.as_str() } else { None }
}

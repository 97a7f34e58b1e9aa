//! Handlebars, as dotprompt uses it, into Jinja2. What has no counterpart is named, with its line.

use super::body::lines_before;
use super::path::word;
use crate::version::MAX_MESSAGES;

/// A message as found: the name of its role, its text in Jinja2, and lines of the body before it.
pub(super) struct Found {
    pub(super) role: Option<String>,
    pub(super) text: String,
    pub(super) before: u32,
}

/// What a translation says of a line, counted from 1; some of it stops the import.
pub(super) struct Said {
    pub(super) line: u32,
    pub(super) message: String,
    pub(super) stops: bool,
}

/// The messages of a body, and what is to be said about it.
pub(super) fn read(body: &str) -> (Vec<Found>, Vec<Said>) {
    let first = Found { role: None, text: String::new(), before: 0 };
    let mut reader = Reader { body, found: vec![first], said: Vec::new(), open: Vec::new(), tags: 0 };
    reader.run();
    if let Some((name, at)) = reader.open.last().map(|open| (open.name, open.at)) {
        reader.say(at, format!("`{{{{#{name}}}}}` is not closed"));
    }
    (reader.found, reader.said)
}

/// The most tags of a body, the most blocks inside of one another, and the most that is said of a body.
const MOST_TAGS: usize = 20_000;
const MOST_OPEN: usize = 50;
const MOST_SAID: usize = 50;

struct Reader<'a> {
    body: &'a str,
    found: Vec<Found>,
    said: Vec<Said>,
    open: Vec<Block>,
    tags: usize,
}

/// An open block.
struct Block {
    name: &'static str,
    at: usize,
    /// The variable of a loop, which is the context inside of it.
    each: Option<String>,
    /// Further names of it.
    names: Vec<(String, String)>,
}

/// A tag in its file.
struct Tag<'a> {
    at: usize,
    end: usize,
    inner: &'a str,
    trims_before: bool,
    trims_after: bool,
}

impl<'a> Reader<'a> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(found) = self.body[at..].find("{{") {
            let open = at + found;
            let before = &self.body[at..open];
            if before.ends_with('\\') && !before.ends_with("\\\\") {
                self.text(&before[..before.len() - 1]);
                self.text("{{");
                at = open + 2;
                continue;
            }
            let before = before.strip_suffix('\\').filter(|_| before.ends_with("\\\\")).unwrap_or(before);
            let Some(tag) = self.tag(open) else {
                self.say(open, "a `{{` without its `}}`");
                return;
            };
            self.tags += 1;
            if self.tags > MOST_TAGS || self.open.len() > MOST_OPEN {
                self.say(open, "too many tags, or too many blocks inside of one another");
                return;
            }
            let is_alone = is_block(tag.inner) && self.stands_alone(&tag, at);
            let before = if is_alone { before.trim_end_matches([' ', '\t']) } else { before };
            self.text(before);
            at = if is_alone { self.next_line(tag.end) } else { tag.end };
            self.translate(&tag);
        }
        let rest = &self.body[at..];
        self.text(rest);
    }

    fn say(&mut self, at: usize, message: impl Into<String>) {
        self.tell(at, message.into(), true);
    }
    fn note(&mut self, at: usize, message: impl Into<String>) {
        self.tell(at, message.into(), false);
    }
    fn tell(&mut self, at: usize, message: String, stops: bool) {
        // One that stops the import is told whatever was told before.
        if self.said.len() < MOST_SAID || (stops && self.said.iter().all(|said| !said.stops)) {
            self.said.push(Said { line: lines_before(self.body, at) + 1, message, stops });
        }
    }

    fn tag(&self, at: usize) -> Option<Tag<'a>> {
        let rest = &self.body[at..];
        let close = |from: usize, end: &str| rest[from..].find(end).map(|i| (from, from + i, from + i + end.len()));
        let (start, stop, end) = if rest.starts_with("{{!--") || rest.starts_with("{{~!--") {
            let (_, stop, _) = close(2, "--")?;
            let (_, stop, end) = close(stop.max(6), "}}")?;
            (2, stop, end)
        } else if rest.starts_with("{{{") && !rest.starts_with("{{{{") {
            close(3, "}}}")?
        } else {
            close(2, "}}")?
        };
        let inner = &rest[start..stop];
        let (trims_before, inner) = inner.strip_prefix('~').map_or((false, inner), |inner| (true, inner));
        let (trims_after, inner) = inner.strip_suffix('~').map_or((false, inner), |inner| (true, inner));
        Some(Tag { at, end: at + end, inner: inner.trim(), trims_before, trims_after })
    }

    /// Handlebars takes the whole line of a block's tag that is alone on it.
    /// `last` is where the tag before ended.
    fn stands_alone(&self, tag: &Tag<'_>, last: usize) -> bool {
        let starts_line = last == 0 || self.body[..last].ends_with('\n');
        let line = match self.body[last..tag.at].rfind('\n') {
            Some(i) => last + i + 1,
            None if starts_line => last,
            None => return false,
        };
        let is_first = !tag.trims_before && !tag.trims_after && self.body[line..tag.at].trim().is_empty();
        is_first && self.body[tag.end..self.next_line(tag.end)].trim().is_empty()
    }

    fn next_line(&self, at: usize) -> usize {
        self.body[at..].find('\n').map_or(self.body.len(), |i| at + i + 1)
    }

    fn out(&mut self) -> &mut String {
        if self.found.is_empty() {
            self.found.push(Found { role: None, text: String::new(), before: 0 });
        }
        let last = self.found.len() - 1;
        &mut self.found[last].text
    }

    /// Adds a text as it is: what Jinja2 would take for its own is put into quotes.
    fn text(&mut self, text: &str) {
        let out = self.out();
        let (mut from, mut at) = (0, 0);
        while let Some(found) = text[at..].find('{').map(|i| at + i) {
            at = found + 1;
            if text[at..].starts_with(['{', '%', '#']) {
                out.push_str(&text[from..found]);
                out.push_str(&format!("{{{{ \"{}\" }}}}", &text[found..=at]));
                at += 1;
                from = at;
            }
        }
        out.push_str(&text[from..]);
    }

    /// Adds a tag of Jinja2.
    fn push(&mut self, tag: &Tag<'_>, open: &str, inner: &str, close: &str) {
        let out = self.out();
        // `{` and `{{` would be read as `{{` and `{`.
        if out.ends_with('{') && !tag.trims_before {
            out.pop();
            out.push_str("{{ \"{\" }}");
        }
        let sign = |is: bool| if is { "-" } else { "" };
        out.push_str(&format!("{open}{} {inner} {}{close}", sign(tag.trims_before), sign(tag.trims_after)));
    }
    fn statement(&mut self, tag: &Tag<'_>, inner: &str) {
        self.push(tag, "{%", inner, "%}");
    }

    fn translate(&mut self, tag: &Tag<'_>) {
        let inner = tag.inner;
        let (name, rest) =
            inner.split_once(char::is_whitespace).map_or((inner, ""), |(name, rest)| (name, rest.trim()));
        let done = match name {
            _ if inner.starts_with('!') => {
                self.comment(tag);
                Ok(())
            }
            "#if" | "#unless" => self.condition(tag, if name == "#if" { "if" } else { "unless" }, rest),
            "#each" => self.each(tag, rest),
            "else" | "^" => self.otherwise(tag, rest),
            "role" => self.role(tag, rest),
            "history" | "media" | "section" => {
                self.note(tag.at, format!("`{{{{{inner}}}}}` has no counterpart here and was left out"));
                Ok(())
            }
            "json" => self.path(rest).map(|path| self.push(tag, "{{", &format!("{path}|tojson"), "}}")),
            _ if inner.starts_with('/') => self.close(tag, inner[1..].trim()),
            _ if inner.starts_with('>') => self.partial(tag, inner[1..].trim()),
            _ if inner.starts_with(['#', '^', '&', '*', '{']) => {
                Err(format!("`{{{{{inner}}}}}` has no counterpart in Jinja2"))
            }
            _ if !rest.is_empty() => Err(format!("the helper `{name}` has no counterpart in Jinja2")),
            path => self.path(path).map(|path| self.push(tag, "{{", &path, "}}")),
        };
        if let Err(message) = done {
            self.say(tag.at, message);
        }
    }

    fn comment(&mut self, tag: &Tag<'_>) {
        let text = tag.inner.trim_start_matches('!').trim_start_matches("--").trim_end_matches("--").trim();
        // An empty one only keeps Handlebars from taking a line.
        if !text.is_empty() {
            let text = text.replace("#}", "# }");
            self.push(tag, "{#", &text, "#}");
        }
    }

    fn condition(&mut self, tag: &Tag<'_>, name: &'static str, rest: &str) -> Result<(), String> {
        let path = self.path(rest)?;
        let not = if name == "unless" { "not " } else { "" };
        self.statement(tag, &format!("if {not}{path}"));
        self.open.push(Block { name, at: tag.at, each: None, names: Vec::new() });
        Ok(())
    }

    fn each(&mut self, tag: &Tag<'_>, rest: &str) -> Result<(), String> {
        let (list, names) = rest.split_once(" as ").unwrap_or((rest, ""));
        let path = self.path(list.trim())?;
        let mut names = names.trim().trim_matches('|').split_whitespace().map(str::to_owned);
        let depth = self.open.iter().filter(|block| block.each.is_some()).count();
        let own = names.next();
        let variable = own
            .as_deref()
            .map_or_else(|| if depth == 0 { "item".to_owned() } else { format!("item_{}", depth + 1) }, word);
        let mut all: Vec<_> = own.into_iter().map(|name| (name, variable.clone())).collect();
        all.extend(names.next().map(|index| (index, "loop.index0".to_owned())));
        self.statement(tag, &format!("for {variable} in {path}"));
        self.open.push(Block { name: "each", at: tag.at, each: Some(variable), names: all });
        Ok(())
    }

    fn otherwise(&mut self, tag: &Tag<'_>, rest: &str) -> Result<(), String> {
        if self.open.is_empty() {
            return Err("`{{else}}` outside of a block".to_owned());
        }
        match rest.strip_prefix("if ") {
            Some(path) => {
                let path = self.path(path.trim())?;
                self.statement(tag, &format!("elif {path}"));
            }
            None if rest.is_empty() => self.statement(tag, "else"),
            None => return Err(format!("`{{{{else {rest}}}}}` has no counterpart in Jinja2")),
        }
        Ok(())
    }

    fn close(&mut self, tag: &Tag<'_>, name: &str) -> Result<(), String> {
        match self.open.pop() {
            Some(block) if block.name == name => {
                self.statement(tag, if block.each.is_some() { "endfor" } else { "endif" });
                Ok(())
            }
            // The start of another block was refused already.
            block if !["if", "unless", "each"].contains(&name) => {
                self.open.extend(block);
                Ok(())
            }
            block => {
                self.open.extend(block);
                Err(format!("`{{{{/{name}}}}}` closes no block that can be read"))
            }
        }
    }

    fn role(&mut self, tag: &Tag<'_>, rest: &str) -> Result<(), String> {
        if !self.open.is_empty() {
            return Err("a message can't start inside of a block here".to_owned());
        }
        if self.found.len() > 2 * MAX_MESSAGES {
            return Err("too many messages".to_owned());
        }
        let role = rest.trim_matches(['"', '\'']).to_owned();
        let before = lines_before(self.body, tag.end);
        self.found.push(Found { role: Some(role), text: String::new(), before });
        Ok(())
    }

    fn partial(&mut self, tag: &Tag<'_>, name: &str) -> Result<(), String> {
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        if !is_name {
            return Err(format!("`{{{{>{name}}}}}` gives a partial more than its name, which has no counterpart here"));
        }
        let key = word(name.trim_start_matches('_'));
        self.statement(tag, &format!("include \"{key}\""));
        Ok(())
    }

    /// The contexts around this place, inner first; None is the whole input.
    fn contexts(&self) -> Vec<Option<&str>> {
        let loops = self.open.iter().rev().filter_map(|block| block.each.as_deref()).map(Some);
        loops.chain(std::iter::once(None)).collect()
    }

    /// A path as Jinja2 has it, in the context of this place.
    fn path(&self, path: &str) -> Result<String, String> {
        let refuse = || format!("`{path}` has no counterpart in Jinja2");
        let is_in_loop = self.contexts().len() > 1;
        match path {
            "@index" if is_in_loop => return Ok("loop.index0".into()),
            "@first" if is_in_loop => return Ok("loop.first".into()),
            "@last" if is_in_loop => return Ok("loop.last".into()),
            _ => {}
        }
        let (mut rest, mut up) = (path, 0);
        while let Some(shorter) = rest.strip_prefix("../") {
            (rest, up) = (shorter, up + 1);
        }
        let contexts = self.contexts();
        let mut context = contexts.get(up).copied().ok_or_else(refuse)?;
        if let Some(shorter) = rest.strip_prefix("@root.") {
            (rest, context) = (shorter, None);
        } else if let Some(shorter) = rest.strip_prefix("this.").or_else(|| rest.strip_prefix("./")) {
            rest = shorter;
        } else if matches!(rest, "this" | ".") {
            return context.map(str::to_owned).ok_or_else(refuse);
        }
        let mut segments = rest.split(['.', '/']);
        let first = segments.next().filter(|name| is_name(name)).ok_or_else(refuse)?;
        let named = self.open.iter().rev().flat_map(|block| &block.names).find(|(name, _)| name == first);
        let mut out = match (named, context) {
            (Some((_, variable)), _) if up == 0 && rest == path => variable.clone(),
            (_, Some(variable)) => format!("{variable}.{first}"),
            (_, None) => word(first),
        };
        for segment in segments {
            if !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit()) {
                out.push_str(&format!("[{segment}]"));
            } else if is_name(segment) {
                out.push('.');
                out.push_str(segment);
            } else {
                return Err(refuse());
            }
        }
        Ok(out)
    }
}

/// Tags whose line Handlebars takes when they are alone on it.
fn is_block(inner: &str) -> bool {
    inner.starts_with(['#', '/', '!', '>', '^']) || inner.split_whitespace().next() == Some("else")
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

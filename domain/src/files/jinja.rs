//! Jinja2 into Handlebars, as far as Handlebars goes: values, conditions, loops, comments, includes.

use super::body::lines_before;

/// The text in Handlebars, or what keeps it from being said there: line, from 1, and why.
pub(super) fn write(text: &str) -> Result<String, Vec<(u32, String)>> {
    let mut writer = Writer { text, out: String::new(), open: Vec::new(), wrong: Vec::new() };
    writer.run();
    if !writer.open.is_empty() {
        writer.refuse(text.len(), "a block is not closed");
    }
    if writer.wrong.is_empty() { Ok(writer.out) } else { Err(writer.wrong) }
}

/// The most reasons that are told of one text.
const MOST: usize = 5;

struct Writer<'a> {
    text: &'a str,
    out: String,
    open: Vec<Block>,
    wrong: Vec<(u32, String)>,
}

enum Block {
    If,
    Unless,
    /// With its variable.
    Each(String),
}

impl Writer<'_> {
    fn run(&mut self) {
        let text = self.text;
        let mut at = 0;
        while let Some((open, kind)) = next_tag(text, at) {
            self.plain(&text[at..open]);
            let close = match kind {
                '{' => "}}",
                '%' => "%}",
                _ => "#}",
            };
            let Some(end) = text[open + 2..].find(close).map(|i| open + 2 + i) else {
                self.refuse(open, "a tag that is not closed");
                return;
            };
            let after = end + 2;
            let inner = &text[open + 2..end];
            let trims = (inner.starts_with('-'), inner.ends_with('-') && inner.len() > 1);
            let inner = inner.trim_matches(['-', '+']).trim();
            if kind == '%' && inner == "raw" {
                at = self.raw(open, after, trims);
                continue;
            }
            let written = match kind {
                '{' => self.value(inner, trims),
                '%' => self.statement(inner, trims),
                _ => Ok(tag(trims, &format!("!-- {} --", inner.replace("--", "- -")))),
            };
            match written {
                Ok(written) => self.tag(&written, kind != '{' && is_alone(text, open, after)),
                Err(why) => self.refuse(open, why),
            }
            at = after;
        }
        self.plain(&text[at..]);
    }

    fn refuse(&mut self, at: usize, why: impl Into<String>) {
        if self.wrong.len() < MOST {
            self.wrong.push((lines_before(self.text, at) + 1, why.into()));
        }
    }

    fn plain(&mut self, text: &str) {
        self.out.push_str(&text.replace("{{", "\\{{"));
    }

    /// Adds a tag. Handlebars would take the line of one that is alone on it; an empty comment keeps it.
    fn tag(&mut self, written: &str, is_alone: bool) {
        if self.out.ends_with('\\') && written.starts_with("{{") {
            self.out.push('\\');
        }
        self.out.push_str(written);
        if is_alone {
            self.out.push_str("{{! }}");
        }
    }

    /// A text that Jinja2 does not look into; gives where it ends.
    fn raw(&mut self, open: usize, start: usize, (before, after): (bool, bool)) -> usize {
        let end = self.text[start..].find("{%").map(|i| start + i);
        let close = end.and_then(|end| Some((end, end + self.text[end..].find("%}")? + 2)));
        let Some((end, close)) = close else {
            self.refuse(open, "`{% raw %}` is not closed");
            return self.text.len();
        };
        let last = &self.text[end + 2..close - 2];
        if last.trim() != "endraw" || before || after {
            self.refuse(
                open,
                "`{% raw %}` around tags or without the space around it has no counterpart in Handlebars",
            );
        }
        let text = &self.text[start..end];
        self.plain(text);
        close
    }

    fn value(&mut self, inner: &str, trims: (bool, bool)) -> Result<String, String> {
        let quoted = inner.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        if let Some(text) = quoted.filter(|text| !text.contains(['"', '\\', '\n']) && trims == (false, false)) {
            return Ok(text.replace("{{", "\\{{"));
        }
        Ok(tag(trims, &self.path(inner)?))
    }

    fn statement(&mut self, inner: &str, trims: (bool, bool)) -> Result<String, String> {
        let (name, rest) =
            inner.split_once(char::is_whitespace).map_or((inner, ""), |(name, rest)| (name, rest.trim()));
        let written = match (name, rest) {
            ("if", condition) => self.start(condition)?,
            ("elif", condition) if matches!(self.open.last(), Some(Block::If)) => {
                format!("else if {}", self.path(condition)?)
            }
            ("else", "") if !self.open.is_empty() => "else".to_owned(),
            ("for", what) => self.each(what)?,
            ("endif" | "endfor", "") => match self.open.pop() {
                Some(Block::If) => "/if".to_owned(),
                Some(Block::Unless) => "/unless".to_owned(),
                Some(Block::Each(_)) => "/each".to_owned(),
                None => return Err(format!("`{{% {name} %}}` ends nothing that can be said in Handlebars")),
            },
            ("include", name) if !self.is_in_loop() => format!("> {}", included(name)?),
            _ => return Err(format!("`{{% {name} %}}` has no counterpart in Handlebars here")),
        };
        Ok(tag(trims, &written))
    }

    fn start(&mut self, condition: &str) -> Result<String, String> {
        let (block, written) = match condition.strip_prefix("not ") {
            Some(path) => (Block::Unless, format!("#unless {}", self.path(path.trim())?)),
            None => (Block::If, format!("#if {}", self.path(condition)?)),
        };
        self.open.push(block);
        Ok(written)
    }

    fn each(&mut self, what: &str) -> Result<String, String> {
        let refuse = || format!("the loop `{what}` has no counterpart in Handlebars");
        let (variable, list) = what.split_once(" in ").ok_or_else(refuse)?;
        let variable = variable.trim();
        if !is_name(variable) {
            return Err(refuse());
        }
        let written = format!("#each {} as |{variable}|", self.path(list.trim())?);
        self.open.push(Block::Each(variable.to_owned()));
        Ok(written)
    }

    fn is_in_loop(&self) -> bool {
        self.open.iter().any(|block| matches!(block, Block::Each(_)))
    }

    /// A value's name; inside of a loop all but its variables are looked up from the top.
    fn path(&self, path: &str) -> Result<String, String> {
        match path {
            "loop.index0" if self.is_in_loop() => return Ok("@index".into()),
            "loop.first" if self.is_in_loop() => return Ok("@first".into()),
            "loop.last" if self.is_in_loop() => return Ok("@last".into()),
            _ => {}
        }
        let is_path = path.split('.').all(is_name) && !path.starts_with("loop.");
        if !is_path || ["true", "false", "none", "not", "this", "else"].contains(&path) {
            return Err(format!("`{path}` has no counterpart in Handlebars: it only knows names"));
        }
        let first = path.split('.').next().unwrap_or_default();
        let is_variable = |block: &Block| matches!(block, Block::Each(variable) if variable == first);
        let is_own = !self.is_in_loop() || self.open.iter().any(is_variable);
        // Helpers of dotprompt win over values of their names.
        let is_helper = ["role", "history", "media", "section", "json", "if", "unless", "each"].contains(&path);
        Ok(match (is_own, is_helper) {
            (true, true) => format!("this.{path}"),
            (true, false) => path.to_owned(),
            (false, _) => format!("@root.{path}"),
        })
    }
}

fn next_tag(text: &str, from: usize) -> Option<(usize, char)> {
    let rest = &text[from..];
    let found = rest.char_indices().zip(rest.chars().skip(1)).find(|((_, c), next)| *c == '{' && "{%#".contains(*next));
    found.map(|((i, _), next)| (from + i, next))
}

fn tag((before, after): (bool, bool), inner: &str) -> String {
    let sign = |is: bool| if is { "~" } else { "" };
    format!("{{{{{}{inner}{}}}}}", sign(before), sign(after))
}

/// Whether a tag is alone on its line.
fn is_alone(text: &str, open: usize, after: usize) -> bool {
    let line = text[..open].rfind('\n').map_or(0, |i| i + 1);
    let end = text[after..].find('\n').map_or(text.len(), |i| after + i);
    text[line..open].trim().is_empty() && text[after..end].trim().is_empty()
}

fn included(name: &str) -> Result<&str, String> {
    let key = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let key = key.or_else(|| name.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')));
    key.filter(|key| is_name(key))
        .ok_or_else(|| format!("including {name} has no counterpart in Handlebars: it only knows keys"))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

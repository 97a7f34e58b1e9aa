//! Paths inside of folders and archives.

/// The longest path, in bytes.
const MAX_PATH: usize = 300;

/// Checks that a path stays inside of its folder, on every system: names between slashes, no `..`, no drive, nothing
/// that can't be seen.
pub fn check_path(path: &str) -> Result<(), String> {
    let is_name = |name: &str| !matches!(name, "" | "." | "..");
    let is_plain =
        |c: char| !c.is_control() && !matches!(c, '\\' | ':' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if path.len() > MAX_PATH {
        Err(format!("a path has at most {MAX_PATH} bytes"))
    } else if !path.split('/').all(is_name) || !path.chars().all(is_plain) {
        Err("a path is made of names with `/` between them; it can't lead out of its folder".to_owned())
    } else {
        Ok(())
    }
}

/// The folder of a file, and its name in it.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The key of the template that a file is a part of, going by its name and place alone.
pub fn key_of(path: &str) -> Option<String> {
    let (folder, name) = split(path);
    if let Some(name) = name.strip_suffix(".prompty") {
        return Some(word(name));
    }
    // `_header.prompt` is a partial, `greeting.formal.prompt` a variant.
    if let Some(name) = name.strip_suffix(".prompt") {
        return Some(word(name.trim_start_matches('_')));
    }
    Some(split(folder).1.to_owned()).filter(|key| !key.is_empty())
}

/// What systems and hosts put beside the files of a project, and what an export adds itself.
pub(super) fn is_beside(path: &str) -> bool {
    let is_hidden = path.split('/').any(|name| name.starts_with('.') || name == "__MACOSX");
    let (_, name) = split(path);
    is_hidden || name == super::NOTES_FILE || name.starts_with("README") || name.starts_with("LICENSE")
}

/// A key made of any name: `basicPrompt` and `Basic prompt` are `basic_prompt`.
pub(super) fn word(name: &str) -> String {
    let mut word = String::with_capacity(name.len());
    let mut before = ' ';
    for c in name.chars() {
        let starts = c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        if starts && !word.ends_with('_') {
            word.push('_');
        }
        word.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
        before = c;
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside() {
        for good in ["a", "prompts/core_values/system.md", "Ärzte/1 2.md"] {
            assert_eq!(check_path(good), Ok(()), "{good}");
        }
        let long = "a".repeat(301);
        for bad in ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\\b", "C:x", "a\0b", "a\nb", "a\u{202E}b", &long] {
            assert!(check_path(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_file_is_a_part_of_one_template() {
        for (path, key) in [
            ("a/b/prompt.yaml", Some("b")),
            ("b/user.2.md", Some("b")),
            ("a/basicPrompt.prompty", Some("basic_prompt")),
            ("_header.prompt", Some("header")),
            ("greeting.formal.prompt", Some("greeting_formal")),
            ("prompt.yaml", None),
        ] {
            assert_eq!(key_of(path).as_deref(), key, "{path}");
        }
    }

    #[test]
    fn a_name_becomes_a_key() {
        for (name, key) in
            [("basicPrompt", "basic_prompt"), ("Basic prompt", "basic_prompt"), ("kpi-2", "kpi_2"), ("URLs", "urls")]
        {
            assert_eq!(word(name), key);
        }
    }
}

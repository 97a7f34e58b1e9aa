//! The table of rules, and the run of all of them.

use std::collections::{BTreeSet, HashSet};

use super::view::{Text, View};
use super::{Edit, Finding, Fix, Group, RuleSetting, Severity, clarity, cost, robustness, safety, structure};
use crate::check::position::Source;
use crate::error::{FieldError, Problems};
use crate::order::sort_by_number;
use crate::text::nearest;
use crate::version::VersionContent;

/// The most findings of one rule: after that the rest is noise.
const MOST: usize = 20;

/// One rule.
pub struct Rule {
    pub id: &'static str,
    pub group: Group,
    pub severity: Severity,
    /// Why it matters.
    pub explanation: &'static str,
    pub(super) check: fn(&View<'_>, &mut Out<'_>),
}

use Group::{Clarity, Cost, Robustness, Safety, Structure};
use Severity::{Error, Hint, Warning};

const fn rule(
    id: &'static str,
    group: Group,
    severity: Severity,
    check: fn(&View<'_>, &mut Out<'_>),
    explanation: &'static str,
) -> Rule {
    Rule { id, group, severity, explanation, check }
}

/// Every rule; a project can switch each of them off.
pub const RULES: [Rule; 29] = [
    rule(
        "vague-quantity",
        Clarity,
        Hint,
        clarity::vague_quantity,
        "A model picks its own number where the text names none.",
    ),
    rule(
        "prohibition-alone",
        Clarity,
        Hint,
        clarity::prohibition_alone,
        "What to do instead is followed better than what not to do.",
    ),
    rule(
        "shouting",
        Clarity,
        Hint,
        clarity::shouting,
        "Capitals cost more tokens and stress nothing that plain words can't.",
    ),
    rule(
        "contradictory-length",
        Clarity,
        Warning,
        clarity::contradictory_length,
        "Asked for both, a model takes either.",
    ),
    rule("missing-format", Clarity, Hint, clarity::missing_format, "Whoever reads the answer needs to know its form."),
    rule(
        "contradictory-format",
        Clarity,
        Warning,
        clarity::contradictory_format,
        "Nothing but JSON leaves no room for another form.",
    ),
    rule(
        "long-sentence",
        Clarity,
        Hint,
        clarity::long_sentence,
        "The middle of a long sentence is what a model misses.",
    ),
    rule("trailing-spaces", Structure, Hint, structure::trailing_spaces, "They are sent, paid for and read by nobody."),
    rule("blank-lines", Structure, Hint, structure::blank_lines, "One blank line parts as well as five."),
    rule(
        "unclosed-fence",
        Structure,
        Warning,
        structure::unclosed_fence,
        "All that follows belongs to the code block.",
    ),
    rule("unclosed-tag", Structure, Warning, structure::unclosed_tag, "What the tag holds has no end."),
    rule(
        "invisible-characters",
        Structure,
        Warning,
        structure::invisible_characters,
        "Nobody sees them in review; a model reads them.",
    ),
    rule(
        "duplicate-line",
        Structure,
        Warning,
        structure::duplicate_line,
        "Said twice, it will be changed in one place.",
    ),
    rule("heading-jump", Structure, Hint, structure::heading_jump, "Levels tell what belongs to what."),
    rule("secret", Safety, Error, safety::secret, "Whoever may read the prompt has it, and every model provider too."),
    rule("personal-data", Safety, Warning, safety::personal_data, "A prompt is read by many and kept for long."),
    rule(
        "input-in-system",
        Safety,
        Warning,
        safety::input_in_system,
        "What a caller writes there speaks with the voice of the system.",
    ),
    rule(
        "undelimited-input",
        Safety,
        Warning,
        safety::undelimited_input,
        "A model can't tell what is the caller's from what is yours.",
    ),
    rule(
        "sources-without-text",
        Safety,
        Hint,
        safety::sources_without_text,
        "Asked for sources it was not given, a model invents them.",
    ),
    rule(
        "optional-without-default",
        Robustness,
        Warning,
        robustness::optional_without_default,
        "Left out, it prints nothing, in the middle of the text.",
    ),
    rule(
        "attribute-of-optional",
        Robustness,
        Warning,
        robustness::attribute_of_optional,
        "Left out, the render fails.",
    ),
    rule("dead-branch", Robustness, Warning, robustness::dead_branch, "Text that is never, or always, there."),
    rule(
        "unlimited-parameter",
        Robustness,
        Hint,
        robustness::unlimited_parameter,
        "A caller's value can be as long as the request.",
    ),
    rule(
        "undescribed-parameter",
        Robustness,
        Hint,
        robustness::undescribed_parameter,
        "Who calls it sees the name alone.",
    ),
    rule("single-choice", Robustness, Hint, robustness::single_choice, "A parameter with one value is no parameter."),
    rule("long-examples", Cost, Hint, cost::long_examples, "Every call pays for them again."),
    rule("long-system", Cost, Hint, cost::long_system, "Every call pays for it again, and its middle is read least."),
    rule("repeated-paragraph", Cost, Hint, cost::repeated_paragraph, "The same words are paid for twice."),
    rule(
        "html-comment",
        Cost,
        Hint,
        cost::html_comment,
        "A model reads and charges for it; a template's comment stays here.",
    ),
];

/// Every rule, and whether it is on.
pub fn settings_of(off: &HashSet<String>) -> Vec<RuleSetting> {
    let setting = |rule: &Rule| RuleSetting {
        id: rule.id.to_owned(),
        group: rule.group,
        severity: rule.severity,
        why: rule.explanation.to_owned(),
        is_on: !off.contains(rule.id),
    };
    RULES.iter().map(setting).collect()
}

/// The ids of rules to switch off, each once; names the first few that are none.
pub fn check_off(off: &[String], problems: &mut Problems) -> BTreeSet<String> {
    const MOST_NAMED: usize = 10;
    let is_known = |id: &str| RULES.iter().any(|rule| rule.id == id);
    for (i, id) in off.iter().enumerate().filter(|(_, id)| !is_known(id)).take(MOST_NAMED) {
        let near = nearest(&id.chars().take(64).collect::<String>(), RULES.iter().map(|rule| rule.id));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        problems.add(format!("off[{i}]"), format!("is no rule of lint{near}"));
    }
    off.iter().filter(|id| is_known(id)).cloned().collect()
}

/// All that the rules find, but for those that are off, in the order of fields and places.
pub fn lint(content: &VersionContent, off: &HashSet<String>) -> Vec<Finding> {
    let view = View::new(content);
    let mut findings = Vec::new();
    for rule in RULES.iter().filter(|rule| !off.contains(rule.id)) {
        let mut out = Out { rule, found: Vec::new() };
        (rule.check)(&view, &mut out);
        findings.extend(out.found);
    }
    // The last first: the order of what comes before is kept.
    sort_by_number(&mut findings, |finding| finding.at.column.unwrap_or_default() as usize);
    sort_by_number(&mut findings, |finding| finding.at.line.unwrap_or_default() as usize);
    sort_by_number(&mut findings, |finding| field_order(&finding.at.field));
    findings
}

/// Messages in their order, then parameters, then the rest.
fn field_order(field: &str) -> usize {
    let (list, row) = field.split_once('[').unwrap_or((field, ""));
    let row = row.split(']').next().and_then(|row| row.parse::<usize>().ok()).unwrap_or_default();
    let list = ["messages", "parameters"].iter().position(|name| *name == list).unwrap_or(2);
    list * 1_000 + row.min(999)
}

/// Where a rule puts what it finds.
pub(super) struct Out<'r> {
    rule: &'r Rule,
    found: Vec<Finding>,
}

impl Out<'_> {
    /// Something at a byte of a text.
    pub(super) fn add(&mut self, text: &Text<'_>, at: usize, message: impl Into<String>) {
        self.at(text, at, message, None);
    }
    /// The same, with the edits that mend it.
    pub(super) fn mend(
        &mut self,
        text: &Text<'_>,
        at: usize,
        message: impl Into<String>,
        title: &str,
        edits: Vec<Edit>,
    ) {
        self.at(text, at, message, Some(Fix { title: title.to_owned(), edits }));
    }
    /// Something about a whole field.
    pub(super) fn field(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.push(FieldError::new(field, message), None);
    }

    fn at(&mut self, text: &Text<'_>, at: usize, message: impl Into<String>, fix: Option<Fix>) {
        // Before the place is looked for: that reads the text, and a hostile one has thousands of places.
        if self.found.len() < MOST {
            let (line, column) = Source::new(text.source).place(at);
            self.push(FieldError::new(&text.field, message).at(line, column), fix);
        }
    }

    fn push(&mut self, at: FieldError, fix: Option<Fix>) {
        let Rule { id, group, severity, explanation, .. } = self.rule;
        if self.found.len() == MOST {
            return;
        }
        let (rule, why) = ((*id).to_owned(), (*explanation).to_owned());
        self.found.push(Finding { rule, group: *group, severity: *severity, why, at, fix });
    }
}

/// A pattern of a rule. Each is tried by that rule's fixtures.
macro_rules! pattern {
    ($text:expr) => {{
        static PATTERN: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| regex::Regex::new($text).expect("a pattern of ours"));
        &*PATTERN
    }};
}
pub(super) use pattern;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rules_can_be_switched_off() {
        let off = |ids: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            let mut problems = Problems::default();
            let known = check_off(&ids, &mut problems);
            (known.into_iter().collect::<Vec<_>>(), problems.0)
        };
        assert_eq!(
            off(&["shouting", "secret", "shouting"]),
            (vec!["secret".to_owned(), "shouting".to_owned()], vec![])
        );
        let (_, problems) = off(&["secret", "shoutin", ""]);
        let told: Vec<_> = problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect();
        assert_eq!(told, ["off[1]: is no rule of lint; did you mean `shouting`?", "off[2]: is no rule of lint"]);
        assert_eq!(off(&["x"; 50]).1.len(), 10, "a long list of nonsense is not told line by line");
    }

    #[test]
    fn settings_name_every_rule_once_by_group() {
        let settings = settings_of(&HashSet::from(["secret".to_owned()]));
        let mut groups: Vec<_> = settings.iter().map(|rule| rule.group).collect();
        groups.dedup();
        assert_eq!(groups, Group::ALL);
        let off: Vec<_> = settings.iter().filter(|rule| !rule.is_on).map(|rule| rule.id.as_str()).collect();
        assert_eq!((settings.len(), off), (RULES.len(), vec!["secret"]));
    }
}

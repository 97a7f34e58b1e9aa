//! Names that exist, and names that exist elsewhere.

/// The statements a template can use.
pub(super) const STATEMENTS: [&str; 22] = [
    "for",
    "endfor",
    "if",
    "elif",
    "else",
    "endif",
    "set",
    "endset",
    "with",
    "endwith",
    "filter",
    "endfilter",
    "break",
    "continue",
    "extends",
    "block",
    "endblock",
    "include",
    "import",
    "from",
    "macro",
    "endmacro",
];

/// Filters of Jinja2 or minijinja that the check can't bound or that are not offered.
pub(super) const OTHER_FILTERS: [&str; 19] = [
    "center",
    "chain",
    "filesizeformat",
    "forceescape",
    "format",
    "lipsum",
    "pprint",
    "random",
    "striptags",
    "truncate",
    "urlencode",
    "urlize",
    "wordcount",
    "wordwrap",
    "xmlattr",
    "zip",
    "dict",
    "datetimeformat",
    "dateformat",
];

/// What to do instead of using such a filter.
pub(super) fn instead_of(filter: &str) -> &'static str {
    match filter {
        "truncate" => "use a slice, as in `value[:100]`",
        "format" => "use `round` for numbers, and print the parts one by one",
        "pprint" => "use `tojson`",
        "wordcount" => "use `value|split|length`",
        "chain" => "use `+`",
        _ => "prepare the value before the render",
    }
}

/// Functions of Jinja2 or minijinja that are not offered, with the fix.
pub(super) const OTHER_FUNCTIONS: [(&str, &str); 12] = [
    ("namespace", "collect with a filter such as `join`, `sum` or `map` instead"),
    ("debug", "it prints the state of the engine; remove it"),
    ("dict", "write a literal such as `{'a': 1}` instead"),
    ("lipsum", "write the text itself"),
    ("cycler", "use `loop.cycle(…)` inside the loop instead"),
    ("joiner", "use the filter `join` instead"),
    ("super", "it stands inside a block of a template that extends another"),
    ("caller", "pass the text as an argument instead"),
    ("loop", "recursive loops can't be bounded: nest plain loops instead"),
    ("now", "templates read no clock: pass the time as a parameter"),
    ("random", "templates draw no random numbers: pass the choice as a parameter"),
    ("self", "it names blocks, as in `self.title()`, and there are none here"),
];

/// Tests of values. Each answers yes or no; what it reads is charged at run time.
pub(super) const TESTS: [&str; 36] = [
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "filter",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "int",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "safe",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "test",
    "true",
    "undefined",
    "upper",
];

/// Tests of Jinja2 that minijinja doesn't have.
pub(super) const OTHER_TESTS: [&str; 1] = ["callable"];

//! What holds for any template written to files and read back. `PROPTEST_CASES` raises the counts.
#![cfg(feature = "engine")]

use domain::files::{File, FileFormat, FilePrompt, MAX_FILES_BYTES, Origin, Writing, check_path, read, unified};
use domain::ids::TemplateId;
use domain::template::{Template, TemplateFields, TemplatePatch};
use domain::version::{Message, MessageRole, ModelConfig, Parameter, ParameterType, VersionContent};
use domain::{Timestamp, ids::uuid_v7};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Few by default, so that the whole suite stays quick.
fn few() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(96);
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) }
}

/// Texts with all that a file or YAML could bend: line ends, spaces, quotes, marks, words that mean something.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,12}",
        "\\PC{0,6}",
        any::<char>().prop_filter("NUL is refused everywhere", |c| *c != '\0').prop_map(String::from),
        prop::sample::select(vec![
            "\n",
            "\r\n",
            "\r",
            "\n\n",
            " ",
            "\t",
            "---\n",
            "- ",
            ": ",
            "#",
            "\"",
            "'",
            "\\",
            "system:\n",
            "|",
            ">",
            "{{ a }}",
            "{% if a %}",
            "\u{FEFF}",
            "\u{2028}",
            "\u{85}",
            "null",
            "true",
            "no",
            "1",
            "1e3",
            "0x1F",
            "~",
            "<<",
            "*a",
            "&a",
            "!t",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any_text().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(|n| json!(n)),
        Just(json!(0.1)),
        Just(json!(3.0)),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any_text(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn any_parameter(number: usize) -> impl Strategy<Value = Parameter> {
    let kind = prop::sample::select(ParameterType::ALL.to_vec());
    let parts =
        (kind, any::<bool>(), any_text(), prop::option::of(any_value()), prop::collection::vec(any_value(), 0..3));
    let limits = (prop::option::of(-9.0..9e9), prop::option::of(Just(4.0)), prop::option::of(any_text()));
    (parts, limits).prop_map(move |((kind, required, description, default, one_of), (min, max, pattern))| Parameter {
        name: format!("p_{number}"),
        kind,
        required,
        description,
        default,
        one_of,
        min,
        max,
        pattern,
    })
}

fn any_content() -> impl Strategy<Value = VersionContent> {
    let role = prop::sample::select(MessageRole::ALL.to_vec());
    let message = (role, any_text()).prop_map(|(role, content)| Message { role, content });
    let config = prop::collection::vec(
        (prop_oneof![Just("model".to_owned()), Just("temperature".into()), any_text()], any_value()),
        0..4,
    )
    .prop_map(|pairs| pairs.into_iter().collect::<ModelConfig>());
    let parameters = (0..3usize).prop_flat_map(|count| (0..count).map(any_parameter).collect::<Vec<_>>());
    (prop::collection::vec(message, 0..6), parameters, config)
        .prop_map(|(messages, parameters, config)| VersionContent { messages, parameters, config })
}

fn any_fields() -> impl Strategy<Value = TemplateFields> {
    (any_text(), any_text(), any_text(), prop::collection::vec(any_text(), 0..3), any_text(), any::<i64>(), any_text())
        .prop_map(|(display_name, folder, description, tags, owner, display_order, review_by)| TemplateFields {
            display_name,
            kind: "single_shot".into(),
            category: String::new(),
            folder,
            description,
            tags,
            owner,
            display_order,
            review_by: Some(review_by).filter(|text| !text.is_empty()),
        })
}

fn template(key: &str, fields: TemplateFields) -> Template {
    Template {
        id: TemplateId(uuid_v7(1, [1; 10])),
        key: key.into(),
        fields,
        latest_version: 3,
        labels: Vec::new(),
        is_archived: false,
        revision: 1,
        created_at: Timestamp(0),
        created_by: String::new(),
        updated_at: Timestamp(0),
        updated_by: String::new(),
    }
}

fn patch(fields: TemplateFields) -> TemplatePatch {
    TemplatePatch {
        display_name: Some(fields.display_name),
        kind: Some(fields.kind),
        category: Some(fields.category),
        folder: Some(fields.folder),
        description: Some(fields.description),
        tags: Some(fields.tags),
        owner: Some(fields.owner),
        display_order: Some(fields.display_order),
        review_by: Some(fields.review_by.unwrap_or_default()),
        is_archived: None,
    }
}

fn origin() -> Origin {
    Origin { version: 3, hash: "5eed".into() }
}

/// Written, and read back without a word of complaint.
fn back(fields: &TemplateFields, content: &VersionContent, format: FileFormat) -> Option<FilePrompt> {
    let mut writing = Writing::new(format);
    assert_eq!(writing.add(&template("t", fields.clone()), content, &origin()), Ok(()));
    let (files, notes) = writing.finish();
    for file in &files {
        assert_eq!(check_path(&file.path), Ok(()), "{}", file.path);
    }
    if !notes.is_empty() {
        return None;
    }
    let mut reading = read(&files);
    assert_eq!((&reading.problems, &reading.notes), (&vec![], &vec![]), "{files:#?}");
    assert_eq!(reading.prompts.len(), 1, "{files:#?}");
    reading.prompts.pop()
}

/// What the rules of a contract leave of any value: the formats of others rely on it.
fn lawful(mut content: VersionContent) -> VersionContent {
    content.messages.dedup_by(|a, b| a.role == b.role && a.role == MessageRole::System);
    for parameter in &mut content.parameters {
        parameter.default = parameter.default.take().filter(|value| !value.is_null());
        if parameter.kind == ParameterType::String {
            parameter.one_of.retain(Value::is_string);
        }
    }
    content
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn our_own_files_give_back_what_they_were_made_of(fields in any_fields(), content in any_content()) {
        let prompt = back(&fields, &content, FileFormat::Files).unwrap_or_default();
        prop_assert_eq!(&prompt.content, &content);
        prop_assert_eq!(prompt.fields, patch(fields));
        prop_assert_eq!((prompt.key.as_str(), prompt.origin), ("t", Some(origin())));
    }

    #[test]
    fn prompty_gives_back_what_it_can_say(fields in any_fields(), content in any_content()) {
        let content = lawful(content);
        if let Some(prompt) = back(&fields, &content, FileFormat::Prompty) {
            prop_assert_eq!(&prompt.content, &content);
            prop_assert_eq!(prompt.fields, patch(fields));
            prop_assert_eq!(prompt.origin, Some(origin()));
        }
    }

    #[test]
    fn dotprompt_gives_back_what_it_can_say(fields in any_fields(), content in any_content()) {
        let content = lawful(content);
        if let Some(prompt) = back(&fields, &content, FileFormat::Dotprompt) {
            let bare = |content: &VersionContent| VersionContent { messages: Vec::new(), ..content.clone() };
            prop_assert_eq!(bare(&prompt.content), bare(&content));
            let roles = |content: &VersionContent| content.messages.iter().map(|m| m.role).collect::<Vec<_>>();
            prop_assert_eq!(roles(&prompt.content), roles(&content));
            prop_assert_eq!(prompt.fields, patch(fields));
        }
    }

    #[test]
    fn any_files_at_all_are_read_without_a_panic(paths in prop::collection::vec(any_text(), 0..4), text in any_text()) {
        let ends = ["/prompt.yaml", ".prompty", ".prompt", "/system.md", ""];
        let files = paths.iter().zip(ends.iter().cycle()).map(|(path, end)| {
            File { path: format!("{path}{end}"), text: format!("---\n{text}\n---\n{text}{{{{#if a}}}}{text}") }
        });
        let files: Vec<File> = files.collect();
        let reading = read(&files);
        prop_assert!(reading.prompts.len() <= files.len());
    }

    #[test]
    fn a_unified_diff_is_empty_only_between_equals(a in any_text(), b in any_text()) {
        prop_assert_eq!(unified("x.md", &a, &b).is_empty(), a == b);
    }
}

/// The same rendering text in both languages, as often as one likes.
#[test]
fn simple_jinja_survives_handlebars() {
    let text = "Hello {{ name }}!\n{% if vip %}\n  Dear {{ user.title }}\n{% elif guest %}\nGuest\n{% else %}\nAll\n{% endif %}\n\
                {% for item in items %}\n- {{ loop.index0 }} {{ item.name }} for {{ name }}\n{% endfor %}\n{# a note #}\n\
                {% include \"footer\" %}\n{{ \"{{\" }} \\{{ name }} {%- if not a -%} x {%- endif %}";
    let content = VersionContent {
        messages: vec![Message { role: MessageRole::Assistant, content: text.into() }],
        ..VersionContent::default()
    };
    let fields = TemplateFields { display_name: "T".into(), ..TemplateFields::default() };
    let prompt =
        back(&fields, &content, FileFormat::Dotprompt).map(|prompt| prompt.content.messages[0].content.clone());
    assert_eq!(prompt.as_deref(), Some(text));
}

#[test]
fn no_more_is_written_than_can_be_read() {
    let message = |_| Message { role: MessageRole::User, content: "x".repeat(50 * 1024) };
    let content = VersionContent { messages: (0..20).map(message).collect(), ..VersionContent::default() };
    for format in FileFormat::ALL {
        let mut writing = Writing::new(format);
        let mut add =
            |n: usize| writing.add(&template(&format!("t{n}"), TemplateFields::default()), &content, &origin());
        let count = MAX_FILES_BYTES / (20 * 50 * 1024);
        assert!((0..count).all(|n| add(n).is_ok()));
        let refused = add(count).unwrap_err();
        assert!(refused.field == "keys" && refused.message.contains("name some keys"), "{refused:?}");
    }
}

//! The engine in process: validate and render a prompt of about a kilobyte, clean English and hostile Unicode; and save-time
//! work.

use criterion::{Criterion, criterion_group, criterion_main};
use domain::render::Renderer;
use domain::version::{Message, MessageRole, Parameter, ParameterType, VersionContent};
use serde_json::json;

const TEXT: &str = "You are a patient assistant of {{ company }}. You are talking with {{ user_name }}, who is on the \
{{ plan }} plan.\n\nAnswer in {{ language|default('English') }}, in at most {{ max_words }} words. Say what you know, say \
what you don't, and never invent an order number. When a question is about money, name the amount and the currency; when it \
is about a date, name the day of the week as well.\n\n{% if topics %}The conversation so far was about:\n\
{% for topic in topics %}- {{ topic|title }}\n{% endfor %}{% endif %}\nBegin with the answer. Then give one reason for it, \
in plain words that somebody who reads on a small screen can follow. End with one question only when something is missing \
that you need. Do not repeat the question, do not apologise more than once, and do not promise what a colleague would have \
to decide. If the person is upset, say in one sentence that you see why, and go on with what can be done today. If they \
ask for a human, hand over at once and say how long it usually takes. Keep names, numbers and addresses exactly as given.";

/// Marks that turn the direction, marks over marks, nothing that takes room, and letters of four bytes, in turn.
const HOSTILE: &str = "a\u{202E}e\u{301}\u{308}\u{323}\u{200B}𝕊👩\u{200D}👩\u{FE0F}ﷺ\u{2066}\u{E0041}İ\u{345}";

/// The prompt with such a text in each line of its own, about a kilobyte more of it in its values.
fn hostile() -> VersionContent {
    let mut content = content();
    for message in &mut content.messages {
        message.content = message.content.replace('\n', &format!(" {HOSTILE}\n"));
    }
    content
}

fn content() -> VersionContent {
    let parameter =
        |name: &str, kind, required| Parameter { name: name.into(), kind, required, ..Parameter::default() };
    VersionContent {
        messages: vec![Message { role: MessageRole::System, content: TEXT.into() }],
        parameters: vec![
            parameter("company", ParameterType::String, true),
            parameter("user_name", ParameterType::String, true),
            parameter("plan", ParameterType::String, true),
            parameter("language", ParameterType::String, false),
            parameter("max_words", ParameterType::Integer, true),
            parameter("topics", ParameterType::Array, false),
        ],
        ..VersionContent::default()
    }
}

fn engine(c: &mut Criterion) {
    let (content, variables) = (
        content(),
        json!({"company": "Northwind", "user_name": "Ada", "plan": "team", "max_words": 120, "topics": ["billing", "invoices"]}),
    );
    let variables = variables.as_object().cloned().unwrap_or_default();
    let Ok(renderer) = Renderer::new(&content) else { return };
    c.bench_function("validate and render, 1 KB", |b| b.iter(|| renderer.render(std::hint::black_box(&variables))));
    let Ok(hostile) = Renderer::new(&hostile()) else { return };
    let value = HOSTILE.repeat(1024 / HOSTILE.len());
    let values = json!({"company": HOSTILE, "user_name": value, "plan": HOSTILE, "max_words": 120, "topics": [HOSTILE, HOSTILE]});
    let values = values.as_object().cloned().unwrap_or_default();
    c.bench_function("hostile Unicode: validate and render, 1 KB", |b| {
        b.iter(|| hostile.render(std::hint::black_box(&values)));
    });
    c.bench_function("check and compile, 1 KB", |b| b.iter(|| Renderer::new(std::hint::black_box(&content))));
    // The baseline of the same run: the same bytes copied and scanned once, which no renderer can do without.
    c.bench_function("baseline: copy and scan the text", |b| {
        b.iter(|| {
            let copy = std::hint::black_box(TEXT).to_owned();
            copy.bytes().filter(|b| *b == b'{').count()
        });
    });
}

/// Two texts of 50 KB: long lines of prose with a word changed in each, and 25,000 short lines of two kinds with every
/// tenth changed, which leave an algorithm no line that stands only once.
fn texts() -> [(&'static str, String, String); 3] {
    const SIZE: usize = 50 * 1024;
    let prose: String = (0..).map(|n| format!("{n} {}\n", TEXT.replace('\n', " "))).take(SIZE / TEXT.len()).collect();
    let kind = |n: usize| if (n * n / 7 + n / 3).is_multiple_of(3) { "a\n" } else { "b\n" };
    let short: String = (0..SIZE / 2).map(kind).collect();
    let changed: String = (0..SIZE / 2).map(|n| if n % 10 == 0 { kind(n + 1) } else { kind(n) }).collect();
    let other: String = (0..SIZE / 2).map(|n| kind(n * 31 % 9_973)).collect();
    [
        ("prose", prose.clone(), prose.replace("patient", "brisk")),
        ("25,600 short lines", short.clone(), changed),
        ("25,600 short lines, unrelated", short, other),
    ]
}

fn diff(c: &mut Criterion) {
    for (name, old, new) in texts() {
        c.bench_function(&format!("diff of two 50 KB texts, {name}"), |b| {
            b.iter(|| domain::diff::lines(std::hint::black_box(&old), std::hint::black_box(&new)));
        });
        // The baseline of the same run: the same lines cut, copied and compared in place, which no comparison can do without.
        c.bench_function(&format!("baseline: cut, copy and compare in place, {name}"), |b| {
            b.iter(|| {
                let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
                let (old, new) = (lines(std::hint::black_box(&old)), lines(std::hint::black_box(&new)));
                old.iter().zip(&new).filter(|(a, b)| a == b).count()
            });
        });
    }
}

criterion_group!(benches, engine, diff);
criterion_main!(benches);

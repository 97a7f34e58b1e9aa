//! Conversations about lines, and the form that begins one.

use domain::change::Thread;
use domain::text::{unturned, visible};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::actions::{Actions, Hidden};
use super::api::{ChangeForm, LoadLines};
use crate::data::Data;
use crate::error::AppError;
use crate::outcome::Outcome;
use crate::post::PostForm;
use crate::ui::{Badge, Field, Icon, IconName, Loading, TextArea, Time, Tone, field_error, field_id, wait};

/// What every conversation needs.
#[derive(Clone)]
pub struct Talk {
    pub threads: Vec<Thread>,
    pub actions: Actions,
    pub hidden: Hidden,
    /// What a browser without JavaScript sent and was refused.
    pub typed: ChangeForm,
    pub may_talk: bool,
}

impl Talk {
    /// The conversations about one template.
    pub fn of(&self, template: &str) -> Self {
        let threads = self.threads.iter().filter(|thread| thread.template == template).cloned().collect();
        Self { threads, ..self.clone() }
    }
}

/// Every conversation, oldest first.
#[component]
pub fn Threads(talk: Talk) -> impl IntoView {
    let thread = |thread: Thread| view! { <OneThread thread talk=talk.clone()/> };
    talk.threads.clone().into_iter().map(thread).collect_view()
}

fn place(thread: &Thread) -> String {
    let lines = match thread.line == thread.last_line {
        true => format!("line {}", thread.line),
        false => format!("lines {} to {}", thread.line, thread.last_line),
    };
    format!("Message {}, {lines} of version {}", thread.message + 1, thread.version)
}

#[component]
fn OneThread(thread: Thread, talk: Talk) -> impl IntoView {
    let (is_settled, title) = (thread.resolved_by.is_some(), place(&thread));
    let marks = [
        (thread.applied_version.map(|n| format!("became version {n}")), Tone::Success),
        (thread.resolved_by.as_ref().map(|by| format!("resolved by {by}")), Tone::Neutral),
        ((thread.is_outdated && thread.applied_version.is_none()).then(|| "outdated".to_owned()), Tone::Warning),
    ];
    let mark = |(text, tone): (Option<String>, Tone)| text.map(|text| view! { <Badge tone>{unturned(&text)}</Badge> });
    let marks = marks.map(mark).into_iter().collect_view();
    let comments = thread.comments.iter().map(|comment| {
        view! {
            <li>
                <p><span class="font-medium">{unturned(&comment.by)}</span> " " <span class="text-xs text-muted"><Time at=comment.at/></span></p>
                <p class="said-text">{unturned(&comment.body)}</p>
            </li>
        }
    });
    let comments = comments.collect_view();
    let forms = talk.may_talk.then(|| view! { <ThreadForms thread=thread.clone() talk/> });
    view! {
        <details class="card-box section disclosure thread" open=!is_settled>
            <summary class="thread-head">
                <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                <span class="font-medium">{title}</span>
                {marks}
            </summary>
            <Lines thread/>
            <ol class="thread-said">{comments}</ol>
            {forms}
        </details>
    }
}

/// The lines that it is about and, where others are suggested, those.
#[component]
fn Lines(thread: Thread) -> impl IntoView {
    let row = |class: &'static str, sign: &'static str, text: &str| {
        view! {
            <div class=class><span class="thread-sign" aria-hidden="true">{sign}</span><span class="thread-line">{visible(text)}</span></div>
        }
    };
    let old = match thread.suggestion {
        Some(_) => ("is-delete", "−"),
        None => ("", ""),
    };
    let old = thread.quoted.split('\n').map(|line| row(old.0, old.1, line)).collect_view();
    let new = thread.suggestion.as_deref().filter(|text| !text.is_empty());
    let new =
        new.map(|text| text.trim_end_matches('\n').split('\n').map(|line| row("is-insert", "+", line)).collect_view());
    view! { <div class="thread-lines mono">{old} {new}</div> }
}

#[component]
fn ThreadForms(thread: Thread, talk: Talk) -> impl IntoView {
    let Talk { actions, hidden, .. } = talk;
    let id = thread.id.to_string();
    let own = |id: &str| view! { {hidden.fields()} <input type="hidden" name="form[thread]" value=id.to_owned()/> };
    let (for_reply, for_resolve) = (own(&id), own(&id));
    let is_settled = thread.resolved_by.is_some();
    let apply = thread.can_apply().then(|| {
        let for_apply = own(&id);
        view! {
            <PostForm to=actions.apply>
                {for_apply}
                <button type="submit" class="btn btn-primary btn-sm"><Icon name=IconName::Check/> "Apply suggestion"</button>
            </PostForm>
        }
    });
    let body = RwSignal::new(String::new());
    Effect::new(move |_| {
        if matches!(actions.reply.answer(), Some(Ok(Outcome::Done(())))) {
            body.set(String::new());
        }
    });
    let reply_id = field_id(&format!("reply-{id}"));
    view! {
        <div class="thread-forms">
            <PostForm to=actions.reply class="thread-reply">
                {for_reply}
                <TextArea id=reply_id name="form[body]" value=body rows=1 label="Reply".to_owned() placeholder="Reply" required=true/>
                <button type="submit" class="btn btn-sm">"Reply"</button>
            </PostForm>
            <PostForm to=actions.resolve>
                {for_resolve}
                <input type="hidden" name="form[resolved]" value=(!is_settled).to_string()/>
                <button type="submit" class="btn btn-sm">{if is_settled { "Open again" } else { "Resolve" }}</button>
            </PostForm>
            {apply}
        </div>
    }
}

/// The line that the address asks for, of this version: message and line.
fn asked(on: &str, version: &str) -> Option<(usize, i64)> {
    let rest = on.strip_prefix(version)?.strip_prefix('.')?;
    let (message, line) = rest.split_once('.')?;
    Some((message.parse().ok()?, line.parse().ok()?))
}

/// Comments on lines of the proposed version.
#[component]
pub fn LineForm(talk: Talk, template: String, version: i64) -> impl IntoView {
    let query = use_query_map();
    let place = {
        let version = format!("{template}.{version}");
        Memo::new(move |_| asked(&query.read().get("on").unwrap_or_default(), &version))
    };
    let line = {
        let (project, key) = (talk.hidden.project.clone(), template.clone());
        Data::when(move || {
            let (message, line) = place.get()?;
            Some(LoadLines { project: project.clone(), key: key.clone(), version, message, line })
        })
    };
    let is_its = |form: &ChangeForm| form.template == template && form.version == version.to_string();
    let typed = Some(talk.typed.clone()).filter(is_its);
    let form = move || {
        let (talk, template, place, typed) = (talk.clone(), template.clone(), place.get(), typed.clone());
        wait(async move {
            let text = line.found().await.unwrap_or_default();
            let (message, line) = place.unwrap_or((0, 1));
            let start = typed.unwrap_or_else(|| ChangeForm {
                message: (message + 1).to_string(),
                line: line.to_string(),
                suggestion: text,
                ..ChangeForm::default()
            });
            let is_open = place.is_some() || !start.body.is_empty() || !start.template.is_empty();
            view! { <LineFields talk template version start is_open/> }
        })
    };
    view! { <Loading view=form/> }
}

fn wrong(error: Signal<Option<AppError>>, name: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || field_error(&error.read(), name))
}

#[component]
fn Number(
    name: &'static str,
    label: &'static str,
    id: String,
    start: String,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    view! {
        <Field label name=id.clone() error=wrong(error, name)>
            <input class="input input-sm policy-number" type="number" min="1" id=field_id(&id) name=format!("form[{name}]") value=start/>
        </Field>
    }
}

#[component]
fn LineFields(talk: Talk, template: String, version: i64, start: ChangeForm, is_open: bool) -> impl IntoView {
    let Talk { actions, hidden, may_talk, .. } = talk;
    let error = actions.comment.refusal(None);
    let (body, suggestion) = (RwSignal::new(start.body), RwSignal::new(start.suggestion));
    let (about_body, about_suggestion) = (wrong(error, "body"), wrong(error, "suggestion"));
    let numbers = [
        ("message", "Message", start.message),
        ("line", "Line", start.line),
        ("last_line", "To line", start.last_line),
    ];
    // One form for each version that is proposed, so that each needs ids of its own.
    let named = |name: &str| format!("{template}-{version}-{name}");
    let (body_name, suggestion_name, anchor) =
        (named("body"), named("suggestion"), format!("comment-{template}-{version}"));
    let numbers = numbers.map(|(name, label, start)| view! { <Number name label id=named(name) start error/> });
    let numbers = numbers.into_iter().collect_view();
    let suggests = start.suggests == "true";
    may_talk.then(|| {
        view! {
            <details class="disclosure section" id=anchor open=is_open>
                <summary class="btn btn-sm">"Comment on lines" <Icon name=IconName::ChevronRight class="size-3 chevron"/></summary>
                <PostForm to=actions.comment class="card-box mt-2 flex flex-col gap-3 px-4 py-3">
                    {hidden.fields()}
                    <input type="hidden" name="form[template]" value=template/>
                    <input type="hidden" name="form[version]" value=version/>
                    <div class="flex flex-wrap gap-3">
                        {numbers}
                    </div>
                    <Field label="Comment" name=body_name.clone() error=about_body>
                        <TextArea id=field_id(&body_name) name="form[body]" value=body rows=2/>
                    </Field>
                    <label class="policy-box">
                        <input class="checkbox checkbox-sm suggests" type="checkbox" name="form[suggests]" value="true" checked=suggests/>
                        "Suggest other text for these lines"
                    </label>
                    <div class="suggested">
                        <Field label="In their place" name=suggestion_name.clone() hint="Empty takes the lines away." error=about_suggestion>
                            <TextArea id=field_id(&suggestion_name) name="form[suggestion]" value=suggestion rows=3 class="mono"/>
                        </Field>
                    </div>
                    <div class="flex justify-end"><button type="submit" class="btn btn-sm">"Add comment"</button></div>
                </PostForm>
            </details>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::asked;

    #[test]
    fn an_address_asks_for_a_line_of_one_template() {
        assert_eq!(asked("core_values.3.1.12", "core_values.3"), Some((1, 12)));
        for other in ["core.3.1.12", "core_values.3", "core_values.3.1", "core_values.3.x.1", "core_values.31.1.12", ""]
        {
            assert_eq!(asked(other, "core_values.3"), None, "{other}");
        }
    }
}

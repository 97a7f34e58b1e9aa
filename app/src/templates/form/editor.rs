//! The form itself: two columns, the text on the left and what becomes of it on the right.

use domain::comparison::DRAFT;
use domain::template::TemplateFacets;
use leptos::form::FromFormData;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::web_sys::{Event, HtmlElement, KeyboardEvent, SubmitEvent};
use wasm_bindgen::JsCast;

use super::conflict::Conflict;
use super::contract::ContractFields;
use super::details::Details;
use super::kept_here::KeptHere;
use super::late::LateDraft;
use super::messages::Messages;
use super::preview::PreviewPanel;
use super::problems::SaveErrors;
use super::save_bar::SaveBar;
use super::server::{PreviewForm, SaveEditor};
use super::settings::SettingsFields;
use super::state::{Editor, Keeping, Start};
use super::{code, import, samples};
use crate::browser::element;
use crate::outcome::error_of;

#[component]
pub fn EditorView(
    start: Start,
    /// For a new template: words to offer.
    #[prop(optional_no_strip)]
    facets: Option<TemplateFacets>,
) -> impl IntoView {
    let editor = Editor::new(&start);
    enhance(editor);
    let Start { project, key, user, form, .. } = start;
    let (parent, settings, commit_message) = (form.parent.clone(), form.settings.clone(), form.commit_message.clone());
    let (onto, schema) = (form.onto.clone(), form.schema.clone());
    let compare = parent.parse::<i64>().ok().filter(|number| *number > 0 && !key.is_empty()).map(|number| {
        let href = format!("/p/{project}/templates/{key}/diff?from={number}&to={DRAFT}");
        (format!("Compare with v{number}"), href)
    });
    let details = facets.map(|facets| view! { <Details editor form facets/> });
    view! {
        <form
            class="editor"
            method="post"
            action=SaveEditor::url()
            node_ref=editor.form
            inert=move || editor.is_closed()
            on:submit=move |event| submit(editor, &event)
            on:input=move |event| typed(editor, &event)
            on:keydown=move |event| shortcut(editor, &event)
        >
            <DefaultButton/>
            <input type="hidden" name="project" value=project/>
            <input type="hidden" name="key" value=key/>
            <input type="hidden" name="form[parent]" value=parent/>
            <input type="hidden" name="form[onto]" value=onto.clone()/>
            <input type="hidden" name="form[draft]" value=move || editor.revision.get()/>
            <input type="hidden" name="form[author]" value=user/>
            {editor.can_save.then(|| view! { <KeptHere editor/> })}
            <SaveErrors editor/>
            <Conflict editor onto=onto.parse().unwrap_or_default()/>
            <LateDraft editor/>
            <div class="editor-columns">
                <div class="editor-main">
                    {details}
                    <Messages editor/>
                    <ContractFields editor schema/>
                    <SettingsFields editor start=settings/>
                </div>
                <PreviewPanel editor/>
            </div>
            {editor.can_save.then(|| view! { <SaveBar editor commit_message compare/> })}
        </form>
    }
}

/// The first button of a form is what Enter presses: here the one that changes nothing.
#[component]
fn DefaultButton() -> impl IntoView {
    view! {
        <button type="submit" class="default-button" tabindex="-1" aria-hidden="true" formaction=PreviewForm::url() data-intent="preview">
            "Preview"
        </button>
    }
}

/// What needs JavaScript: the first check, the guard against leaving, what follows a save.
fn enhance(editor: Editor) {
    Effect::new(move |_| {
        editor.messages.drop_spares();
        editor.parameters.drop_spares();
        if !editor.is_new() {
            editor.check();
        }
        code::load_offers(editor);
        let guard = window_event_listener(leptos::ev::beforeunload, move |event| {
            if !editor.leave() {
                event.prevent_default();
            }
        });
        // Phones end a page without asking first.
        let end = window_event_listener(leptos::ev::pagehide, move |_| {
            editor.leave();
        });
        let online = window_event_listener(leptos::ev::online, move |_| editor.back_online());
        on_cleanup(move || [guard, end, online].into_iter().for_each(|listener| listener.remove()));
    });
    Effect::new(move |_| {
        let answer = editor.save.answer();
        if answer.is_some() {
            let error = error_of(&answer);
            if error.is_some() {
                request_animation_frame(show_why);
            }
            editor.saved(error);
        }
    });
}

/// Brings what stopped a save into sight.
fn show_why() {
    if let Some(why) = ["save-errors", "conflict", "late-draft"].into_iter().find_map(element) {
        drop(why.focus());
    }
}

/// What the last save said of the field that is typed in no longer holds.
fn typed(editor: Editor, event: &Event) {
    let field = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let name = field.and_then(|field| field.get_attribute("name")).unwrap_or_default();
    if let Some(name) = name.strip_prefix("form[").and_then(|name| name.strip_suffix(']')) {
        editor.forget_problem(name);
    }
    editor.typed();
}

fn submit(editor: Editor, event: &SubmitEvent) {
    let button = event.submitter();
    let intent = button.as_ref().and_then(|b| b.get_attribute("data-intent"));
    if intent.as_deref() == Some("merge") {
        // The browser itself sends the text and goes to the page of the merge.
        return;
    }
    event.prevent_default();
    match intent.as_deref() {
        Some("preview") => editor.check(),
        Some("draft") => editor.keep(),
        Some("draft-over") => editor.keep_over(button.and_then(|b| b.get_attribute("value")).unwrap_or_default()),
        Some("import_schema") => import::import(editor),
        Some(intent @ ("create_sample" | "update_sample" | "delete_sample")) => samples::pressed(editor, intent),
        _ => match SaveEditor::from_event(event) {
            Ok(save) if editor.can_save => editor.send(save),
            _ => editor.keeping.set(Keeping::Failed("the form could not be read".to_owned())),
        },
    }
}

/// Ctrl-Enter saves the version, Ctrl-S the draft.
fn shortcut(editor: Editor, event: &KeyboardEvent) {
    let intent = match event.key().as_str() {
        _ if !event.ctrl_key() && !event.meta_key() => return,
        "Enter" => "save",
        "s" => "draft",
        _ => return,
    };
    event.prevent_default();
    let button = editor
        .form
        .get_untracked()
        .and_then(|form| form.query_selector(&format!(".save-bar [data-intent={intent}]")).ok().flatten());
    if let Some(button) = button.and_then(|b| b.dyn_into::<HtmlElement>().ok()) {
        button.click();
    }
}

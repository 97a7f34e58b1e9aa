//! The messages of a version: role and text each.

use domain::version::MessageRole;
use leptos::prelude::*;

use super::code;
use super::data::MessageRow;
use super::fields::{Problem, input_name};
use super::rows::Row;
use super::state::Editor;
use crate::browser::{catch_focus, focus};
use crate::ui::{Icon, IconName, area_source, field_id};

/// The button that brings a message back.
const UNDO: &str = "undo-message";

#[component]
pub fn Messages(editor: Editor) -> impl IntoView {
    let rows = editor.messages;
    let add = move |_| {
        rows.add(MessageRow { role: MessageRole::User.name().to_owned(), content: String::new() });
        editor.touch();
        let added = rows.list.with_untracked(Vec::len) - 1;
        request_animation_frame(move || focus(&field_id(&format!("messages[{added}].content"))));
    };
    view! {
        <section class="card-box editor-card" aria-labelledby="messages-title">
            <header class="card-head">
                <h2 id="messages-title">"Messages"</h2>
                <p class="field-hint">
                    "Jinja2 text: "<code>"{{ name }}"</code>", "<code>"{% if %}"</code>", "<code>"{% for %}"</code>
                </p>
            </header>
            <div id=field_id("messages") tabindex="-1" class="editor-rows">
                <ForEnumerate
                    each=move || rows.list.get()
                    key=|row| row.id
                    children=move |index, row| view! { <MessageFields editor index row/> }
                />
            </div>
            <div class="editor-foot">
                <Problem editor field="messages".to_owned()/>
                <div class="flex flex-wrap items-center gap-2 js-only">
                    <button type="button" class="btn btn-sm" on:click=add>
                        <Icon name=IconName::Plus/>
                        "Add message"
                    </button>
                    <Undo what="Message" id=UNDO editor is_removed=move || rows.removed.read().is_some() undo=move || rows.bring_back()/>
                </div>
                <p class="field-hint no-js-only">"Blank messages are left out. Save a draft to get more rows."</p>
            </div>
        </section>
    }
}

/// Offers to bring the last removed row back.
#[component]
pub fn Undo(
    editor: Editor,
    what: &'static str,
    id: &'static str,
    is_removed: impl Fn() -> bool + Send + Sync + 'static,
    undo: impl Fn() + Clone + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <span role="status" class="contents">
            <Show when=is_removed>
                <span class="field-hint">{format!("{what} removed.")}</span>
                <button
                    type="button"
                    class="btn btn-ghost btn-xs"
                    id=id
                    on:click={
                        let undo = undo.clone();
                        move |_| {
                            undo();
                            editor.touch();
                        }
                    }
                >
                    "Undo"
                </button>
            </Show>
        </span>
    }
}

#[component]
fn MessageFields(editor: Editor, index: ReadSignal<usize>, row: Row<MessageRow>) -> impl IntoView {
    let field = move |part: &str| format!("messages[{}].{part}", index.get());
    let (role, content) = (Signal::derive(move || field("role")), Signal::derive(move || field("content")));
    let is_wrong = move || editor.problem(&content.read()).is_some();
    let (area, label) = (NodeRef::new(), Signal::derive(move || format!("Message {}", index.get() + 1)));
    code::enhance(editor, area, content, label);
    let class = if row.is_spare { "editor-row no-js-only" } else { "editor-row" };
    view! {
        <div class=class role="group" aria-label=label>
            <div class="row-head">
                <label class="sr-only" for=move || field_id(&role.read())>{move || format!("Role of message {}", index.get() + 1)}</label>
                <select class="select select-sm role-select" id=move || field_id(&role.read()) name=move || input_name(&role.read())>
                    {role_options(&row.start.role)}
                </select>
                <label class="row-label" for=move || field_id(&content.read())>{label}</label>
                <MessageTools editor index/>
            </div>
            <div class="message-field" class:has-error=is_wrong>
                <textarea
                    node_ref=area
                    class="textarea code-area grow-area message-area"
                    id=move || field_id(&content.read())
                    name=move || input_name(&content.read())
                    rows="3"
                    spellcheck="false"
                    aria-describedby=move || format!("{}-error", field_id(&content.read()))
                    aria-invalid=move || is_wrong().then_some("true")
                    inner_html=area_source(&row.start.content)
                ></textarea>
                <Problem editor field=content/>
            </div>
        </div>
    }
}

fn role_options(chosen: &str) -> impl IntoView + use<> {
    let chosen = MessageRole::parse(chosen).unwrap_or_default();
    let option = |role: MessageRole| view! { <option value=role.name() selected=role == chosen>{role.name()}</option> };
    MessageRole::ALL.into_iter().map(option).collect_view()
}

#[component]
fn MessageTools(editor: Editor, index: ReadSignal<usize>) -> impl IntoView {
    let rows = editor.messages;
    let is_last = move || index.get() + 1 == rows.list.read().len();
    // The row takes the focus along: to the same button, or to the other one at an end of the list.
    let swap = move |at: usize, to: usize, way: &'static str| {
        rows.swap(at);
        editor.touch();
        let last = rows.list.with_untracked(Vec::len) - 1;
        let way = match to {
            0 => "down",
            to if to == last => "up",
            _ => way,
        };
        request_animation_frame(move || focus(&format!("message-{to}-{way}")));
    };
    let remove = move |_| {
        let at = index.get_untracked();
        let typed = editor.read().and_then(|form| form.messages.into_iter().nth(at)).unwrap_or_default();
        rows.remove(at, typed);
        editor.touch();
        catch_focus(UNDO);
    };
    let label = move |what: &str| format!("{what} message {}", index.get() + 1);
    view! {
        <div class="row-tools js-only">
            <button type="button" class="tool" title="Move up" id=move || format!("message-{}-up", index.get()) aria-label=move || label("Move up") disabled=move || index.get() == 0 on:click=move |_| swap(index.get_untracked() - 1, index.get_untracked() - 1, "up")>
                <Icon name=IconName::ArrowUp/>
            </button>
            <button type="button" class="tool" title="Move down" id=move || format!("message-{}-down", index.get()) aria-label=move || label("Move down") disabled=is_last on:click=move |_| swap(index.get_untracked(), index.get_untracked() + 1, "down")>
                <Icon name=IconName::ArrowDown/>
            </button>
            <button type="button" class="tool" title="Remove" aria-label=move || label("Remove") on:click=remove>
                <Icon name=IconName::Trash/>
            </button>
        </div>
    }
}

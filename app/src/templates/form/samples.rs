//! Sample sets in the preview: choose one, store the values as one. The URL's `sample` names the one that is chosen.

use domain::sample::SampleSets;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use leptos::web_sys::HtmlSelectElement;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

use super::data::{SampleRow, Told};
use super::samples_api::{
    CreateSample, DeleteSample, StoredSample, UpdateSample, UseSample, create_sample, delete_sample, ignored,
    load_samples, update_sample,
};
use super::state::Editor;
use super::told::{SAMPLE, TellLine};
use crate::outcome::Outcome;
use crate::ui::{Icon, IconName, field_id, url_with};

/// What the editor knows of the template's sets.
#[derive(Clone, Copy)]
pub struct Samples {
    pub names: RwSignal<Vec<String>>,
    /// Empty for none.
    pub chosen: RwSignal<String>,
    /// The name and the revision of the one whose values were last seen.
    seen: RwSignal<(String, String)>,
    /// An answer is on the way: to a button, or to a choice.
    is_busy: RwSignal<bool>,
    /// Counts what was asked.
    turn: StoredValue<u32>,
}

impl Samples {
    pub fn new(sets: &SampleSets, row: &SampleRow) -> Self {
        let chosen = sets.chosen.as_ref().map(|s| s.name.clone()).unwrap_or_default();
        Self {
            names: RwSignal::new(sets.names.clone()),
            chosen: RwSignal::new(chosen),
            seen: RwSignal::new((row.seen.clone(), row.revision.clone())),
            is_busy: RwSignal::new(false),
            turn: StoredValue::new(0),
        }
    }

    /// As [`SampleRow::see`].
    fn see(self, name: &str, revision: i64) {
        self.seen.set((name.to_owned(), revision.to_string()));
    }

    fn begin(self) -> u32 {
        self.is_busy.set(true);
        self.turn.update_value(|turn| *turn += 1);
        self.turn.get_value()
    }

    /// Notes an answer: whether nothing was asked since, and nothing when the page was left.
    fn end(self, turn: u32) -> Option<bool> {
        let is_last = self.turn.try_get_value()? == turn;
        if is_last {
            self.is_busy.set(false);
        }
        Some(is_last)
    }

    fn add(self, name: String) {
        self.chosen.set(name.clone());
        self.names.update(|names| {
            names.push(name);
            names.sort();
        });
    }
}

/// The row above the values.
#[component]
pub fn SamplePanel(editor: Editor) -> impl IntoView {
    follow(editor.samples);
    let store = editor.can_save.then(|| view! { <StoreSample editor/> });
    view! {
        <div class="samples" on:input=|event| event.stop_propagation()>
            <SampleSelect editor/>
            {store}
            <TellLine of=SAMPLE told=editor.told/>
        </div>
    }
}

/// Keeps the address at the chosen set.
fn follow(samples: Samples) {
    let (navigate, pathname, query) = (use_navigate(), use_location().pathname, use_query_map());
    Effect::new(move |before: Option<String>| {
        let chosen = samples.chosen.get();
        if before.is_some_and(|before| before != chosen) {
            let search = url_with(&query.read_untracked(), &[("sample", &chosen)]);
            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            navigate(&format!("{}{}", pathname.get_untracked(), search.trim_end_matches('?')), options);
        }
        chosen
    });
}

#[component]
fn SampleSelect(editor: Editor) -> impl IntoView {
    let Samples { names, chosen, seen, .. } = editor.samples;
    let id = field_id("sample.chosen");
    let option = move |name: String| {
        let (own, selected) = (name.clone(), name == chosen.get_untracked());
        view! {
            <option value=name.clone() selected=selected prop:selected=move || chosen.read() == own>
                {name.clone()}
            </option>
        }
    };
    view! {
        <input type="hidden" name="form[sample][seen]" value=move || seen.read().0.clone()/>
        <input type="hidden" name="form[sample][revision]" value=move || seen.read().1.clone()/>
        <div class="sample-row">
            <label class="field-label" for=id.clone()>"Sample set"</label>
            <select class="select select-sm" id=id name="form[sample][chosen]" on:change:target=move |event| choose(editor, event.target())>
                <option value="" prop:selected=move || chosen.read().is_empty()>"None: made-up values"</option>
                <For each=move || names.get() key=String::clone children=option/>
            </select>
            <button type="submit" class="btn btn-sm no-js-only" formaction=UseSample::url()>"Use"</button>
        </div>
    }
}

/// Loads a set's values into the form, unless another is chosen meanwhile.
fn choose(editor: Editor, select: HtmlSelectElement) {
    let (samples, name) = (editor.samples, select.value());
    editor.told.set(Told::default());
    let turn = samples.begin();
    spawn_local(async move {
        let answer = load_samples(editor.project(), editor.key(), name).await;
        if samples.end(turn) != Some(true) {
            return;
        }
        match answer {
            Ok(SampleSets { names, chosen }) => {
                samples.chosen.set(chosen.as_ref().map(|s| s.name.clone()).unwrap_or_default());
                samples.names.set(names);
                if let Some(sample) = &chosen {
                    samples.see(&sample.name, sample.revision);
                }
                let unknown = editor.try_values(chosen.map(|sample| sample.variables));
                editor.told.set(Told::done(SAMPLE, ignored(&unknown)));
            }
            Err(error) => {
                // The values are still those of the set before.
                select.set_value(&samples.chosen.get_untracked());
                editor.told.set(Told::refused(SAMPLE, &error.0));
            }
        }
    });
}

/// The ways to store what is typed.
#[component]
fn StoreSample(editor: Editor) -> impl IntoView {
    let is_busy = editor.samples.is_busy;
    let id = field_id("sample.name");
    let is_wrong = editor.told.with_untracked(|told| told.of == SAMPLE && told.is_wrong);
    view! {
        <details class="disclosure sample-store" open=is_wrong>
            <summary>
                <Icon name=IconName::ChevronRight class="size-3.5 chevron"/>
                "Save these values"
            </summary>
            <div class="sample-row">
                <button type="submit" class="btn btn-sm" formaction=UpdateSample::url() data-intent="update_sample" disabled=is_busy>
                    <Icon name=IconName::Save/>
                    "Save over the set"
                </button>
                <details class="disclosure confirm">
                    <summary class="btn btn-sm btn-ghost">"Delete the set…"</summary>
                    <div class="confirm-box">
                        <p>"Its values are gone for good. What is typed here stays."</p>
                        <button type="submit" class="btn btn-error btn-xs" formaction=DeleteSample::url() data-intent="delete_sample" disabled=is_busy>
                            "Delete sample set"
                        </button>
                    </div>
                </details>
            </div>
            <div class="sample-row">
                <label class="sr-only" for=id.clone()>"Name of a new set"</label>
                <input class="input input-sm" id=id name="form[sample][name]" value=editor.sample_name() maxlength="100" placeholder="Name of a new set" autocomplete="off"/>
                <button type="submit" class="btn btn-sm" formaction=CreateSample::url() data-intent="create_sample" disabled=is_busy>
                    <Icon name=IconName::Plus/>
                    "Save as new"
                </button>
            </div>
        </details>
    }
}

/// Stores or deletes, and tells what became of it.
pub fn pressed(editor: Editor, intent: &str) {
    let Some(form) = editor.read() else { return };
    let (samples, intent) = (editor.samples, intent.to_owned());
    let (project, key) = (editor.project(), editor.key());
    let (chosen, name) = (form.sample.chosen.clone(), form.sample.name.trim().to_owned());
    if chosen.is_empty() && intent != "create_sample" {
        return editor
            .told
            .set(Told { is_wrong: true, ..Told::done(SAMPLE, vec!["Choose a sample set first.".to_owned()]) });
    }
    let turn = samples.begin();
    spawn_local(async move {
        let answer = match intent.as_str() {
            "create_sample" => create_sample(project, key, form).await,
            "update_sample" => update_sample(project, key, form).await,
            _ => delete_sample(project, key, form).await,
        };
        if samples.end(turn).is_none() {
            return;
        }
        let told = match answer {
            Ok(Outcome::Done(StoredSample { texts, revision })) => {
                let name_now = if intent == "create_sample" { &name } else { &chosen };
                samples.see(name_now, revision);
                match intent.as_str() {
                    "create_sample" => samples.add(name),
                    "delete_sample" => {
                        samples.chosen.set(String::new());
                        samples.names.update(|names| names.retain(|known| *known != chosen));
                    }
                    _ => {}
                }
                Told::done(SAMPLE, texts)
            }
            Ok(Outcome::Refused(error)) => Told::refused(SAMPLE, &error),
            Err(error) => Told::refused(SAMPLE, &error.0),
        };
        editor.told.set(told);
    });
}

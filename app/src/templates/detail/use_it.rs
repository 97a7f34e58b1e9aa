//! How to call the template: snippets with its real key, this server's address and fitting variables.

use domain::label::PRODUCTION;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde_json::Value;

use super::Shown;
use super::api::{LoadOrigin, LoadVersion};
use super::snippets::{LANGUAGES, fetch, render, sample_variables};
use crate::data::Data;
use crate::ui::{CodeBlock, EmptyState, ErrorView, IconName, Loading, Notice, Skeleton, Tabs, Tone, wait};

#[component]
pub fn UseIt(shown: Shown) -> impl IntoView {
    let number = shown.template.version_on(PRODUCTION).unwrap_or(shown.template.latest_version);
    if number == 0 {
        return view! {
            <div class="card-box">
                <EmptyState icon=IconName::Code title="Nothing to call yet" text="Save a version and point a label to it; then code that calls it stands here."/>
            </div>
        }
        .into_any();
    }
    let (project, key) = (shown.project.clone(), shown.template.key.clone());
    let version = Data::of(move || LoadVersion { project: project.clone(), key: key.clone(), number });
    let origin = Data::of(|| LoadOrigin {});
    let body = move || {
        let shown = shown.clone();
        wait(async move {
            match (version.await, origin.await) {
                (Ok(version), Ok(origin)) => {
                    let variables = sample_variables(&version.content.parameters);
                    view! { <Snippets shown origin variables/> }.into_any()
                }
                (Err(error), _) | (_, Err(error)) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! { <Loading fallback=|| view! { <Skeleton rows=8/> } view=body/> }.into_any()
}

#[component]
fn Snippets(shown: Shown, origin: String, variables: Value) -> impl IntoView {
    // Behind a proxy only the browser knows the address for sure; it corrects the server's after hydration.
    let origin = RwSignal::new(origin);
    Effect::new(move |_| {
        if let Ok(real) = window().location().origin() {
            origin.set(real);
        }
    });
    let query = use_query_map();
    let language = Memo::new(move |_| {
        let wanted = query.read().get("lang").unwrap_or_default();
        LANGUAGES.iter().find(|(name, _)| *name == wanted).map_or(LANGUAGES[0].0, |(name, _)| *name)
    });
    let language_name = Signal::derive(move || {
        LANGUAGES
            .iter()
            .find(|(name, _)| *name == language.get())
            .map_or_else(String::new, |(_, text)| (*text).to_owned())
    });
    let path = shown.path("?tab=use");
    let tabs = move || {
        let item =
            |(name, text): (&str, &str)| (format!("{path}&lang={name}"), text.to_owned(), name == language.get());
        view! { <Tabs items=LANGUAGES.map(item).to_vec() label="Language"/> }
    };
    let key = shown.template.key.clone();
    let call = {
        let key = key.clone();
        Signal::derive(move || render(language.get(), &origin.read(), &key, &variables))
    };
    let get = Signal::derive(move || fetch(&origin.read(), &key));
    let unpublished = shown.template.version_on(PRODUCTION).is_none().then(|| {
        view! {
            <div class="mb-4"><Notice tone=Tone::Warning>"Production serves nothing yet: a production key gets \"not published\" until a version is there."</Notice></div>
        }
    });
    view! {
        {unpublished}
        <section class="section max-w-4xl" aria-labelledby="render-title">
            <h2 id="render-title" class="mb-1">"Render: variables in, messages out"</h2>
            <p class="mb-3 text-[0.8125rem] text-muted">"The variables are checked against the contract, and each call is recorded as an execution. The key's environment decides which version answers."</p>
            {tabs}
            <CodeBlock text=call title=language_name label="snippet"/>
        </section>
        <section class="section max-w-4xl" aria-labelledby="fetch-title">
            <h2 id="fetch-title" class="mb-1">"Fetch: the messages unrendered"</h2>
            <p class="mb-3 text-[0.8125rem] text-muted">"For callers that fill in the variables themselves."</p>
            <CodeBlock text=get title="curl" label="fetch snippet"/>
        </section>
    }
}

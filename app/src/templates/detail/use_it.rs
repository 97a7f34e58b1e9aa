//! How to call the template: snippets with its real key, this server's address and fitting variables. The server renders
//! them, the browser shows them.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Shown;
use super::api::LoadSnippets;
use crate::data::Data;
use crate::ui::{EmptyState, IconName, RenderedRegion};

#[component]
pub fn UseIt(shown: Shown) -> impl IntoView {
    if shown.template.latest_version == 0 {
        return view! {
            <div class="card-box">
                <EmptyState icon=IconName::Code title="Nothing to call yet" text="Save a version and point a label to it; then code that calls it stands here."/>
            </div>
        }
        .into_any();
    }
    let (query, project, key) = (use_query_map(), shown.project, shown.template.key);
    let html = Data::of(move || LoadSnippets {
        project: project.clone(),
        key: key.clone(),
        language: query.read().get("lang").unwrap_or_default(),
        origin: origin(),
    });
    view! { <RenderedRegion html id="snippets" label="How to call it"/> }.into_any()
}

/// Where the browser found this server: behind a proxy only it knows for sure. The page that the server itself renders goes by
/// the server's settings and the request.
fn origin() -> String {
    if cfg!(feature = "hydrate") { window().location().origin().unwrap_or_default() } else { String::new() }
}

#[cfg(feature = "ssr")]
pub use rendered::html;

#[cfg(feature = "ssr")]
mod rendered {
    use domain::label::PRODUCTION;
    use domain::template::Template;
    use domain::version::Parameter;
    use leptos::prelude::*;

    use crate::templates::detail::snippets::{LANGUAGES, fetch, render, sample_variables};
    use crate::ui::{CodeBlock, Notice, Tabs, Tone};

    /// Code in the language of that name that calls the template, whose page is at `page`.
    pub fn html(page: &str, template: &Template, parameters: &[Parameter], language: &str, origin: &str) -> String {
        let found = LANGUAGES.iter().find(|(name, _)| *name == language);
        let (language, title) = *found.unwrap_or(&LANGUAGES[0]);
        let call = render(language, origin, &template.key, &sample_variables(parameters));
        let item =
            |(name, text): (&str, &str)| (format!("{page}?tab=use&lang={name}"), text.to_owned(), name == language);
        let unpublished = template.version_on(PRODUCTION).is_none().then(|| {
            view! {
                <div class="mb-4"><Notice tone=Tone::Warning>"Production serves nothing yet: a production key gets \"not published\" until a version is there."</Notice></div>
            }
        });
        crate::ui::html(view! {
            {unpublished}
            <section class="section max-w-4xl" aria-labelledby="render-title">
                <h2 id="render-title" class="mb-1">"Render: variables in, messages out"</h2>
                <p class="mb-3 text-[0.8125rem] text-muted">"The variables are checked against the contract, and each call is recorded as an execution. The key's environment decides which version answers."</p>
                <Tabs items=LANGUAGES.map(item).to_vec() label="Language"/>
                <CodeBlock text=call title=title label="snippet"/>
            </section>
            <section class="section max-w-4xl" aria-labelledby="fetch-title">
                <h2 id="fetch-title" class="mb-1">"Fetch: the messages unrendered"</h2>
                <p class="mb-3 text-[0.8125rem] text-muted">"For callers that fill in the variables themselves."</p>
                <CodeBlock text=fetch(origin, &template.key) title="curl" label="fetch snippet"/>
            </section>
        })
    }
}

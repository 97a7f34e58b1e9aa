//! The server functions of sample sets. Each takes the editor's form, so that its buttons work without JavaScript.

use domain::execution::Variables;
use domain::sample::SampleSets;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::data::Told;
use super::data::{EditorForm, VariableRow};
#[cfg(feature = "ssr")]
use super::told::SAMPLE;
use super::values::text_of;
use crate::error::AppResult;
use crate::outcome::Outcome;

impl EditorForm {
    /// Puts a set's values in place of what is there; what the set leaves out is left out. Gives the names that the
    /// contract doesn't know.
    pub fn fill(&mut self, variables: &Variables) -> Vec<String> {
        let parameters = self.parse().content.parameters;
        let text = |name: &str| variables.get(name).map(text_of).unwrap_or_default();
        let row = |name: &String| VariableRow { name: name.clone(), value: text(name) };
        self.variables = parameters.iter().map(|p| &p.name).filter(|name| !name.is_empty()).map(row).collect();
        let is_unknown = |name: &&String| !parameters.iter().any(|p| p.name == **name);
        variables.keys().filter(is_unknown).cloned().collect()
    }
}

/// What to say of values that the contract doesn't know.
pub fn ignored(unknown: &[String]) -> Vec<String> {
    match unknown {
        [] => Vec::new(),
        names => vec![format!("Ignored, as the contract doesn't know it: {}.", names.join(", "))],
    }
}

/// The names of a template's sets, and the one that is named.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_samples(project: String, key: String, #[server(default)] name: String) -> AppResult<SampleSets> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::samples::sets(&ctx, &key, &name).await.for_page()
}

/// What became of a set: what to tell, and its revision from now on; 0 when it is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredSample {
    pub texts: Vec<String>,
    pub revision: i64,
}

/// Leads a browser without JavaScript back to the form, with a set chosen.
#[cfg(feature = "ssr")]
fn show(project: &str, key: &str, mut form: EditorForm, chosen: &str, told: Told) {
    use super::server::{Returned, editor_path};
    form.sample.chosen = chosen.to_owned();
    form.told = told;
    let search = crate::ui::url_with(&leptos_router::params::ParamsMap::new(), &[("sample", chosen)]);
    let page = format!("{}{}", editor_path(project, key), search.trim_end_matches('?'));
    crate::flash::back(&page, &Returned { form, error: None, lint: None, preview: None, draft: None });
}

/// Puts the values of the chosen set into the form; with none chosen, made-up ones.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn use_sample(project: String, key: String, form: EditorForm) -> AppResult<()> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let (mut form, name) = (form.clone(), form.sample.chosen);
    let sets = service::samples::sets(&ctx, &key, &name).await.for_page()?;
    let told = match &sets.chosen {
        Some(sample) => {
            form.sample.see(&sample.name, sample.revision);
            Told::done(SAMPLE, ignored(&form.fill(&sample.variables)))
        }
        None => {
            form.variables.clear();
            Told::default()
        }
    };
    show(&project, &key, form, &sets.chosen.map(|s| s.name).unwrap_or_default(), told);
    Ok(())
}

/// Answers a button that stores or deletes: what to tell, and the set that is chosen from now on.
#[cfg(feature = "ssr")]
fn answer(
    project: &str,
    key: &str,
    mut form: EditorForm,
    done: AppResult<StoredSample>,
    chosen: &str,
) -> AppResult<Outcome<StoredSample>> {
    let done = done.map_err(|error| if error.0.code == "stale" { stale() } else { error });
    let (told, chosen) = match &done {
        Ok(stored) => {
            form.sample.see(chosen, stored.revision);
            (Told::done(SAMPLE, stored.texts.clone()), chosen.to_owned())
        }
        Err(error) => (Told::refused(SAMPLE, &error.0), form.sample.chosen.clone()),
    };
    show(project, key, form, &chosen, told);
    Outcome::of(done)
}

/// Somebody was faster.
#[cfg(feature = "ssr")]
fn stale() -> crate::error::AppError {
    let text = "Somebody changed this set since its values were put here. Save yours under a new name, or choose the set \
                again to see theirs.";
    crate::error::AppError(domain::Error::new(domain::error::Kind::PreconditionFailed, "stale", text))
}

/// What to tell of a stored set.
#[cfg(feature = "ssr")]
fn stored(saved: domain::sample::SavedSample) -> StoredSample {
    let warnings = saved.warnings.iter().map(|w| format!("{}: {}", super::problems::place(&w.field), w.message));
    let texts = std::iter::once(format!("Saved as {}.", saved.sample.name)).chain(warnings).collect();
    StoredSample { texts, revision: saved.sample.revision }
}

/// Stores the form's values as a new set.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn create_sample(project: String, key: String, form: EditorForm) -> AppResult<Outcome<StoredSample>> {
    let ctx = crate::context::ctx(&project).await?;
    let saved = super::work::create_sample(&ctx, &key, &form).await.map(stored);
    let name = form.sample.name.trim().to_owned();
    let cleared = EditorForm { sample: Default::default(), ..form.clone() };
    answer(&project, &key, if saved.is_ok() { cleared } else { form }, saved, &name)
}

/// Gives the chosen set the form's values.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn update_sample(project: String, key: String, form: EditorForm) -> AppResult<Outcome<StoredSample>> {
    let ctx = crate::context::ctx(&project).await?;
    let saved = super::work::update_sample(&ctx, &key, &form).await.map(stored);
    let name = form.sample.chosen.clone();
    answer(&project, &key, form, saved, &name)
}

/// Deletes the chosen set; the values stay in the form.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn delete_sample(project: String, key: String, form: EditorForm) -> AppResult<Outcome<StoredSample>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let name = form.sample.chosen.clone();
    let deleted = service::samples::delete(&ctx, &key, &name, form.sample.expected()).await.for_page();
    let told = deleted.map(|()| StoredSample { texts: vec![format!("Deleted {name}.")], revision: 0 });
    answer(&project, &key, form, told, "")
}

//! The merge's server functions. Each takes the same form, so that its buttons work without JavaScript.

use domain::merging::Merging;
#[cfg(feature = "ssr")]
use domain::merging::{Choice, NewMerge, Take};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{AppError, AppResult};
use crate::outcome::Outcome;

/// The form as it travels: only texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MergeForm {
    /// The newest version that was shown.
    pub theirs: String,
    /// The draft's revision that was shown.
    pub draft: String,
    pub choices: Vec<ChoiceRow>,
    pub commit_message: String,
}

/// What is chosen for a conflict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChoiceRow {
    pub id: String,
    /// Its number among those with the same id.
    pub number: String,
    /// Empty while nothing is chosen.
    pub take: String,
    pub text: String,
}

/// What the page of a merge shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergeShown {
    /// None when there is nothing to merge.
    pub merging: Option<Merging>,
    /// What the form before held, and why it was refused.
    pub returned: Option<Returned>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Returned {
    pub form: MergeForm,
    pub error: Option<AppError>,
}

/// The page of the merge.
#[cfg(feature = "ssr")]
pub fn path(project: &str, key: &str) -> String {
    format!("/p/{project}/templates/{key}/merge")
}

#[cfg(feature = "ssr")]
impl MergeForm {
    fn choices(&self) -> Vec<Choice> {
        let choice = |row: &ChoiceRow| {
            let conflict = (row.id.clone(), row.number.parse().unwrap_or_default());
            // A form's lines end in CR LF on the wire.
            Some(Choice { conflict, take: Take::parse(&row.take)?, text: row.text.replace("\r\n", "\n") })
        };
        self.choices.iter().filter_map(choice).collect()
    }

    fn new_merge(&self) -> NewMerge {
        let number = |text: &str| text.parse().unwrap_or_default();
        NewMerge {
            theirs: number(&self.theirs),
            draft: number(&self.draft),
            choices: self.choices(),
            commit_message: self.commit_message.clone(),
        }
    }
}

/// The asking person's draft and the newest version, put together.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_merge(project: String, key: String) -> AppResult<MergeShown> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let returned: Option<Returned> = crate::flash::take(&path(&project, &key));
    let choices = returned.as_ref().map(|returned| returned.form.choices()).unwrap_or_default();
    let merging = service::drafts::merge(&ctx, &key, &choices).await.for_page()?;
    Ok(MergeShown { merging, returned })
}

/// As [`load_merge`], with what is chosen in the form.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn preview_merge(project: String, key: String, form: MergeForm) -> AppResult<Option<Merging>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let merging = service::drafts::merge(&ctx, &key, &form.choices()).await.for_page()?;
    crate::flash::back(&path(&project, &key), &Returned { form, error: None });
    Ok(merging)
}

/// Saves what the merge makes as the next version.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn save_merge(project: String, key: String, form: MergeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let saved = service::drafts::save_merged(&ctx, &key, form.new_merge()).await.for_page();
    let saved = saved.map(|saved| format!("/p/{project}/templates/{key}?tab=timeline&saved={}", saved.version.number));
    answer(&path(&project, &key), form, saved)
}

/// Makes what the merge makes the draft, and goes on in the editor.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn take_merge(project: String, key: String, form: MergeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let taken = service::drafts::take_merged(&ctx, &key, form.new_merge()).await.for_page();
    let taken = taken.map(|_| crate::templates::form::server::editor_path(&project, &key));
    answer(&path(&project, &key), form, taken)
}

/// Leads on where it is done, or back with what was chosen.
#[cfg(feature = "ssr")]
fn answer(page: &str, form: MergeForm, done: AppResult<String>) -> AppResult<Outcome<()>> {
    match &done {
        Ok(place) => leptos_axum::redirect(place),
        Err(error) => crate::flash::back(page, &Returned { form, error: Some(error.clone()) }),
    }
    Outcome::of(done.map(drop))
}

//! Archive and restore, behind a question.

use leptos::prelude::*;

use super::Shown;
use crate::post::PostForm;
use crate::ui::{ErrorSummary, Icon, IconName};

const SHEET: &str = "archive-sheet";

#[component]
pub fn Archive(shown: Shown) -> impl IntoView {
    let (template, action) = (shown.template, shown.actions.set_archived);
    let (is_archived, served) = (template.is_archived, template.labels.len());
    let (icon, verb) = if is_archived { (IconName::Restore, "Restore") } else { (IconName::Archive, "Archive") };
    let text = match (is_archived, served) {
        (true, 0) => "It shows up in lists again.".to_owned(),
        (true, n) => format!("It shows up in lists again, and its {n} labels serve as before."),
        (false, 0) => {
            "It leaves the lists. Nothing is deleted: versions and history stay, and you can restore it.".to_owned()
        }
        (false, n) => {
            let what = if n == 1 { "label stops".to_owned() } else { format!("{n} labels stop") };
            format!(
                "Its {what} serving at once: callers get \"not found\". Versions and history stay; you can restore it."
            )
        }
    };
    let error = action.refusal(None);
    view! {
        <button type="button" class="btn btn-sm" popovertarget=SHEET>
            <Icon name=icon/>
            {verb}
        </button>
        <div class="sheet" id=SHEET popover="auto" role="dialog" aria-labelledby="archive-title">
            <h2 id="archive-title" class="text-base">{format!("{verb} {}?", template.fields.display_name)}</h2>
            <p class="mt-1 mb-4 text-[0.8125rem] text-muted">{text}</p>
            <ErrorSummary error/>
            <PostForm to=action>
                <input type="hidden" name="project" value=shown.project/>
                <input type="hidden" name="key" value=template.key/>
                <input type="hidden" name="revision" value=template.revision/>
                <input type="hidden" name="archived" value=(!is_archived).to_string()/>
                <div class="flex justify-end gap-2">
                    <button type="button" class="btn btn-sm" popovertarget=SHEET popovertargetaction="hide">"Cancel"</button>
                    <button type="submit" class="btn btn-sm" class:btn-error=!is_archived class:btn-primary=is_archived>{verb}</button>
                </div>
            </PostForm>
        </div>
    }
}

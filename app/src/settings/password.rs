//! The person's own password.

use domain::user::MIN_PASSWORD;
use leptos::html::Form;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::Data;
use crate::error::{AppError, AppResult};
use crate::outcome::{Outcome, Refused};
use crate::post::{Post, PostForm};
use crate::ui::{ErrorSummary, Loading, TextInput, wait};

/// The old and the new password, as typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    pub current_password: String,
    pub new_password: String,
}

/// The page that the form is on.
pub(super) fn page(project: &str) -> String {
    format!("/p/{project}/settings/sessions")
}

/// Changes the asking person's password and ends their other sessions.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn change_password(project: String, form: PasswordForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    use crate::outcome::answer;
    let ctx = ctx(&project).await?;
    let changed = service::users::change_password(&ctx, &form.current_password, &form.new_password).await.for_page();
    let page = page(&project);
    // Neither is kept anywhere: both are typed again.
    answer(&page, PasswordForm::default(), changed, &format!("{page}?done=password"))
}

#[component]
pub fn ChangePassword(project: Memo<String>, change: Post<Outcome<()>>) -> impl IntoView {
    let refused = Data::<Option<Refused<PasswordForm>>>::left(move || page(&project.get()));
    let form = move || {
        wait(async move {
            let earlier = refused.found().await.map(|r| r.error);
            view! { <Inputs project=project.get_untracked() change earlier/> }
        })
    };
    view! { <Loading view=form/> }
}

#[component]
fn Inputs(project: String, change: Post<Outcome<()>>, earlier: Option<AppError>) -> impl IntoView {
    let error = change.refusal(earlier);
    let form = NodeRef::<Form>::new();
    change.reset_when_done(form);
    view! {
        <section class="card-box form-card" aria-labelledby="password-title">
            <header class="card-head">
                <h2 id="password-title">"Change your password"</h2>
            </header>
            <PostForm to=change node_ref=form class="form-body">
                <input type="hidden" name="project" value=project/>
                <ErrorSummary error/>
                <div class="form-grid">
                    <TextInput
                        label="Current password"
                        name="current_password"
                        kind="password"
                                                autocomplete="current-password"
                        error
                    />
                    <TextInput
                        label="New password"
                        name="new_password"
                        kind="password"
                                                hint=format!("At least {MIN_PASSWORD} characters; a sentence does well. Your other sessions end.")
                        autocomplete="new-password"
                        error
                    />
                </div>
                <button type="submit" class="btn btn-primary btn-sm" disabled=change.is_pending()>"Change password"</button>
            </PostForm>
        </section>
    }
}

//! The person's own password.

use domain::user::MIN_PASSWORD;
use leptos::form::ActionForm;
use leptos::html::Form;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{AppError, AppResult};
use crate::outcome::{Outcome, Refused, left, refusal, reset_when_done};
use crate::ui::{ErrorSummary, TextInput};

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
#[server(prefix = "/api/fn", output = crate::codec::Json)]
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
pub fn ChangePassword(project: Memo<String>, change: ServerAction<ChangePassword>) -> impl IntoView {
    let refused = left::<Refused<PasswordForm>>(move || page(&project.get()));
    let form = move || {
        Suspend::new(async move {
            let earlier = refused.await.map(|r| r.error);
            view! { <Inputs project=project.get_untracked() change earlier/> }
        })
    };
    view! { <Suspense>{form}</Suspense> }
}

#[component]
fn Inputs(project: String, change: ServerAction<ChangePassword>, earlier: Option<AppError>) -> impl IntoView {
    let error = refusal(move || change.value().get(), earlier);
    let form = NodeRef::<Form>::new();
    reset_when_done(move || change.value().get(), form);
    view! {
        <section class="card-box form-card" aria-labelledby="password-title">
            <header class="card-head">
                <h2 id="password-title">"Change your password"</h2>
            </header>
            <ActionForm action=change node_ref=form attr:class="form-body">
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
                <button type="submit" class="btn btn-primary btn-sm" disabled=change.pending()>"Change password"</button>
            </ActionForm>
        </section>
    }
}

//! Protected labels: what must hold before each of them moves.

use domain::permission::{Permission, Role};
use domain::policy::{Check, LabelPolicy, MAX_APPROVALS, Policy, approving_roles};
use leptos::prelude::*;
use leptos_meta::Title;
use serde::{Deserialize, Serialize};

use super::Done;
use crate::data::Data;
use crate::error::{AppError, AppResult};
use crate::layout::{may, use_me, use_project};
use crate::outcome::{Outcome, Refused};
use crate::post::{Post, PostForm};
use crate::ui::{
    EmptyState, ErrorSummary, ErrorView, Field, IconName, LabelChip, Loading, PageHeader, Skeleton, TextArea, Time,
    field_error, field_id, wait,
};

const DONE: [(&str, &str); 1] = [("saved", "Saved. It holds from now on.")];

/// A policy as its form holds it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyForm {
    pub label: String,
    /// The policy's revision as the page showed it; empty for a label that was not protected.
    pub revision: String,
    pub required_approvals: String,
    pub approvers: Vec<String>,
    pub required_checks: Vec<String>,
    /// One span a line, such as `fri 16:00-24:00 Europe/Berlin`.
    pub quiet_hours: String,
    pub bypass: Vec<String>,
    pub free_roll_back: String,
}

impl From<LabelPolicy> for PolicyForm {
    fn from(of: LabelPolicy) -> Self {
        let names = |roles: Vec<Role>| roles.into_iter().map(|role| role.name().to_owned()).collect();
        let quiet: Vec<_> = of.policy.quiet_hours.iter().map(ToString::to_string).collect();
        Self {
            label: of.label,
            revision: of.revision.to_string(),
            required_approvals: of.policy.required_approvals.to_string(),
            approvers: names(of.policy.approvers),
            required_checks: of.policy.required_checks.iter().map(|check| check.name().to_owned()).collect(),
            quiet_hours: quiet.join("\n"),
            bypass: names(of.policy.bypass),
            free_roll_back: if of.policy.free_roll_back { "true".to_owned() } else { String::new() },
        }
    }
}

#[cfg(feature = "ssr")]
impl PolicyForm {
    fn policy(&self) -> domain::Result<Policy> {
        use domain::policy::QuietHours;
        let mut problems = domain::error::Problems::default();
        let number = self.required_approvals.trim().parse::<u32>();
        let number = number.map_err(|_| format!("use a number from 0 to {MAX_APPROVALS}"));
        let required_approvals = problems.take("required_approvals", number).unwrap_or_default();
        let mut roles = |field: &str, names: &[String]| -> Vec<Role> {
            names.iter().filter_map(|name| problems.take(field, Role::parse(name))).collect()
        };
        let (approvers, bypass) = (roles("approvers", &self.approvers), roles("bypass", &self.bypass));
        let check = |name: &String| Check::ALL.into_iter().find(|check| check.name() == name);
        let lines = self.quiet_hours.lines().filter(|line| !line.trim().is_empty());
        let quiet = lines.map(QuietHours::parse).collect::<Result<Vec<_>, _>>();
        let quiet_hours = problems.take("quiet_hours", quiet).unwrap_or_default();
        problems.finish()?;
        Ok(Policy {
            required_approvals,
            approvers,
            required_checks: self.required_checks.iter().filter_map(check).collect(),
            quiet_hours,
            bypass,
            free_roll_back: self.free_roll_back == "true",
        })
    }
}

fn page(project: &str) -> String {
    format!("/p/{project}/settings/policies")
}

/// The protected labels.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_policies(project: String) -> AppResult<Vec<LabelPolicy>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::policies::list(&ctx).await.for_page()
}

#[cfg(feature = "ssr")]
fn done(project: &str, form: PolicyForm, set: AppResult<service::policies::Set>) -> AppResult<Outcome<()>> {
    use service::policies::Set;
    let page = page(project);
    let there = match &set {
        Ok(Set::Proposed(number)) => format!("/p/{project}/changes/{number}"),
        _ => format!("{page}?done=saved"),
    };
    crate::outcome::answer(&page, form, set.map(drop), &there)
}

/// Protects a label, or proposes to ask for less.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn save_policy(project: String, form: PolicyForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let set = match form.policy() {
        Ok(policy) => {
            let expected = form.revision.parse().ok();
            service::policies::update(&ctx, form.label.trim(), Some(policy), expected).await.for_page()
        }
        Err(error) => Err(AppError(error)),
    };
    done(&project, form, set)
}

/// Proposes to protect a label no more.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn remove_policy(project: String, form: PolicyForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let set = service::policies::update(&ctx, &form.label, None, form.revision.parse().ok()).await.for_page();
    done(&project, form, set)
}

#[component]
pub fn PoliciesPage() -> impl IntoView {
    let (project, me) = (use_project(), use_me());
    let (save, remove) = (Post::to::<SavePolicy>(), Post::to::<RemovePolicy>());
    let again = move || save.count() + remove.count();
    let policies = Data::again(again, move || LoadPolicies { project: project.get() });
    let refused = Data::<Option<Refused<PolicyForm>>>::left(move || page(&project.get()));
    let content = move || {
        wait(async move {
            let may_change = may(me, Permission::ManagePolicy).await;
            let refused = refused.found().await;
            let error = save.refusal(refused.as_ref().map(|refused| refused.error.clone()));
            let typed = refused.map(|refused| refused.form);
            match policies.await {
                Ok(policies) => {
                    let forms = Forms { save, remove, project: project.get_untracked(), may_change, error };
                    view! { <Policies policies typed forms/> }.into_any()
                }
                Err(error) => view! { <div class="card-box"><ErrorView error/></div> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Label policies"/>
        <PageHeader title="Label policies" lead="A label with a policy moves only through a change request that satisfies it, on every surface. To ask for more holds at once; to ask for less is itself a change that is approved."/>
        <Done texts=&DONE/>
        <Loading fallback=|| view! { <div class="card-box"><Skeleton rows=8/></div> } view=content/>
    }
}

/// What every form of the page needs.
#[derive(Clone)]
struct Forms {
    save: Post<Outcome<()>>,
    remove: Post<Outcome<()>>,
    project: String,
    may_change: bool,
    error: Signal<Option<AppError>>,
}

#[component]
fn Policies(policies: Vec<LabelPolicy>, typed: Option<PolicyForm>, forms: Forms) -> impl IntoView {
    let nothing = policies.is_empty().then(|| {
        view! {
            <div class="card-box section">
                <EmptyState icon=IconName::ShieldCheck title="No label is protected" text="Whoever may move a label moves it at once. Protect production, and nothing reaches it unseen."/>
            </div>
        }
    });
    let is_known = |label: &str| policies.iter().any(|policy| policy.label == label);
    let other = typed.clone().filter(|form| !is_known(&form.label));
    let new = forms.may_change.then(|| {
        let start = match is_known(domain::label::PRODUCTION) {
            true => "",
            false => domain::label::PRODUCTION,
        };
        let fresh = LabelPolicy {
            label: start.to_owned(),
            policy: Policy::default(),
            revision: 0,
            updated_at: domain::Timestamp(0),
            updated_by: String::new(),
        };
        let form = other.unwrap_or_else(|| fresh.into());
        view! {
            <details class="disclosure section" open=policies.is_empty()>
                <summary class="btn btn-sm">"Protect another label"</summary>
                <div class="mt-3"><PolicyCard form=PolicyForm { revision: String::new(), ..form } is_new=true last=None forms=forms.clone()/></div>
            </details>
        }
    });
    let card = |of: LabelPolicy| {
        let last = Some((of.updated_by.clone(), of.updated_at));
        let form = typed.clone().filter(|form| form.label == of.label).unwrap_or_else(|| of.into());
        view! { <PolicyCard form is_new=false last forms=forms.clone()/> }
    };
    let cards = policies.clone().into_iter().map(card).collect_view();
    view! {
        <div class="max-w-4xl">
            <ErrorSummary error=forms.error/>
            {nothing}
            {cards}
            {new}
        </div>
    }
}

#[component]
fn PolicyCard(
    form: PolicyForm,
    is_new: bool,
    last: Option<(String, domain::Timestamp)>,
    forms: Forms,
) -> impl IntoView {
    let of = if is_new { "new".to_owned() } else { form.label.clone() };
    let named = |name: &str| format!("{of}-{name}");
    let id = |name: &str| field_id(&named(name));
    let (label, label_id) = (form.label.clone(), id("label"));
    let (approvals, approvals_id) = (named("required_approvals"), id("required_approvals"));
    let (hours, hours_id) = (named("quiet_hours"), id("quiet_hours"));
    let error = forms.error;
    let wrong = move |name: &'static str| Signal::derive(move || field_error(&error.read(), name));
    let head = match is_new {
        true => view! {
            <div class="px-4 pt-4">
                <Field label="Label" name="new-label" error=wrong("label")>
                    <input class="input input-sm" id=label_id name="form[label]" value=label maxlength="32" autocomplete="off" required/>
                </Field>
            </div>
        }
        .into_any(),
        false => view! {
            <div class="card-head">
                <h2 class="text-sm font-semibold"><LabelChip label=label.clone()/></h2>
                {last.map(|(by, at)| view! { <span class="text-xs text-muted">{format!("changed by {by}, ")}<Time at/></span> })}
                <input type="hidden" name="form[label]" value=label/>
            </div>
        }
        .into_any(),
    };
    let quiet = RwSignal::new(form.quiet_hours.clone());
    let roles: Vec<_> = approving_roles().map(|role| (role.name(), role.title())).collect();
    let checks: Vec<_> = Check::ALL.iter().map(|check| (check.name(), check.title())).collect();
    let remove = (!is_new && forms.may_change).then(|| view! { <Remove form=form.clone() forms=forms.clone()/> });
    let button = forms.may_change.then(|| {
        view! { <button type="submit" class="btn btn-primary btn-sm" disabled=forms.save.is_pending()>{if is_new { "Protect" } else { "Save policy" }}</button> }
    });
    view! {
        <div class="card-box section">
            <PostForm to=forms.save>
                <input type="hidden" name="project" value=forms.project.clone()/>
                <input type="hidden" name="form[revision]" value=form.revision.clone()/>
                {head}
                <fieldset class="policy-fields" disabled=!forms.may_change>
                    <legend class="sr-only">"What must hold"</legend>
                    <Field label="Approvals by others than the authors" name=approvals error=wrong("required_approvals")>
                        <input class="input input-sm policy-number" type="number" min="0" max=MAX_APPROVALS id=approvals_id name="form[required_approvals]" value=form.required_approvals.clone()/>
                    </Field>
                    <Boxes legend="Whose approval counts" name="approvers" all=roles.clone() ticked=form.approvers.clone() error=wrong("approvers")/>
                    <Boxes legend="Checks that must pass" name="required_checks" all=checks ticked=form.required_checks.clone() error=wrong("required_checks")/>
                    <Boxes legend="Who may publish in an emergency, with a reason" name="bypass" all=roles ticked=form.bypass.clone() error=wrong("bypass")/>
                    <Boxes legend="Rolling back" name="free_roll_back" all=vec![("true", "To exactly what was served before, without new approvals")] ticked=vec![form.free_roll_back.clone()] error=wrong("free_roll_back")/>
                    <Field label="Quiet hours" name=hours hint="One span a line: fri 16:00-24:00 Europe/Berlin, or sat,sun 00:00-24:00 UTC. Nothing is published in them." error=wrong("quiet_hours")>
                        <TextArea id=hours_id name="form[quiet_hours]" value=quiet rows=2 class="mono"/>
                    </Field>
                </fieldset>
                <footer class="flex justify-end gap-2 px-4 pb-4">{button}</footer>
            </PostForm>
            {remove}
        </div>
    }
}

/// Some of a few, as boxes to tick. One box is a switch, several are a list.
#[component]
fn Boxes(
    legend: &'static str,
    name: &'static str,
    all: Vec<(&'static str, &'static str)>,
    ticked: Vec<String>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    let is_list = all.len() > 1;
    let field = move |i: usize| if is_list { format!("form[{name}][{i}]") } else { format!("form[{name}]") };
    let one = |(i, (value, text)): (usize, (&'static str, &'static str))| {
        let is_ticked = ticked.iter().any(|t| t == value);
        view! {
            <label class="policy-box">
                <input class="checkbox checkbox-sm" type="checkbox" name=field(i) value=value checked=is_ticked/>
                {text}
            </label>
        }
    };
    view! {
        <fieldset class="field">
            <legend class="field-label">{legend}</legend>
            <div class="policy-boxes">{all.into_iter().enumerate().map(one).collect_view()}</div>
            <p class="field-error">{move || error.get()}</p>
        </fieldset>
    }
}

#[component]
fn Remove(form: PolicyForm, forms: Forms) -> impl IntoView {
    view! {
        <PostForm to=forms.remove class="policy-remove">
            <input type="hidden" name="project" value=forms.project.clone()/>
            <input type="hidden" name="form[label]" value=form.label.clone()/>
            <input type="hidden" name="form[revision]" value=form.revision/>
            <button type="submit" class="link-plain text-xs text-muted">{format!("Propose to protect {} no more", form.label)}</button>
        </PostForm>
    }
}

//! What a change request moves, and what that changes.

use domain::change::{ChangeItem, CheckResult, ItemMove};
#[cfg(feature = "ssr")]
use domain::comparison::ComparedVersions;
use domain::policy::Policy;
use domain::text::unturned;
use leptos::prelude::*;

use super::api::LoadChangeText;
use super::threads::{LineForm, Talk, Threads};
use crate::data::Data;
use crate::ui::{Badge, ErrorView, Icon, IconName, LabelChip, Loading, Skeleton, Tone, VersionChip, wait};

/// The layers of a comparison as HTML.
#[cfg(feature = "ssr")]
pub fn html(key: &str, compared: ComparedVersions) -> String {
    use crate::templates::LayersView;
    let Some(compared) = compared.compared else { return String::new() };
    crate::ui::html(view! { <LayersView on=format!("{key}.{}", compared.to) compared/> })
}

/// Everything that moves, each with what it changes.
#[component]
pub fn Items(items: Vec<ChangeItem>, project: String, is_open: bool, talk: Talk) -> impl IntoView {
    let item = |item: ChangeItem| match item {
        ChangeItem::LabelMove(item) => {
            let about = talk.of(&item.template);
            let form = (is_open && item.to_version > 0 && !item.follows).then(|| {
                view! { <LineForm talk=talk.clone() template=item.template.clone() version=item.to_version/> }
            });
            view! {
                <Move item project=project.clone() is_open/>
                <Threads talk=about/>
                {form}
            }
            .into_any()
        }
        ChangeItem::Policy { label, before, after, has_conflict } => {
            let conflict = has_conflict.then(|| view! { <Conflict/> });
            view! {
                <article class="card-box section">
                    <div class="card-head">
                        <h2 class="flex flex-wrap items-center gap-2 text-sm font-semibold">"Policy of " <LabelChip label/> {conflict}</h2>
                    </div>
                    <PolicyChange before after/>
                </article>
            }
            .into_any()
        }
    };
    items.into_iter().map(item).collect_view()
}

#[component]
fn Conflict() -> impl IntoView {
    view! {
        <Badge tone=Tone::Danger>
            <Icon name=IconName::TriangleAlert class="size-3"/>
            "changed meanwhile"
        </Badge>
    }
}

#[component]
fn Move(item: ItemMove, project: String, is_open: bool) -> impl IntoView {
    let template = format!("/p/{project}/templates/{}", item.template);
    let marks = [(item.follows, "moves along"), (item.is_roll_back, "served before")];
    let marks = marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| view! { <Badge>{text}</Badge> });
    let marks = marks.collect_view();
    let conflict = item.has_conflict.then(|| view! { <Conflict/> });
    let (from, to) = (item.from_version, item.to_version);
    let chip = |number: i64| Some(number).filter(|n| *n > 0);
    let compare = (from > 0 && to > 0 && from != to).then(|| {
        let href = format!("{template}/diff?from={from}&to={to}");
        view! { <a class="btn btn-xs" href=href><Icon name=IconName::Compare class="size-3.5"/> "Compare"</a> }
    });
    let body = match (item.follows, from, to) {
        (true, ..) => view! { <p class="px-4 py-3 text-muted">{follows(&item)}</p> }.into_any(),
        (_, _, 0) => {
            let text = format!("Callers of {} get \"not published\" from then on.", item.label);
            view! { <p class="px-4 py-3">{text}</p> }.into_any()
        }
        (_, 0, to) => {
            let href = format!("{template}?tab=content&version={to}");
            view! { <p class="px-4 py-3">"Nothing serves here yet. "<a class="link" href=href>{format!("Read version {to}")}</a></p> }
                .into_any()
        }
        (_, from, to) if from == to => view! { <p class="px-4 py-3">{again(&item)}</p> }.into_any(),
        (_, from, to) => view! { <Text project key=item.template.clone() from to/> }.into_any(),
    };
    let state = if is_open { "What serves, and what is to serve" } else { "What served, and what was proposed" };
    view! {
        <article class="card-box section">
            <div class="card-head">
                <h2 class="flex min-w-0 flex-wrap items-center gap-2 text-sm font-semibold">
                    <a class="link-plain" href=template>{unturned(&item.template_name)}</a>
                    <LabelChip label=item.label.clone()/>
                    <span class="inline-flex items-center gap-1" title=state>
                        <VersionChip version=chip(from)/>
                        <Icon name=IconName::ArrowRight class="size-3"/>
                        <span class="sr-only">" to "</span>
                        <VersionChip version=chip(to) is_new=true/>
                    </span>
                    {marks}
                    {conflict}
                </h2>
                {compare}
            </div>
            {body}
        </article>
    }
}

fn follows(item: &ItemMove) -> String {
    format!("Keeps version {}, made of what moves here: {} serves another text.", item.to_version, item.label)
}

fn again(item: &ItemMove) -> String {
    format!("The same version, with what it is made of as of now: {} serves another text.", item.label)
}

/// What changes for the model, for the callers, and for the numbers.
#[component]
fn Text(project: String, key: String, from: i64, to: i64) -> impl IntoView {
    let text = Data::of(move || LoadChangeText { project: project.clone(), key: key.clone(), from, to });
    let content = move || {
        wait(async move {
            match text.await {
                Ok(html) => view! { <div class="review-text" inner_html=html></div> }.into_any(),
                Err(error) => view! { <ErrorView error/> }.into_any(),
            }
        })
    };
    view! { <Loading fallback=|| view! { <Skeleton rows=6/> } view=content/> }
}

/// Status lines: what was found out without a person.
#[component]
pub fn Checks(checks: Vec<CheckResult>) -> impl IntoView {
    let line = |result: CheckResult| {
        let (icon, class, word) = match (result.passed, result.is_required) {
            (true, _) => (IconName::CircleCheck, "text-success", "passed"),
            (false, true) => (IconName::CircleX, "text-error", "failed, and is required"),
            (false, false) => (IconName::CircleAlert, "text-warning", "failed"),
        };
        let details = result.details.iter().map(|text| view! { <li class="field-hint">{unturned(text)}</li> });
        let details = (!result.details.is_empty()).then(|| view! { <ul class="mt-1">{details.collect_view()}</ul> });
        view! {
            <li class="check-line">
                <span class=class><Icon name=icon class="size-4"/></span>
                <div class="min-w-0">
                    <span class="font-medium">{result.check.title()}</span>
                    " "
                    <span class="text-xs text-muted">{word}</span>
                    {details}
                </div>
            </li>
        }
    };
    (!checks.is_empty()).then(|| {
        view! {
            <section class="section" aria-labelledby="checks-title">
                <h2 class="section-title" id="checks-title">"Checks"</h2>
                <ul class="card-box check-lines">{checks.into_iter().map(line).collect_view()}</ul>
            </section>
        }
    })
}

/// A policy in words, one line a rule.
fn rules(policy: Option<&Policy>) -> Vec<(&'static str, String)> {
    let Some(policy) = policy else { return vec![("Protected", "no".to_owned())] };
    let titles = |roles: &[domain::permission::Role]| match roles {
        [] => "nobody".to_owned(),
        roles => roles.iter().map(|role| role.title()).collect::<Vec<_>>().join(", "),
    };
    let checks: Vec<_> = policy.required_checks.iter().map(|check| check.title()).collect();
    vec![
        ("Protected", "yes".to_owned()),
        ("Approvals", policy.required_approvals.to_string()),
        ("By", titles(&policy.approvers)),
        ("Required checks", if checks.is_empty() { "none".to_owned() } else { checks.join(", ") }),
        ("Quiet hours", policy.quiet_hours.len().to_string()),
        ("Bypass", titles(&policy.bypass)),
        ("Roll back without approval", if policy.free_roll_back { "yes".to_owned() } else { "no".to_owned() }),
    ]
}

#[component]
fn PolicyChange(before: Option<Box<Policy>>, after: Option<Box<Policy>>) -> impl IntoView {
    let (before, after) = (rules(before.as_deref()), rules(after.as_deref()));
    let value =
        |rules: &[(&str, String)], name: &str| rules.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
    let names = if before.len() > after.len() { &before } else { &after };
    let row = |name: &'static str| {
        let (old, new) = (value(&before, name), value(&after, name));
        let is_same = old == new;
        view! {
            <tr class:font-semibold=!is_same>
                <th scope="row">{name}</th>
                <td data-label="Now">{old.unwrap_or_else(|| "—".to_owned())}</td>
                <td data-label="Then">{new.unwrap_or_else(|| "—".to_owned())}</td>
            </tr>
        }
    };
    let rows = names.iter().map(|(name, _)| row(name)).collect_view();
    view! {
        <table class="table">
            <thead><tr><th scope="col">"Rule"</th><th scope="col">"Now"</th><th scope="col">"Then"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

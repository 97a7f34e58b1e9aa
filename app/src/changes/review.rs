//! One change request: what it moves, what was found out and said, and what can be done.

use domain::change::ChangeRequest;
use domain::permission::{Permission, allows};
use domain::text::unturned;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::ChangeStatus;
use super::actions::{Actions, Hidden};
use super::api::{ChangeForm, LoadChange, page};
use super::decide::Decide;
use super::items::{Checks, Items};
use super::said::Said;
use super::threads::Talk;
use crate::data::Data;
use crate::layout::{use_me, use_project};
use crate::outcome::Refused;
use crate::ui::{Crumbs, ErrorView, Loading, Skeleton, Time, wait};

#[component]
pub fn ChangePage() -> impl IntoView {
    let (project, params, me, actions) = (use_project(), use_params_map(), use_me(), Actions::new());
    let number = Memo::new(move |_| params.read().get("number").and_then(|text| text.parse::<i64>().ok()).unwrap_or(0));
    let done = Memo::new(move |_| actions.done());
    let change = Data::again(move || done.get(), move || LoadChange { project: project.get(), number: number.get() });
    let refused = Data::<Option<Refused<ChangeForm>>>::left(move || page(&project.get(), number.get()));
    let content = move || {
        wait(async move {
            let refused = refused.found().await;
            match (change.await, me.await) {
                (Ok(change), Ok(me)) => {
                    let project = project.get_untracked();
                    let typed = refused.as_ref().map(|refused: &Refused<ChangeForm>| refused.form.clone());
                    let talk = Talk {
                        threads: change.threads.clone(),
                        actions,
                        hidden: Hidden::of(&change, project.clone()),
                        typed: typed.unwrap_or_default(),
                        may_talk: change.summary.status.is_open() && allows(me.role, Permission::ProposeChanges),
                    };
                    let decide = view! { <Decide change=change.clone() me project=project.clone() actions refused/> };
                    view! { <Whole change project talk decide=decide.into_any()/> }.into_any()
                }
                (Err(error), _) | (_, Err(error)) => {
                    view! { <div class="card-box"><ErrorView error/></div> }.into_any()
                }
            }
        })
    };
    view! {
        <Title text=move || format!("Change {}", number.get())/>
        <Loading fallback=|| view! { <Skeleton rows=10/> } view=content/>
    }
}

#[component]
fn Whole(change: ChangeRequest, project: String, talk: Talk, decide: AnyView) -> impl IntoView {
    let summary = change.summary.clone();
    let is_open = summary.status.is_open();
    let steps = vec![(format!("/p/{project}/changes"), "Changes".to_owned())];
    let description = (!change.description.is_empty()).then(|| {
        view! { <p class="card-box section px-4 py-3 said-text">{unturned(&change.description)}</p> }
    });
    let asked = (!summary.reviewers.is_empty()).then(|| {
        view! { <span>{format!("asked to review: {}", summary.reviewers.join(", "))}</span> }
    });
    view! {
        <Crumbs steps here=format!("#{}", summary.number)/>
        <header class="page-header">
            <div class="min-w-0">
                <h1 class="change-title">
                    {unturned(&summary.title)}
                    " "
                    <span class="text-muted">{format!("#{}", summary.number)}</span>
                </h1>
                <p class="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.8125rem] text-muted">
                    <ChangeStatus status=summary.status/>
                    <span>{format!("opened by {}, ", unturned(&summary.author))}<Time at=summary.opened_at/></span>
                    {asked}
                </p>
            </div>
        </header>
        {description}
        <div class="review-columns">
            <div class="min-w-0">
                <Items items=change.items project is_open talk/>
            </div>
            <div class="min-w-0">
                {decide}
                <Checks checks=change.checks/>
                <Said reviews=change.reviews round=change.round/>
            </div>
        </div>
    }
}

//! What can be done with a change request: review it, publish it, now or at a time, take it back.

use domain::change::{ChangeRequest, Status};
use domain::permission::{Permission, allows};
use domain::user::CurrentUser;
use leptos::prelude::*;

use super::actions::{Actions, Hidden};
use super::api::ChangeForm;
use crate::error::AppError;
use crate::outcome::{Outcome, Refused};
use crate::post::PostForm;
use crate::ui::{ErrorSummary, Field, Icon, IconName, TextArea, Time, field_error, field_id};

/// Everything that the person may do now.
#[component]
pub fn Decide(
    change: ChangeRequest,
    me: CurrentUser,
    project: String,
    actions: Actions,
    refused: Option<Refused<ChangeForm>>,
) -> impl IntoView {
    let typed = refused.as_ref().map(|refused| refused.form.clone()).unwrap_or_default();
    let earlier = refused.map(|refused| refused.error);
    // Each form tells what is wrong with its own fields.
    let of = |is_its: bool| earlier.clone().filter(|_| is_its);
    let of_review = actions.review.refusal(of(!typed.verdict.is_empty()));
    let of_schedule = actions.schedule.refusal(of(!typed.publish_at.is_empty()));
    let of_bypass = actions.bypass.refusal(of(!typed.reason.is_empty()));
    let error = actions.refusal(earlier);
    let status = change.summary.status;
    let may = |permission| allows(me.role, permission);
    let hidden = Hidden::of(&change, project);
    let may_publish = change.items.iter().all(|item| match item {
        domain::change::ChangeItem::LabelMove(item) => may(Permission::to_move(&item.label)),
        domain::change::ChangeItem::Policy { .. } => may(Permission::ManagePolicy),
    });
    let has_conflict = change.items.iter().any(|item| item.has_conflict());
    let is_ready = matches!(status, Status::Approved | Status::Scheduled) && !has_conflict;
    let bypass = change.policy.as_ref().is_some_and(|policy| policy.bypass.contains(&me.role));
    let is_policy = change.items.iter().any(|item| matches!(item, domain::change::ChangeItem::Policy { .. }));
    view! {
        <ErrorSummary error/>
        <Standing change=change.clone()/>
        {(status.is_open() && has_conflict && !is_policy && may(Permission::ProposeChanges)).then(|| view! { <Refresh actions hidden=hidden.clone()/> })}
        {(is_ready && may_publish).then(|| view! { <Publish actions hidden=hidden.clone() change=change.clone() typed=typed.clone() error=of_schedule/> })}
        {(status.is_open() && may(Permission::ProposeChanges)).then(|| {
            view! { <ReviewForm actions hidden=hidden.clone() typed=typed.clone() error=of_review may_judge=may(Permission::ReviewChanges)/> }
        })}
        {(status.is_open() && !has_conflict && bypass && may_publish).then(|| view! { <Bypass actions hidden=hidden.clone() typed=typed.clone() error=of_bypass/> })}
        {(status.is_open() && may(Permission::ProposeChanges)).then(|| view! { <Withdraw actions hidden/> })}
    }
}

/// What it needs and what it has, in a sentence.
#[component]
fn Standing(change: ChangeRequest) -> impl IntoView {
    let (has, needs) = (change.approvals, change.required_approvals);
    let decided = change.decided_by.clone().zip(change.decided_at);
    let text = match (change.summary.status, change.superseded_by) {
        (Status::Superseded, Some(other)) => format!("Change request {other} took its place."),
        (Status::Published, _) if change.is_bypass => "Published without what the policy asks for.".to_owned(),
        (Status::Published, _) => "Published.".to_owned(),
        (Status::Withdrawn | Status::Superseded, _) => "Taken back.".to_owned(),
        (Status::ChangesRequested, _) => "A reviewer has requested changes.".to_owned(),
        (_, _) if needs == 0 => "No approval is needed.".to_owned(),
        (_, _) => format!("{has} of {needs} {} given.", if needs == 1 { "approval" } else { "approvals" }),
    };
    let who = decided.map(|(by, at)| view! { <span class="text-muted">{format!("By {by}, ")} <Time at/></span> });
    let at = change.summary.publish_at.filter(|_| change.summary.status == Status::Scheduled);
    let at = at.map(|at| view! { <span>"Published by itself at "<Time at/>" UTC."</span> });
    let reason = (!change.decision_reason.is_empty()).then(|| {
        view! { <p class="said-text">{domain::text::unturned(&change.decision_reason)}</p> }
    });
    view! {
        <section class="card-box section px-4 py-3" aria-label="Where it stands">
            <p class="flex flex-wrap gap-x-2"><span class="font-medium">{text}</span> {who} {at}</p>
            {reason}
        </section>
    }
}

#[component]
fn Refresh(actions: Actions, hidden: Hidden) -> impl IntoView {
    view! {
        <PostForm to=actions.refresh class="card-box section px-4 py-3 flex flex-wrap items-center gap-3">
            {hidden.fields()}
            <p class="min-w-0 flex-1">"What it moves has changed since it was proposed. Propose the same against what is there now: reviewers look at it again."</p>
            <button type="submit" class="btn btn-sm btn-primary">"Bring up to date"</button>
        </PostForm>
    }
}

#[component]
fn Publish(
    actions: Actions,
    hidden: Hidden,
    change: ChangeRequest,
    typed: ChangeForm,
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let own = Signal::derive(move || field_error(&error.read(), "publish_at"));
    let is_scheduled = change.summary.status == Status::Scheduled;
    let (first, second) = (hidden.fields(), hidden.fields());
    let when = match is_scheduled {
        true => view! {
            <PostForm to=actions.unschedule>
                {second}
                <button type="submit" class="btn btn-sm">"Not by itself"</button>
            </PostForm>
        }
        .into_any(),
        false => view! {
            <details class="disclosure">
                <summary class="btn btn-sm"><Icon name=IconName::Calendar/> "Publish later" <Icon name=IconName::ChevronRight class="size-3 chevron"/></summary>
                <PostForm to=actions.schedule class="mt-3 flex flex-wrap items-end gap-2">
                    {second}
                    <Field label="At, in UTC" name="publish_at" error=own>
                        <input class="input input-sm" type="datetime-local" id=field_id("publish_at") name="form[publish_at]" value=typed.publish_at required/>
                    </Field>
                    <button type="submit" class="btn btn-sm">"Schedule"</button>
                </PostForm>
            </details>
        }
        .into_any(),
    };
    view! {
        <section class="card-box section px-4 py-3 flex flex-wrap items-start gap-3" aria-label="Publish">
            <PostForm to=actions.publish>
                {first}
                <button type="submit" class="btn btn-primary btn-sm" disabled=actions.publish.is_pending()>
                    <Icon name=IconName::Rocket/>
                    {if change.items.len() == 1 { "Publish now".to_owned() } else { format!("Publish all {} now", change.items.len()) }}
                </button>
            </PostForm>
            {when}
        </section>
    }
}

#[component]
fn ReviewForm(
    actions: Actions,
    hidden: Hidden,
    typed: ChangeForm,
    error: Signal<Option<AppError>>,
    may_judge: bool,
) -> impl IntoView {
    // Other forms send a body, too.
    let body = RwSignal::new(if typed.verdict.is_empty() { String::new() } else { typed.body });
    let own = Signal::derive(move || field_error(&error.read(), "body"));
    // What was sent is said: the field is for the next thing.
    Effect::new(move |_| {
        if matches!(actions.review.answer(), Some(Ok(Outcome::Done(())))) {
            body.set(String::new());
        }
    });
    let judge = may_judge.then(|| {
        view! {
            <button type="submit" class="btn btn-sm" name="form[verdict]" value="request_changes">"Request changes"</button>
            <button type="submit" class="btn btn-primary btn-sm" name="form[verdict]" value="approve">
                <Icon name=IconName::Check/>
                "Approve"
            </button>
        }
    });
    view! {
        <PostForm to=actions.review class="card-box section px-4 py-3">
            {hidden.fields()}
            <Field label="Review" name="body" error=own>
                <TextArea id=field_id("body") name="form[body]" value=body rows=3 placeholder="What you think, or what has to change"/>
            </Field>
            <div class="mt-3 flex flex-wrap justify-end gap-2">
                <button type="submit" class="btn btn-sm" name="form[verdict]" value="comment">"Comment"</button>
                {judge}
            </div>
        </PostForm>
    }
}

#[component]
fn Bypass(actions: Actions, hidden: Hidden, typed: ChangeForm, error: Signal<Option<AppError>>) -> impl IntoView {
    let own = Signal::derive(move || field_error(&error.read(), "reason"));
    view! {
        <details class="disclosure section">
            <summary class="text-xs text-muted">
                <Icon name=IconName::ChevronRight class="size-3 chevron"/>
                "Publish in an emergency"
            </summary>
            <PostForm to=actions.bypass class="card-box mt-2 px-4 py-3">
                {hidden.fields()}
                <p class="mb-3 text-muted">"Goes live without approvals, checks and quiet hours. Your reason stays in the history and in the audit log."</p>
                <Field label="Why it can't wait" name="reason" error=own>
                    <input class="input input-sm" id=field_id("reason") name="form[reason]" value=typed.reason maxlength="500" autocomplete="off" required/>
                </Field>
                <button type="submit" class="btn btn-error btn-sm mt-3">"Publish without approval"</button>
            </PostForm>
        </details>
    }
}

#[component]
fn Withdraw(actions: Actions, hidden: Hidden) -> impl IntoView {
    view! {
        <details class="disclosure section">
            <summary class="text-xs text-muted">
                <Icon name=IconName::ChevronRight class="size-3 chevron"/>
                "Withdraw"
            </summary>
            <PostForm to=actions.withdraw class="mt-2 flex flex-wrap items-end gap-2">
                {hidden.fields()}
                <div class="field">
                    <label class="field-label" for="withdraw-reason">"Reason"</label>
                    <input class="input input-sm" id="withdraw-reason" name="form[reason]" maxlength="500" placeholder="Kept in the history" autocomplete="off"/>
                </div>
                <button type="submit" class="btn btn-sm">"Withdraw this change request"</button>
            </PostForm>
        </details>
    }
}

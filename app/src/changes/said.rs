//! What people said about a change request.

use domain::change::{Review, Verdict};
use domain::text::unturned;
use leptos::prelude::*;

use crate::ui::{Badge, Icon, IconName, Time, Tone};

/// Every review, oldest first; those of what is not proposed any more stand back.
#[component]
pub fn Said(reviews: Vec<Review>, round: i64) -> impl IntoView {
    let row = move |review: Review| view! { <Entry is_old=review.round != round review/> };
    (!reviews.is_empty()).then(|| {
        view! {
            <section class="section" aria-labelledby="said-title">
                <h2 class="section-title" id="said-title">"Reviews"</h2>
                <ol class="card-box said">{reviews.into_iter().map(row).collect_view()}</ol>
            </section>
        }
    })
}

#[component]
fn Entry(review: Review, is_old: bool) -> impl IntoView {
    let (icon, text, class) = match review.verdict {
        Verdict::Approve => (IconName::CircleCheck, "approved", "text-success"),
        Verdict::RequestChanges => (IconName::CircleX, "requested changes", "text-error"),
        Verdict::Comment => (IconName::Info, "commented", "text-muted"),
    };
    let own = review.is_self_approval.then(|| view! { <Badge tone=Tone::Warning>"self-approved"</Badge> });
    let is_stale = !review.counts && review.verdict != Verdict::Comment;
    let stale = is_stale.then(|| {
        let text = if is_old { "of an earlier proposal" } else { "counts no more" };
        view! { <Badge>{text}</Badge> }
    });
    let body = (!review.body.is_empty()).then(|| view! { <p class="said-text">{unturned(&review.body)}</p> });
    view! {
        <li class="said-entry" class:is-old=is_old>
            <span class=class><Icon name=icon class="size-4"/></span>
            <div class="min-w-0 flex-1">
                <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
                    <span class="font-medium">{unturned(&review.by)}</span>
                    <span>{text}</span>
                    {own}
                    {stale}
                    <span class="text-xs text-muted"><Time at=review.at/></span>
                </p>
                {body}
            </div>
        </li>
    }
}

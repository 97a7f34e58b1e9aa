//! What the forms of a change request's page post to, and what they all send.

use domain::change::ChangeRequest;
use leptos::prelude::*;

use super::api::{
    ApplySuggestion, BypassChange, CommentChange, PublishChange, RefreshChange, ReplyChange, ResolveThread,
    ReviewChange, ScheduleChange, UnscheduleChange, WithdrawChange,
};
use crate::error::AppError;
use crate::outcome::{Outcome, error_of};
use crate::post::Post;

/// What the forms of the page post to. Each success loads the change request again.
#[derive(Clone, Copy)]
pub struct Actions {
    pub review: Post<Outcome<()>>,
    pub publish: Post<Outcome<()>>,
    pub bypass: Post<Outcome<()>>,
    pub schedule: Post<Outcome<()>>,
    pub unschedule: Post<Outcome<()>>,
    pub withdraw: Post<Outcome<()>>,
    pub refresh: Post<Outcome<()>>,
    pub comment: Post<Outcome<()>>,
    pub reply: Post<Outcome<()>>,
    pub resolve: Post<Outcome<()>>,
    pub apply: Post<Outcome<()>>,
}

impl Actions {
    pub fn new() -> Self {
        Self {
            review: Post::to::<ReviewChange>(),
            publish: Post::to::<PublishChange>(),
            bypass: Post::to::<BypassChange>(),
            schedule: Post::to::<ScheduleChange>(),
            unschedule: Post::to::<UnscheduleChange>(),
            withdraw: Post::to::<WithdrawChange>(),
            refresh: Post::to::<RefreshChange>(),
            comment: Post::to::<CommentChange>(),
            reply: Post::to::<ReplyChange>(),
            resolve: Post::to::<ResolveThread>(),
            apply: Post::to::<ApplySuggestion>(),
        }
    }

    fn all(self) -> [Post<Outcome<()>>; 11] {
        let Self { review, publish, bypass, schedule, unschedule, withdraw, refresh, comment, reply, resolve, apply } =
            self;
        [review, publish, bypass, schedule, unschedule, withdraw, refresh, comment, reply, resolve, apply]
    }

    /// Counts what was done.
    pub fn done(self) -> usize {
        let is_done = |post: &Post<Outcome<()>>| matches!(post.answer(), Some(Ok(Outcome::Done(()))));
        self.all().iter().map(|post| if is_done(post) { post.count() } else { 0 }).sum()
    }

    /// The error of the last form, sent with JavaScript or without.
    pub fn refusal(self, earlier: Option<AppError>) -> Signal<Option<AppError>> {
        let last = RwSignal::new(earlier);
        for post in self.all() {
            Effect::new(move |_| {
                if let Some(answer) = post.answer() {
                    last.set(error_of(&Some(answer)));
                }
            });
        }
        last.into()
    }
}

/// What every form sends along.
#[derive(Clone)]
pub struct Hidden {
    pub project: String,
    number: i64,
    revision: i64,
    round: i64,
}

impl Hidden {
    pub fn of(change: &ChangeRequest, project: String) -> Self {
        Self { project, number: change.summary.number, revision: change.revision, round: change.round }
    }

    pub fn fields(&self) -> impl IntoView + use<> {
        view! {
            <input type="hidden" name="project" value=self.project.clone()/>
            <input type="hidden" name="number" value=self.number/>
            <input type="hidden" name="form[revision]" value=self.revision/>
            <input type="hidden" name="form[round]" value=self.round/>
        }
    }
}

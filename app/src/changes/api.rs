//! What the pages of change requests ask the server.

use domain::change::{ChangeFilter, ChangeRequest, ChangeSummary};
use domain::page::Page;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppResult;
use crate::outcome::Outcome;

/// What the forms of a change request's page send, whichever of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeForm {
    /// The change request's revision as the page showed it.
    pub revision: String,
    /// What was looked at.
    pub round: String,
    pub verdict: String,
    pub body: String,
    pub reason: String,
    /// As a date field writes it, in UTC.
    pub publish_at: String,
    /// A conversation's id.
    pub thread: String,
    pub resolved: String,
    pub template: String,
    pub version: String,
    /// Which message of the version, from 1 as people count.
    pub message: String,
    pub line: String,
    pub last_line: String,
    /// Ticked where other lines are suggested.
    pub suggests: String,
    pub suggestion: String,
}

#[cfg(feature = "ssr")]
impl ChangeForm {
    fn revision(&self) -> Option<i64> {
        self.revision.parse().ok()
    }

    fn review(&self) -> domain::Result<domain::change::NewReview> {
        let verdict = domain::change::Verdict::parse(&self.verdict);
        let verdict = verdict.map_err(|message| domain::Error::field("verdict", message))?;
        Ok(domain::change::NewReview { verdict, body: self.body.clone(), round: self.round.parse().ok() })
    }

    fn thread(&self) -> AppResult<domain::ids::ThreadId> {
        self.thread.parse().map_err(|_| domain::Error::not_found("conversation").into())
    }

    fn comment(&self) -> domain::Result<domain::change::NewComment> {
        let mut problems = domain::error::Problems::default();
        let mut number = |name: &str, text: &str| {
            let number = text.trim().parse::<i64>().map_err(|_| "use a whole number".to_owned());
            problems.take(name, number).unwrap_or_default()
        };
        let (message, line) = (number("message", &self.message) - 1, number("line", &self.line));
        let version = number("version", &self.version);
        let last_line = (!self.last_line.trim().is_empty()).then(|| number("last_line", &self.last_line));
        problems.finish()?;
        let suggestion = (self.suggests == "true").then(|| self.suggestion.replace("\r\n", "\n"));
        let (template, body) = (self.template.clone(), self.body.clone());
        Ok(domain::change::NewComment { template, version, message, line, last_line, body, suggestion })
    }

    fn publish_at(&self) -> domain::Result<domain::Timestamp> {
        let text = match self.publish_at.len() {
            16 => format!("{}:00Z", self.publish_at),
            _ => self.publish_at.clone(),
        };
        domain::Timestamp::parse(&text).map_err(|_| domain::Error::field("publish_at", "choose a day and a time"))
    }
}

/// The address of a change request's page.
pub fn page(project: &str, number: i64) -> String {
    format!("/p/{project}/changes/{number}")
}

#[cfg(feature = "ssr")]
fn done<T>(project: &str, number: i64, form: ChangeForm, result: AppResult<T>) -> AppResult<Outcome<()>> {
    let page = page(project, number);
    crate::outcome::answer(&page, form, result.map(drop), &page)
}

/// A page of the queue.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_changes(
    project: String,
    #[server(default)] filter: ChangeFilter,
    cursor: Option<String>,
) -> AppResult<Page<ChangeSummary>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::changes::list(&ctx, &filter, &domain::page::PageRequest { cursor, limit: None }).await.for_page()
}

/// A change request with all that is said about it.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_change(project: String, number: i64) -> AppResult<ChangeRequest> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    service::changes::get(&ctx, number).await.for_page()
}

/// What one of its moves changes, as HTML: nothing in it needs a script.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_change_text(project: String, key: String, from: i64, to: i64) -> AppResult<String> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let request =
        domain::comparison::ComparisonRequest { from: from.to_string(), to: to.to_string(), ..Default::default() };
    let compared = service::comparisons::open(&ctx, &key, &request).await.for_page()?;
    Ok(super::items::html(&key, compared))
}

/// Proposes to move a label; version 0 takes it away.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn propose_change(
    project: String,
    key: String,
    label: String,
    version: i64,
    #[server(default)] reason: String,
) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let title = match version {
        0 => format!("Stop serving {key} on {label}"),
        n => format!("Point {label} of {key} at v{n}"),
    };
    let item = domain::change::LabelTo { template: key.clone(), label, version };
    let new = domain::change::NewChange { title, description: reason, items: vec![item], ..Default::default() };
    let opened = service::changes::open(&ctx, new).await.for_page();
    let there = opened.as_ref().map(|change| page(&project, change.summary.number)).unwrap_or_default();
    let here = format!("/p/{project}/templates/{key}");
    crate::outcome::answer(&here, Option::<ChangeForm>::None, opened.map(drop), &there)
}

/// Approves, asks for something else, or comments.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn review_change(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let result = match form.review() {
        Ok(new) => service::changes::review(&ctx, number, new).await.for_page(),
        Err(error) => Err(error.into()),
    };
    done(&project, number, form, result)
}

/// Moves every label of it.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn publish_change(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let result = service::changes::publish(&ctx, number, form.revision()).await.for_page();
    done(&project, number, form, result)
}

/// Publishes without what the policy asks for.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn bypass_change(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let result = service::changes::bypass(&ctx, number, &form.reason, form.revision()).await.for_page();
    done(&project, number, form, result)
}

/// Publishes it at a time.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn schedule_change(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let result = match form.publish_at() {
        Ok(at) => service::changes::schedule(&ctx, number, at, form.revision()).await.for_page(),
        Err(error) => Err(error.into()),
    };
    done(&project, number, form, result)
}

/// Leaves it to be published by somebody.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn unschedule_change(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let result = service::changes::unschedule(&ctx, number, form.revision()).await.for_page();
    done(&project, number, form, result)
}

/// Takes it back.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn withdraw_change(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let result = service::changes::withdraw(&ctx, number, &form.reason, form.revision()).await.for_page();
    done(&project, number, form, result)
}

/// Proposes the same against what is there now.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn refresh_change(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let result = service::changes::refresh(&ctx, number, form.revision()).await.for_page();
    done(&project, number, form, result)
}

/// Comments on lines, and perhaps suggests others.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn comment_change(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let result = match form.comment() {
        Ok(new) => service::changes::comment(&ctx, number, new).await.for_page(),
        Err(error) => Err(error.into()),
    };
    done(&project, number, form, result)
}

/// Goes on with a conversation.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn reply_change(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let result = service::changes::reply(&ctx, number, form.thread()?, &form.body).await.for_page();
    done(&project, number, form, result)
}

/// Settles a conversation, or opens it again.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn resolve_thread(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let is_resolved = form.resolved == "true";
    let result = service::changes::resolve(&ctx, number, form.thread()?, is_resolved).await.for_page();
    done(&project, number, form, result)
}

/// Makes a version of a suggestion.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn apply_suggestion(project: String, number: i64, form: ChangeForm) -> AppResult<Outcome<()>> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let result = service::changes::apply(&ctx, number, &[form.thread()?], form.revision()).await.for_page();
    done(&project, number, form, result)
}

/// Lines of a version's message, for who suggests others.
#[server(prefix = "/api/fn", protocol = crate::call::Call)]
pub async fn load_lines(project: String, key: String, version: i64, message: usize, line: i64) -> AppResult<String> {
    use crate::context::{ForPage, ctx};
    let ctx = ctx(&project).await?;
    let content = service::versions::get(&ctx, &key, version).await.for_page()?.content;
    let text = content.messages.get(message).map(|message| message.content.as_str()).unwrap_or_default();
    Ok(domain::change::lines_of(text, line, line))
}

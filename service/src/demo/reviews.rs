//! The demo's change requests: from the day on which production is protected, what reaches it has been reviewed.

use domain::change::{LabelTo, NewChange, NewComment, NewReview, Verdict};
use domain::label::PRODUCTION;
use domain::policy::Policy;

use super::Release;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::{changes, policies, versions};

/// The day on which production is protected.
pub const PROTECTED: i64 = 17;

/// Protects production.
pub async fn protect(manager: &Ctx) -> Result<()> {
    policies::update(manager, PRODUCTION, Some(Policy::default()), None).await.map(drop)
}

/// A release that the engineer proposes and the manager approves and publishes.
pub async fn publish(manager: &Ctx, engineer: &Ctx, release: &Release) -> Result<()> {
    let number = open(engineer, release, "Ran on staging without complaints.").await?;
    say(manager, number, Verdict::Approve, "Read both texts side by side, and staging's answers. Good to go.").await?;
    changes::publish(manager, number, None).await.map(drop)
}

/// What is on its way on the last days: one that waits for an answer, one that waits for a reviewer.
pub async fn waiting(manager: &Ctx, engineer: &Ctx, release: &Release, day: i64) -> Result<()> {
    match (release.key, day - release.saved) {
        ("nlu_topic_extraction", 2) => {
            let words = "Students' profiles name a grade now. The model is to trust it before it guesses.";
            let number = open(engineer, release, words).await?;
            suggest(manager, number, release).await?;
            say(
                manager,
                number,
                Verdict::RequestChanges,
                "350 tokens cut off a third topic in two of the answers that I read on staging. Keep 500, or show that three topics fit.",
            )
            .await
        }
        ("educational_script_generation", 1) => {
            let words = "Adults as an audience, and short sentences for who is still learning the language.";
            let number = open(engineer, release, words).await?;
            say(
                engineer,
                number,
                Verdict::Comment,
                "Callers can go on as they do: the new parameter is optional, and the audience gained a value.",
            )
            .await
        }
        _ => Ok(()),
    }
}

async fn open(engineer: &Ctx, release: &Release, description: &str) -> Result<i64> {
    let item = LabelTo { template: release.key.into(), label: PRODUCTION.into(), version: release.version };
    let new = NewChange {
        title: format!("Version {} of {} in production", release.version, release.key),
        description: description.into(),
        items: vec![item],
        reviewers: vec![super::PEOPLE[1].0.into()],
        supersedes: None,
    };
    Ok(changes::open(engineer, new).await?.summary.number)
}

/// Other words for one line.
async fn suggest(manager: &Ctx, number: i64, release: &Release) -> Result<()> {
    let content = versions::get(manager, release.key, release.version).await?.content;
    let text = content.messages.first().map(|message| message.content.as_str()).unwrap_or_default();
    let found = (1_i64..).zip(text.lines()).find(|(_, line)| line.contains("not by its spelling"));
    let (line, old) = found.ok_or_else(|| Error::internal("the line that the demo is about is gone"))?;
    let new = NewComment {
        template: release.key.into(),
        version: release.version,
        message: 0,
        line,
        last_line: None,
        body: "\"Never\" is what the other prompts say, and models keep to it more often.".into(),
        suggestion: Some(old.replace("not by its spelling", "never by its spelling")),
    };
    changes::comment(manager, number, new).await.map(drop)
}

async fn say(ctx: &Ctx, number: i64, verdict: Verdict, body: &str) -> Result<()> {
    changes::review(ctx, number, NewReview { verdict, body: body.into(), round: None }).await.map(drop)
}

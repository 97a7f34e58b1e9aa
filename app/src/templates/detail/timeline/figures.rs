//! How versions fared, as small bars beside their numbers, and the trend of lint scores.

use domain::performance::VersionOutcomes;
use domain::text::count;
use domain::timeline::{TimelineEntry, VersionScore};
use leptos::prelude::*;

use crate::executions::{latency, short_dollars};

/// The greatest figures among the versions shown: what a full bar stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scale {
    executions: f64,
    latency: f64,
    cost: f64,
}

impl Scale {
    pub fn of(entries: &[TimelineEntry]) -> Self {
        let outcomes = entries.iter().filter_map(|entry| match entry {
            TimelineEntry::Version(entry) => entry.outcomes.as_ref(),
            TimelineEntry::LabelMove(_) => None,
        });
        outcomes.fold(Self::default(), |scale, outcomes| Self {
            executions: scale.executions.max(outcomes.executions as f64),
            latency: scale.latency.max(outcomes.latency_ms_median.unwrap_or_default()),
            cost: scale.cost.max(cost(outcomes).unwrap_or_default()),
        })
    }
}

/// Mean dollars of a call.
fn cost(outcomes: &VersionOutcomes) -> Option<f64> {
    outcomes.cost_usd_per_call.as_deref()?.parse().ok()
}

/// The part of a whole in hundredths; something is never nothing.
fn hundredths(part: f64, whole: f64) -> i64 {
    if part <= 0.0 || whole <= 0.0 { 0 } else { ((part / whole * 100.0).round() as i64).clamp(2, 100) }
}

fn bar(width: i64, class: &'static str) -> impl IntoView {
    view! {
        <svg class="mini-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            <rect class="mini-track" width="100" height="4"/>
            <rect class=class width=width height="4"/>
        </svg>
    }
}

fn figure(name: &'static str, text: String, width: i64, class: &'static str) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{text}</dd>
            {bar(width, class)}
        </div>
    }
}

/// Volume, success, latency and cost of a version.
pub fn outcomes(outcomes: &VersionOutcomes, scale: Scale) -> AnyView {
    if outcomes.executions == 0 {
        return view! { <p class="text-xs text-muted">"Not called yet"</p> }.into_any();
    }
    let none = || "—".to_owned();
    let rate = outcomes.success_rate.unwrap_or_default();
    let success = if rate < 0.9 { "mini-fill is-bad" } else { "mini-fill is-good" };
    let median = outcomes.latency_ms_median;
    let latency_text = median.map_or_else(none, |ms| latency(ms.round() as i64));
    let dollars = outcomes.cost_usd_per_call.as_deref().map_or_else(none, short_dollars);
    view! {
        <dl class="outcomes">
            {figure("Calls", count(outcomes.executions), hundredths(outcomes.executions as f64, scale.executions), "mini-fill")}
            {figure("Success", percent(rate), hundredths(rate, 1.0), success)}
            {figure("Median latency", latency_text, hundredths(median.unwrap_or_default(), scale.latency), "mini-fill")}
            {figure("Cost per call", dollars, hundredths(cost(outcomes).unwrap_or_default(), scale.cost), "mini-fill")}
        </dl>
    }
    .into_any()
}

/// A share for people; only what is whole reads as whole.
fn percent(share: f64) -> String {
    let hundredths = share * 100.0;
    if share < 1.0 && hundredths >= 99.95 { "99.9 %".to_owned() } else { format!("{hundredths:.1} %") }
}

/// The lint scores of the newest versions as a line, and in words.
pub fn trend(scores: &[VersionScore]) -> Option<AnyView> {
    let (first, last) = (scores.first()?, scores.last()?);
    let all: Vec<String> = scores.iter().map(|s| format!("v{} {}", s.version, s.score)).collect();
    let label = format!("Lint score by version: {}", all.join(", "));
    let change = (scores.len() > 1).then(|| format!("{} since v{}", signed(last.score - first.score), first.version));
    let line = (scores.len() > 1).then(|| {
        let (x, y) = point(scores.len() - 1, scores.len(), last.score);
        view! {
            <svg class="score-line" viewBox="-3 -3 86 26" role="img" aria-label=label>
                <polyline points=points(scores)/>
                <circle cx=x cy=y r="2"/>
            </svg>
        }
    });
    let text = format!("Lint score {} of 100", last.score);
    Some(
        view! { <p class="score-trend">{line}<span>{text}</span><span class="text-muted">{change}</span></p> }
            .into_any(),
    )
}

fn signed(change: i64) -> String {
    match change {
        0 => "no change".to_owned(),
        n if n > 0 => format!("+{n}"),
        n => format!("−{}", n.abs()),
    }
}

/// A score in a box of 80 by 20.
fn point(i: usize, count: usize, score: i64) -> (i64, i64) {
    let x = i * 80 / (count - 1).max(1);
    (x as i64, 20 - score.clamp(0, 100) / 5)
}

fn points(scores: &[VersionScore]) -> String {
    let points = scores.iter().enumerate().map(|(i, s)| point(i, scores.len(), s.score));
    points.map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_show_that_there_is_something() {
        assert_eq!(
            (hundredths(0.0, 5.0), hundredths(1.0, 1e9), hundredths(5.0, 5.0), hundredths(1.0, 0.0)),
            (0, 2, 100, 0)
        );
    }

    #[test]
    fn a_share_is_whole_only_when_it_is() {
        assert_eq!(
            (percent(1.0), percent(0.99999), percent(0.9)),
            ("100.0 %".into(), "99.9 %".into(), "90.0 %".into())
        );
    }

    #[test]
    fn a_line_goes_from_the_oldest_to_the_newest() {
        let scores = [(1, 50), (2, 100), (4, 0)].map(|(version, score)| VersionScore { version, score });
        assert_eq!(points(&scores), "0,10 40,0 80,20");
        assert_eq!(points(&scores[..1]), "0,10");
    }
}

//! The figures of two versions beside each other, as texts for a page, a terminal or an e-mail.

use serde::{Deserialize, Serialize};

use super::VersionOutcomes;
use crate::text::count;
use crate::time::HOUR;

/// Executions from which on rates and times of a version say something.
pub const ENOUGH: i64 = 30;
/// What stands for a figure that there isn't.
const NONE: &str = "—";

/// One side: its outcomes, unless it is a draft or may not be seen, and its lint score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Measured {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<VersionOutcomes>,
    /// From 0 to 100.
    pub score: u32,
}

/// One figure of both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Figure {
    pub name: String,
    pub from: String,
    pub to: String,
    /// Such as `+1.2 points`; empty when there is nothing to compare.
    pub difference: String,
    pub trend: Trend,
}

/// What a difference means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Trend {
    Better,
    Worse,
    /// Too small to be more than chance at 95 %.
    Chance,
    /// Neither good nor bad.
    #[default]
    Neutral,
}

/// Both versions' figures with their differences.
pub fn figures(from: &Measured, to: &Measured) -> Vec<Figure> {
    let mut all = Vec::new();
    if from.outcomes.is_some() || to.outcomes.is_some() {
        let none = VersionOutcomes::default();
        let (a, b) = (from.outcomes.as_ref(), to.outcomes.as_ref());
        all.extend(of_outcomes(Both {
            from: a.unwrap_or(&none),
            to: b.unwrap_or(&none),
            is_enough: is_enough(from, to),
        }));
    }
    let (old, new) = (i64::from(from.score), i64::from(to.score));
    all.push(Figure {
        name: "Lint score".into(),
        from: format!("{old} of 100"),
        to: format!("{new} of 100"),
        difference: signed(new - old, ""),
        trend: trend((new - old) as f64, true),
    });
    all
}

/// Whether both versions ran often enough for their rates and times to be compared.
fn is_enough(from: &Measured, to: &Measured) -> bool {
    [from, to].iter().all(|side| side.outcomes.as_ref().is_some_and(|o| o.executions >= ENOUGH))
}

/// What to know before one compares the figures of two versions, each with its number; 0 is a draft.
pub fn notes(from: (i64, &Measured), to: (i64, &Measured)) -> Vec<String> {
    let sides = if from.0 == to.0 { vec![from] } else { vec![from, to] };
    let ran = sides.iter().filter_map(|(number, side)| Some((number, side.outcomes.as_ref()?)));
    let mut notes = Vec::new();
    if sides.iter().any(|(number, _)| *number == 0) {
        notes.push("Your draft was never served, so it has a lint score alone.".to_owned());
    } else if !is_enough(from.1, to.1) {
        let times = ran.clone().map(|(number, side)| format!("version {number} ran {}", times(side.executions)));
        let text = times.collect::<Vec<_>>().join(", ");
        notes.push(format!(
            "Too few executions to compare: {text}. From {ENOUGH} each on, rates and times say something."
        ));
    }
    notes.extend(ran.filter_map(|(number, side)| {
        let (first, last) = side.first_hour.zip(side.last_hour)?;
        Some(format!("Version {number} ran from {} to {} UTC.", first.minute_text(), last.plus(HOUR).minute_text()))
    }));
    notes
}

fn times(n: i64) -> String {
    match n {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        n => format!("{} times", count(n)),
    }
}

struct Both<'a> {
    from: &'a VersionOutcomes,
    to: &'a VersionOutcomes,
    is_enough: bool,
}

fn of_outcomes(both: Both<'_>) -> Vec<Figure> {
    let (from, to) = (both.from, both.to);
    let cost = |side: &VersionOutcomes| side.cost_usd_per_call.as_ref().and_then(|text| text.parse().ok());
    vec![
        Figure {
            name: "Executions".into(),
            from: count(from.executions),
            to: count(to.executions),
            difference: signed(to.executions - from.executions, ""),
            trend: Trend::Neutral,
        },
        both.success_rate(),
        both.relative("Latency, median", |side| side.latency_ms_median, milliseconds),
        both.relative("Latency, 95th percentile", |side| side.latency_ms_p95, milliseconds),
        both.relative("Input tokens a call", |side| side.input_tokens, tokens),
        both.relative("Output tokens a call", |side| side.output_tokens, tokens),
        both.relative("Cost a call", cost, dollars),
    ]
}

impl Both<'_> {
    fn success_rate(&self) -> Figure {
        let text =
            |side: &VersionOutcomes| side.success_rate.map_or(NONE.into(), |rate| format!("{:.1} %", 100.0 * rate));
        let (from, to) = (text(self.from), text(self.to));
        let compared = self.from.success_rate.zip(self.to.success_rate).filter(|_| self.is_enough);
        let points = compared.map(|(a, b)| 100.0 * (b - a));
        let trend = match points {
            Some(points) if is_chance(self.from, self.to) && points != 0.0 => Trend::Chance,
            points => points.map_or(Trend::Neutral, |points| trend(points, true)),
        };
        let difference = points.map_or(String::new(), |points| signed_float(points, 1, " points"));
        Figure { name: "Success rate".into(), from, to, difference, trend }
    }

    /// A figure of which less is better.
    fn relative(
        &self,
        name: &str,
        of: impl Fn(&VersionOutcomes) -> Option<f64>,
        text: impl Fn(f64) -> String,
    ) -> Figure {
        let (from, to) = (of(self.from), of(self.to));
        let share = from.zip(to).filter(|(a, _)| self.is_enough && *a > 0.0).map(|(a, b)| 100.0 * (b - a) / a);
        let shown = |value: Option<f64>| value.map_or(NONE.into(), &text);
        Figure {
            name: name.into(),
            from: shown(from),
            to: shown(to),
            difference: share.map_or(String::new(), |share| signed_float(share, 0, " %")),
            // A sketch is exact to one per cent.
            trend: share.filter(|share| share.abs() >= 1.0).map_or(Trend::Neutral, |share| trend(share, false)),
        }
    }
}

/// Whether two success rates differ by no more than chance brings about (two proportions, pooled, 95 %).
fn is_chance(from: &VersionOutcomes, to: &VersionOutcomes) -> bool {
    let (a, b) = (from.executions as f64, to.executions as f64);
    let pooled = (from.successes + to.successes) as f64 / (a + b);
    let error = (pooled * (1.0 - pooled) * (1.0 / a + 1.0 / b)).sqrt();
    (from.successes as f64 / a - to.successes as f64 / b).abs() <= 1.96 * error
}

fn trend(difference: f64, more_is_better: bool) -> Trend {
    match difference {
        0.0 => Trend::Neutral,
        d if (d > 0.0) == more_is_better => Trend::Better,
        _ => Trend::Worse,
    }
}

/// With a real minus sign, as the pages write it.
fn signed(difference: i64, unit: &str) -> String {
    let sign = match difference {
        0 => "±",
        d if d > 0 => "+",
        _ => "−",
    };
    format!("{sign}{}{unit}", count(difference.saturating_abs()))
}

fn signed_float(difference: f64, digits: usize, unit: &str) -> String {
    let text = format!("{:.digits$}", difference.abs());
    let sign = match difference {
        _ if text.bytes().all(|b| matches!(b, b'0' | b'.')) => "±",
        d if d > 0.0 => "+",
        _ => "−",
    };
    format!("{sign}{text}{unit}")
}

fn milliseconds(ms: f64) -> String {
    if ms < 1_000.0 { format!("{ms:.0} ms") } else { format!("{:.2} s", ms / 1_000.0) }
}

fn tokens(n: f64) -> String {
    if n < 100.0 { format!("{n:.1}") } else { count(n.round() as i64) }
}

/// Four digits after the point, and more for less than a cent's hundredth.
fn dollars(amount: f64) -> String {
    if amount > 0.0 && amount < 0.001 { format!("${amount:.6}") } else { format!("${amount:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(executions: i64, successes: i64, latency: f64) -> Measured {
        let success_rate = (executions > 0).then(|| successes as f64 / executions as f64);
        let outcomes = VersionOutcomes {
            executions,
            successes,
            success_rate,
            latency_ms_median: Some(latency),
            cost_usd_per_call: Some("0.004".into()),
            ..VersionOutcomes::default()
        };
        Measured { outcomes: Some(outcomes), score: 90 }
    }

    fn told(from: &Measured, to: &Measured) -> Vec<(String, Trend)> {
        figures(from, to).into_iter().map(|f| (f.difference, f.trend)).collect()
    }

    #[test]
    fn figures_that_differ_say_by_how_much_and_whether_it_is_better() {
        let found = told(&measured(1_000, 900, 800.0), &measured(2_000, 1_960, 1_000.0));
        assert_eq!(found[0], ("+1,000".to_owned(), Trend::Neutral));
        assert_eq!(found[1], ("+8.0 points".to_owned(), Trend::Better));
        assert_eq!(found[2], ("+25 %".to_owned(), Trend::Worse));
        assert_eq!(found[6], ("±0 %".to_owned(), Trend::Neutral));
        assert_eq!(found[7], ("±0".to_owned(), Trend::Neutral));
    }

    #[test]
    fn what_may_be_chance_and_what_is_too_few_is_not_called_better() {
        let found = told(&measured(100, 95, 800.0), &measured(100, 97, 805.0));
        assert_eq!(found[1], ("+2.0 points".to_owned(), Trend::Chance));
        assert_eq!(found[2].1, Trend::Neutral);
        let few = told(&measured(29, 29, 800.0), &measured(100, 50, 400.0));
        assert_eq!(few[1], (String::new(), Trend::Neutral));
        assert_eq!(few[2], (String::new(), Trend::Neutral));
    }

    #[test]
    fn a_draft_has_a_score_alone() {
        let draft = Measured { outcomes: None, score: 84 };
        assert_eq!(told(&draft, &Measured { score: 90, ..draft.clone() }), [("+6".to_owned(), Trend::Better)]);
        let beside = figures(&measured(40, 40, 10.0), &draft);
        assert_eq!((beside[1].to.as_str(), beside[7].difference.as_str()), ("—", "−6"));
    }

    #[test]
    fn what_to_know_first_is_said() {
        let (few, many) = (measured(1, 1, 1.0), measured(1_000, 1, 1.0));
        let said = notes((3, &few), (4, &many));
        assert!(
            said[0].contains("Too few") && said[0].contains("version 3 ran once, version 4 ran 1,000 times"),
            "{said:?}"
        );
        assert!(notes((3, &many), (4, &many)).is_empty());
        assert!(notes((0, &few), (4, &many))[0].contains("draft"));
    }
}

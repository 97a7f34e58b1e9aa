//! How versions fared: figures of the hourly rollups, put together for people to compare.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::cost::decimal_from_nanos;
use crate::execution::ExecutionStatus;
use crate::rollup::{Delta, Sketch};
use crate::time::{DAY, HOUR};

mod figures;

pub use figures::{ENOUGH, Figure, Measured, Trend, figures, notes};

/// Days of [`VersionOutcomes::days`].
pub const RECENT_DAYS: usize = 30;

/// What became of all executions of one version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionOutcomes {
    pub executions: i64,
    pub successes: i64,
    pub failures: i64,
    /// The caller reported a cut-off answer.
    pub partials: i64,
    pub blocked: i64,
    /// Executions whose caller reported a result; means of tokens and cost are over these.
    pub results: i64,
    /// Successes among all executions, from 0 to 1; none without executions.
    pub success_rate: Option<f64>,
    /// The model's time in milliseconds, to 1 %; none when no caller reported it.
    pub latency_ms_median: Option<f64>,
    pub latency_ms_p95: Option<f64>,
    /// Mean tokens of a reported call.
    pub input_tokens: Option<f64>,
    pub output_tokens: Option<f64>,
    /// Decimal dollars.
    pub cost_usd: String,
    /// Mean cost of a reported call in decimal dollars.
    pub cost_usd_per_call: Option<String>,
    /// The first and the last hour with executions.
    pub first_hour: Option<Timestamp>,
    pub last_hour: Option<Timestamp>,
    /// Executions of each of the last [`RECENT_DAYS`] days (UTC), oldest first, today last.
    pub days: Vec<i64>,
}

/// Sums of rollup rows of one version, to become its [`VersionOutcomes`].
#[derive(Clone, Debug, Default)]
pub struct Tally {
    sums: Delta,
    by_status: [i64; ExecutionStatus::ALL.len()],
    latencies: Sketch,
    hours: Option<(Timestamp, Timestamp)>,
    days: [i64; RECENT_DAYS],
}

impl Tally {
    /// Adds sums of one status; `first` and `last` are the hours they span.
    pub fn add(&mut self, status: ExecutionStatus, first: Timestamp, last: Timestamp, sums: Delta) {
        let (from, to) = self.hours.unwrap_or((first, last));
        self.hours = Some((from.min(first), to.max(last)));
        self.by_status[status as usize] += sums.executions;
        self.sums.add(sums);
    }

    /// Adds executions of a day, which counts when it is one of the last.
    pub fn add_day(&mut self, day: Timestamp, executions: i64, now: Timestamp) {
        let age = usize::try_from((now.bucket(DAY).0 - day.bucket(DAY).0) / DAY).ok();
        if let Some(day) = age.and_then(|age| (RECENT_DAYS - 1).checked_sub(age)) {
            self.days[day] += executions;
        }
    }

    pub fn add_latencies(&mut self, sketch: &Sketch) {
        self.latencies.merge(sketch);
    }

    pub fn outcomes(&self) -> VersionOutcomes {
        let sums = &self.sums;
        let mean = |sum: i64| (sums.results > 0).then(|| sum as f64 / sums.results as f64);
        let of = |status: ExecutionStatus| self.by_status[status as usize];
        let successes = of(ExecutionStatus::Success);
        VersionOutcomes {
            executions: sums.executions,
            successes,
            failures: of(ExecutionStatus::Failure),
            partials: of(ExecutionStatus::Partial),
            blocked: of(ExecutionStatus::Blocked),
            results: sums.results,
            success_rate: (sums.executions > 0).then(|| successes as f64 / sums.executions as f64),
            latency_ms_median: self.latencies.quantile(0.5),
            latency_ms_p95: self.latencies.quantile(0.95),
            input_tokens: mean(sums.input_tokens),
            output_tokens: mean(sums.output_tokens),
            cost_usd: decimal_from_nanos(sums.cost_nanos),
            cost_usd_per_call: mean(sums.cost_nanos).map(|nanos| decimal_from_nanos(nanos.round() as i64)),
            first_hour: self.hours.map(|(first, _)| first),
            last_hour: self.hours.map(|(_, last)| last.bucket(HOUR)),
            days: self.days.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_become_rates_means_and_days() {
        let now = Timestamp(1_800_000_000_000);
        let mut tally = Tally::default();
        assert_eq!(tally.outcomes().success_rate, None);
        let sums = |executions, results, cost_nanos| Delta { executions, results, cost_nanos, ..Delta::default() };
        let hour = now.bucket(HOUR);
        let earlier = hour.plus(-40 * DAY);
        tally.add(ExecutionStatus::Success, hour, hour, sums(3, 3, 8));
        tally.add(ExecutionStatus::Failure, earlier, earlier, sums(1, 1, 2));
        tally.add_day(hour, 3, now);
        tally.add_day(earlier, 1, now);
        let mut latencies = Sketch::default();
        [100, 200, 300].iter().for_each(|ms| latencies.add(*ms));
        tally.add_latencies(&latencies);
        let outcomes = tally.outcomes();
        assert_eq!((outcomes.executions, outcomes.successes, outcomes.failures), (4, 3, 1));
        assert_eq!(outcomes.success_rate, Some(0.75));
        assert_eq!(
            (outcomes.cost_usd.as_str(), outcomes.cost_usd_per_call.as_deref()),
            ("0.00000001", Some("0.000000003"))
        );
        assert_eq!((outcomes.first_hour, outcomes.last_hour), (Some(earlier), Some(hour)));
        assert_eq!((outcomes.days.len(), outcomes.days[29], outcomes.days.iter().sum::<i64>()), (30, 3, 3));
        assert!((outcomes.latency_ms_median.unwrap_or(0.0) - 200.0).abs() <= 2.0);
    }
}

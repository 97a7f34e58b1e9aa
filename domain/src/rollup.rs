//! Rollups: pre-aggregated rows per hour and dimension, and the quantile sketch inside them.

use std::collections::{BTreeMap, HashSet};

use crate::Timestamp;
use crate::execution::ExecutionStatus;
use uuid::Uuid;

/// What rare values of a dimension are counted under.
pub const OTHER: &str = "other";
/// Distinct values of one dimension that a project may have in one hour before the rest is [`OTHER`].
pub const MOST_VALUES: usize = 200;

/// The dimensions of an hour's row, without the node that writes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RollupKey {
    pub project: Uuid,
    /// Start of the hour.
    pub bucket: Timestamp,
    pub template: Uuid,
    pub version: i64,
    pub variant: String,
    pub environment: String,
    pub model: String,
    pub provider: String,
    pub api_key: String,
    pub agent: String,
    pub feature: String,
    pub status: ExecutionStatus,
}

/// What is added to a row. Counts and sums may be negative: a correction is a signed delta.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delta {
    pub executions: i64,
    pub results: i64,
    pub render_us: i64,
    pub latency_ms: i64,
    pub latency_count: i64,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub tokens: i64,
    pub cost_nanos: i64,
    /// Latencies to add; a sketch never loses any.
    pub latencies: Vec<i64>,
}

impl Delta {
    pub fn add(&mut self, other: Delta) {
        self.executions += other.executions;
        self.results += other.results;
        self.render_us += other.render_us;
        self.latency_ms += other.latency_ms;
        self.latency_count += other.latency_count;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.tokens += other.tokens;
        self.cost_nanos += other.cost_nanos;
        self.latencies.extend(other.latencies);
    }
}

/// Values of one dimension seen in one hour: the first [`MOST_VALUES`] keep their names.
#[derive(Clone, Debug, Default)]
pub struct Values(HashSet<String>);

impl Values {
    pub fn from_seen(seen: impl IntoIterator<Item = String>) -> Self {
        Self(seen.into_iter().filter(|v| !v.is_empty() && v != OTHER).collect())
    }
    /// The value to count under.
    pub fn count_as(&mut self, value: &str) -> String {
        if value.is_empty() || self.0.contains(value) {
            return value.to_owned();
        }
        if self.0.len() >= MOST_VALUES {
            return OTHER.to_owned();
        }
        self.0.insert(value.to_owned());
        value.to_owned()
    }
}

/// A quantile sketch with 1 % relative error (DDSketch; Masson, Rim and Lee, VLDB 2019, with unbounded bins: values
/// are whole and at most a day of milliseconds, so there are at most about 920). Merging adds bins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    bins: BTreeMap<i32, u64>,
}

/// `(1 + a) / (1 - a)` for a relative error `a` of 1 %.
const GAMMA: f64 = 1.01 / 0.99;
/// The bin of zero; values from 1 up have bins from 0 up.
const ZERO: i32 = -1;

impl Sketch {
    /// Counts a value; a negative one as zero.
    pub fn add(&mut self, value: i64) {
        let bin = if value <= 0 { ZERO } else { ((value as f64).ln() / GAMMA.ln()).ceil() as i32 };
        *self.bins.entry(bin).or_default() += 1;
    }
    pub fn merge(&mut self, other: &Sketch) {
        for (bin, count) in &other.bins {
            *self.bins.entry(*bin).or_default() += count;
        }
    }
    pub fn count(&self) -> u64 {
        self.bins.values().sum()
    }
    /// The value that a share `q` (0 to 1) of all values don't exceed; none of an empty sketch.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = (q.clamp(0.0, 1.0) * (self.count().checked_sub(1)?) as f64).floor() as u64;
        let mut seen = 0;
        for (bin, count) in &self.bins {
            seen += count;
            if seen > rank {
                return Some(if *bin == ZERO { 0.0 } else { 2.0 * GAMMA.powi(*bin) / (GAMMA + 1.0) });
            }
        }
        None
    }
    /// Pairs of bin and count as LEB128 varints, bins as differences.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut last = ZERO;
        for (bin, count) in &self.bins {
            put(&mut out, (bin - last) as u64);
            put(&mut out, *count);
            last = *bin;
        }
        out
    }
    /// The stored bytes with more values. Damaged bytes are begun anew: what is counted now must not be lost for them.
    pub fn extend(stored: &[u8], values: &[i64]) -> Vec<u8> {
        let mut sketch = Self::from_bytes(stored).unwrap_or_default();
        values.iter().for_each(|value| sketch.add(*value));
        sketch.to_bytes()
    }
    /// Reads [`Sketch::to_bytes`]; none when the bytes are damaged.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let (mut bins, mut last) = (BTreeMap::new(), ZERO);
        while !bytes.is_empty() {
            last = last.checked_add(i32::try_from(take(&mut bytes)?).ok()?)?;
            bins.insert(last, take(&mut bytes)?);
        }
        Some(Self { bins })
    }
}

fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n as u8) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut n = 0_u64;
    for shift in (0..63).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        n |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sketch(values: &[i64]) -> Sketch {
        let mut sketch = Sketch::default();
        values.iter().for_each(|v| sketch.add(*v));
        sketch
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_one_per_cent(mut values in prop::collection::vec(0_i64..86_400_000, 1..200), q in 0.0..=1.0_f64) {
            let estimate = sketch(&values).quantile(q).unwrap_or(-1.0);
            values.sort_unstable();
            let exact = values[(q * (values.len() - 1) as f64).floor() as usize] as f64;
            prop_assert!((estimate - exact).abs() <= exact * 0.010_001, "{estimate} for {exact}");
        }

        #[test]
        fn merging_is_adding_and_bytes_are_read_back(a in prop::collection::vec(-5_i64..100_000, 0..50), b in prop::collection::vec(0_i64..100_000, 0..50)) {
            let mut merged = sketch(&a);
            merged.merge(&sketch(&b));
            prop_assert_eq!(&merged, &sketch(&[a.clone(), b.clone()].concat()));
            prop_assert_eq!(Sketch::from_bytes(&merged.to_bytes()), Some(merged.clone()));
            prop_assert_eq!(Sketch::extend(&sketch(&a).to_bytes(), &b), merged.to_bytes());
            prop_assert_eq!(Sketch::extend(&[0xff; 12], &b), sketch(&b).to_bytes());
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Sketch::from_bytes(&bytes);
        }
    }

    #[test]
    fn an_empty_sketch_has_no_quantile() {
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    #[test]
    fn rare_values_are_counted_as_other() {
        let mut values = Values::from_seen((0..MOST_VALUES - 1).map(|n| format!("agent-{n}")));
        assert_eq!(values.count_as("one more"), "one more");
        assert_eq!(values.count_as("too many"), OTHER);
        assert_eq!((values.count_as("agent-3"), values.count_as("")), ("agent-3".to_owned(), String::new()));
    }
}

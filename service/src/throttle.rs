//! Slows down guessing: a token bucket per address and per account, in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::Timestamp;
use domain::error::{Error, Kind, Result};

/// Tries that may come at once, and how long one takes to come back.
const BURST: f64 = 8.0;
const REFILL_MS: f64 = 15_000.0;
/// Buckets kept; beyond it those that are full again are dropped.
const MOST: usize = 100_000;

/// Failed attempts per key, such as `email:ada@example.com` or `ip:192.0.2.7`.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<String, Bucket>>);

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl Bucket {
    fn refilled(self, now: Timestamp) -> Self {
        let gained = (now.0 - self.at.0).max(0) as f64 / REFILL_MS;
        Self { tokens: (self.tokens + gained).min(BURST), at: now }
    }
}

impl Throttle {
    /// Takes one try from each key; refuses when any has none left. A success gives it back with [`Throttle::restore`].
    pub fn take(&self, keys: &[String], now: Timestamp) -> Result<()> {
        let mut buckets = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if buckets.len() > MOST {
            buckets.retain(|_, b| b.refilled(now).tokens < BURST);
        }
        let least = keys
            .iter()
            .map(|key| {
                let bucket = buckets.get(key).copied().unwrap_or(Bucket { tokens: BURST, at: now }).refilled(now);
                buckets.insert(key.clone(), Bucket { tokens: (bucket.tokens - 1.0).max(0.0), ..bucket });
                bucket.tokens
            })
            .fold(BURST, f64::min);
        if least >= 1.0 {
            return Ok(());
        }
        let wait = (((1.0 - least) * REFILL_MS) / 1_000.0).ceil() as u32;
        Err(Error::new(Kind::RateLimited, "too_many_attempts", format!("too many attempts; try again in {wait} s"))
            .retry_after(wait))
    }

    /// Gives each key its try back: only failures are counted.
    pub fn restore(&self, keys: &[String]) {
        let mut buckets = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for key in keys {
            if let Some(bucket) = buckets.get_mut(key) {
                bucket.tokens = (bucket.tokens + 1.0).min(BURST);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_then_one_try_at_a_time() {
        let (throttle, keys) = (Throttle::default(), ["email:a".to_owned(), "ip:1".to_owned()]);
        let start = Timestamp(1_000_000);
        assert!((0..8).all(|_| throttle.take(&keys, start).is_ok()));
        let refused = throttle.take(&keys, start);
        assert_eq!(refused.map_err(|e| (e.kind, e.retry_after)), Err((Kind::RateLimited, Some(15))));
        assert!(throttle.take(&keys, start.plus(15_000)).is_ok());
        assert!(throttle.take(&keys, start.plus(15_001)).is_err());
        throttle.restore(&keys);
        assert!(throttle.take(&keys, start.plus(15_002)).is_ok());
    }
}

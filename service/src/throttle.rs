//! Slows down guessing: a token bucket per address and per account, in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::Timestamp;
use domain::error::{Error, Result};

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
    /// Takes one try from each key, or none and refuses when any has none left: who is refused uses nothing up, so that
    /// no one can keep another's account shut by knocking on. A success gives the try back with [`Throttle::restore`].
    pub fn take(&self, keys: &[String], now: Timestamp) -> Result<()> {
        let mut buckets = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if buckets.len() > MOST {
            buckets.retain(|_, b| b.refilled(now).tokens < BURST);
        }
        let full = Bucket { tokens: BURST, at: now };
        let found: Vec<Bucket> =
            keys.iter().map(|key| buckets.get(key).copied().unwrap_or(full).refilled(now)).collect();
        let least = found.iter().map(|bucket| bucket.tokens).fold(BURST, f64::min);
        if least < 1.0 {
            return Err(refused(least));
        }
        for (key, bucket) in keys.iter().zip(found) {
            buckets.insert(key.clone(), Bucket { tokens: bucket.tokens - 1.0, ..bucket });
        }
        Ok(())
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

fn refused(tokens: f64) -> Error {
    let wait = (((1.0 - tokens) * REFILL_MS) / 1_000.0).ceil() as u32;
    Error::too_many_attempts(wait)
}

#[cfg(test)]
mod tests {
    use domain::error::Kind;

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

    #[test]
    fn who_is_refused_uses_nobodys_tries_up() {
        let (throttle, start) = (Throttle::default(), Timestamp(0));
        let at = |account: &str| [account.to_owned(), "ip:1".to_owned()];
        assert!((0..8).all(|n| throttle.take(&at(&format!("email:{n}")), start).is_ok()));
        assert!((0..20).all(|_| throttle.take(&at("email:ada"), start).is_err()));
        assert!(throttle.take(&["email:ada".to_owned(), "ip:2".to_owned()], start).is_ok());
        assert!(throttle.take(&at("email:ada"), start.plus(15_000)).is_ok(), "one try came back, whatever was refused");
    }
}

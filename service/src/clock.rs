//! Clock and randomness as parameters: the only place that reads the real ones.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::Timestamp;
use domain::ids::uuid_v7;
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
    /// Microseconds from some fixed moment, never going back: for durations.
    fn monotonic_us(&self) -> i64;
}

/// Draws random bytes.
pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock.
pub struct SystemClock {
    start: std::time::Instant,
}

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the others are given")]
    fn default() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the others are given")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(since.as_millis() as i64)
    }
    fn monotonic_us(&self) -> i64 {
        self.start.elapsed().as_micros() as i64
    }
}

/// The machine's clock, moved: the demo lives through some weeks before it lets people in.
#[derive(Default)]
pub struct ShiftedClock {
    real: SystemClock,
    shift: AtomicI64,
}

impl ShiftedClock {
    /// Makes it be this moment now; it runs on from there.
    pub fn set(&self, to: Timestamp) {
        self.shift.store(to.0 - self.real.now().0, Ordering::SeqCst);
    }
    /// Back to the real time.
    pub fn release(&self) {
        self.shift.store(0, Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        self.real.now().plus(self.shift.load(Ordering::SeqCst))
    }
    fn monotonic_us(&self) -> i64 {
        self.real.monotonic_us()
    }
}

/// A clock for tests: stands still until it is moved.
pub struct FixedClock(AtomicI64);

impl FixedClock {
    pub fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.0))
    }
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
    fn monotonic_us(&self) -> i64 {
        self.0.load(Ordering::SeqCst) * 1_000
    }
}

/// The operating system's randomness.
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "this is the randomness that the others are given")]
    #[expect(clippy::expect_used, reason = "without randomness no key and no session may be made")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// Repeatable bytes for tests and the demo (SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
    /// The next 64 bits.
    pub fn next_u64(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Uniform in `0..n`, for `n` far below 2^64.
    pub fn below(&self, n: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(n)) >> 64) as u64
    }
    /// Uniform in `0.0..1.0`.
    pub fn unit(&self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
    }
}

/// Makes UUIDv7 that never go back within a process: the twelve bits after the milliseconds count (RFC 9562, method 1
/// of section 6.2), so that rows of one moment keep the order in which they were made.
#[derive(Default)]
pub struct Ids(AtomicI64);

impl Ids {
    pub fn next(&self, clock: &dyn Clock, random: &dyn Random) -> Uuid {
        let now = clock.now().0 << 12;
        let after = |last: i64| (last + 1).max(now);
        let last =
            self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(after(last))).unwrap_or_default();
        let (tick, mut bytes) = (after(last), [0; 10]);
        random.fill(&mut bytes);
        bytes[..2].copy_from_slice(&((tick & 0xfff) as u16).to_be_bytes());
        uuid_v7(tick >> 12, bytes)
    }
}

/// A UUIDv7 of a given moment.
pub fn id_at(at: Timestamp, random: &dyn Random) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    uuid_v7(at.0, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_moment_keep_their_order() {
        let (ids, clock, random) =
            (Ids::default(), FixedClock::new(Timestamp(1_800_000_000_000)), SeededRandom::new(3));
        let made: Vec<Uuid> = (0..10_000).map(|_| ids.next(&clock, &random)).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(domain::ids::unix_ms_of(made[0]), 1_800_000_000_000);
    }
}

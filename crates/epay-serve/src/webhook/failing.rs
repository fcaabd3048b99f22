//! The webhooks that fail now, for monitoring: as far as this process has tried them.

use epay::TokioClock;
use epay_domain::Clock;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Longer than the longest pause between two tries. What was not tried for so long is another process's, or
/// not true any more.
const STALE: Duration = Duration::from_secs(20 * 60);
/// How many are remembered: more are an alarm, whatever their number.
const REMEMBERED: usize = 10_000;

/// What failed and was not taken in since. After a restart it is known again within a quarter of an hour.
#[derive(Default)]
pub(crate) struct Failing(Mutex<HashMap<String, Tried>>);

struct Tried {
    /// By the monotonic clock.
    at: Duration,
    /// How old by then was what it tells.
    age: Duration,
}

impl Failing {
    pub(super) fn failed(&self, id: &str, age: Duration) {
        self.note(id, Some(age), TokioClock.monotonic());
    }

    pub(super) fn taken_in(&self, id: &str) {
        self.note(id, None, TokioClock.monotonic());
    }

    /// How many there are, and for how long the oldest of them has not been taken in.
    pub(crate) fn read(&self) -> (u64, Duration) {
        self.read_at(TokioClock.monotonic())
    }

    fn note(&self, id: &str, failed: Option<Duration>, now: Duration) {
        let mut failing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(age) = failed else {
            failing.remove(id);
            return;
        };
        if failing.len() < REMEMBERED || failing.contains_key(id) {
            failing.insert(id.to_owned(), Tried { at: now, age });
        }
    }

    fn read_at(&self, now: Duration) -> (u64, Duration) {
        let mut failing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failing.retain(|_, tried| now.saturating_sub(tried.at) < STALE);
        let age = |tried: &Tried| tried.age.saturating_add(now.saturating_sub(tried.at));
        let count = u64::try_from(failing.len()).unwrap_or(u64::MAX);
        (count, failing.values().map(age).max().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_fails_until_it_is_taken_in_or_nobody_tries_it_any_more() {
        let [hour, minute] = [3600, 60].map(Duration::from_secs);
        let failing = Failing::default();
        failing.note("1", Some(Duration::ZERO), minute);
        failing.note("2", Some(hour), minute);
        failing.note("1", Some(minute), 2 * minute);
        assert_eq!(failing.read_at(3 * minute), (2, hour + 2 * minute));
        failing.note("2", None, 3 * minute);
        assert_eq!(failing.read_at(4 * minute), (1, 3 * minute));
        assert_eq!(failing.read_at(2 * minute + STALE), (0, Duration::ZERO));
    }

    #[test]
    fn a_flood_of_them_takes_bounded_memory() {
        let failing = Failing::default();
        for id in 0..2 * REMEMBERED {
            failing.note(&id.to_string(), Some(Duration::ZERO), Duration::ZERO);
        }
        assert_eq!(failing.read_at(Duration::ZERO).0, 10_000);
    }
}

//! Limits tries to so many in an hour: too few to test stolen cards, and enough for a payer.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// How many are counted at once.
const COUNTED: usize = 100_000;

/// Counts tries by `K`. Each process counts for itself.
pub(crate) struct Tries<K> {
    most: u32,
    counts: Mutex<HashMap<K, (Duration, u32)>>,
}

impl<K: Eq + Hash> Tries<K> {
    /// At most so many in an hour.
    pub(crate) fn an_hour(most: u32) -> Tries<K> {
        Tries { most, counts: Mutex::default() }
    }

    /// Whether `whose` may try once more, at the monotonic time `now`. It counts as a try.
    pub(crate) fn may(&self, whose: K, now: Duration) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= COUNTED && !counts.contains_key(&whose) {
            counts.retain(|_, (since, _)| now.saturating_sub(*since) < HOUR);
            // So many at once are no payers: whoever sends them gains a few tries, and no memory.
            if counts.len() >= COUNTED {
                counts.clear();
            }
        }
        let (since, count) = counts.entry(whose).or_insert((now, 0));
        if now.saturating_sub(*since) >= HOUR {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_in_an_hour_each_and_then_anew() {
        let tries = Tries::an_hour(2);
        let at = |whose, minute: u64| tries.may(whose, Duration::from_secs(60 * minute));
        assert_eq!([at("a", 0), at("a", 1), at("a", 59), at("b", 59)], [true, true, false, true]);
        assert_eq!([at("a", 60), at("a", 60), at("a", 60)], [true, true, false]);
    }

    #[test]
    fn a_flood_takes_bounded_memory() {
        let tries = Tries::an_hour(1);
        for whose in 0..2 * COUNTED {
            assert!(tries.may(whose, Duration::ZERO));
        }
        assert!(tries.counts.lock().unwrap().len() <= COUNTED);
    }
}

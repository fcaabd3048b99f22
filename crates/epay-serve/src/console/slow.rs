//! Guessing at passwords is slow: whoever was wrong a few times waits, longer each time, a minute at most.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// What is longer than that without a try is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(15 * 60);
const LONGEST: Duration = Duration::from_secs(60);
/// How many are counted at once: the names of a book of them, tried by a machine.
const COUNTED: usize = 10_000;

/// Tries by name, or by address.
#[derive(Debug)]
pub(super) struct Slowdown<K> {
    /// So many are free.
    free: u32,
    tries: HashMap<K, Tries>,
}

#[derive(Debug)]
struct Tries {
    count: u32,
    /// Until then the next is refused.
    wait_until: Duration,
}

impl<K: Eq + Hash> Slowdown<K> {
    pub(super) fn after(free: u32) -> Slowdown<K> {
        Slowdown { free, tries: HashMap::new() }
    }

    /// Counts a try at the monotonic time `now`, before it is known whether it is right; or how long it has
    /// to wait.
    pub(super) fn begin<Q>(&mut self, who: &Q, now: Duration) -> Result<(), Duration>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if self.tries.len() >= COUNTED && !self.tries.contains_key(who) {
            self.tries.retain(|_, tries| now < tries.wait_until + FORGOTTEN);
            // Whoever was only tried once or twice goes before somebody whose password is being guessed.
            if self.tries.len() >= COUNTED {
                let free = self.free;
                self.tries.retain(|_, tries| tries.count > free);
            }
            if self.tries.len() >= COUNTED {
                self.tries.clear();
            }
        }
        let tries = self.tries.entry(who.to_owned()).or_insert(Tries { count: 0, wait_until: now });
        if now < tries.wait_until {
            return Err(tries.wait_until.saturating_sub(now));
        }
        if now >= tries.wait_until + FORGOTTEN {
            tries.count = 0;
        }
        tries.count = tries.count.saturating_add(1);
        let beyond = tries.count.saturating_sub(self.free);
        let wait = match beyond {
            0 => Duration::ZERO,
            _ => Duration::from_secs(1 << beyond.min(6)).min(LONGEST),
        };
        tries.wait_until = now + wait;
        Ok(())
    }

    /// It was right: nobody has guessed.
    pub(super) fn forget<Q: Eq + Hash + ?Sized>(&mut self, who: &Q)
    where
        K: Borrow<Q>,
    {
        self.tries.remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_few_are_free_and_then_each_waits_longer_up_to_a_minute() {
        let mut slow = Slowdown::after(3);
        for _ in 0..3 {
            assert_eq!(slow.begin("aida", at(0)), Ok(()));
        }
        let mut now = 0;
        for wait in [2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(slow.begin("aida", at(now)), Ok(()));
            assert_eq!(slow.begin("aida", at(now + wait - 1)), Err(at(1)), "{wait}");
            now += wait;
        }
        assert_eq!(slow.begin("marat", at(now)), Ok(()), "another is not slowed");
        slow.forget("aida");
        assert_eq!(slow.begin("aida", at(now)), Ok(()));
        assert_eq!(slow.begin("aida", at(now)), Ok(()));
    }

    #[test]
    fn it_is_forgotten_and_takes_no_more_room_than_it_may() {
        let mut slow = Slowdown::after(0);
        assert_eq!(slow.begin("aida", at(0)), Ok(()));
        assert!(slow.begin("aida", at(1)).is_err());
        assert_eq!(slow.begin("aida", at(2 + 15 * 60)), Ok(()));
        assert_eq!(slow.begin("aida", at(2 + 15 * 60 + 2)), Ok(()), "as for the first time");
        for name in 0..3 * COUNTED {
            let _ = slow.begin(&name.to_string(), at(0));
            assert!(slow.tries.len() <= COUNTED);
        }
    }
}

//! Budgets: how much of something may happen in a second.

use epay_domain::CheckClass;
use epay_http::Authenticity;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How fast one process checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) per_second: u32,
    pub(crate) at_once: usize,
}

/// Sixteen at once, at most twenty begun in a second: an outage of ten minutes at fifty payments a
/// second is settled in less than an hour by one process, and a bank that answers slowly isn't flooded.
impl Default for Pace {
    fn default() -> Pace {
        Pace { per_second: 20, at_once: 16 }
    }
}

/// How many hints each process takes in a second: a genuine one tells of something now rather than at
/// the next check, a flood of forged ones must cost next to nothing. Half of the checks is never
/// theirs.
#[derive(Debug)]
pub(crate) struct HintBudget {
    settled_proven: Mutex<Budget>,
    settled: Mutex<Budget>,
    unknown: Mutex<Budget>,
}

impl Default for HintBudget {
    fn default() -> HintBudget {
        let budget = |per_second| Mutex::new(Budget::new(per_second));
        HintBudget { settled_proven: budget(5), settled: budget(1), unknown: budget(10) }
    }
}

impl HintBudget {
    pub(crate) fn takes(
        &self,
        class: CheckClass,
        authenticity: Authenticity,
        now: Duration,
    ) -> bool {
        let budget = match (class, authenticity) {
            (CheckClass::Unknown, Authenticity::Proven) => return true,
            (CheckClass::Unknown, _) => &self.unknown,
            (CheckClass::Settled, Authenticity::Proven) => &self.settled_proven,
            (CheckClass::Settled, _) => &self.settled,
        };
        budget.lock().unwrap_or_else(PoisonError::into_inner).take(now)
    }
}

/// A bucket that holds one second's worth. Filled by a monotonic clock, so that no jump of the wall
/// clock empties or floods it.
#[derive(Debug)]
pub(crate) struct Budget {
    per_second: u32,
    left: u32,
    /// When it was filled last; `None` before the first time, when it is full.
    filled: Option<Duration>,
}

impl Budget {
    pub(crate) fn new(per_second: u32) -> Budget {
        Budget { per_second: per_second.max(1), left: 0, filled: None }
    }

    /// How many there are now.
    pub(crate) fn left(&mut self, now: Duration) -> u32 {
        let each = Duration::from_secs(1) / self.per_second;
        let since = self.filled.map_or(Duration::MAX, |filled| now.saturating_sub(filled));
        let whole = u32::try_from(since.as_nanos() / each.as_nanos().max(1)).unwrap_or(u32::MAX);
        if whole > 0 {
            let full = whole >= self.per_second.saturating_sub(self.left);
            self.filled = Some(match self.filled {
                Some(filled) if !full => filled + each * whole,
                _ => now,
            });
            self.left = self.left.saturating_add(whole).min(self.per_second);
        }
        self.left
    }

    pub(crate) fn take(&mut self, now: Duration) -> bool {
        let some = self.left(now) > 0;
        self.spend(u32::from(some));
        some
    }

    pub(crate) fn spend(&mut self, how_many: u32) {
        self.left = self.left.saturating_sub(how_many);
    }

    /// How long until there is another.
    pub(crate) fn next(&self) -> Duration {
        Duration::from_secs(1) / self.per_second
    }
}

#[cfg(test)]
mod tests;

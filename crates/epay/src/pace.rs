//! How much of something may happen in a second.

use std::time::Duration;

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

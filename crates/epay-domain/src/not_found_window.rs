//! "Not found" counts only while somebody checks.

use crate::Timestamp;
use core::time::Duration;

/// The most that one gap between two answered checks counts: so a jump of the clock shortens the
/// wait by no more, and downtime not at all.
const LONGEST_GAP: Duration = Duration::from_secs(2 * 60 * 60);

/// For how long the bank has answered that it does not know the invoice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NotFoundWindow {
    pub(crate) counted: Duration,
    /// The latest time at which it was answered; `None` before the first time.
    pub(crate) last: Option<Timestamp>,
}

impl NotFoundWindow {
    /// Adds the least of the gap by the log's times, two hours, and the time by a monotonic clock
    /// where one process made both checks.
    pub(crate) fn answered(&mut self, at: Timestamp, elapsed: Option<Duration>) {
        if let Some(last) = self.last {
            let gap = at.since(last).min(LONGEST_GAP);
            self.counted = self.counted.saturating_add(elapsed.map_or(gap, |real| gap.min(real)));
        }
        // A clock that went back and returns has added nothing: of two that differ, the one ahead counts.
        self.last = self.last.max(Some(at));
    }
}

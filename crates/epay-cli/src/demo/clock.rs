//! The demo's clock is the system's, and can be moved forward instead of waiting, or stopped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use epay::TokioClock;
use epay_domain::{Clock, Timestamp};

/// A clock whose clones share one face.
#[derive(Clone, Debug, Default)]
pub(crate) struct DemoClock(Arc<Mutex<Face>>);

#[derive(Debug, Default)]
struct Face {
    ahead: Duration,
    /// The wall clock and the monotonic one.
    held: Option<(Timestamp, Duration)>,
}

impl DemoClock {
    /// Puts the clock forward, also while it is held.
    pub(crate) fn advance(&self, by: Duration) {
        let mut face = self.face();
        face.ahead += by;
        face.held = face.held.map(|(now, monotonic)| (now + by, monotonic + by));
    }

    /// Stops the clock: whatever happens now happens in one instant, however slow the machine is.
    pub(crate) fn hold(&self) {
        let now = (self.now(), self.monotonic());
        self.face().held = Some(now);
    }

    /// Lets the clock go on by the system's time.
    pub(crate) fn release(&self) {
        self.face().held = None;
    }

    fn face(&self) -> MutexGuard<'_, Face> {
        // Each change is one assignment, so a poisoned lock still guards a whole face.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        let face = self.face();
        face.held.map_or_else(|| TokioClock.now() + face.ahead, |(now, _)| now)
    }

    fn monotonic(&self) -> Duration {
        let face = self.face();
        face.held.map_or_else(|| TokioClock.monotonic() + face.ahead, |(_, monotonic)| monotonic)
    }

    async fn sleep(&self, wait: Duration) {
        TokioClock.sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_clock_moves_only_when_it_is_put_forward() {
        let clock = DemoClock::default();
        clock.hold();
        let (start, monotonic) = (clock.now(), clock.monotonic());
        assert_eq!((clock.now(), clock.monotonic()), (start, monotonic));
        clock.clone().advance(Duration::from_secs(2));
        assert_eq!(clock.now().since(start), Duration::from_secs(2));
        assert_eq!(clock.monotonic() - monotonic, Duration::from_secs(2));
        clock.release();
        assert!(clock.now().since(start) >= Duration::from_secs(2), "what was put forward stays");
    }
}

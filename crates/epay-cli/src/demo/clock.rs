//! The demo's clock is the system's, can be put forward instead of waiting, and can be held still.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use epay::TokioClock;
use epay::domain::{Clock, Timestamp};

/// A clock whose clones share one face.
#[derive(Clone, Debug, Default)]
pub(crate) struct DemoClock(Arc<Mutex<Face>>);

#[derive(Debug, Default)]
struct Face {
    ahead: Duration,
    held: Option<Timestamp>,
}

impl DemoClock {
    /// Puts the clock forward, also while it is held.
    pub(crate) fn advance(&self, by: Duration) {
        let mut face = self.face();
        face.ahead += by;
        face.held = face.held.map(|held| held + by);
    }

    /// Stops the clock: whatever happens now happens in one instant, however slow the machine is.
    pub(crate) fn hold(&self) {
        let now = self.now();
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
        face.held.unwrap_or_else(|| TokioClock.now() + face.ahead)
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
        let start = clock.now();
        assert_eq!(clock.now(), start);
        clock.clone().advance(Duration::from_secs(2));
        assert_eq!(clock.now().since(start), Duration::from_secs(2));
        clock.release();
        assert!(clock.now().since(start) >= Duration::from_secs(2), "what was put forward stays");
    }
}

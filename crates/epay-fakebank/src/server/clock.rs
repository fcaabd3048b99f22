//! The only place where the fake bank reads the clock or waits; the model is handed its moments.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use crate::time::Millis;

/// How the bank's clock differs from the machine's.
#[derive(Debug, Default)]
pub(super) struct Turned {
    stopped_at: Option<Millis>,
    ahead: u64,
}

/// What is done to the clock: stopped at a moment, moved on, or let go as the machine's.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Turn {
    StopAtMs(u64),
    AdvanceMs(u64),
    Go,
}

impl Turned {
    pub(super) fn now(&self, machine: Millis) -> Millis {
        self.stopped_at.unwrap_or(machine.plus(self.ahead))
    }

    pub(super) fn turn(&mut self, turn: Turn) {
        match turn {
            Turn::StopAtMs(moment) => self.stopped_at = Some(Millis(moment)),
            Turn::AdvanceMs(time) => match &mut self.stopped_at {
                Some(moment) => *moment = moment.plus(time),
                None => self.ahead = self.ahead.saturating_add(time),
            },
            Turn::Go => *self = Self::default(),
        }
    }
}

/// The machine's time.
#[expect(
    clippy::disallowed_methods,
    reason = "the server is the edge where time enters; the model takes it as an argument"
)]
pub(super) fn now() -> Millis {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}

/// Waits in real time, as a slow bank does.
#[expect(
    clippy::disallowed_methods,
    reason = "a planned delay has to be felt by a client on a socket"
)]
pub(super) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

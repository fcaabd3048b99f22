//! The only place where the fake bank reads the clock or waits; the model is handed its moments.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::time::Millis;

/// The moment a request is answered at.
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

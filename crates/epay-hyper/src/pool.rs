//! Idle connections: few, not for long, and for requests that may move money only one that was just
//! proven alive.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::Uri;
use tokio::time::Instant;

use crate::connection::Connection;

pub(crate) struct Pool {
    /// To each host.
    most: usize,
    idle: Duration,
    kept: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn new(most: usize, idle: Duration) -> Pool {
        Pool { most, idle, kept: Mutex::default() }
    }

    pub(crate) fn keeps_none(&self) -> bool {
        self.most == 0 || self.idle.is_zero()
    }

    /// The connection for a request; for one that may move money, a proven one.
    pub(crate) fn take(&self, origin: &Uri, is_safe: bool, at: Instant) -> Option<Connection> {
        let mut kept = self.kept(at);
        let (place, _) = kept
            .iter()
            .enumerate()
            .filter(|(_, one)| one.origin == *origin && one.is_ready())
            .filter(|(_, one)| is_safe || one.is_proven(at))
            // A safe request leaves the proven ones to others, and proves another one.
            .max_by_key(|(_, one)| (!one.is_proven(at), one.since))?;
        Some(kept.swap_remove(place))
    }

    /// Whether money could be asked for over a connection that is here, at that time.
    pub(crate) fn has_proven(&self, origin: &Uri, at: Instant) -> bool {
        self.kept(at).iter().any(|one| one.origin == *origin && one.is_proven(at))
    }

    /// Keeps `connection`, in the place of the longest unused one where there are too many.
    pub(crate) fn put(&self, connection: Connection) {
        if self.keeps_none() {
            return;
        }
        let mut kept = self.kept(connection.since);
        let of_host = || kept.iter().enumerate().filter(|(_, one)| one.origin == connection.origin);
        if of_host().count() >= self.most
            && let Some((place, _)) = of_host().min_by_key(|(_, one)| one.since)
        {
            kept.swap_remove(place);
        }
        kept.push(connection);
    }

    /// Drops what has been unused for as long as one that turned out to be dead.
    pub(crate) fn drop_older(&self, origin: &Uri, since: Instant) {
        self.kept(since).retain(|one| one.origin != *origin || one.since > since);
    }

    /// Those that are of any use.
    fn kept(&self, at: Instant) -> MutexGuard<'_, Vec<Connection>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| !one.is_closed() && at.saturating_duration_since(one.since) < self.idle);
        kept
    }
}

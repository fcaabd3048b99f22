//! The shop's side of the notifications.

use async_trait::async_trait;
use epay::{Money, Notification, NotificationHandler, NotificationKind};
use std::error::Error;
use std::sync::{Arc, Mutex};

/// Keeps what it is told, and takes in as much as it is allowed to. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    fails: usize,
    hangs_on: Option<String>,
    notifications: Vec<(String, NotificationKind, Option<Money>)>,
}

impl Heard {
    /// Fails so many times from now on.
    pub fn fails(&self, times: usize) {
        self.0.lock().unwrap().fails = times;
    }

    /// Never comes back from what is about this order.
    pub fn hangs_on(&self, order: &str) {
        self.0.lock().unwrap().hangs_on = Some(order.to_owned());
    }

    /// Id, kind and net captured sum of what came since the last time, what was not taken in included.
    pub fn take(&self) -> Vec<(String, NotificationKind, Option<Money>)> {
        std::mem::take(&mut self.0.lock().unwrap().notifications)
    }

    /// The kinds of what came since the last time.
    pub fn kinds(&self) -> Vec<NotificationKind> {
        self.take().into_iter().map(|(_, kind, _)| kind).collect()
    }

    /// Whether something came since the last time.
    pub fn has_some(&self) -> bool {
        !self.0.lock().unwrap().notifications.is_empty()
    }
}

#[async_trait]
impl NotificationHandler for Heard {
    async fn handle(
        &self,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let (hangs, fails) = {
            let mut inner = self.0.lock().unwrap();
            let (attempt, order) = (notification.attempt(), notification.attempt().order());
            let told = (notification.id(), notification.kind(), attempt.net_captured());
            inner.notifications.push(told);
            let fails = inner.fails > 0;
            inner.fails = inner.fails.saturating_sub(1);
            (inner.hangs_on.as_deref() == Some(order.as_str()), fails)
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        if fails { Err("not now".into()) } else { Ok(()) }
    }
}

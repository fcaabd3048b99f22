//! A handler that says "taken in" too early, or forgets what the notification is called.

use std::error::Error;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use epay::{Notification, NotificationHandler};

use crate::book::Book;
use crate::planted::Bug;

/// Notifications that count as delivered and are not yet.
pub(crate) type Undelivered = Arc<Mutex<Vec<Notification>>>;

#[derive(Debug)]
pub(crate) struct BrokenHandler {
    pub(crate) book: Book,
    pub(crate) bug: Option<Bug>,
    pub(crate) undelivered: Undelivered,
}

#[async_trait]
impl NotificationHandler for BrokenHandler {
    async fn handle(
        &self,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self.bug {
            // The log delivers it, as soon as it is marked there.
            Some(Bug::MarkedBeforeDelivered) => {
                self.undelivered.lock().unwrap().push(notification.clone());
                Ok(())
            }
            // Each waits in a queue until the next one comes.
            Some(Bug::ToldFromTheBacklog) => {
                let mut backlog = self.undelivered.lock().unwrap();
                backlog.drain(..).for_each(|waited| self.book.enter(waited.id(), &waited));
                backlog.push(notification.clone());
                Ok(())
            }
            Some(Bug::NotificationWithoutAName) => {
                self.book.enter(format!("notification-{}", self.book.told().len()), notification);
                Ok(())
            }
            _ => self.book.handle(notification).await,
        }
    }
}

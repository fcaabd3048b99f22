//! A listener that says "taken in" too early, or forgets what the news is called.

use std::error::Error;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use epay::{Notification, NotificationHandler};

use crate::book::Book;
use crate::planted::Bug;

/// News that counts as delivered and is not yet.
pub(crate) type Undelivered = Arc<Mutex<Vec<Notification>>>;

#[derive(Debug)]
pub(crate) struct BrokenListener {
    pub(crate) book: Book,
    pub(crate) bug: Option<Bug>,
    pub(crate) undelivered: Undelivered,
}

#[async_trait]
impl NotificationHandler for BrokenListener {
    async fn handle(&self, news: &Notification) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self.bug {
            // The log delivers it, as soon as it is marked there.
            Some(Bug::MarkedBeforeDelivered) => {
                self.undelivered.lock().unwrap().push(news.clone());
                Ok(())
            }
            Some(Bug::NewsWithoutAName) => {
                self.book.enter(format!("news-{}", self.book.told().len()), news);
                Ok(())
            }
            _ => self.book.handle(news).await,
        }
    }
}

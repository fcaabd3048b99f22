//! The outbox by hand: a notification is sent again because a person asks, or fetched by a shop
//! that cannot be reached from outside.

use crate::error::PayError;
use crate::{AttemptRef, Notification, Payments, observe};
use epay_domain::{Event, InvoiceId, Queue, StoreError};
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

/// The result of sending one notification again.
pub type Repeated = (Notification, Result<(), Box<dyn Error + Send + Sync>>);

impl Payments {
    /// Calls the notification handler once more for what there is to say of an attempt now, under the same
    /// ids, although it was taken in before; with what came of each. Where nothing stands, or nobody is to
    /// be notified, it is empty.
    ///
    /// # Contract
    /// - The log does not change: what was taken in stays so, and what was not comes by itself as well.
    /// - It tells the present, as every notification does: what was once said and is not true any more is
    ///   not repeated.
    /// - [`Notification::is_repeated`] tells the handler that somebody wants it although it may know the id.
    /// - One that fails ends it: what follows would overtake it.
    ///
    /// # Errors
    /// Before the handler is called: there is no such attempt, or the log failed.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// for (notification, taken_in) in shop.notify_again("order-17").await? {
    ///     println!("{}: {}", notification.id(), if taken_in.is_ok() { "taken in" } else { "not" });
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn notify_again(
        &self,
        which: impl Into<AttemptRef>,
    ) -> Result<Vec<Repeated>, PayError> {
        let (stored, mut repeated) = (self.find(which).await?, Vec::new());
        if self.handler.is_none() {
            return Ok(repeated);
        }
        let judged = self.judged(stored).await.map_err(PayError::store)?;
        for notification in self.notifications(&judged, |_| true) {
            let notification = notification.again();
            let taken = self.handled(&notification).await;
            observe::notified(&notification, taken.as_ref().err().map(|error| &**error));
            let failed = taken.is_err();
            repeated.push((notification, taken));
            if failed {
                break;
            }
        }
        Ok(repeated)
    }

    /// At most `most` notifications that nobody has taken in, the longest overdue first: for a program that
    /// asks instead of being called. Where there is a handler, it gets them too.
    ///
    /// # Contract
    /// - They come again, under the same ids, until [`taken_in`](Payments::taken_in) is told of them: a page
    ///   that was lost on its way is the next page.
    /// - Those of one attempt are in order, and what follows in it comes after what was before.
    /// - Each tells the present, as a handler is told it.
    ///
    /// # Errors
    /// The log failed.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let page = shop.next_notifications(50).await?;
    /// for notification in &page {
    ///     println!("{} {}", notification.attempt().order(), notification.kind());
    /// }
    /// shop.taken_in(page.iter().map(|it| it.id())).await?;
    /// # Ok(()) }
    /// ```
    pub async fn next_notifications(&self, most: usize) -> Result<Vec<Notification>, PayError> {
        let mut page = Vec::new();
        while page.is_empty() && most > 0 {
            // Kept from nobody: who has lost the page gets it again at once.
            let (queue, now) = (Queue::Notifications, self.log.now());
            let (store, terminal) = (&self.log.store, self.bank.terminal());
            let due = store.claim_due(queue, terminal, now, most, Duration::ZERO).await;
            let due = due.map_err(PayError::store)?;
            let last = due.len() < most;
            for stored in due {
                let judged = self.judged(stored).await.map_err(PayError::store)?;
                let unsaid = self.notifications(&judged, |it| !it.said);
                if unsaid.is_empty() {
                    // What was planned to be said is said, or not true any more.
                    let later = judged.later;
                    let written = self.write_taken_in(judged, Vec::new(), later).await;
                    written.map_err(PayError::store)?;
                }
                page.extend(unsaid);
            }
            if last {
                break;
            }
        }
        page.truncate(most);
        Ok(page)
    }

    /// Says that these notifications were taken in, by their [ids](Notification::id): they do not come
    /// again. An id of what is not true any more, or was taken in before, or is of nobody, changes nothing.
    ///
    /// # Errors
    /// The log failed; some may have been noted. Say it again.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// shop.taken_in(["100000017-3-captured"]).await?;
    /// # Ok(()) }
    /// ```
    pub async fn taken_in(
        &self,
        ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<(), PayError> {
        let mut of_attempts = BTreeMap::<InvoiceId, Vec<String>>::new();
        for id in ids.into_iter().map(Into::into) {
            let invoice = id.split_once('-').and_then(|(invoice, _)| InvoiceId::new(invoice).ok());
            if let Some(invoice) = invoice {
                of_attempts.entry(invoice).or_default().push(id);
            }
        }
        for (invoice, ids) in of_attempts {
            self.taken_in_of(&invoice, &ids).await.map_err(PayError::store)?;
        }
        Ok(())
    }

    async fn taken_in_of(&self, invoice: &InvoiceId, ids: &[String]) -> Result<(), StoreError> {
        let Some(stored) = self.log.store.load(invoice).await? else { return Ok(()) };
        let judged = self.judged(stored).await?;
        let unsaid = self.notifications(&judged, |it| !it.said);
        let (taken_in, left): (Vec<_>, Vec<_>) =
            unsaid.into_iter().partition(|it| ids.contains(&it.id()));
        if taken_in.is_empty() {
            return Ok(());
        }
        let now = self.log.now();
        let events = taken_in.iter().map(|it| Event { at: now, kind: it.said() }).collect();
        let again = if left.is_empty() { judged.later } else { Some(now) };
        self.write_taken_in(judged, events, again).await
    }
}

//! A transition: what an append makes of an attempt, found out where its caller is, and then handed
//! to the batch that goes next.

use std::mem;

use epay_domain::{Event, Schedule, StoreError, StoreErrorKind, Stored};
use tokio::sync::oneshot;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    PostgresStore, Shared,
    append::Append,
    batcher::Write,
    error::{PostgresError, PostgresErrorKind},
};
use crate::{
    erasure, record,
    row::{self, Damage, Row, Written, class, millis},
};

struct Transition {
    invoice: String,
    onto: i64,
    count: usize,
    records: Vec<Written>,
    erases: bool,
    appended: Stored,
    under_way: TaskTrackerToken,
}

impl PostgresStore {
    /// Written although the caller goes, and no task of the store's: it waits in the queue of the
    /// batches itself.
    pub(super) async fn transition(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        let invoice = onto.payment.invoice().to_string();
        let records = row::written(&invoice, onto.version, events).map_err(PostgresError::from)?;
        let transition = Transition {
            invoice,
            onto: onto.version.0.cast_signed(),
            count: events.len(),
            records,
            erases: false,
            appended: onto.appended(events, schedule),
            under_way: self.worker.token(),
        };
        if erasure::ends_challenge(&onto.payment, &transition.appended.payment, events) {
            return self.call(async move |shared| transition.erasing(&shared).await).await;
        }
        transition.write(&self.shared).await
    }
}

impl Transition {
    async fn write(self, shared: &Shared) -> Result<Stored, StoreError> {
        let Transition { invoice, onto, count, records, erases, appended, under_way } = self;
        let (reply, answer) = oneshot::channel();
        let append = Append {
            invoice,
            onto,
            count,
            records,
            erases,
            schedule: appended.schedule,
            keys: appended.payment.list_keys(),
            reply,
            under_way,
        };
        // Where nobody is left to write, nobody answers.
        let _ = shared.batcher.send(Write::Append(append));
        let gone = |gone| PostgresError::new(PostgresErrorKind::Failed).with_source(gone);
        answer.await.map_err(gone)??;
        Ok(appended)
    }

    /// The same where the attempt's challenges go in the same write.
    async fn erasing(mut self, shared: &Shared) -> Result<Stored, StoreError> {
        let row = shared.load(&self.invoice).await?;
        let row = row.ok_or(StoreError::new(StoreErrorKind::NoSuchInvoice))?;
        if row.version != self.onto {
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        let (appended, records) =
            without_challenges(row, mem::take(&mut self.records), self.appended.schedule)
                .map_err(PostgresError::from)?;
        Transition { appended, records, erases: true, ..self }.write(shared).await
    }
}

/// What an append onto the row makes of it when its challenges go in the same write, and the records
/// that are written: the new ones, and the old ones of which something went.
fn without_challenges(
    mut row: Row,
    new: Vec<Written>,
    schedule: Schedule,
) -> Result<(Stored, Vec<Written>), Damage> {
    let old = row.records.len();
    row.version = row.version.saturating_add(1);
    row.count = row.count.saturating_add(row::integer(new.len()));
    row.class = class(schedule.check_class);
    let Schedule { next_check_at, next_notify_at, last_check_at, .. } = schedule;
    row.times = [next_check_at, next_notify_at, last_check_at, None].map(|at| at.map(millis));
    let mut written = Vec::new();
    for (index, record) in mem::take(&mut row.records).into_iter().chain(new).enumerate() {
        let erased = erasure::rewritten(&row.opening.invoice, &record, &record::without_challenge)?;
        if erased.is_some() || index >= old {
            written.push(erased.as_ref().unwrap_or(&record).clone());
        }
        row.records.push(erased.unwrap_or(record));
    }
    Ok((row.stored()?, written))
}

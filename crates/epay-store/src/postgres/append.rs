//! Appends: many in one statement, each onto its own version.
//!
//! Where the answer of a commit is lost, the events may be there or not, and the statement may even
//! still be on its way. So first what is there is looked up by the id of the write; only then is the
//! rest written again, under the same id and onto the same versions. What arrives late finds another
//! version then, and writes nothing.

use std::{collections::HashSet, mem, time::Duration};

use epay_domain::{ListKeys, Schedule, StoreErrorKind, Timestamp};
use tokio::{sync::oneshot, time};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::{
    connection::{Connection, Pause, out_of_time},
    error::{Fault, PostgresError, Refused},
    observe,
    params::{Param, params},
    rows::names,
    sql,
};
use crate::row::{Written, class, columns, integer, millis};

/// The rows that an append writes.
pub(super) struct Append {
    pub(super) invoice: String,
    pub(super) onto: i64,
    /// How many events it adds.
    pub(super) count: usize,
    /// Their records, and those of older events of which something is erased by it.
    pub(super) records: Vec<Written>,
    pub(super) erases: bool,
    pub(super) schedule: Schedule,
    /// Of what the events make of the attempt.
    pub(super) keys: ListKeys,
    pub(super) reply: oneshot::Sender<Result<(), Refused>>,
    /// Until this is answered the store does not end.
    pub(super) under_way: TaskTrackerToken,
}

impl Append {
    fn answer(self, answer: Result<(), Refused>) {
        // A caller that has gone needs none.
        let _ = self.reply.send(answer);
        drop(self.under_way);
    }
}

/// Writes them, and answers each.
pub(super) async fn write(appends: Vec<Append>, connection: &Connection, timeout: Duration) {
    let mut batch = Batch { left: appends, lost: false, fault: out_of_time() };
    // What is still left then was not answered, and the last fault says why.
    let _ = time::timeout(timeout, batch.write(connection)).await;
    batch.refuse();
}

/// The appends that have no answer yet.
struct Batch {
    left: Vec<Append>,
    /// Whether an answer was lost, so that some may have been written.
    lost: bool,
    fault: Fault,
}

impl Batch {
    async fn write(&mut self, connection: &Connection) {
        // One id tells this write from all others, whatever becomes of the connection.
        let Ok(id) = getrandom::u64().map(u64::cast_signed) else { return };
        let mut pause = Pause::default();
        while let Err(fault) = self.once(id, connection).await {
            observe::repeated(&fault);
            self.fault = fault;
            match self.fault {
                Fault::Lost(_) => self.lost = true,
                Fault::NotDone(_) => {}
                // Something is wrong with one of them, and that is its own.
                Fault::Refused(_) | Fault::Taken(_) if self.left.len() > 1 => {
                    for append in mem::take(&mut self.left) {
                        let fault = self.fault.clone();
                        let mut alone = Batch { left: vec![append], lost: self.lost, fault };
                        Box::pin(alone.write(connection)).await;
                        alone.refuse();
                    }
                    return;
                }
                Fault::Refused(_) | Fault::Taken(_) => return,
            }
            pause.wait().await;
        }
    }

    async fn once(&mut self, id: i64, connection: &Connection) -> Result<(), Fault> {
        if self.lost {
            self.find_written(id, connection).await?;
        }
        if self.left.is_empty() {
            return Ok(());
        }
        let written = self.append(id, connection).await?;
        self.answer(&written, || Ok(()));
        if self.left.is_empty() {
            return Ok(());
        }
        if self.lost {
            // What was lost has arrived meanwhile.
            self.find_written(id, connection).await?;
        }
        let known = connection.query(sql::KNOWN, params![self.invoices()]).await?;
        self.answer(&names(&known)?, || Err(Refused::ByThePort(StoreErrorKind::Conflict)));
        for append in self.left.drain(..) {
            append.answer(Err(Refused::ByThePort(StoreErrorKind::NoSuchInvoice)));
        }
        Ok(())
    }

    async fn find_written(&mut self, id: i64, connection: &Connection) -> Result<(), Fault> {
        let asked = params![self.invoices(), id];
        let written = connection.write(sql::WHAT_WAS_WRITTEN, asked).await?;
        self.answer(&names(&written)?, || Ok(()));
        Ok(())
    }

    async fn append(&self, id: i64, connection: &Connection) -> Result<HashSet<String>, Fault> {
        let erases = self.left.iter().any(|append| append.erases);
        let statement = if erases { sql::APPEND_AND_ERASE } else { sql::APPEND };
        names(&connection.write(statement, self.params(id)).await?)
    }

    /// What the statements of both kinds ask for.
    fn params(&self, id: i64) -> Vec<Param> {
        let left = self.left.iter();
        let of = |value: fn(&Append) -> i64| left.clone().map(value).collect::<Vec<_>>();
        let at = |time: fn(&Schedule) -> Option<Timestamp>| {
            left.clone().map(|it| time(&it.schedule).map(millis)).collect::<Vec<_>>()
        };
        let (status, open_since): (Vec<_>, Vec<_>) =
            left.clone().map(|it| columns(it.keys)).unzip();
        let records = || self.left.iter().flat_map(|it| &it.records);
        let repeated = |it: &Append| vec![it.invoice.clone(); it.records.len()];
        params![
            self.invoices(),
            of(|it| it.onto),
            of(|it| integer(it.count)),
            at(|it| it.next_check_at),
            of(|it| class(it.schedule.check_class)),
            at(|it| it.next_notify_at),
            at(|it| it.last_check_at),
            status,
            open_since,
            self.left.iter().flat_map(repeated).collect::<Vec<_>>(),
            records().map(|it| it.place.version).collect::<Vec<_>>(),
            records().map(|it| it.place.place).collect::<Vec<_>>(),
            records().map(|it| it.record.clone()).collect::<Vec<_>>(),
            records().map(|it| i64::from(it.checksum)).collect::<Vec<_>>(),
            id,
        ]
    }

    fn invoices(&self) -> Vec<String> {
        self.left.iter().map(|append| append.invoice.clone()).collect()
    }

    /// Answers those of these invoices.
    fn answer(&mut self, whose: &HashSet<String>, answer: impl Fn() -> Result<(), Refused>) {
        for append in self.left.extract_if(.., |append| whose.contains(&append.invoice)) {
            append.answer(answer());
        }
    }

    fn refuse(self) {
        let error: PostgresError = self.fault.error();
        for append in self.left {
            append.answer(Err(Refused::ByTheServer(error.clone())));
        }
    }
}

//! The log in one SQLite file: what was answered is on the disk, and many writers share one sync.

use std::{
    error::Error,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use epay_domain::{
    Count, Created, DeadProof, Event, InvoiceId, ListFilter, ListQuery, NewPayment, OrderId, Page,
    PaymentStore, Queue, Schedule, StoreError, Stored, TerminalId, Timestamp,
};

use tracing::warn;

use crate::{
    erasure::{self, Erasure},
    numbers::InvoiceNumbers,
    row,
    versions::AttemptVersion,
};
use attempt::Append;
use db_worker::{DbWorker, Sync};

mod attempt;
mod copy;
mod db_worker;
mod erase;
mod error;
mod file;
mod image;
mod list;
mod numbers;
mod private;
#[cfg(test)]
mod tests;

pub use error::{SqliteError, SqliteErrorKind};
pub use file::SqliteOptions;

use file::Watched;

/// How many threads read. Reading waits for nobody, so a few serve many.
const READERS: usize = 2;

/// How many attempts that can't be claimed are passed over in search of one that can.
const MOST_DAMAGED: usize = 256;

/// A [`PaymentStore`] in one SQLite file, on a local disk of this machine.
///
/// What a call has answered survives the end of this process, and what was appended that of the
/// machine, with all that was written before. So an attempt that was only opened, and a claim, may be
/// gone when the machine stops: for the one nothing was asked, and whoever made the other is gone,
/// too.
///
/// Several processes may have the file open, and each may have it open more than once. A call works on
/// a thread of the store, so it blocks no runtime and needs none; opening blocks, and so does
/// dropping, until what was asked is done.
///
/// A failure is [`Failed`](epay_domain::StoreErrorKind::Failed) with a [`SqliteError`] as its
/// source, which says whether anything was written.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { pollster::block_on(async {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("payments.db");
/// use epay_domain::*;
/// use epay_store::{InvoiceNumbers, SqliteStore};
/// let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001")?);
/// let store = SqliteStore::open_or_create(&path, &numbers)?;
/// let new = NewPayment {
///     order: OrderId::new("order-17")?,
///     amount: Money::tenge(5_000),
///     terminal: TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d")?,
///     replay: None,
///     tag: None,
/// };
/// let now = Timestamp::from_unix_millis(1_790_000_000_000);
/// let Created::New(opened) = store.create(new, now, None).await? else { unreachable!() };
/// drop(store);
/// let store = SqliteStore::open_or_create(&path, &numbers)?;
/// assert_eq!(store.load(opened.payment.invoice()).await?, Some(opened));
/// assert_eq!(store.invoices_left().await?, 999_999);
/// # Ok(()) }) }
/// ```
pub struct SqliteStore {
    path: PathBuf,
    options: SqliteOptions,
    reader: DbWorker,
    /// The last to be dropped: a connection that closes alone brings the write-ahead log into the
    /// file.
    writer: DbWorker,
}

impl SqliteStore {
    /// Makes a log where there is none, and opens it.
    pub fn create(
        path: impl AsRef<Path>,
        numbers: &InvoiceNumbers,
    ) -> Result<SqliteStore, SqliteError> {
        SqliteStore::create_with(path, numbers, SqliteOptions::default())
    }

    /// The same with other options.
    pub fn create_with(
        path: impl AsRef<Path>,
        numbers: &InvoiceNumbers,
        options: SqliteOptions,
    ) -> Result<SqliteStore, SqliteError> {
        file::create(path.as_ref(), numbers, options)?;
        SqliteStore::open_with(path, options)
    }

    /// Opens the log that is there, and makes one where there is none: for tests, demos and a first
    /// day.
    ///
    /// The danger is a wrong path, or a file that is not there today: the log that is then made
    /// gives out the numbers from the first on **again**. For each that was used the bank refuses
    /// the payer, or shows another's payment. A program in production [opens](SqliteStore::open),
    /// and a person [creates](SqliteStore::create) once.
    pub fn open_or_create(
        path: impl AsRef<Path>,
        numbers: &InvoiceNumbers,
    ) -> Result<SqliteStore, SqliteError> {
        match SqliteStore::create(&path, numbers) {
            Err(error) if error.kind() == SqliteErrorKind::AlreadyThere => SqliteStore::open(path),
            made => made,
        }
    }

    /// Opens the log that is there. What a process that died has left half-way is undone.
    pub fn open(path: impl AsRef<Path>) -> Result<SqliteStore, SqliteError> {
        SqliteStore::open_with(path, SqliteOptions::default())
    }

    /// The same with other options.
    pub fn open_with(
        path: impl AsRef<Path>,
        options: SqliteOptions,
    ) -> Result<SqliteStore, SqliteError> {
        // From here on a change of the working directory moves nothing.
        let path = std::path::absolute(path)
            .map_err(|error| SqliteError::new(SqliteErrorKind::Missing).with_source(error))?;
        // SQLite follows a link, and puts its other files beside what the link names.
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        let writing = file::open(&path, options)?;
        let mut reading = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            reading.push(file::reader(&path, options)?);
        }
        let watched = Arc::new(Watched::new(&path)?);
        let reader = DbWorker::reading(reading, &watched)?;
        let writer = DbWorker::writing(writing, watched)?;
        let store = SqliteStore { path, options, reader, writer };
        if store.is_shared() {
            warn!(path = %store.path.display(), "other users may read the log: chmod 600");
        }
        Ok(store)
    }

    /// Whether the file's rights let other users of this machine read or write it. Opening warns of
    /// it, by `tracing`; a log that this library has made is its user's alone.
    pub fn is_shared(&self) -> bool {
        private::is_shared(&self.path)
    }

    /// Copies the log as it is at one moment into a new file, while any number of processes write to
    /// it. The copy is checked, and its user's alone. Blocks until it is on the disk.
    ///
    /// This is the way to copy a log: what `cp` makes of the file lacks what the write-ahead log
    /// beside it holds, which may be all of the last hours. A copy gives out no invoice numbers, and
    /// what was open and not asked is asked without an answer in it. It comes back by
    /// [`restore`](SqliteStore::restore).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let at = |name| directory.path().join(name);
    /// use epay_domain::InvoiceId;
    /// use epay_store::{InvoiceNumbers, SqliteStore};
    /// let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001")?);
    /// let store = SqliteStore::create(at("payments.db"), &numbers)?;
    /// store.backup(at("monday.db"))?;
    /// // The disk is lost. The last number that the bank has seen is 100004711.
    /// let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100004712")?);
    /// SqliteStore::restore(at("monday.db"), at("again.db"), &numbers)?;
    /// let store = SqliteStore::open(at("again.db"))?;
    /// # Ok(()) }
    /// ```
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<(), SqliteError> {
        copy::backup(&self.path, to.as_ref(), self.options)
    }

    /// Makes a log of a copy, where no file is yet; the copy stays as it is. Blocks.
    ///
    /// `numbers` start beyond the last invoice number **that the bank has seen**, which its portal
    /// shows: the copy knows nothing of those that were given out after it was made. Numbers that it
    /// does know are refused ([`NumbersInUse`](SqliteErrorKind::NumbersInUse)). Payments since the
    /// copy are not in it either; a person finds them in the portal.
    pub fn restore(
        copy: impl AsRef<Path>,
        to: impl AsRef<Path>,
        numbers: &InvoiceNumbers,
    ) -> Result<(), SqliteError> {
        copy::restore(copy.as_ref(), to.as_ref(), numbers, SqliteOptions::default())
    }

    /// Erases the 3-D Secure challenges and the notes of these attempts, writes the file anew so
    /// that none of their bytes stay in it, and says from how many records something went. What was
    /// asked, what the bank said of money and when stays. A challenge goes by itself when the
    /// attempt has come to an end; one that a payer still has to answer stays.
    ///
    /// Blocks, and while the file is written anew nobody else can write: a big log is erased from at
    /// a quiet hour. It needs room for a second copy on the disk. [`Locked`](SqliteErrorKind::Locked)
    /// means that another process was reading or writing for too long: erase again, it goes on where
    /// it was. Copies of the file keep what they have.
    pub fn erase(&self, which: &Erasure) -> Result<usize, SqliteError> {
        erase::erase(&self.path, self.options, which)
    }

    /// How many invoice numbers are left before the log answers
    /// [`OutOfInvoices`](epay_domain::StoreErrorKind::OutOfInvoices).
    pub async fn invoices_left(&self) -> Result<u64, StoreError> {
        self.reader.call(|conn| Ok(numbers::left(conn)?)).await
    }

    /// Since when the notification of `terminal` that has waited longest is due; `None` where none is
    /// planned. For a log whose notifications are fetched: a handler that fails puts them off.
    pub async fn notification_due_since(
        &self,
        terminal: &TerminalId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let terminal = terminal.clone();
        self.reader.call(move |conn| attempt::notification_due_since(conn, &terminal)).await
    }

    /// How far at most `limit` attempts have come, by their numbers as text, from the one after
    /// `after` on. Cheap: no history is read.
    pub async fn versions(
        &self,
        after: Option<&InvoiceId>,
        limit: usize,
    ) -> Result<Vec<AttemptVersion>, StoreError> {
        let after = after.map_or(String::new(), InvoiceId::to_string);
        self.reader.call(move |conn| list::versions(conn, &after, limit)).await
    }

    /// Gives out other invoice numbers from now on, all of them new to this log.
    pub async fn renumber(&self, numbers: InvoiceNumbers) -> Result<(), StoreError> {
        self.writer.call(move |conn| Ok(numbers::set(conn, &numbers)?)).await
    }
}

/// The path alone: what is in the file is nobody's to print.
impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentStore for SqliteStore {
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        // Nobody acts on it before the ask is written, and that is synced.
        let create = move |conn: &_| attempt::create(conn, &new, at, after.as_ref());
        self.writer.call_with(Sync::WithTheNext, create).await
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        let invoice = invoice.clone();
        let row = self.reader.call(move |conn| attempt::load(conn, invoice.as_str())).await?;
        Ok(row.map(|row| row.stored()).transpose().map_err(SqliteError::from)?)
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        let order = order.clone();
        let row = self.reader.call(move |conn| attempt::current(conn, order.as_str())).await?;
        Ok(row.map(|row| row.stored()).transpose().map_err(SqliteError::from)?)
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        let invoice = invoice.clone();
        let row = self.reader.call(move |conn| attempt::load(conn, invoice.as_str())).await?;
        let events = row.map(|row| row.events()).transpose().map_err(SqliteError::from)?;
        Ok(events.unwrap_or_default())
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        let (invoice, version) = (onto.payment.invoice().clone(), onto.version);
        let records = row::written(invoice.as_str(), version, events).map_err(SqliteError::from)?;
        // Nobody has written since `onto` was read, or this is refused: so it is the fold of all
        // there is.
        let appended = onto.appended(events, schedule);
        let erases = erasure::ends_challenge(&onto.payment, &appended.payment, events);
        let keys = appended.payment.list_keys();
        let append = Append { records, schedule, keys, erases };
        let append = move |conn: &_| attempt::append(conn, (invoice.as_str(), version), &append);
        match self.writer.call(append).await? {
            Some(row) => Ok(row.stored().map_err(SqliteError::from)?),
            None => Ok(appended),
        }
    }

    /// A payment that can't be read is left out while others can, so that it holds up nobody; where
    /// there are no others, the claim fails with what is wrong with it.
    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        let claim = |limit, skip| {
            let terminal = terminal.clone();
            // A machine that stops takes along whoever has claimed.
            self.writer.call_with(Sync::WithTheNext, move |conn| {
                let queue = (queue, terminal.as_str());
                attempt::claim_due(conn, queue, now, limit, skip, lease)
            })
        };
        let (mut due, mut unreadable) = match claim(limit, 0).await {
            Ok(due) => (due, None),
            Err(error) if is_damage(&error) => (Vec::new(), Some(error)),
            Err(error) => return Err(error),
        };
        // A transaction that has met damage writes no more, so what stands beside it is claimed
        // alone.
        let mut skip = 0;
        while unreadable.is_some() && due.len() < limit && skip < MOST_DAMAGED {
            match claim(1, skip).await {
                Ok(one) if one.is_empty() => break,
                Ok(one) => due.extend(one),
                Err(error) if is_damage(&error) => skip += 1,
                Err(error) => return Err(error),
            }
        }
        let mut claimed = Vec::with_capacity(due.len());
        for (invoice, version) in due {
            let row = self.reader.call(move |conn| attempt::load(conn, &invoice)).await;
            // Whoever has written since has ended the claim.
            let row = row.map(|row| row.filter(|row| row.version == version));
            let stored = row.and_then(|row| {
                let stored = row.map(|row| row.stored()).transpose();
                Ok(stored.map_err(SqliteError::from)?)
            });
            match stored {
                Ok(stored) => claimed.extend(stored),
                Err(error) => unreadable = Some(error),
            }
        }
        match unreadable {
            Some(error) if claimed.is_empty() => Err(error),
            _ => Ok(claimed),
        }
    }

    async fn list(&self, query: ListQuery) -> Result<Page, StoreError> {
        let page = self.reader.call(move |conn| list::list(conn, &query)).await?;
        let page = page.into_iter().map(|(invoice, row)| {
            let listed = row.and_then(|row| Ok(row.listed()?)).map_err(StoreError::from);
            let invoice = InvoiceId::new(&invoice).map_err(row::damaged);
            Ok((invoice.map_err(SqliteError::from)?, listed))
        });
        page.collect()
    }

    async fn count(&self, filter: ListFilter) -> Result<Count, StoreError> {
        self.reader.call(move |conn| list::count(conn, filter)).await
    }
}

fn is_damage(error: &StoreError) -> bool {
    let error = error.source().and_then(|source| source.downcast_ref());
    error.map(SqliteError::kind) == Some(SqliteErrorKind::Damaged)
}

//! The log in PostgreSQL, for processes on several machines: what was answered is committed, and many
//! writers share one commit.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use epay_domain::{
    Count, Created, DeadProof, Event, InvoiceId, ListFilter, ListQuery, NewPayment, OrderId, Page,
    PaymentStore, Queue, Schedule, StoreError, Stored, TerminalId, Timestamp,
};
use tokio::sync::Mutex;

use crate::{erasure::Erasure, numbers::InvoiceNumbers, row::Row, versions::AttemptVersion};

mod append;
mod batcher;
mod claim;
mod connection;
mod create;
mod erase;
mod error;
mod image;
mod list;
mod numbers;
mod observe;
mod open;
mod options;
mod params;
mod rows;
mod schema;
mod sql;
mod tls;
mod transition;
mod worker;

pub use error::{PostgresError, PostgresErrorKind};
pub use options::{LeaseClock, PostgresOptions};

use batcher::Batcher;
use claim::Claim;
use connection::{Connection, repeated};
use error::Fault;
use numbers::Block;
use options::Address;
use params::params;
use worker::Worker;

/// How many connections write: while the server commits for one, it works for the other.
const WRITERS: usize = 2;

/// How many connections read and claim. Many statements are on their way over each.
const READERS: usize = 2;

/// A [`PaymentStore`] in PostgreSQL, in the schema `epay` of a database.
///
/// What a call has answered is committed on the server that takes writes, and as safe as its
/// settings make a commit. Any number of processes on any number of machines may have the log open.
/// A call works on a thread of the store, so it blocks no runtime and needs none; and it ends there
/// although its caller has gone. Dropping blocks until what was asked is done.
///
/// A failure is [`Failed`](epay_domain::StoreErrorKind::Failed) with a [`PostgresError`] as its
/// source, which says who acts.
///
/// # The URL
/// `postgres://user:password@one,two:5433/shop?sslrootcert=/etc/ssl/shop.pem`: of several hosts the
/// one that takes writes is used, whichever it is at the moment. The server's certificate is verified
/// for the host by the roots of this machine, or by those of `sslrootcert`; only `sslmode=disable`,
/// and a socket of this machine, do without TLS. What the URL holds is in no error and no log.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use epay_domain::InvoiceId;
/// use epay_store::{InvoiceNumbers, PostgresStore};
/// // Once, by a person: beyond the last number that the bank has seen.
/// let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001")?);
/// PostgresStore::create("postgres://owner@db.example.kz/shop", &numbers).await?;
/// // Wherever the shop runs.
/// let store = PostgresStore::connect("postgres://shop@db.example.kz/shop").await?;
/// # Ok(()) }
/// ```
pub struct PostgresStore {
    shared: Arc<Shared>,
    /// The last to be dropped: it waits for what was asked.
    worker: Worker,
}

/// The context of the calls on the store's thread.
struct Shared {
    address: Arc<Address>,
    options: PostgresOptions,
    batcher: Batcher,
    readers: [Connection; READERS],
    turn: AtomicUsize,
    numbers: Mutex<Block>,
}

impl PostgresStore {
    /// Makes the log in a database that has none. The user needs the right to make a schema.
    pub async fn create(
        url: &str,
        numbers: &InvoiceNumbers,
    ) -> Result<PostgresStore, PostgresError> {
        PostgresStore::create_with(url, numbers, PostgresOptions::default()).await
    }

    /// The same with other options.
    pub async fn create_with(
        url: &str,
        numbers: &InvoiceNumbers,
        options: PostgresOptions,
    ) -> Result<PostgresStore, PostgresError> {
        let store = PostgresStore::new(url, options)?;
        let numbers = numbers.clone();
        store
            .call(async move |shared| {
                let connection = shared.own_connection();
                repeated(options.timeout, false, || async {
                    schema::create(&connection, &numbers).await
                })
                .await
                .map_err(Fault::error)
            })
            .await?;
        Ok(store)
    }

    /// Opens the log that is there, and makes one where there is none: for tests, demos and a first
    /// day. The danger is a wrong database: the log that is then made gives out the numbers from the
    /// first on **again**.
    pub async fn connect_or_create(
        url: &str,
        numbers: &InvoiceNumbers,
    ) -> Result<PostgresStore, PostgresError> {
        match PostgresStore::create(url, numbers).await {
            Err(error) if error.kind() == PostgresErrorKind::AlreadyThere => {
                PostgresStore::connect(url).await
            }
            made => made,
        }
    }

    /// Opens the log that is there, and brings the tables of an older version to this one; many
    /// processes may do it at once.
    pub async fn connect(url: &str) -> Result<PostgresStore, PostgresError> {
        PostgresStore::connect_with(url, PostgresOptions::default()).await
    }

    /// The same with other options.
    pub async fn connect_with(
        url: &str,
        options: PostgresOptions,
    ) -> Result<PostgresStore, PostgresError> {
        let store = PostgresStore::new(url, options)?;
        store
            .call(async move |shared| {
                let connection = shared.own_connection();
                repeated(options.timeout, true, || schema::open(&connection))
                    .await
                    .map_err(Fault::error)
            })
            .await?;
        Ok(store)
    }

    fn new(url: &str, options: PostgresOptions) -> Result<PostgresStore, PostgresError> {
        let address = Arc::new(Address::of(url)?);
        let worker = Worker::start()?;
        let connection = || Connection::new(Arc::clone(&address), options.timeout);
        let writers = (0..WRITERS).map(|_| connection()).collect();
        let shared = Arc::new(Shared {
            options,
            batcher: batcher::start(&worker, writers, options.timeout),
            readers: std::array::from_fn(|_| connection()),
            turn: AtomicUsize::new(0),
            numbers: Mutex::default(),
            address,
        });
        Ok(PostgresStore { shared, worker })
    }

    /// How many invoice numbers are left before the log answers
    /// [`OutOfInvoices`](epay_domain::StoreErrorKind::OutOfInvoices), but for those that other
    /// processes have taken and not given out yet.
    pub async fn invoices_left(&self) -> Result<u64, StoreError> {
        let left = self.call(async |shared| {
            let left = repeated(shared.options.timeout, true, || async {
                numbers::left(shared.reader()).await
            });
            let left = left.await.map_err(Fault::error)?;
            Ok::<_, PostgresError>(left.saturating_add(shared.numbers.lock().await.left()))
        });
        Ok(left.await?)
    }

    /// Since when the notification of `terminal` that has waited longest is due; `None` where none is
    /// planned. For a log whose notifications are fetched: a handler that fails puts them off.
    pub async fn notification_due_since(
        &self,
        terminal: &TerminalId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let terminal = terminal.to_string();
        let due = self.call(async move |shared| list::notification_due(&shared, &terminal).await);
        Ok(due.await?)
    }

    /// How far at most `limit` attempts have come, by their numbers as text, from the one after
    /// `after` on. Cheap: no history is read.
    pub async fn versions(
        &self,
        after: Option<&InvoiceId>,
        limit: usize,
    ) -> Result<Vec<AttemptVersion>, StoreError> {
        let after = after.map_or(String::new(), InvoiceId::to_string);
        let versions = self.call(async move |shared| list::versions(&shared, &after, limit).await);
        Ok(versions.await?)
    }

    /// Gives out other invoice numbers from now on, all of them new to this log. A process that has
    /// taken some of the old ones gives these out first.
    pub async fn renumber(&self, numbers: InvoiceNumbers) -> Result<(), StoreError> {
        let renumbered = self.call(async move |shared| {
            let connection = shared.own_connection();
            let mut block = shared.numbers.lock().await;
            let set = repeated(shared.options.timeout, false, || async {
                schema::renumber(&connection, &numbers).await
            });
            set.await.map_err(Fault::error)?;
            *block = Block::default();
            Ok::<_, PostgresError>(())
        });
        Ok(renumbered.await?)
    }

    /// Erases the 3-D Secure challenges and the notes of these attempts, and says from how many
    /// records something went. What was asked, what the bank said of money and when stays. A
    /// challenge goes by itself when the attempt has come to an end; one that a payer still has to
    /// answer stays.
    ///
    /// The server overwrites what is erased when it next vacuums the table `epay.events`; its
    /// write-ahead log and copies keep what they have.
    pub async fn erase(&self, which: &Erasure) -> Result<usize, PostgresError> {
        let which = which.clone();
        self.call(async move |shared| erase::erase(&shared, &which).await).await
    }

    async fn call<T, E, W>(&self, work: impl FnOnce(Arc<Shared>) -> W) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<PostgresError> + Send + 'static,
        W: Future<Output = Result<T, E>> + Send + 'static,
    {
        self.worker.call(work(Arc::clone(&self.shared))).await
    }
}

impl Shared {
    fn reader(&self) -> &Connection {
        let [first, second] = &self.readers;
        if self.turn.fetch_add(1, Ordering::Relaxed).is_multiple_of(READERS) {
            first
        } else {
            second
        }
    }

    /// For a transaction of several statements, between which nobody else's may come.
    fn own_connection(&self) -> Connection {
        Connection::new(Arc::clone(&self.address), self.options.timeout)
    }

    async fn next_number(&self) -> Result<Option<InvoiceId>, Fault> {
        self.numbers.lock().await.next(self.reader()).await
    }

    async fn load(&self, invoice: &str) -> Result<Option<Row>, PostgresError> {
        self.load_all(&[invoice.to_owned()]).await?.remove(invoice).transpose()
    }

    /// The attempts that there are, each read or not.
    async fn load_all(
        &self,
        invoices: &[String],
    ) -> Result<HashMap<String, Result<Row, PostgresError>>, PostgresError> {
        let loaded = repeated(self.options.timeout, true, || {
            self.reader().query(sql::LOAD, params![invoices.to_vec()])
        });
        let loaded = loaded.await.map_err(Fault::error)?;
        loaded.iter().map(rows::named).collect()
    }

    async fn current(&self, order: &str) -> Result<Option<Row>, PostgresError> {
        let current =
            repeated(self.options.timeout, true, async || create::present(self, order, None).await);
        Ok(current.await.map_err(Fault::error)?.0)
    }
}

/// Nothing of its URL, which may hold a password.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentStore for PostgresStore {
    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        self.call(async move |shared| create::create(shared, new, at, after).await).await
    }

    async fn load(&self, invoice: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        let invoice = invoice.to_string();
        let row = self.call(async move |shared| shared.load(&invoice).await).await?;
        Ok(row.map(|row| row.stored()).transpose().map_err(PostgresError::from)?)
    }

    async fn current(&self, order: &OrderId) -> Result<Option<Stored>, StoreError> {
        let order = order.to_string();
        let row = self.call(async move |shared| shared.current(&order).await).await?;
        Ok(row.map(|row| row.stored()).transpose().map_err(PostgresError::from)?)
    }

    async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, StoreError> {
        let invoice = invoice.to_string();
        let row = self.call(async move |shared| shared.load(&invoice).await).await?;
        let events = row.map(|row| row.events()).transpose().map_err(PostgresError::from)?;
        Ok(events.unwrap_or_default())
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        self.transition(onto, events, schedule).await
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
        let claim = Claim { queue, terminal: terminal.to_string(), now, limit, lease };
        let claimed = self.call(async move |shared| claim.claim(&shared).await);
        Ok(claimed.await?)
    }

    async fn list(&self, query: ListQuery) -> Result<Page, StoreError> {
        let page = self.call(async move |shared| list::list(&shared, &query).await);
        Ok(page.await?)
    }

    async fn count(&self, filter: ListFilter) -> Result<Count, StoreError> {
        let count = self.call(async move |shared| list::count(&shared, filter).await);
        Ok(count.await?)
    }
}

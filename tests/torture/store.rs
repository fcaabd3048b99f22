//! Where the workers keep their log: in a file, in a database whose wires and sessions end again and
//! again, or in a cluster whose leader dies.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use epay::{InvoiceId, InvoiceNumbers, PaymentStore, PostgresStore, TokioClock};
use epay_domain::Clock as _;
use epay_store::{LeaseClock, PostgresErrorKind, PostgresOptions, SqliteStore};
use epay_testkit::PostgresCluster;
use tokio::task::spawn_blocking;

use crate::{
    Failure, StoreKind,
    cluster::Cluster,
    dice::Dice,
    failover::Failovers,
    proxy::{Cut, Proxy, late},
};

/// How long between two cuts.
const BETWEEN: Duration = Duration::from_millis(120);
/// How long a statement that arrives late is on its way.
const LATE: Duration = Duration::from_millis(80);

/// How often a process starts, each time it waits for ten seconds.
const STARTS: u32 = 12;
/// For so many orders there is one failover.
const ORDERS_OF_A_FAILOVER: u64 = 250;

/// Opens the log as a worker does.
pub(crate) async fn open(log: &str) -> Result<Arc<dyn PaymentStore>, Failure> {
    Ok(if log.starts_with("postgres://") {
        // All of them have the same clock, which is fast.
        let options = PostgresOptions::default().with_lease_clock(LeaseClock::Caller);
        Arc::new(connected(log, options).await?)
    } else {
        Arc::new(SqliteStore::open(log)?)
    })
}

/// A process that starts while nobody leads starts again, as whoever watches over it has it do.
async fn connected(log: &str, options: PostgresOptions) -> Result<PostgresStore, Failure> {
    for _ in 1..STARTS {
        match PostgresStore::connect_with(log, options).await {
            Err(error) if error.kind() == PostgresErrorKind::Unreachable => {}
            connected => return Ok(connected?),
        }
    }
    Ok(PostgresStore::connect_with(log, options).await?)
}

/// A new log, and what is done to it while payments run.
pub(crate) enum Place {
    File(String),
    Database(Box<Database>),
    Cluster(Box<Cluster>, Failovers),
}

impl Place {
    /// The log `name`, which gives out its invoice numbers from `first` on.
    pub(crate) async fn new(
        kind: StoreKind,
        home: &Path,
        name: &str,
        first: &str,
    ) -> Result<Place, Failure> {
        let numbers = InvoiceNumbers::starting_at(InvoiceId::new(first)?);
        Ok(match kind {
            StoreKind::Sqlite => {
                let log = home.join(format!("{name}.db"));
                SqliteStore::create(&log, &numbers)?;
                Place::File(log.to_str().ok_or("a path that is no text")?.to_owned())
            }
            StoreKind::Postgres => Place::Database(Box::new(Database::new(&numbers).await?)),
            StoreKind::Patroni => {
                let cluster = Cluster::start().await?;
                PostgresStore::create(&cluster.url(), &numbers).await?;
                Place::Cluster(Box::new(cluster), Failovers::default())
            }
        })
    }

    /// How the workers come to it.
    pub(crate) fn log(&self) -> String {
        match self {
            Place::File(log) => log.clone(),
            Place::Database(database) => database.cut_url.clone(),
            Place::Cluster(cluster, _) => cluster.url(),
        }
    }

    /// How who judges comes to it.
    pub(crate) fn undisturbed(&self) -> String {
        match self {
            Place::Database(database) => database.url.clone(),
            place => place.log(),
        }
    }

    /// Disturbs it until it is told to stop, or so many orders have met enough of it; leaves it whole.
    pub(crate) async fn disturb(
        &self,
        dice: Dice,
        orders: u64,
        stop: &AtomicBool,
    ) -> Result<(), Failure> {
        match self {
            Place::File(_) => {}
            Place::Database(database) => database.disturb(stop).await,
            Place::Cluster(cluster, failovers) => {
                failovers.run(cluster, dice, (orders / ORDERS_OF_A_FAILOVER).max(1)).await?;
            }
        }
        Ok(())
    }

    /// Whether payments go on until it is disturbed enough, however many that takes.
    pub(crate) fn is_waited_for(&self) -> bool {
        matches!(self, Place::Cluster(..))
    }

    /// What was done to it.
    pub(crate) async fn told(&self) -> Option<String> {
        match self {
            Place::File(_) => None,
            Place::Database(database) => Some(database.told()),
            Place::Cluster(_, failovers) => Some(failovers.told().await),
        }
    }
}

/// A new log in a database, and the way to it that is cut.
pub(crate) struct Database {
    cluster: &'static PostgresCluster,
    /// Past the proxy.
    url: String,
    /// Through it.
    cut_url: String,
    proxy: Proxy,
    cuts: AtomicU64,
    ended: AtomicU64,
}

impl Database {
    async fn new(numbers: &InvoiceNumbers) -> Result<Database, Failure> {
        let cluster = PostgresCluster::shared().ok_or("apt-get install postgresql")?;
        let url = cluster.database()?;
        PostgresStore::create(&url, numbers).await?;
        let proxy = Proxy::before(cluster.port()).await?;
        let cut_url = url.replace(&cluster.port().to_string(), &proxy.port.to_string());
        let (cuts, ended) = Default::default();
        Ok(Database { cluster, url, cut_url, proxy, cuts, ended })
    }

    /// Cuts wires in the middle of a commit, before and after it, lets statements arrive late, and ends
    /// sessions, until it is told to stop.
    async fn disturb(&self, stop: &AtomicBool) {
        for round in 0_u64.. {
            if stop.load(Relaxed) {
                return;
            }
            TokioClock.sleep(BETWEEN).await;
            match round % 4 {
                0 => self.proxy.cut([Cut::Answer]).await,
                1 => self.proxy.cut([Cut::Statement]).await,
                2 => {
                    let (cut, arrive, _) = late();
                    self.proxy.cut([cut]).await;
                    tokio::spawn(async move {
                        TokioClock.sleep(LATE).await;
                        let _ = arrive.send(());
                    });
                }
                _ => {
                    let cluster = self.cluster;
                    let end = "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid \
                         FROM pg_stat_activity WHERE application_name = 'epay' \
                         ORDER BY random() LIMIT 3) chosen";
                    // A server that is too busy to be asked ends nobody.
                    let ended = spawn_blocking(move || cluster.sql("postgres", end)).await;
                    let ended = ended.ok().and_then(Result::ok).and_then(|it| it.parse().ok());
                    self.ended.fetch_add(ended.unwrap_or(0), Relaxed);
                    continue;
                }
            }
            self.cuts.fetch_add(1, Relaxed);
        }
    }

    fn told(&self) -> String {
        let (cuts, ended) = (self.cuts.load(Relaxed), self.ended.load(Relaxed));
        let writes = self.proxy.writes();
        format!("{writes} batches, {cuts} wires cut in one, {ended} sessions ended")
    }
}

//! Where the workers keep their log: in a file, or in a database whose wires and sessions end again and
//! again.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use epay::{InvoiceId, InvoiceNumbers, PaymentStore, PostgresStore, TokioClock};
use epay_domain::Clock as _;
use epay_store::{LeaseClock, PostgresOptions, SqliteStore};
use epay_testkit::PostgresCluster;
use tokio::task::spawn_blocking;

use crate::{
    Failure,
    proxy::{Cut, Proxy, late},
};

/// How long between two cuts.
const BETWEEN: Duration = Duration::from_millis(120);
/// How long a statement that arrives late is on its way.
const LATE: Duration = Duration::from_millis(80);

/// Opens the log as a worker does.
pub(crate) async fn open(log: &str) -> Result<Arc<dyn PaymentStore>, Failure> {
    Ok(if log.starts_with("postgres://") {
        // All of them have the same clock, which is fast.
        let options = PostgresOptions::default().with_lease_clock(LeaseClock::Caller);
        Arc::new(PostgresStore::connect_with(log, options).await?)
    } else {
        Arc::new(SqliteStore::open(log)?)
    })
}

/// A new log in a file of this directory.
pub(crate) fn in_a_file(home: &Path) -> Result<String, Failure> {
    let log = home.join("payments.db");
    SqliteStore::create(&log, &numbers()?)?;
    Ok(log.to_str().ok_or("a path that is no text")?.to_owned())
}

fn numbers() -> Result<InvoiceNumbers, Failure> {
    Ok(InvoiceNumbers::starting_at(InvoiceId::new("100000001")?))
}

/// A new log in a database, and the way to it that is cut.
pub(crate) struct Database {
    cluster: &'static PostgresCluster,
    /// Past the proxy.
    pub(crate) url: String,
    /// Through it.
    pub(crate) cut_url: String,
    proxy: Proxy,
    cuts: AtomicU64,
    ended: AtomicU64,
}

impl Database {
    pub(crate) async fn new() -> Result<Database, Failure> {
        let cluster = PostgresCluster::shared().ok_or("apt-get install postgresql")?;
        let url = cluster.database()?;
        PostgresStore::create(&url, &numbers()?).await?;
        let proxy = Proxy::before(cluster.port()).await?;
        let cut_url = url.replace(&cluster.port().to_string(), &proxy.port.to_string());
        let (cuts, ended) = Default::default();
        Ok(Database { cluster, url, cut_url, proxy, cuts, ended })
    }

    /// Cuts wires in the middle of a commit, before and after it, lets statements arrive late, and ends
    /// sessions, until the task is ended.
    pub(crate) async fn disturb(&self) {
        for round in 0_u64.. {
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

    /// What was done to it.
    pub(crate) fn told(&self) -> String {
        let (cuts, ended) = (self.cuts.load(Relaxed), self.ended.load(Relaxed));
        let writes = self.proxy.writes();
        format!("{writes} batches, {cuts} wires cut in one, {ended} sessions ended")
    }
}

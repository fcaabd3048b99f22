//! What is done to the cluster while payments run: a primary dies with what its replica lacks, and one is
//! cut off from everybody and comes back.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use epay::TokioClock;
use epay_domain::Clock as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{process::Command, sync::Mutex};

use crate::{Failure, cluster::Cluster, dice::Dice};

/// How long payments run undisturbed between two failovers, at least and at most, in milliseconds.
const BETWEEN: [u64; 2] = [1_000, 4_000];
/// How often the waits for the replica are cancelled before the primary dies.
const CANCELS: u32 = 12;
const PAUSE: Duration = Duration::from_millis(25);
/// Every so many failovers the primary does not die but is cut off, which lasts longer.
const CUT_EVERY: u64 = 4;
/// How long a new leader is waited for.
const TRIES: usize = 1_200;

#[derive(Default)]
pub(crate) struct Failovers {
    pub(crate) done: AtomicU64,
    cut: AtomicU64,
    cancelled: AtomicU64,
    /// How long nobody led, in milliseconds.
    took: Mutex<Vec<u64>>,
}

impl Failovers {
    /// So many, one after the other.
    pub(crate) async fn run(
        &self,
        cluster: &Cluster,
        mut dice: Dice,
        count: u64,
    ) -> Result<(), Failure> {
        while self.done.load(Relaxed) < count {
            let (primary, standby) = cluster.settled().await?;
            TokioClock
                .sleep(Duration::from_millis(BETWEEN[0] + dice.below(BETWEEN[1] - BETWEEN[0])))
                .await;
            let wire = cluster.nodes[primary].wire.as_deref();
            match wire.filter(|_| self.done.load(Relaxed) % CUT_EVERY == CUT_EVERY - 1) {
                Some(wire) => self.cut_off(cluster, primary, wire).await?,
                None => self.kill(cluster, primary, standby).await?,
            }
            self.done.fetch_add(1, Relaxed);
        }
        cluster.settled().await.map(|_| ())
    }

    /// The replica stands still, so commits wait for it; their waits are cancelled, so that the primary
    /// alone has what it then answers with a warning; and then it is no more.
    async fn kill(&self, cluster: &Cluster, primary: usize, standby: usize) -> Result<(), Failure> {
        let [primary_node, standby_node] = [&cluster.nodes[primary], &cluster.nodes[standby]];
        let receiver = standby_node.sql("postgres", "SELECT pid FROM pg_stat_wal_receiver").await;
        let receiver = receiver.and_then(|pid| pid.parse().ok()).and_then(Pid::from_raw);
        if let Some(receiver) = receiver {
            kill_process(receiver, Signal::STOP)?;
        }
        let cancel = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity \
             WHERE wait_event = 'SyncRep'";
        for _ in 0..CANCELS {
            let cancelled = primary_node.sql("postgres", cancel).await;
            let cancelled = cancelled.and_then(|count| count.parse().ok()).unwrap_or(0);
            self.cancelled.fetch_add(cancelled, Relaxed);
            TokioClock.sleep(PAUSE).await;
        }
        let postmaster = primary_node.postmaster().and_then(Pid::from_raw);
        let postmaster = postmaster.ok_or("the primary has no process")?;
        kill_process(postmaster, Signal::KILL)?;
        if let Some(receiver) = receiver {
            // One that is gone already needs no word.
            let _ = kill_process(receiver, Signal::CONT);
        }
        self.another_leads(cluster, primary).await
    }

    /// The primary reaches nobody and nobody reaches it, until another leads.
    async fn cut_off(&self, cluster: &Cluster, primary: usize, wire: &str) -> Result<(), Failure> {
        self.cut.fetch_add(1, Relaxed);
        set(wire, "down").await?;
        let led = self.another_leads(cluster, primary).await;
        set(wire, "up").await?;
        led
    }

    async fn another_leads(&self, cluster: &Cluster, old: usize) -> Result<(), Failure> {
        let since = TokioClock.monotonic();
        for _ in 0..TRIES {
            if cluster.is_led_by_another(old).await {
                let took = TokioClock.monotonic().saturating_sub(since).as_millis();
                self.took.lock().await.push(u64::try_from(took).unwrap_or(u64::MAX));
                return Ok(());
            }
            TokioClock.sleep(PAUSE).await;
        }
        Err("nobody took over".into())
    }

    /// What was done.
    pub(crate) async fn told(&self) -> String {
        let [done, cut, cancelled] =
            [&self.done, &self.cut, &self.cancelled].map(|count| count.load(Relaxed));
        let mut took = self.took.lock().await.clone();
        took.sort_unstable();
        let middle = took.get(took.len() / 2).copied().unwrap_or(0);
        let longest = took.last().copied().unwrap_or(0);
        format!(
            "{done} failovers, {cut} of them by a cut network; {cancelled} waits for the replica \
             cancelled; another led after {middle} ms, the longest time {longest} ms"
        )
    }
}

async fn set(wire: &str, state: &str) -> Result<(), Failure> {
    let set = Command::new("ip").args(["link", "set", wire, state]).status().await?;
    if set.success() { Ok(()) } else { Err(format!("{wire} can't be set {state}").into()) }
}

//! A process's two clocks over the one time of the world: the wall clock jumps, the other only stands
//! still while the machine sleeps.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use epay_domain::{Clock, Timestamp};
use tokio::time::Instant;

use crate::world::World;

/// When every run begins: 2026-11-24T00:00:00Z.
pub(crate) const BEGIN: Timestamp = Timestamp::from_unix_millis(1_795_478_400_000);

/// As long as nothing of these worlds lasts.
const FAR: u64 = 90 * 24 * 3_600_000;

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The time of the world, which passes when nobody has anything to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorldTime(Instant);

#[expect(clippy::disallowed_methods, reason = "inside tokio's paused time, which is the world's")]
impl WorldTime {
    pub(crate) fn begins() -> WorldTime {
        WorldTime(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    pub(crate) fn millis(self) -> u64 {
        u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) async fn until(self, millis: u64) {
        tokio::time::sleep_until(self.0 + Duration::from_millis(millis)).await;
    }

    pub(crate) async fn wait(self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

/// The clocks of one machine. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct MachineClock {
    time: WorldTime,
    state: Arc<State>,
    /// Where it is known what is due: an idle reconciler is woken for that, and not each few seconds.
    world: Weak<World>,
}

#[derive(Debug, Default)]
struct State {
    /// By how many milliseconds the wall is ahead.
    ahead: AtomicI64,
    /// For how many milliseconds the machine has slept.
    slept: AtomicU64,
    /// Until when, in milliseconds of the world, it sleeps.
    wakes: AtomicU64,
    dead: AtomicBool,
}

impl MachineClock {
    pub(crate) fn new(world: &Arc<World>) -> MachineClock {
        MachineClock { time: world.time, state: Arc::default(), world: Arc::downgrade(world) }
    }

    /// Waits as a reconciler does that looks now and then and finds nothing: until the look before
    /// which something is due. Where clocks jump, what is planned may be taken up at other times, and
    /// each look counts.
    async fn idles(&self, world: &World) {
        let (began, pause) = (self.time.millis(), millis(world.pause));
        if world.clocks_jump() {
            return self.time.wait(pause).await;
        }
        let mut end = began + pause;
        while world.next_due().is_none_or(|due| due > end) {
            let due = world.next_due().unwrap_or(end + FAR).min(end + FAR);
            let look = began + (due - began).div_ceil(pause) * pause;
            tokio::select! {
                biased;
                () = world.planned.notified() => {}
                () = self.time.until(look) => return,
            }
            end = began + (self.time.millis() - began).div_ceil(pause).max(1) * pause;
        }
        self.time.until(end).await;
    }

    pub(crate) fn jump(&self, seconds: i64) {
        self.state.ahead.fetch_add(seconds.saturating_mul(1_000), Relaxed);
    }

    pub(crate) fn ahead(&self) -> i64 {
        self.state.ahead.load(Relaxed)
    }

    /// From now on the machine sleeps; when it wakes, its wall clock is right and the other has not
    /// moved.
    pub(crate) fn suspend(&self, seconds: u32) {
        let (now, sleep) = (self.time.millis(), u64::from(seconds) * 1_000);
        if self.state.wakes.load(Relaxed) <= now {
            self.state.wakes.store(now + sleep, Relaxed);
            self.state.slept.fetch_add(sleep, Relaxed);
        }
    }

    /// When it wakes up, in milliseconds of the run.
    pub(crate) fn wakes(&self) -> u64 {
        self.state.wakes.load(Relaxed)
    }

    /// Whether it is the same machine.
    pub(crate) fn is_same(&self, other: &MachineClock) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }

    pub(crate) fn die(&self) {
        self.state.dead.store(true, Relaxed);
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state.dead.load(Relaxed)
    }

    /// Ready while the machine is awake and the process lives; never again once it has died.
    pub(crate) async fn awake(&self) {
        while self.state.wakes.load(Relaxed) > self.time.millis() {
            self.time.until(self.state.wakes.load(Relaxed)).await;
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        let now = BEGIN.unix_millis() + self.time.millis();
        Timestamp::from_unix_millis(now.saturating_add_signed(self.ahead()))
    }

    fn monotonic(&self) -> Duration {
        let slept = Duration::from_millis(self.state.slept.load(Relaxed));
        self.time.elapsed().saturating_sub(slept)
    }

    async fn sleep(&self, wait: Duration) {
        if let Some(world) = self.world.upgrade().filter(|world| world.pause == wait) {
            self.idles(&world).await;
            return self.awake().await;
        }
        let end = self.monotonic().saturating_add(wait);
        loop {
            let left = end.saturating_sub(self.monotonic());
            if left.is_zero() {
                break;
            }
            self.time.wait(millis(left).max(1)).await;
            self.awake().await;
        }
        self.awake().await;
    }
}

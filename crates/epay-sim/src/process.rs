//! One process of the shop: the real facade and codec on a machine of this world.

use std::sync::Arc;
use std::time::Duration;

use epay::{
    Credentials, Environment, FulfilOn, HttpGateway, LateSuccess, Payments, Secret, TagKey,
    Timeouts,
};
use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET};

use crate::clock::MachineClock;
use crate::network::Network;
use crate::shop::Handler;
use crate::store::StoreLink;
use crate::world::World;
use crate::{phone, purse};

/// How long a call may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A process of the shop. Dead ones hold their place until the run ends.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) number: usize,
    pub(crate) machine: MachineClock,
    /// One for each terminal.
    pub(crate) payments: [Payments; 2],
    pub(crate) tags: TagKey,
    pub(crate) fulfil_on: FulfilOn,
    stop: tokio::sync::watch::Sender<bool>,
}

impl Process {
    /// Starts a process whose wall clock is so many milliseconds ahead.
    pub(crate) fn starts(
        world: &Arc<World>,
        number: usize,
        ahead: i64,
        fulfil_on: FulfilOn,
    ) -> Process {
        let machine = MachineClock::new(world);
        machine.jump(ahead / 1_000);
        let payments = [0, 1].map(|terminal| till(world, &machine, number, terminal, fulfil_on));
        let stop = tokio::sync::watch::Sender::new(false);
        let process = Process { number, machine, payments, tags: tags(), fulfil_on, stop };
        if number < world.scenario.reconcilers {
            process.reconciles(world.pause);
        }
        process
    }

    fn reconciles(&self, pause: Duration) {
        for payments in &self.payments {
            let (payments, mut stopped) = (payments.clone(), self.stop.subscribe());
            tokio::spawn(async move {
                let stop = async move { drop(stopped.wait_for(|said| *said).await) };
                payments.keep_reconciling(pause, stop).await;
            });
        }
    }

    /// Whether it reconciles.
    pub(crate) fn is_reconciling(&self, world: &World) -> bool {
        let stopped = *self.stop.borrow() || self.machine.is_dead();
        self.number < world.scenario.reconcilers && !stopped
    }

    /// Lets the reconciler end what it has begun.
    pub(crate) fn stops(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) fn till(&self, world: &World, order: usize) -> &Payments {
        let [one, two] = &self.payments;
        if world.terminal(order) == one.terminal() { one } else { two }
    }
}

fn till(
    world: &Arc<World>,
    machine: &MachineClock,
    number: usize,
    terminal: usize,
    fulfil_on: FulfilOn,
) -> Payments {
    let [one, two] = &world.terminals;
    let terminal = if terminal == 0 { one } else { two };
    let network = Network { world: Arc::clone(world), machine: machine.clone(), process: number };
    let credentials =
        Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), terminal.clone());
    let clock = Arc::new(machine.clone());
    let gateway = HttpGateway::new(network, clock, environment(), credentials)
        .with_tags(tags())
        .with_deadline(DEADLINE);
    let store = StoreLink { world: Arc::clone(world), machine: machine.clone(), process: number };
    let shop = &world.scenario.shop;
    let mut timeouts = Timeouts::default();
    timeouts.reopen = shop.reopen_after.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
    let ask = shop.asks_person_when_late;
    let late = if ask { LateSuccess::AskPerson } else { LateSuccess::Settle };
    let verifier = world.real_crypto.then(phone::verifier).flatten();
    Payments::with_clock(gateway, store, machine.clone())
        .with_apple_expiry(purse::APPLE_EXPIRY)
        .with_apple_pay_verifier(verifier)
        .with_tags(tags())
        .with_timeouts(timeouts)
        .with_fulfil_on(fulfil_on)
        .with_late_success(late)
        .with_notification_handler(Handler {
            world: Arc::clone(world),
            machine: machine.clone(),
            process: number,
        })
}

/// Ends a process at once. A second later another one starts in its place.
pub(crate) fn dies(world: &Arc<World>, number: usize) {
    let dead = world.with(|inner| {
        let alive = |it: &&Process| it.number == number && !it.machine.is_dead();
        let process = inner.processes.iter().find(alive)?;
        process.machine.die();
        Some((process.machine.ahead(), process.fulfil_on))
    });
    let Some((ahead, fulfil_on)) = dead else { return };
    let world = Arc::clone(world);
    world.with(|inner| inner.checks.disturbed(world.time.millis() + 1_000));
    tokio::spawn(async move {
        world.time.wait(1_000).await;
        let process = Process::starts(&world, number, ahead, fulfil_on);
        world.with(|inner| inner.processes.push(process));
    });
}

/// Signs return links and recognises callbacks, the same in every process.
#[expect(clippy::expect_used, reason = "a constant of this file")]
fn tags() -> TagKey {
    TagKey::new([7; 32]).expect("32 bytes are enough")
}

/// Never resolved: the network of this world ends in this process.
#[expect(clippy::expect_used, reason = "a constant of this file")]
fn environment() -> Environment {
    Environment::fake_bank("http://127.0.0.1/oauth", "http://127.0.0.1/api")
        .expect("two loopback addresses")
}

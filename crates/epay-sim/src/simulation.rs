//! Runs seeds, or one scenario, and counts.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use epay::{FulfilOn, PaymentStore, TerminalId};
use epay_fakebank::{Bank, SANDBOX_TERMINAL, Settings, TWO_STAGE_TERMINAL};

use crate::check::Complaint;
use crate::process::Process;
use crate::trace::Line;
use crate::world::{Tally, World};
use crate::{Scenario, act, end, heal, purse};

/// A simulator for a kind of store.
///
/// ```
/// let simulation = epay_sim::Simulation::new(epay::MemoryStore::default);
/// let report = simulation.run(0..3);
/// assert!(report.failures.is_empty(), "{report}");
/// ```
#[derive(Clone, Debug)]
pub struct Simulation<F> {
    store: F,
    real_crypto: bool,
}

/// How one run ended.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// What must never be, and was; empty where all is well.
    pub complaints: Vec<Complaint>,
    /// The same for the same scenario, in every profile.
    pub hash: u64,
    /// What happened, where it was asked for.
    pub lines: Vec<Line>,
    /// What was counted.
    pub tally: Tally,
}

/// What many seeds have shown.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many seeds were run.
    pub seeds: u64,
    /// What was counted.
    pub tally: Tally,
    /// Seeds that failed, with their first complaint.
    pub failures: Vec<(u64, Complaint)>,
    /// Over all traces: the same for the same seeds, in every profile.
    pub hash: u64,
}

impl<S: PaymentStore + 'static, F: Fn() -> S> Simulation<F> {
    /// Worlds whose store is made by `store`, anew and empty for each run. A call of it takes no time
    /// of the world, whatever thread it waits for; it may not wait for the runtime that it is called
    /// in.
    pub fn new(store: F) -> Simulation<F> {
        Simulation { store, real_crypto: false }
    }

    /// The same with cards that are sealed and opened by RSA for each payment, and with Apple Pay tokens
    /// that are signed, verified and opened. Unless said, each is sealed and opened once for all runs,
    /// because that takes longer than all the rest of a payment.
    #[must_use]
    pub fn with_real_crypto(self, real_crypto: bool) -> Simulation<F> {
        Simulation { real_crypto, ..self }
    }

    /// Runs the scenario of each seed.
    pub fn run(&self, seeds: Range<u64>) -> Report {
        let mut report = Report::default();
        for seed in seeds {
            report.add(seed, &self.scenario(&Scenario::of_seed(seed)));
        }
        report
    }

    /// Runs one scenario.
    pub fn scenario(&self, scenario: &Scenario) -> RunEnd {
        self.played(scenario, false)
    }

    /// Runs one scenario, and keeps what happens in words.
    pub fn told(&self, scenario: &Scenario) -> RunEnd {
        self.played(scenario, true)
    }

    #[expect(clippy::expect_used, reason = "a runtime without I/O needs nothing of the system")]
    fn played(&self, scenario: &Scenario, in_words: bool) -> RunEnd {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime without I/O");
        let store = Arc::new((self.store)());
        let scenario = scenario.clone();
        // Within the runtime: the time of the world is its own.
        runtime.block_on(async { play(world(store, scenario, in_words, self.real_crypto)).await })
    }
}

async fn play(world: World) -> RunEnd {
    let world = Arc::new(world);
    let fulfil_on =
        if world.scenario.shop.fulfil_on_reply { FulfilOn::Reply } else { FulfilOn::Status };
    for number in 0..world.scenario.processes.max(1) {
        let process = Process::starts(&world, number, 0, fulfil_on);
        world.with(|inner| inner.processes.push(process));
    }
    if tokio::time::timeout(LONGEST, story(&world)).await.is_err() {
        world.complain("does not end", None, "somebody waits for ever".to_owned());
    }
    world.with(|inner| {
        let trace = std::mem::replace(&mut inner.trace, crate::trace::Trace::new(false));
        let (hash, lines) = trace.done();
        // Processes hold the world, and the world holds them.
        inner.processes.clear();
        let complaints = std::mem::take(&mut inner.complaints);
        RunEnd { complaints, hash, lines, tally: std::mem::take(&mut inner.tally) }
    })
}

/// Longer than any world lasts.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Chaos, healing, judgement.
async fn story(world: &Arc<World>) {
    for act in world.scenario.acts.clone() {
        world.time.until(act.at).await;
        tokio::spawn(act::perform(Arc::clone(world), act));
    }
    // What was asked last is under way for so long at most.
    world.time.wait(60_000).await;
    heal::heal(world).await;
    end::judge(world);
}

#[expect(clippy::expect_used, reason = "two constants of the fake bank")]
fn world(
    store: Arc<dyn PaymentStore>,
    scenario: Scenario,
    in_words: bool,
    real_crypto: bool,
) -> World {
    let settings = Settings {
        seed: scenario.seed,
        key: purse::bank_key(real_crypto),
        switches: scenario.bank.clone(),
        ..Settings::default()
    };
    let terminals = [SANDBOX_TERMINAL, TWO_STAGE_TERMINAL]
        .map(|terminal| TerminalId::new(terminal).expect("a uuid"));
    let mut world = World::new(scenario, store, Bank::new(settings), terminals, in_words);
    world.real_crypto = real_crypto;
    world
}

impl Report {
    /// Adds a run.
    pub fn add(&mut self, seed: u64, run: &RunEnd) {
        self.seeds += 1;
        self.tally.add(&run.tally);
        // A sum, because seeds end in any order.
        self.hash = self.hash.wrapping_add(run.hash ^ seed.rotate_left(32));
        if let Some(first) = run.complaints.first() {
            self.failures.push((seed, first.clone()));
        }
    }
}

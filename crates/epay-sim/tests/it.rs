//! What a simulator promises: the same seed is the same run, a store that is wrong is found, and what is
//! found gets small.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use async_trait::async_trait;
use epay::{InvoiceId, MemoryStore, PaymentStore};
use epay_domain::{Event, Schedule, StoreError, StoreLayer, Stored};
use epay_sim::{Act, Card, Deed, Fault, Order, Scenario, Simulation};
use epay_store::{InvoiceNumbers, SqliteStore};

#[test]
fn a_seed_is_the_same_run_each_time() {
    let simulation = Simulation::new(MemoryStore::default);
    let (one, two) = (simulation.run(0..8), simulation.run(0..8));
    assert_eq!((one.hash, &one.tally), (two.hash, &two.tally));
    assert_ne!(one.hash, simulation.run(8..12).hash);
    assert!(one.failures.is_empty(), "{one}");
}

#[test]
fn reading_along_changes_nothing() {
    let simulation = Simulation::new(MemoryStore::default);
    let scenario = Scenario::of_seed(7);
    let (quiet, told) = (simulation.scenario(&scenario), simulation.told(&scenario));
    assert_eq!(quiet.hash, told.hash);
    assert!(quiet.lines.is_empty() && !told.lines.is_empty());
    assert!(told.page(&scenario).contains("</svg>"));
}

#[test]
fn real_crypto_takes_longer_and_changes_nothing() {
    let remembered = Simulation::new(MemoryStore::default);
    let real = remembered.clone().with_real_crypto(true);
    const WALLETS: [Card; 3] = [Card::ApplePay, Card::ApplePayToken, Card::GooglePayToken];
    let by_wallet = |order: &Order| WALLETS.contains(&order.card);
    let of_cards = (0..).map(Scenario::of_seed).find(|it| !it.orders.iter().any(by_wallet));
    let of_cards = of_cards.unwrap();
    assert_eq!(real.scenario(&of_cards).hash, remembered.scenario(&of_cards).hash);
    let mut tokens = Scenario::of_seed(0);
    let order = |card| Order { card, ..tokens.orders[0].clone() };
    tokens.orders = WALLETS.map(order).to_vec();
    let deed = Deed::Pay { card: None, more: None };
    let pays = |order| Act { at: 0, order, process: 0, deed: deed.clone(), dropped_after: None };
    (tokens.acts, tokens.strikes) = (vec![pays(0), pays(1), pays(2)], Vec::new());
    let end = real.scenario(&tokens);
    assert_eq!(end.complaints, []);
    for opened in ["Apple Pay opened by the shop", "Apple Pay opened by the bank"] {
        assert!(end.tally.sometimes.contains_key(opened), "{opened}");
    }
    assert!(end.tally.sometimes.contains_key("Google Pay opened by the bank"));
}

#[test]
fn a_scenario_is_read_as_it_was_written() {
    for seed in 0..200 {
        let scenario = Scenario::of_seed(seed);
        assert_eq!(Scenario::read(&scenario.to_text()).unwrap(), scenario, "seed {seed}");
    }
    assert!(
        Scenario::read("seed = 1\nprocesses = 1\nreconcilers = 1\norder = []\nact = 5").is_err()
    );
}

#[test]
fn a_file_of_sqlite_makes_the_same_run_as_memory() {
    let directory = tempfile::tempdir().unwrap();
    let count = AtomicU32::new(0);
    let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
    let sqlite = Simulation::new(|| {
        let path = directory.path().join(count.fetch_add(1, Relaxed).to_string());
        SqliteStore::create(path, &numbers).unwrap()
    });
    let memory = Simulation::new(MemoryStore::default);
    assert_eq!(sqlite.run(0..4).hash, memory.run(0..4).hash);
}

/// Loses what it was told, now and then, and says that it has kept it.
#[derive(Debug, Default)]
struct Forgetful {
    store: MemoryStore,
    appends: AtomicU32,
}

#[async_trait]
impl StoreLayer for Forgetful {
    fn inner(&self) -> &dyn PaymentStore {
        &self.store
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        if self.appends.fetch_add(1, Relaxed) % 3 == 2 {
            return Ok(onto.appended(events, schedule));
        }
        self.store.append(onto, events, schedule).await
    }
}

#[test]
fn a_store_that_forgets_is_found_and_what_is_found_gets_small() {
    let simulation = Simulation::new(Forgetful::default);
    let report = simulation.run(0..3);
    let (seed, complaint) = report.failures.first().expect("it is found");
    let whole = Scenario::of_seed(*seed);
    let small = simulation.shrink(&whole);
    assert!(small.events() <= 12 && small.events() <= whole.events(), "{}", small.to_text());
    let end = simulation.told(&small);
    assert!(end.complaints.iter().any(|it| it.rule == complaint.rule), "{:?}", end.complaints);
    is_drawn("docs/pictures/shrunk-failure.svg", &end.svg());
}

/// What a seed has found once, and was mended: the file says what it was.
#[test]
fn what_was_mended_stays_mended() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = files.collect();
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        let scenario = Scenario::read(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let end = Simulation::new(MemoryStore::default).scenario(&scenario);
        assert_eq!(end.complaints, [], "{}", file.display());
    }
}

/// Compares a picture of the docs with the one that was drawn a moment ago; `EPAY_BLESS=1` accepts it.
fn is_drawn(path: &str, fresh: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("EPAY_BLESS").is_some() {
        std::fs::write(&file, fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == fresh, "{path} is another picture now; `cargo xtask bless` accepts it");
}

#[test]
fn what_never_struck_is_named() {
    let report = Simulation::new(MemoryStore::default).run(0..1);
    assert!(report.never().contains(&Fault::HandlerPanics.name()), "{report}");
}

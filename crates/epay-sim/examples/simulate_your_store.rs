//! A store of your own in the simulated world. This one has a mistake: it claims without a lease, so two
//! processes check and notify about the same payment at once.
//!
//! ```text
//! cargo run --release -p epay-sim --example simulate_your_store
//! ```

#![allow(clippy::print_stdout, reason = "an example speaks on its terminal")]

use std::time::Duration;

use async_trait::async_trait;
use epay::{MemoryStore, PaymentStore, TerminalId};
use epay_domain::{Queue, StoreError, StoreLayer, Stored, Timestamp};
use epay_sim::{Scenario, Simulation};

#[derive(Debug, Default)]
struct Yours(MemoryStore);

#[async_trait]
impl StoreLayer for Yours {
    fn inner(&self) -> &dyn PaymentStore {
        &self.0
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        _lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        self.0.claim_due(queue, terminal, now, limit, Duration::ZERO).await
    }
}

fn main() {
    let simulation = Simulation::new(Yours::default);
    let report = simulation.run(0..500);
    println!("{report}");
    if let Some((seed, _)) = report.failures.first() {
        let small = simulation.shrink(&Scenario::of_seed(*seed));
        println!("\nThe first failure, as small as it gets:\n\n{}", small.to_text());
    }
}

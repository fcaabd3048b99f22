//! What a shop sees of its payments, on the fake bank; the bank's wire log and ledger are the judges.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

#[cfg(feature = "applepay")]
mod apple_pay;
mod hints;
mod late;
mod lost;
mod notifications;
#[cfg(feature = "metrics")]
mod observed;
mod operator;
mod pay;
mod race;
mod steps;
mod three_ds;
mod told;

use epay::{Card, CardNumber, Cvc, Expiry, MemoryStore, Money, Outcome, Payments, StepOutcome};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{Endpoint, cards};

/// 5000 tenge: what everything here costs.
pub(crate) const PRICE: Money = Money::kzt(5_000_00);

/// One shop on one fake bank, by the bank's own clock.
pub(crate) struct Shop {
    pub(crate) bank: FakeBank,
    pub(crate) payments: Payments,
}

impl Shop {
    pub(crate) fn one_stage() -> Shop {
        let bank = FakeBank::start();
        Shop {
            payments: Payments::with_clock(bank.gateway(), MemoryStore::default(), bank.clock()),
            bank,
        }
    }

    pub(crate) fn two_stage() -> Shop {
        let bank = FakeBank::start();
        Shop {
            payments: Payments::with_clock(
                bank.two_stage_gateway(),
                MemoryStore::default(),
                bank.clock(),
            ),
            bank,
        }
    }

    /// Pays the order with a card the bank approves.
    pub(crate) async fn pay(&self, order: &str) -> Outcome {
        self.payments.pay(order, PRICE, card(cards::VISA_OK)).await.unwrap()
    }

    /// How many payments the bank was asked for.
    #[track_caller]
    pub(crate) fn asked(&self, endpoint: Endpoint, times: usize) {
        assert_eq!(self.bank.calls(endpoint), times, "{endpoint:?}");
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.bank.clock().advance(std::time::Duration::from_secs(seconds));
    }

    /// Captured and refunded of every operation at the bank.
    pub(crate) fn ledger(&self) -> Vec<(u64, u64)> {
        let sums = |operation: &epay_testkit::fakebank::Operation| {
            (operation.captured.minor(), operation.refunded().minor())
        };
        self.bank.with_bank(|bank| bank.ledger().iter().map(sums).collect())
    }
}

pub(crate) fn card(number: &str) -> Card {
    let (number, expiry) = (CardNumber::new(number).unwrap(), Expiry::parse_mmyy("01/27").unwrap());
    Card::new(number, expiry, Cvc::new("321").unwrap()).with_holder("ARMAN ALI")
}

/// The outcome's name, for tables.
pub(crate) fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Paid(_) => "paid",
        Outcome::Held(_) => "held",
        Outcome::AskPayer(_) => "ask payer",
        Outcome::Declined(..) => "declined",
        Outcome::NotExecuted(_) => "not executed",
        Outcome::Reversed(_) => "reversed",
        Outcome::Unknown(_) => "unknown",
    }
}

pub(crate) fn step_name(outcome: &StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Done(_) => "done",
        StepOutcome::Declined(..) => "declined",
        StepOutcome::NotExecuted(_) => "not executed",
        StepOutcome::Unknown(_) => "unknown",
    }
}

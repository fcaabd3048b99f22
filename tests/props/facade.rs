//! Whatever a shop, its payers and the wire do to `Payments`, one order is paid once, and no outcome promises too much.

use crate::history::{switches, trouble};
use core::time::Duration;
use epay::{MemoryStore, Money, Outcome, Payments};
use epay_domain::{
    Contradiction, Event, EventKind, PaymentStore, Source, StepStatus, ThreeDsAnswer,
};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{Endpoint, Operation, PayerChoice, Settings, Status, Switches, cards};
use epay_testkit::judge::{Attempt, Books, Verdict, judge};
use epay_tests::bench::card;
use pollster::block_on;
use proptest::{collection::vec, prelude::*, sample::select};
use std::sync::Arc;

const ORDER: &str = "order-17";
const PRICE: Money = Money::tiyn(100_00);

/// One call of the shop, or what happens between two.
#[derive(Clone, Debug)]
enum Act {
    /// The payer clicks, perhaps again, perhaps with another card.
    Pay(&'static str),
    /// The payer comes back from 3-D Secure, perhaps to a page that was loaded before.
    Return(PayerChoice),
    Abandon,
    /// The shop lets an order be paid anew that was given back.
    PayAgain,
    Capture(&'static str, Money),
    Void(&'static str),
    Refund(&'static str, Money),
    GiveUp(&'static str),
    CheckStatus,
    Reconcile,
    Wait(Duration),
}

/// A shop with one order.
struct Shop {
    bank: FakeBank,
    store: Arc<MemoryStore>,
    payments: Payments,
    /// The last challenge that was shown: the state of its return link, and what the payer was sent to.
    shown: Option<(String, epay_domain::Challenge)>,
}

impl Shop {
    fn open(two_stage: bool, switches: Switches) -> Shop {
        let bank = FakeBank::with(Settings { switches, ..Settings::default() });
        let gateway = if two_stage { bank.two_stage_http_gateway() } else { bank.http_gateway() };
        let store = Arc::new(MemoryStore::default());
        let payments = Payments::with_clock(gateway, Arc::clone(&store), bank.clock());
        Shop { bank, store, payments, shown: None }
    }

    /// Errors say that nothing was asked, so there is nothing to look at.
    fn act(&mut self, act: &Act) -> Option<Outcome> {
        let shop = &self.payments;
        let outcome = match act {
            Act::Pay(number) => block_on(shop.pay(ORDER, PRICE, card(number))).ok(),
            Act::Return(choice) => {
                let (state, challenge) = self.shown.as_ref()?;
                let damaged = || ThreeDsAnswer::new("damaged".into(), challenge.md.clone().into());
                let answer = self.bank.payer_answers(challenge, *choice).unwrap_or_else(damaged);
                block_on(shop.confirm(state, answer)).ok()
            }
            Act::Abandon => block_on(shop.abandon(ORDER)).ok(),
            Act::PayAgain => block_on(shop.pay_again(ORDER, "the payer wants it")).ok().and(None),
            Act::CheckStatus => block_on(shop.check_status(ORDER)).ok(),
            Act::Capture(step, sum) => block_on(shop.capture(ORDER, step, *sum)).ok().and(None),
            Act::Void(step) => block_on(shop.void(ORDER, step)).ok().and(None),
            Act::Refund(step, sum) => block_on(shop.refund(ORDER, step, *sum)).ok().and(None),
            Act::GiveUp(step) => {
                block_on(shop.operator().give_up(ORDER, step, "nobody answered")).ok().and(None)
            }
            Act::Reconcile => block_on(shop.reconcile()).ok().and(None),
            Act::Wait(time) => {
                self.bank.clock().advance(*time);
                None
            }
        };
        if let Some(Outcome::AskPayer(ask)) = &outcome {
            let challenge = ask.attempt().payment().challenge().cloned();
            self.shown = challenge.map(|challenge| (ask.state(), challenge));
        }
        outcome
    }
}

fn holds_money(operation: &Operation) -> bool {
    matches!(operation.status, Status::Auth | Status::Charge)
}

/// Whether the log has that a person stopped waiting for a step, and no answer of the bank since.
fn ended_by_a_person(shop: &Shop, attempt: &epay::Attempt) -> bool {
    let history = block_on(shop.store.history(attempt.invoice())).unwrap();
    let mut last = history.iter().rev().take_while(|it| !is_status(it));
    last.any(|it| matches!(it.kind, EventKind::GivenUp(..)))
}

fn is_status(event: &Event) -> bool {
    matches!(&event.kind, EventKind::Observed(seen) if seen.source == Source::Status)
}

fn act() -> impl Strategy<Value = Act> {
    let number = select(vec![
        cards::VISA_OK,
        cards::VISA_OK,
        cards::THREE_DS,
        cards::INSUFFICIENT_FUNDS,
        cards::NOT_FINAL,
    ]);
    let choice = select(vec![PayerChoice::Approve, PayerChoice::Approve, PayerChoice::Decline]);
    let step = || select(vec!["s1", "s2", "s3"]);
    let sum = || select(vec![100_00, 60_00, 20_00]).prop_map(Money::tiyn);
    let time = select(vec![2, 700, 3_600, 90_000]).prop_map(Duration::from_secs);
    prop_oneof![
        5 => number.prop_map(Act::Pay),
        3 => choice.prop_map(Act::Return),
        1 => Just(Act::Abandon),
        1 => Just(Act::PayAgain),
        3 => (step(), sum()).prop_map(|(step, sum)| Act::Capture(step, sum)),
        1 => step().prop_map(Act::Void),
        4 => (step(), sum()).prop_map(|(step, sum)| Act::Refund(step, sum)),
        1 => step().prop_map(Act::GiveUp),
        2 => Just(Act::CheckStatus),
        3 => Just(Act::Reconcile),
        3 => time.prop_map(Act::Wait),
    ]
}

/// Which call of the bank an act would make, so that the trap is set where it may snap.
fn endpoint(act: &Act) -> Endpoint {
    match act {
        Act::Return(_) => Endpoint::Confirm,
        Act::Capture(..) => Endpoint::Charge,
        Act::Void(_) => Endpoint::Cancel,
        Act::Refund(..) => Endpoint::Refund,
        Act::CheckStatus | Act::Reconcile => Endpoint::Status,
        Act::Pay(_) | Act::Abandon | Act::PayAgain | Act::GiveUp(_) | Act::Wait(_) => {
            Endpoint::Cryptopay
        }
    }
}

proptest! {
    #![proptest_config(crate::config_of_one_in(50))]

    #[test]
    fn one_order_is_paid_once_and_every_outcome_is_true(
        two_stage in any::<bool>(),
        switches in switches(),
        acts in vec((act(), trouble()), 1..16),
    ) {
        let mut shop = Shop::open(two_stage, switches);
        for (act, trouble) in &acts {
            trouble.set(&shop.bank, endpoint(act));
            let outcome = shop.act(act);
            shop.bank.disconnect(false);

            let Some(outcome) = outcome else { continue };
            let ledger = shop.bank.with_bank(|bank| bank.ledger().to_vec());
            let booked = ledger.iter().find(|operation| operation.invoice == outcome.attempt().invoice().as_str());
            let status = booked.map(|operation| operation.status);
            match outcome {
                Outcome::Paid(_) | Outcome::Refunded(_) => {
                    prop_assert!(matches!(status, Some(Status::Charge | Status::Refund)), "{status:?}");
                }
                // A charge or cancel that was given up while status was late may have happened after all.
                Outcome::Held(attempt) => {
                    let gave_up = attempt.payment().steps().any(|(_, answer)| answer == StepStatus::GivenUp);
                    prop_assert!(gave_up || status == Some(Status::Auth), "held while {status:?}");
                }
                // A person may say that they wait no longer for a status that shows a step. Nothing else is odd.
                Outcome::Unknown(unknown) => {
                    let ruled = ended_by_a_person(&shop, unknown.attempt());
                    let is_theirs = |it: &_| matches!(it, Contradiction::StepNotShown { .. });
                    let mut odd = unknown.contradictions();
                    odd.retain(|it| !(ruled && is_theirs(it)));
                    prop_assert!(odd.is_empty(), "{odd:?}");
                }
                // Declined, not asked, not executed, voided, and while the payer is asked.
                _ => prop_assert!(!booked.is_some_and(holds_money), "{outcome:?} while {status:?}"),
            }
        }
        let log = block_on(Attempt::all(&*shop.store)).unwrap();
        let books = shop.bank.with_bank(|bank| Books::new(bank, log));
        let verdict = judge(&Books { all_arrive: true, at_rest: false, ..books });
        prop_assert!(verdict == Verdict::default(), "{verdict}");
    }
}

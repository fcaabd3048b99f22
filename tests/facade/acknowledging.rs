//! An acknowledgement covers what was shown, by value: what came in between, or comes later, is up.

use async_trait::async_trait;
use epay::{
    Currency, InvoiceId, MemoryStore, Money, NotificationKind, PayErrorKind, PaymentStatus,
    Payments, TerminalId,
};
use epay_domain::{
    BankAmount, BankText, Event, EventKind, Observation, PaymentStore, Refunds, Schedule,
    StoreError, StoreErrorKind, StoreLayer, Stored,
};
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking};
use epay_tests::bench::{
    Call, DAY, HOUR, Heard, MINUTE, PRICE, Reply, ScriptedBank, Shop, kinds, name, shown,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[tokio::test]
async fn a_person_settles_a_wrong_sum() {
    // The reply told the right sum and the status another; or the reply was lost and there is only the
    // other one.
    for (reply, names) in [
        (None, vec!["two_captured_sums", "wrong_amount"]),
        (Some(FaultKind::CutAfterEffect), vec!["wrong_amount"]),
    ] {
        let shop = Shop::one_stage();
        shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(Misbooking::Amount(1_00)));
        reply.into_iter().for_each(|how| shop.bank.inject_fault(Endpoint::Cryptopay, how));
        assert_eq!(name(&shop.pay("order").await), "unknown");
        let open = shown(&shop.payments, "order").await;
        assert_eq!(kinds(&open), names);
        assert_eq!(name(&shop.pay("order").await), "unknown");
        shop.asked(Endpoint::Cryptopay, 1);
        let ruled =
            shop.payments.operator().acknowledge("order", &open, "ticket 17").await.unwrap();
        assert!(ruled.payment().contradictions().is_empty());
        let again =
            shop.payments.operator().acknowledge("order", &open, "again").await.unwrap_err();
        assert!(matches!(again.kind(), PayErrorKind::Refused(_)), "nothing is left");
    }
}

#[tokio::test]
async fn what_comes_between_the_screen_and_the_click_stays_up() {
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::charged(), Reply::charged_of(Money::tenge(9_000))).await;
    let seen = shown(&shop.payments, "order").await;
    shop.bank.says(Call::Status, Reply::refunded(Money::tenge(50_000)));
    let _ = shop.payments.check_status("order").await.unwrap();
    let ruled = shop
        .payments
        .operator()
        .acknowledge("order", &seen, "the larger sum is agreed")
        .await
        .unwrap();
    let left = ruled.payment().contradictions();
    assert_eq!(kinds(&left), ["over_refunded"]);
    assert_eq!(name(&shop.status("order").await), "unknown");
}

/// So many cents are taken instead of tenge.
fn dollars(cents: u64) -> Reply {
    Reply::charged_of(Money::new(cents, Currency::USD))
}

#[tokio::test]
async fn new_evidence_of_the_same_kind_is_up_again() {
    for (first, next) in [
        (Reply::refunded(Money::tenge(6_000)), Reply::refunded(Money::tenge(50_000))),
        (Reply::charged_of(Money::tenge(4_999)), Reply::charged_of(Money::tenge(1))),
        (
            Reply::charged().changed(|seen| seen.invoice = Some(BankText::new("777777"))),
            Reply::charged().changed(|seen| seen.invoice = Some(BankText::new("888888"))),
        ),
        (dollars(50), dollars(500_000)),
    ] {
        let shop = Shop::scripted();
        let _ = shop.pay_and("order", Reply::Lost, first).await;
        let seen = shown(&shop.payments, "order").await;
        assert!(!seen.is_empty());
        let _ = shop.payments.operator().acknowledge("order", &seen, "looked into").await.unwrap();
        assert!(shown(&shop.payments, "order").await.is_empty());
        let _ = shop.payments.check_status("order").await.unwrap();
        assert!(shown(&shop.payments, "order").await.is_empty(), "the same word is nothing new");
        shop.bank.says(Call::Status, next);
        let _ = shop.payments.check_status("order").await.unwrap();
        let up = shown(&shop.payments, "order").await;
        assert!(!up.is_empty() && up != seen, "{up:?} after {seen:?}");
    }
}

#[tokio::test]
async fn what_was_looked_into_as_a_hold_is_up_again_when_it_is_taken_unless_we_capture_it() {
    let other_sum = Money::tenge(4_000);
    let wrong = move |seen: &mut Observation| seen.amount = Some(BankAmount::card_only(other_sum));
    let elsewhere = |seen: &mut Observation| {
        seen.terminal = TerminalId::new("00000000-0000-0000-0000-000000000000").ok();
    };
    let foreign = |seen: &mut Observation| seen.currency = Some(Currency::USD);
    for (hold, taken, sum, kind) in [
        (Reply::held().changed(wrong), Reply::charged_of(other_sum), other_sum, "wrong_amount"),
        (
            Reply::held().changed(elsewhere),
            Reply::charged().changed(elsewhere),
            PRICE,
            "other_terminal",
        ),
        (
            Reply::held().changed(foreign),
            Reply::charged().changed(foreign),
            PRICE,
            "other_currency",
        ),
    ] {
        for ours in [false, true] {
            let shop = Shop::scripted();
            let _ = shop.pay_and("order", Reply::Lost, hold.clone()).await;
            let seen = shown(&shop.payments, "order").await;
            assert_eq!(kinds(&seen), [kind]);
            let operator = shop.payments.operator();
            let _ = operator.acknowledge("order", &seen, "only a hold").await.unwrap();
            assert_eq!(name(&shop.payments.check_status("order").await.unwrap()), "held", "{kind}");
            if ours {
                shop.bank.says(Call::Capture, Reply::step_done());
                let _ = shop.payments.capture("order", "capture-1", sum).await.unwrap();
            }
            shop.bank.says(Call::Status, taken.clone());
            let outcome = shop.payments.check_status("order").await.unwrap();
            let up = shown(&shop.payments, "order").await;
            let (stands, kinds_up) = if ours { ("paid", vec![]) } else { ("unknown", vec![kind]) };
            assert_eq!((name(&outcome), kinds(&up)), (stands, kinds_up), "captured by us: {ours}");
            if !ours {
                let _ = operator.acknowledge("order", &up, "taken, and agreed").await.unwrap();
                assert_eq!(name(&shop.status("order").await), "paid");
            }
        }
    }
}

#[tokio::test]
async fn a_third_operation_is_up_although_two_were_judged() {
    let shop = Shop::scripted();
    let _ =
        shop.pay_and("order", Reply::charged().named("one"), Reply::charged().named("two")).await;
    let refused = shop
        .payments
        .operator()
        .acknowledge("order", &shown(&shop.payments, "order").await, "yes")
        .await;
    assert!(refused.is_err(), "an acknowledgement chooses nothing");
    let one = epay::TransactionId::new("one").unwrap();
    let ruled = shop
        .payments
        .operator()
        .choose_transaction("order", &one, "the portal shows it")
        .await
        .unwrap();
    assert_eq!(ruled.payment().transaction(), Some(&one));
    for id in ["three", "four"] {
        shop.bank.says(Call::Status, Reply::charged().named(id));
        let _ = shop.payments.check_status("order").await.unwrap();
        let up = shown(&shop.payments, "order").await;
        assert_eq!(kinds(&up), ["two_transactions"], "{id}");
        let _ = shop.payments.operator().choose_transaction("order", &one, "still").await.unwrap();
    }
}

/// A log into which another process writes a fact just before the machine's acknowledgement.
#[derive(Debug)]
struct Interrupted {
    inner: Arc<MemoryStore>,
    fact: Observation,
    done: AtomicBool,
}

#[async_trait]
impl StoreLayer for Interrupted {
    fn inner(&self) -> &dyn PaymentStore {
        &*self.inner
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        let acknowledges = |event: &Event| matches!(event.kind, EventKind::Acknowledged(..));
        if events.iter().any(acknowledges) && !self.done.swap(true, Ordering::SeqCst) {
            let fact = onto.payment.record_reply(Ok(self.fact.clone()), events[0].at);
            let now = self.inner.load(onto.payment.invoice()).await?.unwrap();
            self.inner.append(&now, &[fact], now.schedule).await?;
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        self.inner.append(onto, events, schedule).await
    }
}

#[tokio::test]
async fn the_machine_acknowledges_only_what_it_has_judged() {
    let (inner, clock) = (Arc::new(MemoryStore::default()), epay_testkit::ManualClock::default());
    let other = epay::TransactionId::new("another").unwrap();
    let fact = Observation {
        transaction: Some(other),
        ..Observation::status(epay_domain::Fact::Captured {
            captured: Some(PRICE),
            refunded: Refunds::NotTold,
        })
    };
    let store = Interrupted { inner: Arc::clone(&inner), fact, done: AtomicBool::new(false) };
    let (bank, heard) = (ScriptedBank::new(clock.clone()), Heard::default());
    bank.says(Call::Authorize, Reply::Lost).says(Call::Status, Reply::not_found());
    let payments = Payments::with_clock(bank.clone(), store, clock.clone())
        .with_notification_handler(heard.clone());
    let paid = payments.pay("order", PRICE, epay_tests::bench::sealed()).await.unwrap();
    let invoice: InvoiceId = paid.attempt().invoice().clone();
    for _ in 0..(26 * HOUR / (5 * MINUTE)) {
        clock.advance(std::time::Duration::from_secs(5 * MINUTE));
        payments.reconcile().await.unwrap();
    }
    let status = |payments: &Payments| {
        let (payments, invoice) = (payments.clone(), invoice.clone());
        async move { payments.status(&invoice).await.unwrap().attempt().payment().status() }
    };
    assert_eq!(status(&payments).await, PaymentStatus::Abandoned);
    bank.says(Call::Status, Reply::charged());
    for _ in 0..(DAY / (5 * MINUTE)) {
        clock.advance(std::time::Duration::from_secs(5 * MINUTE));
        payments.reconcile().await.unwrap();
        while payments.deliver_notifications().await.unwrap() > 0 {}
    }
    assert_eq!(status(&payments).await, PaymentStatus::Disputed);
    let up = shown(&payments, &invoice).await;
    assert!(up.iter().any(|it| it.name() == "two_transactions"), "{up:?}");
    let told = heard.kinds();
    assert!(!told.contains(&NotificationKind::Captured), "{told:?}");
}

#[tokio::test]
async fn nothing_is_acknowledged_that_was_not_shown() {
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::Lost, Reply::charged_of(Money::tenge(9_000))).await;
    let nothing =
        shop.payments.operator().acknowledge("order", &[], "looks fine").await.unwrap_err();
    assert!(matches!(nothing.kind(), PayErrorKind::Refused(_)));
    let other = [epay::Contradiction::VoidedYetCaptured];
    let other =
        shop.payments.operator().acknowledge("order", &other, "looks fine").await.unwrap_err();
    assert!(matches!(other.kind(), PayErrorKind::Refused(_)));
    assert_eq!(kinds(&shown(&shop.payments, "order").await), ["wrong_amount"]);
}

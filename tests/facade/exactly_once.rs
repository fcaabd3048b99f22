//! Where the number of calls is what matters: the bank is asked once, whoever clicks, fails or races.

use epay::{MemoryStore, Money, PayErrorKind, Payments, TagKey};
use epay_domain::{
    BankAmount, Delivery, Fact, GatewayError, GatewayErrorKind, Observation, Refunds, Source,
    TransactionId,
};
use epay_http::Environment;
use epay_testkit::mock::MockBank;
use epay_testkit::{FakeBank, ManualClock};
use epay_tests::bench::{PRICE, name, sealed, step_name};
use std::time::Duration;

fn mock() -> MockBank {
    let mut bank = MockBank::new();
    let environment =
        Environment::fake_bank("http://127.0.0.1/oauth", "http://127.0.0.1/api").unwrap();
    bank.expect_terminal().return_const(FakeBank::one_stage());
    bank.expect_environment().return_const(environment);
    let tags = TagKey::random().unwrap();
    bank.expect_tag_key().returning(move || tags.clone());
    bank
}

fn taken(refunded: Option<Money>) -> Observation {
    let refunded = refunded.map_or(Refunds::NotTold, Refunds::Total);
    Observation {
        transaction: TransactionId::new("op-1").ok(),
        amount: Some(BankAmount::card_only(PRICE)),
        ..Observation::status(Fact::Captured { captured: Some(PRICE), refunded })
    }
}

/// The same, as the answer to the ask.
fn replied() -> Observation {
    Observation { source: Source::Reply, ..taken(None) }
}

fn lost() -> GatewayError {
    GatewayError::new(Delivery::MaybeSent, GatewayErrorKind::Connection)
}

#[tokio::test]
async fn a_lost_authorize_is_never_sent_again_however_long_it_takes() {
    let (mut bank, clock) = (mock(), ManualClock::default());
    bank.expect_authorize().times(1).returning(|_, _, _| Err(lost()));
    bank.expect_status().times(101..).returning(|_| Ok(Observation::status(Fact::InProgress)));
    let payments = Payments::with_clock(bank, MemoryStore::default(), clock.clone());
    for _ in 0..100 {
        let outcome = payments.pay("order", PRICE, sealed()).await.unwrap();
        assert_eq!(name(&outcome), "unknown");
        clock.advance(Duration::from_secs(6 * 3_600));
        payments.reconcile().await.unwrap();
    }
}

#[tokio::test]
async fn a_lost_refund_is_asked_once_under_its_name() {
    let (mut bank, clock) = (mock(), ManualClock::default());
    bank.expect_authorize().times(1).returning(|_, _, _| Ok(replied()));
    bank.expect_refund().times(1).returning(|_, _, _| Err(lost()));
    bank.expect_capture().times(0);
    bank.expect_void().times(0);
    bank.expect_status().returning(|_| Ok(taken(None)));
    let payments = Payments::with_clock(bank, MemoryStore::default(), clock.clone());
    assert_eq!(name(&payments.pay("order", PRICE, sealed()).await.unwrap()), "paid");
    for _ in 0..20 {
        let refund = payments.refund("order", "refund-1", PRICE).await.unwrap();
        assert_eq!(step_name(&refund), "unknown");
        assert!(payments.refund("order", "refund-2", PRICE).await.is_err());
        clock.advance(Duration::from_secs(3_600));
        payments.reconcile().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_clicks_at_once_one_asks() {
    let mut bank = mock();
    bank.expect_authorize().times(1).returning(|_, _, _| Ok(replied()));
    bank.expect_status().returning(|_| Ok(taken(None)));
    let payments = Payments::with_clock(bank, MemoryStore::default(), ManualClock::default());
    let clicks = (0..16).map(|_| {
        let payments = payments.clone();
        tokio::spawn(async move { payments.pay("order", PRICE, sealed()).await.unwrap() })
    });
    for click in clicks.collect::<Vec<_>>() {
        let _ = click.await.unwrap();
    }
}

#[tokio::test]
async fn a_payment_of_another_terminal_is_neither_asked_nor_checked() {
    let store = std::sync::Arc::new(MemoryStore::default());
    let mut own = mock();
    own.expect_authorize().times(1).returning(|_, _, _| Ok(replied()));
    own.expect_status().times(1).returning(|_| Ok(taken(None)));
    let clock = ManualClock::default();
    let payments = Payments::with_clock(own, std::sync::Arc::clone(&store), clock.clone());
    assert_eq!(name(&payments.pay("order", PRICE, sealed()).await.unwrap()), "paid");
    let mut other = MockBank::new();
    let environment =
        Environment::fake_bank("http://127.0.0.1/oauth", "http://127.0.0.1/api").unwrap();
    other.expect_terminal().return_const(FakeBank::two_stage());
    other.expect_environment().return_const(environment);
    other.expect_tag_key().returning(|| TagKey::random().unwrap());
    let other = Payments::with_clock(other, store, clock.clone());
    let refused = [
        other.check_status("order").await.unwrap_err(),
        other.refund("order", "refund-1", PRICE).await.unwrap_err(),
        other.void("order", "void-1").await.unwrap_err(),
        other.abandon("order").await.unwrap_err(),
    ];
    assert!(refused.iter().all(|error| error.kind() == PayErrorKind::OtherTerminal), "{refused:?}");
    clock.advance(Duration::from_secs(100 * 24 * 3_600));
    assert_eq!(other.reconcile().await.unwrap().checked, 0);
}

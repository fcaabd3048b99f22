//! A Google Pay token is passed on for the bank to open, and paid with once, whoever brings it.

use epay::{MemoryStore, Money, Outcome, PayErrorKind, Payments};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{Endpoint, FaultKind, Method};
use epay_tests::bench::{PRICE, Shop, google_pay_token, name};
use tokio::task::JoinSet;

use crate::saved_cards::confirmed;

#[tokio::test]
async fn the_token_reaches_the_bank_over_the_wire() {
    let bank = FakeBank::start();
    let payments = Payments::with_clock(bank.http_gateway(), MemoryStore::default(), bank.clock());
    let paid = payments.pay("order", PRICE, google_pay_token("a")).await.unwrap();
    assert_eq!(name(&paid), "paid");
    let methods: Vec<_> =
        bank.with_bank(|bank| bank.ledger().iter().map(|paid| paid.method).collect());
    assert_eq!(methods, [Method::GooglePayToken]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_from_sixty_four_tasks_is_paid_with_once() {
    for same_order in [false, true] {
        let shop = Shop::one_stage();
        let mut tasks = JoinSet::new();
        for task in 0..64 {
            let payments = shop.payments.clone();
            let order = if same_order { "order".to_owned() } else { format!("order-{task}") };
            tasks.spawn(async move { payments.pay(&order, PRICE, google_pay_token("a")).await });
        }
        let outcomes = tasks.join_all().await;
        let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(accepted, if same_order { 64 } else { 1 });
        for error in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(error.kind(), PayErrorKind::Replayed);
        }
        shop.asked(Endpoint::Cryptopay, 1);
        assert_eq!(shop.ledger(), [(PRICE.minor(), 0)]);
    }
}

#[tokio::test]
async fn a_lost_answer_is_checked_and_the_token_not_sent_again() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    let pay = async |order, token| shop.payments.pay(order, PRICE, google_pay_token(token)).await;
    assert_eq!(name(&pay("order", "a").await.unwrap()), "unknown");
    assert_eq!(name(&pay("order", "b").await.unwrap()), "paid", "another tap");
    assert_eq!(pay("another", "a").await.unwrap_err().kind(), PayErrorKind::Replayed);
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn a_declined_token_is_not_tried_again() {
    let shop = Shop::one_stage();
    // The fake bank declines what ends so.
    let sum = Money::tiyn(1_484_07);
    let pay = async |token| shop.payments.pay("order", sum, google_pay_token(token)).await;
    assert_eq!(name(&pay("a").await.unwrap()), "declined");
    assert_eq!(pay("a").await.unwrap_err().kind(), PayErrorKind::Replayed);
    assert_eq!(name(&pay("b").await.unwrap()), "declined", "another tap is another try");
    shop.asked(Endpoint::Cryptopay, 2);
}

#[tokio::test]
async fn a_card_that_is_no_devices_asks_for_3_d_secure() {
    let shop = Shop::one_stage();
    shop.bank.with_bank(|bank| bank.switches_mut().google_pay_three_ds = true);
    let asked = shop.payments.pay("order", PRICE, google_pay_token("a")).await.unwrap();
    let Outcome::AskPayer(challenge) = asked else { panic!("{asked:?}") };
    assert_eq!(name(&confirmed(&shop, &challenge).await), "paid");
}

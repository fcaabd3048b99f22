//! A shop on a SQLite log goes on after its process has ended: it ships, refunds and takes the payer back from 3-D
//! Secure as if nothing had happened, and asks the bank for nothing twice.

use crate::file_shop::{FileShop, pay};
use epay::{Money, Outcome, StepOutcome};
use epay_testkit::fakebank::{Endpoint, PayerChoice, cards};
use epay_tests::bench::{PRICE, card};

#[tokio::test]
async fn a_second_click_in_another_process_is_the_same_payment() {
    let shop = FileShop::new();
    for _ in 0..3 {
        let paid = pay(&shop.started(), "order", cards::VISA_OK).await.unwrap();
        assert!(
            matches!(&paid, Outcome::Paid(attempt) if attempt.net_captured() == Some(PRICE)),
            "{paid:?}"
        );
    }
    assert_eq!(shop.asked(), 1);
}

#[tokio::test]
async fn many_processes_at_once_pay_once() {
    let shop = FileShop::new();
    let clicks = tokio::task::LocalSet::new();
    let paid = clicks.run_until(async {
        let processes: Vec<_> = (0..4).map(|_| shop.started()).collect();
        let clicks = processes.into_iter().map(|process| {
            tokio::task::spawn_local(async move {
                process.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap()
            })
        });
        let mut paid = 0;
        for click in clicks.collect::<Vec<_>>() {
            paid += u32::from(matches!(click.await.unwrap(), Outcome::Paid(_)));
        }
        paid
    });
    assert!(paid.await >= 1);
    assert_eq!(shop.asked(), 1);
    assert!(matches!(shop.started().status("order").await.unwrap(), Outcome::Paid(_)));
}

#[tokio::test]
async fn the_payer_comes_back_to_another_process_than_they_left() {
    let shop = FileShop::new();
    let Outcome::AskPayer(ask) = pay(&shop.started(), "order", cards::THREE_DS).await.unwrap()
    else {
        panic!("no challenge")
    };
    // The page is loaded again after the restart, and shows the same form.
    let Outcome::AskPayer(again) = pay(&shop.started(), "order", cards::THREE_DS).await.unwrap()
    else {
        panic!("no challenge")
    };
    let challenge = again.attempt().payment().challenge().cloned().unwrap();
    assert_eq!(Some(&challenge), ask.attempt().payment().challenge());
    assert_eq!(again.state(), ask.state());
    assert_eq!(shop.asked(), 1);

    let answer = shop.bank.payer_answers(&challenge, PayerChoice::Approve).unwrap();
    let paid = shop.started().confirm(&ask.state(), answer).await.unwrap();
    assert!(matches!(paid, Outcome::Paid(_)), "{paid:?}");
    assert_eq!(shop.bank.calls(Endpoint::Confirm), 1);
}

#[tokio::test]
async fn a_refund_that_is_asked_again_by_another_process_is_given_once() {
    let shop = FileShop::new();
    assert!(matches!(
        pay(&shop.started(), "order", cards::VISA_OK).await.unwrap(),
        Outcome::Paid(_)
    ));
    for _ in 0..3 {
        let refunded =
            shop.started().refund("order", "refund-1", Money::tenge(2_000)).await.unwrap();
        assert!(matches!(refunded, StepOutcome::Done(_)), "{refunded:?}");
        assert_eq!(refunded.attempt().net_captured(), Some(Money::tenge(3_000)));
    }
    assert_eq!(shop.bank.calls(Endpoint::Refund), 1);
}

#[tokio::test]
async fn a_decline_opens_the_next_attempt_with_the_next_number() {
    let shop = FileShop::new();
    let declined = pay(&shop.started(), "order", cards::INSUFFICIENT_FUNDS).await.unwrap();
    assert!(matches!(declined, Outcome::Declined(..)), "{declined:?}");
    let paid = pay(&shop.started(), "order", cards::VISA_OK).await.unwrap();
    assert_eq!(paid.attempt().invoice().as_str(), "100000002");
    assert!(matches!(paid, Outcome::Paid(_)), "{paid:?}");
}

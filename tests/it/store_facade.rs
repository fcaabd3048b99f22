//! A shop on a SQLite log goes on after its process has ended: it ships, refunds and takes the payer back from 3-D
//! Secure as if nothing had happened, and asks the bank for nothing twice.

use epay::{
    Card, CardNumber, Cvc, Expiry, InvoiceId, Money, Outcome, Payments, StepOutcome, TagKey,
};
use epay_store::{InvoiceNumbers, SqliteStore};
use epay_testkit::{
    FakeBank,
    fakebank::{Endpoint, PayerChoice, cards},
};
use tempfile::TempDir;

const PRICE: Money = Money::tiyn(5_000_00);

/// A bank that goes on, and a shop that is started again and again.
struct Shop {
    bank: FakeBank,
    home: TempDir,
}

impl Shop {
    fn new() -> Shop {
        let shop = Shop { bank: FakeBank::start(), home: tempfile::tempdir().unwrap() };
        let numbers = InvoiceNumbers::starting_at(InvoiceId::new("100000001").unwrap());
        SqliteStore::create(shop.home.path().join("log"), &numbers).unwrap();
        shop
    }

    /// Another process: nothing of the one before is left but the file, and the key that every process is given.
    fn started(&self) -> Payments {
        let store = SqliteStore::open(self.home.path().join("log")).unwrap();
        let tags = TagKey::new([7; 32]).unwrap();
        Payments::with_clock(self.bank.gateway(), store, self.bank.clock()).with_tags(tags)
    }

    async fn pay(&self, order: &str, number: &str) -> Outcome {
        self.started().pay(order, PRICE, card(number)).await.unwrap()
    }

    #[track_caller]
    fn asked(&self, endpoint: Endpoint, times: usize) {
        assert_eq!(self.bank.calls(endpoint), times, "{endpoint:?}");
    }
}

fn card(number: &str) -> Card {
    let (number, expiry) = (CardNumber::new(number).unwrap(), Expiry::parse_mmyy("01/27").unwrap());
    Card::new(number, expiry, Cvc::new("321").unwrap()).with_holder("ARMAN ALI")
}

#[tokio::test]
async fn a_second_click_in_another_process_is_the_same_payment() {
    let shop = Shop::new();
    for _ in 0..3 {
        let paid = shop.pay("order", cards::VISA_OK).await;
        assert!(
            matches!(&paid, Outcome::Paid(attempt) if attempt.net_captured() == PRICE),
            "{paid:?}"
        );
    }
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn many_processes_at_once_pay_once() {
    let shop = Shop::new();
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
    shop.asked(Endpoint::Cryptopay, 1);
    assert!(matches!(shop.started().status("order").await.unwrap(), Outcome::Paid(_)));
}

#[tokio::test]
async fn the_payer_comes_back_to_another_process_than_he_left() {
    let shop = Shop::new();
    let Outcome::AskPayer(ask) = shop.pay("order", cards::THREE_DS).await else {
        panic!("no challenge")
    };
    // The page is loaded again after the restart, and shows the same form.
    let Outcome::AskPayer(again) = shop.pay("order", cards::THREE_DS).await else {
        panic!("no challenge")
    };
    let challenge = again.attempt().payment().challenge().cloned().unwrap();
    assert_eq!(Some(&challenge), ask.attempt().payment().challenge());
    assert_eq!(again.state(), ask.state());
    shop.asked(Endpoint::Cryptopay, 1);

    let answer = shop.bank.payer_answers(&challenge, PayerChoice::Approve).unwrap();
    let paid = shop.started().confirm(&ask.state(), answer).await.unwrap();
    assert!(matches!(paid, Outcome::Paid(_)), "{paid:?}");
    shop.asked(Endpoint::Confirm, 1);
}

#[tokio::test]
async fn a_refund_that_is_asked_again_by_another_process_is_given_once() {
    let shop = Shop::new();
    assert!(matches!(shop.pay("order", cards::VISA_OK).await, Outcome::Paid(_)));
    for _ in 0..3 {
        let refunded =
            shop.started().refund("order", "refund-1", Money::tiyn(2_000_00)).await.unwrap();
        assert!(matches!(refunded, StepOutcome::Done(_)), "{refunded:?}");
        assert_eq!(refunded.attempt().net_captured(), Money::tiyn(3_000_00));
    }
    shop.asked(Endpoint::Refund, 1);
}

#[tokio::test]
async fn a_decline_opens_the_next_attempt_with_the_next_number() {
    let shop = Shop::new();
    let declined = shop.pay("order", cards::INSUFFICIENT_FUNDS).await;
    assert!(matches!(declined, Outcome::Declined(..)), "{declined:?}");
    let paid = shop.pay("order", cards::VISA_OK).await;
    assert_eq!(paid.attempt().invoice().as_str(), "100000002");
    assert!(matches!(paid, Outcome::Paid(_)), "{paid:?}");
}

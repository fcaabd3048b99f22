//! Money that moved after its attempt was given up: kept or given back when all is certain, else a person decides.

use crate::{PRICE, Shop, card, name};
use epay::domain::{Flag, InvoiceId, PaymentStatus, Refusal};
use epay::{LateSuccess, Outcome, PayErrorKind, Payments, Timeouts};
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking, Status, cards};
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const REOPEN: Duration = Duration::from_secs(15 * MINUTE);

impl Shop {
    fn with(mut self, change: impl FnOnce(Payments) -> Payments) -> Shop {
        self.payments = change(self.payments);
        self
    }

    fn reopening(self) -> Shop {
        self.with(|payments| {
            payments.with_timeouts(Timeouts { reopen: Some(REOPEN), ..Timeouts::default() })
        })
    }

    /// Pays, and the bank does it but shows it to nobody until `hidden` seconds have passed.
    async fn pay_hidden(&self, hidden: u64) -> InvoiceId {
        self.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
        self.bank.inject_fault(Endpoint::Cryptopay, FaultKind::LateVisible(hidden * 1_000));
        let unknown = self.pay("order").await;
        assert_eq!(name(&unknown), "unknown");
        unknown.attempt().invoice().clone()
    }

    /// Lets the time pass as the reconciler does, in steps of five minutes.
    async fn pass(&self, seconds: u64) {
        for _ in 0..seconds / (5 * MINUTE) {
            self.wait(5 * MINUTE);
            self.payments.reconcile().await.unwrap();
        }
    }

    /// Lets the time pass until a status check has found the hidden attempt.
    async fn pass_until_it_surfaces(&self, hidden: u64) {
        self.pass(hidden).await;
        while self.payments.status("order").await.unwrap().attempt().payment().flags().is_empty() {
            self.pass(5 * MINUTE).await;
        }
    }

    /// The order's first attempt was given up and the second is paid.
    async fn paid_again(&self, hidden: u64) -> InvoiceId {
        let first = self.pay_hidden(hidden).await;
        self.pass(20 * MINUTE).await;
        assert_eq!(name(&self.payments.reopen("order").await.unwrap()), "not executed");
        let second = self.pay("order").await;
        assert_ne!(second.attempt().invoice(), &first);
        first
    }

    /// How an older attempt stands.
    async fn status_of_payment(&self, invoice: &InvoiceId) -> PaymentStatus {
        let history = self.payments.history(invoice).await.unwrap();
        let present = self.payments.status("order").await.unwrap();
        let present = present.attempt().payment();
        let opened =
            epay::Payment::open(invoice.clone(), present.ordered(), present.terminal().clone());
        history.iter().fold(opened, epay::Payment::apply).status()
    }

    fn status_of(&self, invoice: &InvoiceId) -> Status {
        self.bank.with_bank(|bank| bank.operation(invoice.as_str()).unwrap().status)
    }
}

#[tokio::test]
async fn an_order_is_held_for_the_whole_fence_unless_the_shop_lets_payers_choose() {
    let shop = Shop::one_stage();
    shop.pay_hidden(HOUR).await;
    shop.pass(30 * MINUTE).await;
    let error = shop.payments.reopen("order").await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::Refused(Refusal::NotDead));
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn a_payer_chooses_to_pay_again_only_after_an_unbroken_not_found() {
    let shop = Shop::one_stage().reopening();
    shop.pay_hidden(HOUR).await;
    shop.pass(10 * MINUTE).await;
    let error = shop.payments.reopen("order").await.unwrap_err();
    assert_eq!(error.kind(), PayErrorKind::Refused(Refusal::NotDead));
    assert_eq!(
        name(&shop.pay("order").await),
        "unknown",
        "without the payer's choice nothing is reopened"
    );
    shop.pass(10 * MINUTE).await;
    assert_eq!(name(&shop.pay("order").await), "unknown", "nor later");
    assert_eq!(name(&shop.payments.reopen("order").await.unwrap()), "not executed");
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop.asked(Endpoint::Cryptopay, 2);
}

#[tokio::test]
async fn a_reopened_order_whose_first_attempt_shows_up_at_that_moment_stays_paid_once() {
    let shop = Shop::one_stage().reopening();
    shop.pay_hidden(20 * MINUTE).await;
    shop.pass(15 * MINUTE).await;
    shop.wait(6 * MINUTE);
    let error = shop.payments.reopen("order").await.unwrap_err();
    assert!(matches!(error.kind(), PayErrorKind::Refused(_)), "one more status check has found it");
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn what_surfaces_beside_another_payment_is_given_back_once() {
    for (shop, undo, undone) in [
        (Shop::one_stage(), Endpoint::Refund, Status::Refund),
        (Shop::two_stage(), Endpoint::Cancel, Status::Cancel),
    ] {
        let shop = shop.reopening();
        let first = shop.paid_again(2 * HOUR).await;
        if undo == Endpoint::Cancel {
            let captured = shop.payments.capture("order", "capture-1", PRICE).await.unwrap();
            assert_eq!(crate::step_name(&captured), "done");
        }
        shop.pass(3 * HOUR).await;
        assert_eq!(shop.status_of(&first), undone);
        shop.asked(undo, 1);
        assert_eq!(name(&shop.payments.status("order").await.unwrap()), "paid");
        assert!(matches!(
            shop.status_of_payment(&first).await,
            PaymentStatus::Refunded | PaymentStatus::Voided
        ));
    }
}

#[tokio::test]
async fn a_lost_answer_to_giving_it_back_is_not_asked_again() {
    let shop = Shop::one_stage().reopening();
    let first = shop.paid_again(2 * HOUR).await;
    shop.bank.inject_fault(Endpoint::Refund, FaultKind::CutAfterEffect);
    shop.pass(4 * HOUR).await;
    assert_eq!(shop.status_of(&first), Status::Refund);
    shop.asked(Endpoint::Refund, 1);
    assert_eq!(shop.status_of_payment(&first).await, PaymentStatus::Refunded);
}

#[tokio::test]
async fn what_surfaces_for_an_order_without_another_payment_is_its_payment() {
    let shop = Shop::one_stage();
    let first = shop.pay_hidden(26 * HOUR).await;
    shop.pass(25 * HOUR).await;
    assert_eq!(name(&shop.payments.status("order").await.unwrap()), "not executed");
    shop.pass_until_it_surfaces(HOUR).await;
    assert_eq!(
        name(&shop.payments.status("order").await.unwrap()),
        "unknown",
        "the status has told it once only"
    );
    shop.pass(HOUR).await;
    let kept = shop.payments.status("order").await.unwrap();
    assert!(matches!(&kept, Outcome::Paid(attempt) if attempt.invoice() == &first), "{kept:?}");
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
    shop.asked(Endpoint::Refund, 0);
}

#[tokio::test]
async fn whatever_is_not_certain_is_left_to_a_person() {
    let flagged = |shop: Shop| shop.with(|payments| payments.with_late_success(LateSuccess::Flag));
    let wrong_sum = Misbooking::Amount(50_00);
    for (shop, misbooking, another) in [
        (flagged(Shop::one_stage()), None, cards::VISA_OK),
        (Shop::one_stage(), Some(wrong_sum), cards::VISA_OK),
        (Shop::one_stage(), None, cards::THREE_DS),
    ] {
        let shop = shop.with(|payments| {
            payments.with_timeouts(Timeouts { reopen: Some(REOPEN), ..Timeouts::default() })
        });
        let first = shop.pay_hidden(2 * HOUR).await;
        if let Some(misbooking) = misbooking {
            assert!(shop.bank.with_bank(|bank| bank.misbook(first.as_str(), misbooking)));
        }
        shop.pass(20 * MINUTE).await;
        let _ = shop.payments.reopen("order").await.unwrap();
        let _ = shop.payments.pay("order", PRICE, card(another)).await.unwrap();
        shop.pass(3 * HOUR).await;
        assert_eq!(shop.status_of_payment(&first).await, PaymentStatus::Disputed);
        shop.asked(Endpoint::Refund, 0);
        assert_eq!(shop.status_of(&first), Status::Charge);
    }
}

#[tokio::test]
async fn proof_that_an_attempt_is_dead_ends_when_it_comes_to_life() {
    let shop = Shop::one_stage();
    shop.pay_hidden(26 * HOUR).await;
    shop.pass(25 * HOUR).await;
    let dead = shop.payments.status("order").await.unwrap().attempt().payment().dead();
    assert!(dead.is_some());
    shop.pass_until_it_surfaces(HOUR).await;
    let late = shop.payments.status("order").await.unwrap();
    assert!(late.attempt().payment().flags().contains(Flag::LateSuccess));
    assert_eq!(late.attempt().payment().dead(), None);
    assert_eq!(name(&shop.pay("order").await), "unknown", "no second payment beside it");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn an_unconfirmed_payment_beside_it_is_no_reason_to_give_it_back() {
    let shop = Shop::one_stage().reopening();
    let first = shop.pay_hidden(2 * HOUR).await;
    shop.pass(20 * MINUTE).await;
    let _ = shop.payments.reopen("order").await.unwrap();
    // The reply says charged, and the status does not know it yet.
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::LateVisible(10 * HOUR * 1_000));
    let _ = shop.pay("order").await;
    shop.pass(3 * HOUR).await;
    assert_eq!(shop.status_of_payment(&first).await, PaymentStatus::Disputed);
    shop.asked(Endpoint::Refund, 0);
    shop.pass(9 * HOUR).await;
    assert_eq!(shop.status_of(&first), Status::Refund, "once it is confirmed, it is");
    shop.asked(Endpoint::Refund, 1);
}

#[tokio::test]
async fn it_counts_as_given_back_when_the_bank_has_said_so() {
    for (lost, status) in [(false, PaymentStatus::Refunded), (true, PaymentStatus::Disputed)] {
        let shop = Shop::one_stage().reopening();
        let first = shop.paid_again(2 * HOUR).await;
        if lost {
            shop.bank.inject_fault(Endpoint::Refund, FaultKind::CutBeforeEffect);
        }
        while shop.bank.calls(Endpoint::Refund) == 0 {
            shop.pass(5 * MINUTE).await;
        }
        assert_eq!(shop.status_of_payment(&first).await, status, "lost: {lost}");
    }
}

#[tokio::test]
async fn another_transaction_at_the_second_look_is_left_to_a_person() {
    let shop = Shop::one_stage().reopening();
    let first = shop.paid_again(2 * HOUR).await;
    while shop.status_of_payment(&first).await != PaymentStatus::Disputed {
        shop.pass(5 * MINUTE).await;
    }
    assert!(shop.bank.with_bank(|bank| bank.misbook(first.as_str(), Misbooking::Twice)));
    shop.pass(3 * HOUR).await;
    assert_eq!(shop.status_of_payment(&first).await, PaymentStatus::Disputed);
    shop.asked(Endpoint::Refund, 0);
}

#[tokio::test]
async fn what_was_given_back_in_part_already_is_left_to_a_person() {
    let shop = Shop::one_stage();
    let first = shop.pay_hidden(26 * HOUR).await;
    shop.pass(25 * HOUR).await;
    let id = shop.bank.with_bank(|bank| bank.operation(first.as_str()).unwrap().id.clone());
    let now =
        epay_testkit::fakebank::Millis(epay::domain::Clock::now(&shop.bank.clock()).unix_millis());
    let part = epay_testkit::fakebank::Amount::parse("1000.00");
    shop.bank.with_bank(|bank| bank.refund(None, &id, part, None, now)).unwrap();
    shop.pass(5 * HOUR).await;
    assert_eq!(shop.status_of_payment(&first).await, PaymentStatus::Disputed);
    shop.asked(Endpoint::Refund, 0);
}

#[tokio::test]
async fn a_look_that_failed_reopens_nothing() {
    let shop = Shop::one_stage().reopening();
    shop.pay_hidden(25 * MINUTE).await;
    shop.pass(20 * MINUTE).await;
    shop.wait(30 * MINUTE);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    assert_eq!(
        name(&shop.payments.reopen("order").await.unwrap()),
        "unknown",
        "by now the bank may know it"
    );
    assert_eq!(name(&shop.pay("order").await), "paid");
    shop.asked(Endpoint::Cryptopay, 1);
}

#[tokio::test]
async fn what_the_second_look_does_not_find_is_not_given_back() {
    let shop = Shop::one_stage().reopening();
    let first = shop.paid_again(2 * HOUR).await;
    while shop.status_of_payment(&first).await != PaymentStatus::Disputed {
        shop.pass(5 * MINUTE).await;
    }
    let elsewhere = Misbooking::Invoice("999999999".to_owned());
    assert!(shop.bank.with_bank(|bank| bank.misbook(first.as_str(), elsewhere)));
    shop.pass(2 * HOUR).await;
    shop.asked(Endpoint::Refund, 0);
    let back = Misbooking::Invoice(first.as_str().to_owned());
    assert!(shop.bank.with_bank(|bank| bank.misbook("999999999", back)));
    shop.pass(2 * HOUR).await;
    assert_eq!(shop.status_of(&first), Status::Refund, "once it is found again, it is");
}

#[tokio::test]
async fn an_order_that_has_had_two_attempts_is_nobodys_to_settle_but_a_persons() {
    let shop = Shop::one_stage().reopening();
    let first = shop.pay_hidden(2 * HOUR).await;
    shop.pass(20 * MINUTE).await;
    let _ = shop.payments.reopen("order").await.unwrap();
    let second = shop.pay_hidden(30 * HOUR).await;
    shop.pass(3 * HOUR).await;
    let _ =
        shop.payments.operator().acknowledge(&first, "this is the order's payment").await.unwrap();
    shop.pass(30 * HOUR).await;
    assert_eq!(shop.status_of_payment(&second).await, PaymentStatus::Disputed);
    shop.asked(Endpoint::Refund, 0);
}

//! A person's word ends contradictions and waits, stays in the log, and asks the bank nothing.

use std::time::Duration;

use epay::{InvoiceId, Outcome, PaymentStatus};
use epay_domain::{Event, EventKind, PaymentStore};
use epay_fakebank::{Misbooking, cards};
use epay_testkit::FakeBank;
use serde_json::Value;

use super::shop::{LATE, LOG, PRICE, REFUND_LOST, Shop, UNKNOWN, WRONG_SUM, card};

const NOTE: [&str; 2] = ["--note", "Aida: agreed with the payer"];

impl Shop {
    /// The token that `show` prints for what is up now.
    fn shown(&self, invoice: &str) -> String {
        let text = self.epay(&["show", LOG, invoice, "--json"]).told();
        let shown: Value = serde_json::from_str(&text).unwrap();
        shown["shown"].as_str().unwrap().to_owned()
    }

    fn acknowledge(&self, invoice: &str, token: &str) -> super::shop::Ended {
        self.epay(&[&["acknowledge", LOG, invoice, "--shown", token][..], &NOTE].concat())
    }

    async fn history(&self, invoice: &str) -> Vec<Event> {
        self.store().history(&InvoiceId::new(invoice).unwrap()).await.unwrap()
    }

    /// The bank's book is changed, and the change is seen.
    async fn misbooked(&self, from: &str, how: Misbooking, seen_on: &str) {
        assert!(self.bank.with_bank(|bank| bank.misbook(from, how)));
        let invoice = InvoiceId::new(seen_on).unwrap();
        let _ = self.payments().check_status(&invoice).await.unwrap();
    }
}

#[tokio::test]
async fn contradictions_end_once_and_the_bank_is_not_asked() {
    let shop = Shop::after_a_bad_week().await;
    let calls = || shop.bank.with_bank(|bank| bank.wire_log().len());
    let before = calls();
    for (invoice, name) in [
        (WRONG_SUM, "50.00 KZT was neither ordered nor asked to be captured (50.00 KZT taken)"),
        (LATE, "closed as dead, and yet it had an effect (5000.00 KZT taken)"),
    ] {
        let token = shop.shown(invoice);
        let text = shop.acknowledge(invoice, &token).with(0);
        let stands = format!(
            "invoice {invoice}, acknowledged: {name}\nit stands as paid; payer charged: yes; acts \
             next: shop; next call: ship; refund gives money back\n"
        );
        assert_eq!(text, stands);
        let stored = shop.attempt(invoice).await;
        assert!(!stored.payment.is_contradicted());
        assert!(
            stored.schedule.next_notify_at.is_some(),
            "what was kept from the shop is to be told"
        );
        let history = shop.history(invoice).await;
        let EventKind::Acknowledged(_, note) = &history.last().unwrap().kind else {
            panic!("{history:?}")
        };
        assert_eq!(note.as_str(), NOTE[1]);

        let again = shop.acknowledge(invoice, &token).with(1);
        assert!(again.contains("nothing was written: there is nothing of this to end"), "{again}");
        assert_eq!(shop.history(invoice).await, history);
    }
    assert_eq!(calls(), before);
    shop.epay(&["list", LOG, "--disputed"]).with(0);
}

#[tokio::test]
async fn what_was_not_shown_is_not_acknowledged() {
    let shop = Shop::after_a_bad_week().await;
    let token = shop.shown(WRONG_SUM);
    shop.misbooked(WRONG_SUM, Misbooking::Amount(60_00), WRONG_SUM).await;
    let history = shop.history(WRONG_SUM).await;
    for token in [token, shop.shown(LATE)] {
        let text = shop.acknowledge(WRONG_SUM, &token).with(1);
        assert!(text.contains(&format!("is not what `{token}` names; look again")), "{text}");
    }
    assert_eq!(shop.history(WRONG_SUM).await, history);
    let text = shop.acknowledge(WRONG_SUM, &shop.shown(WRONG_SUM)).with(0);
    assert!(
        text.contains("acknowledged: two captured sums, 50.00 KZT and 60.00 KZT; 50.00"),
        "{text}"
    );
}

#[tokio::test]
async fn an_operation_is_chosen_by_its_name() {
    let shop = Shop::after_a_bad_week().await;
    let (ours, other) = ("100000002", REFUND_LOST);
    let operation = shop.attempt(other).await.payment.transaction().unwrap().to_string();
    let choose = [&["choose", LOG, ours, &operation][..], &NOTE].concat();
    let text = shop.epay(&choose).with(1);
    assert!(text.contains("nothing of this to end"), "{text}");
    // The bank now says that another order's operation is this attempt's.
    let away = Misbooking::Invoice("999999999".to_owned());
    assert!(shop.bank.with_bank(|bank| bank.misbook(ours, away)));
    shop.misbooked(other, Misbooking::Invoice(ours.to_owned()), ours).await;
    let shown = shop.epay(&["show", LOG, ours]).with(0);
    let command = format!("epay payments choose {LOG} {ours} {operation} --note TEXT");
    assert!(shown.contains(&command), "{shown}");
    let text = shop.epay(&choose).with(0);
    assert!(text.starts_with(&format!("invoice {ours}, its operation is {operation}\n")), "{text}");
    assert_eq!(shop.attempt(ours).await.payment.transaction().unwrap().as_str(), operation);
}

#[tokio::test]
async fn the_wait_for_a_step_ends_by_its_name() {
    let shop = Shop::after_a_bad_week().await;
    let give_up = |step| shop.epay(&[&["give-up", LOG, REFUND_LOST, step][..], &NOTE].concat());
    let wrong = give_up("refund-2").with(1);
    assert!(wrong.contains("nothing was written: there is nothing of this to end"), "{wrong}");
    let text = give_up("refund-1").with(0);
    assert!(text.contains("the wait for step refund-1 is given up\n"), "{text}");
    assert_eq!(shop.attempt(REFUND_LOST).await.payment.status(), PaymentStatus::Paid);
}

#[tokio::test]
async fn without_the_bank_an_attempt_is_closed_by_force_and_the_risk_is_said() {
    let shop = Shop::after_a_bad_week().await;
    let close = |invoice| shop.epay(&[&["close", LOG, invoice, "--force"][..], &NOTE].concat());
    let text = close(UNKNOWN).with(0);
    assert!(text.starts_with("RISK: nobody has asked the bank."), "{text}");
    assert!(
        text.contains(&format!("invoice {UNKNOWN}, closed\nit stands as abandoned; ")),
        "{text}"
    );
    let text = close("100000002").with(1);
    assert!(text.contains("nothing was written: money may have moved"), "{text}");
}

#[tokio::test]
async fn other_numbers_are_given_out_if_they_are_new() {
    let shop = Shop::after_a_bad_week().await;
    let text = shop.epay(&["renumber", LOG, "100000003"]).with(1);
    assert!(text.ends_with("Choose a first number beyond all that were given out.\n"), "{text}");
    let text = shop.epay(&["renumber", LOG, "200500000"]).with(0);
    assert_eq!(text, "shop.db gives out 500001 invoice numbers from 200500000 on\n");
}

#[tokio::test]
async fn a_number_that_the_bank_has_seen_before_has_a_way_out() {
    let shop = Shop::empty();
    let (taken, ago) = (InvoiceId::new("100000001").unwrap(), Duration::from_secs(864_000));
    shop.bank.book_stranger(&FakeBank::one_stage(), &taken, PRICE, ago);
    let outcome = shop.payments().pay("order", PRICE, card(cards::VISA_OK)).await.unwrap();
    assert_eq!(outcome.attempt().answer().status, PaymentStatus::Disputed);
    let shown = shop.epay(&["show", LOG, taken.as_str()]).with(0);
    assert!(shown.contains(&format!("epay payments renumber {LOG} FIRST")), "{shown}");
    shop.acknowledge(taken.as_str(), &shop.shown(taken.as_str())).with(0);
    shop.epay(&[&["close", LOG, taken.as_str(), "--force"][..], &NOTE].concat()).with(0);
    shop.epay(&["renumber", LOG, "200500000"]).with(0);
    let outcome = shop.payments().pay("order", PRICE, card(cards::VISA_OK)).await.unwrap();
    assert!(matches!(outcome, Outcome::Paid(_)), "{outcome:?}");
    assert_eq!(outcome.attempt().invoice().as_str(), "200500000");
}

#[tokio::test]
async fn what_cannot_be_ruled_is_said_before_anything_is_written() {
    let shop = Shop::after_a_bad_week().await;
    let token = shop.shown(WRONG_SUM);
    let acknowledge =
        |more: &[&str]| shop.epay(&[&["acknowledge", LOG, "--shown", &token][..], more].concat());
    for (more, code, says) in [
        (&["999999999", "--note", "b"][..], 1, "there is no invoice 999999999 in shop.db"),
        (&[WRONG_SUM, "--note", " "], 2, "--note says who has looked"),
        (&[WRONG_SUM, "--note", "card 4111 1111 1111 1111"], 2, "there is a card number"),
        (&[WRONG_SUM], 2, "--note"),
        (&["abc", "--note", "b"], 2, "INVOICE"),
    ] {
        let text = acknowledge(more).with(code);
        assert!(text.contains(says), "{text}");
    }
    for arguments in [
        &["acknowledge", LOG, WRONG_SUM, "--note", "b"][..],
        &["close", LOG, UNKNOWN, "--note", "b"],
        &["close", LOG, UNKNOWN, "--note", "b", "--force", "--production"],
    ] {
        shop.epay(arguments).with(2);
    }
    assert!(shop.attempt(WRONG_SUM).await.payment.is_contradicted());
    assert!(shop.attempt(UNKNOWN).await.payment.pending().is_some());
}

//! A person's word ends flags and waits, stays in the log, and asks the bank nothing.

use epay::{
    PaymentStatus,
    domain::{EventKind, PaymentStore},
};

use crate::shop::{LATE, LOG, REFUND_LOST, Shop, WRONG_SUM};

const WHO: [&str; 4] = ["--who", "Aida", "--why", "agreed with the payer"];

#[tokio::test]
async fn flags_end_once_and_the_bank_is_not_asked() {
    let shop = Shop::after_a_bad_week().await;
    let calls = || shop.bank.with_bank(|bank| bank.wire_log().len());
    let before = calls();
    for (invoice, flag) in [(WRONG_SUM, "wrong_amount"), (LATE, "late_success")] {
        let command = [&["resolve", LOG, invoice][..], &WHO].concat();
        let text = shop.epay(&command).with(0);
        let status = format!(
            "invoice {invoice}, acknowledged: {flag}\nit stands as paid; payer charged: yes\n"
        );
        assert_eq!(text, status);
        let stored = shop.attempt(invoice).await;
        assert!(stored.payment.flags().is_empty());
        assert!(
            stored.schedule.next_notify_at.is_some(),
            "what the flag kept from the shop is to be told"
        );
        let history = shop.store().history(stored.payment.invoice()).await.unwrap();
        let EventKind::Acknowledged(note) = &history.last().unwrap().kind else {
            panic!("{history:?}")
        };
        assert_eq!(note.as_str(), "Aida: agreed with the payer");

        let again = shop.epay(&command).with(1);
        assert!(
            again.starts_with(&format!(
                "epay: nothing to resolve: no flag is up on invoice {invoice}"
            )),
            "{again}"
        );
        assert_eq!(shop.store().history(stored.payment.invoice()).await.unwrap(), history);
    }
    assert_eq!(calls(), before);
    shop.epay(&["list", LOG, "--flagged"]).with(0);
}

#[tokio::test]
async fn the_wait_for_a_step_ends_by_its_name() {
    let shop = Shop::after_a_bad_week().await;
    let give_up =
        |step| shop.epay(&[&["resolve", LOG, REFUND_LOST, "--step", step][..], &WHO].concat());
    let wrong = give_up("refund-2").with(1);
    assert!(
        wrong.ends_with(&format!("invoice {REFUND_LOST} does not wait for a step refund-2\n")),
        "{wrong}"
    );
    let text = give_up("refund-1").with(0);
    assert!(text.contains("the wait for step refund-1 is given up"), "{text}");
    assert_eq!(shop.attempt(REFUND_LOST).await.payment.status(), PaymentStatus::Paid);
}

#[tokio::test]
async fn what_cannot_be_resolved_is_said_before_anything_is_written() {
    let shop = Shop::after_a_bad_week().await;
    for (arguments, code, says) in [
        (
            &["resolve", LOG, "999999999", "--who", "A", "--why", "b"][..],
            1,
            "there is no invoice 999999999 in shop.db",
        ),
        (
            &["resolve", LOG, WRONG_SUM, "--who", " ", "--why", "b"],
            1,
            "--who and --why say something",
        ),
        (
            &["resolve", LOG, WRONG_SUM, "--who", "A", "--why", "card 4111 1111 1111 1111"],
            1,
            "there is a card number",
        ),
        (&["resolve", LOG, WRONG_SUM, "--who", "A"], 2, "--why"),
        (&["resolve", LOG, "abc", "--who", "A", "--why", "b"], 2, "INVOICE"),
    ] {
        let text = shop.epay(arguments).with(code);
        assert!(text.contains(says), "{text}");
    }
    assert!(!shop.attempt(WRONG_SUM).await.payment.flags().is_empty());
}

//! An order is more than its newest attempt, and a stranger to the code tried these.

use epay::{
    InvoiceId, Notification, NotificationHandler, NotificationKind, PayErrorKind, Payments,
};
use epay_domain::{Clock, Fact, Observation, PayerStep, Refusal};
use epay_testkit::fakebank::cards;
use epay_tests::bench::{
    Call, HOUR, Heard, MINUTE, PRICE, Reply, ScriptedBank, Shop, VirtualClock, kinds, name, sealed,
    shown, three_ds_answer, timeouts,
};
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the bank says of each invoice; of all others that it does not know them.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<HashMap<String, Reply>>>);

impl Book {
    fn set(&self, invoice: &InvoiceId, reply: Reply) {
        self.0.lock().unwrap().insert(invoice.as_str().to_owned(), reply);
    }

    fn reply(&self) -> Reply {
        let book = self.clone();
        Reply::Says(Arc::new(move |payment, source| {
            let known = book.0.lock().unwrap().get(payment.invoice().as_str()).cloned();
            match known.unwrap_or(Reply::not_found()) {
                Reply::Says(says) => says(payment, source),
                _ => Observation::status(Fact::InProgress),
            }
        }))
    }
}

fn soon_reopened(payments: Payments, heard: &Heard) -> Payments {
    let reopen = Some(Duration::from_secs(15 * MINUTE));
    let heard = heard.clone();
    payments.with_notification_handler(heard).with_timeouts(timeouts(|it| it.reopen = reopen))
}

fn shop() -> (Shop<ScriptedBank>, Book, Heard) {
    let heard = Heard::default();
    let shop = Shop::scripted().with(|payments| soon_reopened(payments, &heard));
    let book = Book::default();
    shop.bank.says(Call::Status, book.reply());
    (shop, book, heard)
}

/// Two attempts, the first given up by the payer's choice.
async fn two_attempts(shop: &Shop<ScriptedBank>, second: Reply) -> (InvoiceId, InvoiceId) {
    shop.bank.next(Call::Authorize, [Reply::Lost, second]);
    let first = shop.pay("order").await.attempt().invoice().clone();
    shop.pass(20 * MINUTE).await;
    let _ = shop.payments.reopen("order").await.unwrap();
    let second = shop.pay("order").await.attempt().invoice().clone();
    (first, second)
}

#[tokio::test]
async fn an_order_that_an_older_attempt_has_paid_is_not_charged_again() {
    let heard = Heard::default();
    let shop = Shop::one_stage().with(|payments| soon_reopened(payments, &heard));
    let first = shop.pay_hidden("order", HOUR).await;
    shop.pass(20 * MINUTE).await;
    let _ = shop.payments.reopen("order").await.unwrap();
    assert_eq!(name(&shop.pay_with("order", cards::INSUFFICIENT_FUNDS).await), "declined");
    shop.pass(2 * HOUR).await;
    assert_eq!(name(&shop.status("order").await), "unknown", "the late one is looked into");
    let again = shop.pay("order").await;
    assert_eq!((name(&again), again.attempt().invoice()), ("unknown", &first));
    let open = shown(&shop.payments, &first).await;
    let _ =
        shop.payments.operator().acknowledge(&first, &open, "the order's payment").await.unwrap();
    let again = shop.pay("order").await;
    assert_eq!((name(&again), again.attempt().invoice()), ("paid", &first));
    shop.pass(48 * HOUR).await;
    while shop.deliver().await > 0 {}
    assert_eq!(shop.ledger(), [(PRICE.minor(), 0), (0, 0)]);
    let captured = |kinds: &[NotificationKind]| {
        kinds.iter().filter(|kind| **kind == NotificationKind::Captured).count()
    };
    assert_eq!(captured(&heard.kinds()), 1);
}

#[tokio::test]
async fn two_attempts_that_have_money_are_shipped_once_and_somebody_is_told() {
    let (shop, book, heard) = shop();
    let (first, second) = two_attempts(&shop, Reply::Lost).await;
    book.set(&first, Reply::charged());
    let _ = shop.payments.check_status(&first).await.unwrap();
    let open = shown(&shop.payments, &first).await;
    let _ = shop.payments.operator().acknowledge(&first, &open, "paid: ship").await.unwrap();
    while shop.deliver().await > 0 {}
    assert!(heard.kinds().contains(&NotificationKind::Captured));
    book.set(&second, Reply::charged());
    for _ in 0..12 * 24 {
        shop.wait(5 * MINUTE);
        let _ = shop.reconcile().await;
        let _ = shop.deliver().await;
    }
    assert_eq!(heard.kinds(), [NotificationKind::NeedsAttention]);
}

#[tokio::test]
async fn what_was_withheld_for_another_attempt_is_told_when_that_one_is_over() {
    let (shop, book, heard) = shop();
    let (first, second) = two_attempts(&shop, Reply::number_taken()).await;
    book.set(&first, Reply::charged());
    let _ = shop.payments.check_status(&first).await.unwrap();
    let open = shown(&shop.payments, &first).await;
    let _ = shop.payments.operator().acknowledge(&first, &open, "it is the payment").await.unwrap();
    while shop.deliver().await > 0 {}
    assert!(!heard.kinds().contains(&NotificationKind::Captured));
    shop.wait(5 * MINUTE);
    let open = shown(&shop.payments, &second).await;
    let _ = shop.payments.operator().acknowledge(&second, &open, "nothing there").await.unwrap();
    let _ = shop.payments.close(&second, "nothing there").await.unwrap();
    for _ in 0..24 {
        shop.wait(5 * MINUTE);
        let _ = shop.reconcile().await;
        while shop.deliver().await > 0 {}
    }
    assert!(heard.kinds().contains(&NotificationKind::Captured));
}

#[tokio::test]
async fn nobody_abandons_an_attempt_against_the_banks_word_or_without_it() {
    let not_dead = PayErrorKind::Refused(Refusal::NotDead);
    for (fresh, refused) in [
        (Reply::Lost, PayErrorKind::NoAnswer),
        (Reply::in_progress(), not_dead),
        (Reply::waits_for(PayerStep::Fingerprint), not_dead),
        (Reply::unknown_name("PROCESSING"), not_dead),
    ] {
        let shop = Shop::scripted();
        shop.bank.says(Call::Authorize, Reply::Lost);
        shop.bank.says(Call::Status, Reply::waits_for(PayerStep::Challenge));
        let _ = shop.pay("order").await;
        shop.bank.says(Call::Status, fresh);
        shop.wait(5);
        let error = shop.payments.abandon("order").await.unwrap_err();
        assert_eq!(error.kind(), refused);
        let _ = shop.pay("order").await;
        assert_eq!(shop.bank.calls(Call::Authorize), 1);
    }
}

#[tokio::test]
async fn somebody_is_told_of_a_payer_whom_the_bank_no_longer_waits_for() {
    for status in [Reply::waits_for(PayerStep::Fingerprint), Reply::unknown_name("PROCESSING")] {
        let (shop, _, heard) = shop();
        shop.bank.says(Call::Authorize, Reply::challenge()).says(Call::Status, status);
        let _ = shop.pay("order").await;
        for _ in 0..24 {
            shop.wait(5 * MINUTE);
            let _ = shop.reconcile().await;
            let _ = shop.deliver().await;
        }
        assert_eq!(heard.kinds(), [NotificationKind::NeedsAttention]);
    }
}

#[tokio::test]
async fn no_confirm_is_sent_while_two_operations_are_not_judged() {
    let shop = Shop::scripted();
    let other = Reply::waits_for(PayerStep::Challenge).named("op-other");
    shop.bank.says(Call::Authorize, Reply::challenge()).says(Call::Status, other);
    let epay::Outcome::AskPayer(ask) = shop.pay("order").await else { panic!("no challenge") };
    let _ = shop.payments.check_status("order").await.unwrap();
    let open = shop.status("order").await.attempt().payment().contradictions();
    assert_eq!(kinds(&open), ["two_transactions"]);
    let _ = shop.payments.confirm(&ask.state(), three_ds_answer()).await.unwrap();
    assert_eq!(shop.bank.calls(Call::Confirm), 0);
}

#[tokio::test(start_paused = true)]
async fn two_processes_whose_clocks_are_minutes_apart_check_no_faster_than_two_that_agree() {
    let mut checks = Vec::new();
    for apart in [0, 600_000] {
        let shop = Shop::virtual_time();
        shop.bank.says(Call::Authorize, Reply::Lost).says(Call::Status, Reply::Lost);
        for order in 0..20 {
            let _ = shop.payments.pay(&order.to_string(), PRICE, sealed()).await.unwrap();
        }
        shop.bank.says(Call::Status, Reply::in_progress()).takes(Duration::from_secs(5));
        shop.bank.forget();
        let ahead = VirtualClock::start();
        let millis = |clock: &VirtualClock| i64::try_from(clock.now().unix_millis()).unwrap();
        ahead.jump(millis(&shop.clock) - millis(&ahead) + apart);
        let other = Payments::with_clock(shop.bank.clone(), Arc::clone(&shop.store), ahead.clone());
        let half_an_hour = || shop.clock.sleep(Duration::from_secs(1_800));
        let pause = Duration::from_secs(1);
        tokio::join!(
            shop.payments.keep_reconciling(pause, half_an_hour()),
            other.keep_reconciling(pause, half_an_hour()),
        );
        checks.push(shop.bank.calls(Call::Status));
    }
    assert!(checks[1] <= 3 * checks[0], "{checks:?}");
}

/// A shop whose handler has a bug.
#[derive(Clone, Debug)]
struct Panics;

#[async_trait::async_trait]
impl NotificationHandler for Panics {
    async fn handle(&self, _: &Notification) -> Result<(), Box<dyn Error + Send + Sync>> {
        panic!("a bug of the shop's")
    }
}

#[tokio::test(start_paused = true)]
async fn neither_a_handler_that_panics_nor_status_calls_that_hang_stop_the_checks() {
    let shop = Shop::virtual_time().with(|it| it.with_notification_handler(Panics));
    shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::charged());
    let _ = shop.payments.pay("told", PRICE, sealed()).await.unwrap();
    shop.bank.says(Call::Authorize, Reply::Lost).says(Call::Status, Reply::Lost);
    for order in 0..16 {
        let _ = shop.payments.pay(&order.to_string(), PRICE, sealed()).await.unwrap();
    }
    shop.bank.says(Call::Status, Reply::Hangs);
    let working = shop.payments.clone();
    let clock = shop.clock.clone();
    let half_an_hour = async move { clock.sleep(Duration::from_secs(1_800)).await };
    let working = tokio::spawn(async move {
        working.keep_reconciling(Duration::from_secs(1), half_an_hour).await;
    });
    shop.clock.pass(60).await;
    shop.bank.says(Call::Status, Reply::charged());
    working.await.unwrap();
    assert_eq!(name(&shop.status("0").await), "paid");
}

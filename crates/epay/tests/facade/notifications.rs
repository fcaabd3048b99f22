//! The shop is told what is new: each thing at least once, under one id, in order, and nothing while a flag is up.

use crate::{PRICE, Shop, card, name, step_name};
use async_trait::async_trait;
use epay::{
    FulfilOn, Money, Notification, NotificationHandler, NotificationKind, Payments, Timeouts,
};
use epay_testkit::fakebank::{Endpoint, FaultKind, Misbooking, cards};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Writes down what it hears, and takes in as much as it is allowed to.
#[derive(Clone, Debug, Default)]
struct Ear(Arc<Mutex<Heard>>);

#[derive(Debug, Default)]
struct Heard {
    fails: usize,
    notifications: Vec<(String, NotificationKind, Money)>,
}

#[async_trait]
impl NotificationHandler for Ear {
    async fn handle(
        &self,
        notification: &Notification,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut heard = self.0.lock().unwrap();
        heard.notifications.push((
            notification.id(),
            notification.kind,
            notification.attempt().net_captured(),
        ));
        match heard.fails.checked_sub(1) {
            Some(fails) => {
                heard.fails = fails;
                Err("not now".into())
            }
            None => Ok(()),
        }
    }
}

impl Ear {
    fn fails(&self, times: usize) {
        self.0.lock().unwrap().fails = times;
    }

    fn take(&self) -> Vec<(String, NotificationKind, Money)> {
        std::mem::take(&mut self.0.lock().unwrap().notifications)
    }

    #[track_caller]
    fn heard(&self, kinds: &[NotificationKind]) {
        let heard: Vec<NotificationKind> =
            self.take().into_iter().map(|(_, kind, _)| kind).collect();
        assert_eq!(heard, kinds);
    }
}

fn listening(mut shop: Shop) -> (Shop, Ear) {
    let ear = Ear::default();
    shop.payments = shop.payments.with_notification_handler(ear.clone());
    (shop, ear)
}

#[tokio::test]
async fn a_payment_is_told_once_and_each_refund_after_it() {
    let (shop, ear) = listening(Shop::one_stage());
    assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 0);
    assert_eq!(name(&shop.pay("order").await), "paid");
    assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 1);
    let heard = ear.take();
    assert_eq!(heard[0].1, NotificationKind::Captured);
    assert_eq!(heard[0].2, PRICE);
    assert!(heard[0].0.starts_with("100000001-"), "{}", heard[0].0);

    assert_eq!(name(&shop.pay("order").await), "paid");
    let _ = shop.payments.check_status("order").await.unwrap();
    assert_eq!(
        shop.payments.deliver_notifications().await.unwrap(),
        0,
        "a second click is nothing new"
    );
    for (step, sum, kept) in [("r-1", 1_000_00, 4_000_00), ("r-2", 4_000_00, 0)] {
        let refunded = shop.payments.refund("order", step, Money::kzt(sum)).await.unwrap();
        assert_eq!(step_name(&refunded), "done");
        assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 1);
        let heard = ear.take();
        assert_eq!((heard[0].1, heard[0].2), (NotificationKind::Refunded, Money::kzt(kept)));
    }
}

#[tokio::test]
async fn a_hold_its_capture_and_its_release_are_told() {
    let (shop, ear) = listening(Shop::two_stage());
    for (order, then) in
        [("captured", NotificationKind::Captured), ("released", NotificationKind::Voided)]
    {
        assert_eq!(name(&shop.pay(order).await), "held");
        shop.payments.deliver_notifications().await.unwrap();
        let done = match then {
            NotificationKind::Captured => {
                shop.payments.capture(order, "step", PRICE).await.unwrap()
            }
            _ => shop.payments.void(order, "step").await.unwrap(),
        };
        assert_eq!(step_name(&done), "done");
        let _ = shop.payments.check_status(order).await.unwrap();
        shop.payments.deliver_notifications().await.unwrap();
        ear.heard(&[NotificationKind::Held, then]);
    }
}

#[tokio::test]
async fn a_decline_and_a_payer_who_left_are_told() {
    let (shop, ear) = listening(Shop::one_stage());
    let declined =
        shop.payments.pay("order", PRICE, card(cards::INSUFFICIENT_FUNDS)).await.unwrap();
    assert_eq!(name(&declined), "declined");
    assert_eq!(
        name(&shop.payments.pay("order", PRICE, card(cards::THREE_DS)).await.unwrap()),
        "ask payer"
    );
    shop.payments.deliver_notifications().await.unwrap();
    ear.heard(&[NotificationKind::Declined]);
    shop.wait(Timeouts::default().payer.as_secs());
    shop.payments.reconcile().await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    ear.heard(&[NotificationKind::NotExecuted]);
}

#[tokio::test]
async fn what_is_not_known_is_not_notified_until_it_is() {
    let (shop, ear) = listening(Shop::one_stage());
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.payments.deliver_notifications().await.unwrap();
    ear.heard(&[]);
    shop.wait(2);
    shop.payments.reconcile().await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    ear.heard(&[NotificationKind::Captured]);
}

#[tokio::test]
async fn nothing_is_fulfilled_while_a_flag_is_up() {
    let (shop, ear) = listening(Shop::one_stage());
    let wrong = Misbooking::Amount(50_00);
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(wrong));
    assert_eq!(name(&shop.pay("order").await), "unknown");
    shop.payments.deliver_notifications().await.unwrap();
    ear.heard(&[NotificationKind::Flagged]);
    let _ = shop.payments.check_status("order").await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    ear.heard(&[]);
    let _ = shop.payments.acknowledge("order", "looked into").await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    ear.heard(&[NotificationKind::Captured]);
}

#[tokio::test]
async fn what_was_not_taken_in_comes_again_under_the_same_id_and_holds_up_what_follows() {
    let (shop, ear) = listening(Shop::one_stage());
    assert_eq!(name(&shop.pay("order").await), "paid");
    let refunded = shop.payments.refund("order", "r-1", Money::kzt(1_000_00)).await.unwrap();
    assert_eq!(step_name(&refunded), "done");
    ear.fails(2);
    let mut ids = Vec::new();
    for (told, kinds) in [(0, 1), (0, 1), (2, 2)] {
        assert_eq!(shop.payments.deliver_notifications().await.unwrap(), told);
        let heard = ear.take();
        assert_eq!(heard.len(), kinds);
        assert_eq!(heard[0].1, NotificationKind::Captured);
        ids.push(heard[0].0.clone());
        assert_eq!(
            shop.payments.deliver_notifications().await.unwrap(),
            0,
            "a handler that failed is left alone for a while"
        );
        shop.wait(15 * 60);
    }
    assert_eq!(ids, [ids[0].clone(), ids[0].clone(), ids[0].clone()]);
    assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 0);
}

#[tokio::test]
async fn a_process_without_a_handler_keeps_the_notifications_for_one_that_has_one() {
    let (shop, ear) = listening(Shop::one_stage());
    let deaf = {
        let store = Arc::new(epay::MemoryStore::default());
        let with = |payments: Payments| payments.with_fulfil_on(FulfilOn::Reply);
        let deaf =
            with(Payments::with_clock(shop.bank.gateway(), Arc::clone(&store), shop.bank.clock()));
        let hears = with(Payments::with_clock(shop.bank.gateway(), store, shop.bank.clock()))
            .with_notification_handler(ear.clone());
        (deaf, hears)
    };
    let paid = deaf.0.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap();
    assert_eq!(name(&paid), "paid");
    assert_eq!(deaf.0.deliver_notifications().await.unwrap(), 0);
    assert_eq!(deaf.1.deliver_notifications().await.unwrap(), 1);
    ear.heard(&[NotificationKind::Captured]);
}

#[tokio::test]
async fn the_reconciler_tells_what_it_has_found() {
    let (shop, ear) = listening(Shop::one_stage());
    assert_eq!(name(&shop.pay("order").await), "paid");
    let heard = ear.clone();
    let told = std::future::poll_fn(move |context| {
        context.waker().wake_by_ref();
        let told = !heard.0.lock().unwrap().notifications.is_empty();
        if told { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    shop.payments.keep_reconciling(Duration::from_secs(60), told).await;
    ear.heard(&[NotificationKind::Captured]);
}

#[tokio::test]
async fn an_order_is_shipped_once_whatever_a_person_keeps() {
    let (mut shop, ear) = listening(Shop::one_stage());
    let reopen = Some(Duration::from_secs(15 * 60));
    shop.payments = shop.payments.with_timeouts(Timeouts { reopen, ..Timeouts::default() });
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::LateVisible(3_600_000));
    let first = shop.pay("order").await.attempt().invoice().clone();
    for _ in 0..4 {
        shop.wait(5 * 60);
        shop.payments.reconcile().await.unwrap();
    }
    let _ = shop.payments.reopen("order").await.unwrap();
    assert_eq!(name(&shop.pay("order").await), "paid");
    for _ in 0..14 {
        shop.wait(5 * 60);
        let _ = shop.payments.operator().acknowledge(&first, "the bank gave it back").await;
    }
    shop.payments.reconcile().await.unwrap();
    let _ = shop.payments.operator().acknowledge(&first, "the bank gave it back").await.unwrap();
    while shop.payments.deliver_notifications().await.unwrap() > 0 {}
    let captured =
        ear.take().into_iter().filter(|(_, kind, _)| *kind == NotificationKind::Captured).count();
    assert_eq!(captured, 1);
}

#[tokio::test]
async fn a_capture_is_told_once_also_when_a_person_has_kept_another_sum() {
    let (shop, ear) = listening(Shop::one_stage());
    let paid = shop.pay("order").await;
    shop.payments.deliver_notifications().await.unwrap();
    ear.heard(&[NotificationKind::Captured]);
    let other = Misbooking::Amount(6_000_00);
    assert!(shop.bank.with_bank(|bank| bank.misbook(paid.attempt().invoice().as_str(), other)));
    assert_eq!(name(&shop.payments.check_status("order").await.unwrap()), "unknown");
    shop.payments.deliver_notifications().await.unwrap();
    ear.heard(&[NotificationKind::Flagged]);
    let _ = shop.payments.acknowledge("order", "looked into").await.unwrap();
    shop.payments.deliver_notifications().await.unwrap();
    ear.heard(&[]);
}

#[tokio::test]
async fn what_a_person_did_before_he_ruled_is_seen_at_once() {
    let (shop, _) = listening(Shop::one_stage());
    let wrong = Misbooking::Amount(50_00);
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::Misbook(wrong));
    assert_eq!(name(&shop.pay("order").await), "unknown");
    let _ = shop.payments.acknowledge("order", "looked into").await.unwrap();
    assert_eq!(shop.payments.reconcile().await.unwrap().checked, 1);
}

#[tokio::test]
async fn a_teller_that_is_told_to_stop_gives_back_what_it_had_claimed() {
    let (shop, ear) = listening(Shop::one_stage());
    for order in ["first", "second", "third"] {
        assert_eq!(name(&shop.pay(order).await), "paid");
    }
    let heard = ear.clone();
    let stop = std::future::poll_fn(move |context| {
        context.waker().wake_by_ref();
        let told = !heard.0.lock().unwrap().notifications.is_empty();
        if told { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    });
    shop.payments.keep_reconciling(Duration::from_secs(60), stop).await;
    ear.heard(&[NotificationKind::Captured]);
    assert_eq!(
        shop.payments.deliver_notifications().await.unwrap(),
        2,
        "nobody has to wait for a lease to pass"
    );
}

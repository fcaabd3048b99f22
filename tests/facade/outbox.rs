//! The outbox by hand: told once more under the same id, or fetched until somebody says that it was taken in.

use epay::{Money, NotificationKind as Kind, Payments};
use epay_domain::EventKind;
use epay_testkit::fakebank::cards;
use epay_tests::bench::{Heard, PRICE, Shop};

async fn page(payments: &Payments) -> Vec<(String, Kind)> {
    let page = payments.next_notifications(10).await.unwrap();
    page.iter().map(|it| (it.id(), it.kind())).collect()
}

#[tokio::test]
async fn what_was_taken_in_is_told_once_more_under_its_id_and_the_log_stays() {
    let heard = Heard::default();
    let shop = Shop::one_stage().with(|it| it.with_notification_handler(heard.clone()));
    let invoice = shop.pay("order").await.attempt().invoice().clone();
    assert!(shop.payments.notify_again("nobody's").await.is_err());
    shop.payments.deliver_notifications().await.unwrap();
    let first = heard.take();
    let log = shop.payments.history(&invoice).await.unwrap();
    for fails in [1, 0] {
        heard.fails(fails);
        let repeated = shop.payments.notify_again("order").await.unwrap();
        let [(notification, taken)] = repeated.as_slice() else { panic!("{repeated:?}") };
        assert_eq!((notification.id(), taken.is_err()), (first[0].0.clone(), fails == 1));
        assert!(notification.is_repeated());
        assert_eq!(heard.take(), first);
    }
    assert_eq!(shop.payments.history(&invoice).await.unwrap(), log);
    assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 0);

    // What is true no more is not repeated: all of it was given back meanwhile.
    let refunded = shop.payments.refund("order", "all", PRICE).await.unwrap();
    assert_eq!(refunded.attempt().net_captured(), Some(Money::tiyn(0)));
    let _ = shop.payments.notify_again("order").await.unwrap();
    assert_eq!(heard.kinds(), [Kind::Refunded]);
    // And what was never taken in comes by itself all the same.
    assert_eq!(shop.payments.deliver_notifications().await.unwrap(), 1);
    assert_eq!(heard.kinds(), [Kind::Refunded]);
}

#[tokio::test]
async fn a_shop_that_nobody_calls_fetches_until_it_says_what_it_took_in() {
    let shop = Shop::one_stage();
    assert!(shop.payments.notify_again("order").await.is_err());
    for order in ["one", "two"] {
        let _ = shop.pay(order).await;
    }
    assert!(shop.payments.notify_again("one").await.unwrap().is_empty(), "nobody is to be told");
    let _ = shop.payments.refund("one", "part", Money::tenge(10)).await.unwrap();
    let first = page(&shop.payments).await;
    let kinds: Vec<Kind> = first.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(kinds, [Kind::Captured, Kind::Refunded, Kind::Captured]);
    assert_eq!(page(&shop.payments).await, first, "lost on its way");
    let most = shop.payments.next_notifications(1).await.unwrap();
    assert_eq!(most.iter().map(|it| it.id()).collect::<Vec<_>>(), [first[0].0.as_str()]);

    // The first of an attempt alone, twice: the rest comes, and nothing is noted twice.
    for _ in 0..2 {
        shop.payments.taken_in([first[0].0.as_str()]).await.unwrap();
    }
    assert_eq!(page(&shop.payments).await, first[1..]);
    let invoice = shop.payments.status("one").await.unwrap().attempt().invoice().clone();
    let history = shop.payments.history(&invoice).await.unwrap();
    let noted = history.iter().filter(|event| matches!(event.kind, EventKind::Notified { .. }));
    assert_eq!(noted.count(), 1);

    for forged in ["", "-", "100000001", "100000001-1-captured", "100000099-1-held", "x-1-held"] {
        shop.payments.taken_in([forged]).await.unwrap();
    }
    assert_eq!(page(&shop.payments).await, first[1..], "a guess takes in nothing");
    shop.payments.taken_in(first.iter().map(|(id, _)| id.as_str())).await.unwrap();
    assert_eq!(page(&shop.payments).await, []);
    let _ = shop.pay_with("three", cards::INSUFFICIENT_FUNDS).await;
    assert_eq!(page(&shop.payments).await[0].1, Kind::Declined);
}

#[tokio::test]
async fn what_is_true_no_more_when_it_is_fetched_is_not_in_the_page() {
    let shop = Shop::one_stage();
    let _ = shop.pay("order").await;
    let first = page(&shop.payments).await;
    assert_eq!(first[0].1, Kind::Captured);
    let _ = shop.payments.refund("order", "all", PRICE).await.unwrap();
    // It was fetched, and said to be taken in too late: that is no harm.
    shop.payments.taken_in([first[0].0.as_str()]).await.unwrap();
    let then = page(&shop.payments).await;
    assert_eq!(then.iter().map(|(_, kind)| *kind).collect::<Vec<_>>(), [Kind::Refunded]);
}

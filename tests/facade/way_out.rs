//! There is always a way out, and somebody is told: from every state either time and the bank end it,
//! or one named command of a person does.

use epay::{NotificationKind, Outcome, PayErrorKind, PaymentStatus, Payments};
use epay_domain::{PayerStep, Refusal, StoreErrorKind};
use epay_testkit::fakebank::{Endpoint, FaultKind, PayerChoice, cards};
use epay_tests::bench::{
    Call, DAY, HOUR, Heard, MINUTE, PRICE, Reply, ScriptedBank, Shop, card, kinds, name, sealed,
    shown, step_name, three_ds_answer,
};

/// Makes the order wait for a payer who has never seen the page.
async fn page_lost(how: &str, status: Reply) -> Shop<ScriptedBank> {
    let shop = Shop::scripted();
    shop.bank.says(Call::Status, status);
    match how {
        "the answer was cut" => {
            shop.bank.says(Call::Authorize, Reply::Lost);
            let _ = shop.pay("order").await;
        }
        "the write after the ask failed" => {
            shop.bank.says(Call::Authorize, Reply::challenge());
            shop.store.plan([None, Some(StoreErrorKind::Failed)]);
            let _ = shop.pay("order").await;
        }
        "the answer had no md" => {
            shop.bank.says(Call::Authorize, Reply::Unreadable("secure3D.md"));
            let _ = shop.pay("order").await;
        }
        _ => panic!("{how}"),
    }
    assert_eq!(name(&shop.status("order").await), "unknown", "{how}");
    shop
}

const LOST: [&str; 3] =
    ["the answer was cut", "the write after the ask failed", "the answer had no md"];

#[tokio::test]
async fn a_page_that_was_lost_is_closed_when_the_payers_time_is_over() {
    for how in LOST {
        let shop = page_lost(how, Reply::waits_for(PayerStep::Challenge)).await;
        shop.pass(25 * MINUTE).await;
        assert_eq!(name(&shop.status("order").await), "unknown", "{how}");
        shop.pass(15 * MINUTE).await;
        assert_eq!(name(&shop.status("order").await), "not executed", "{how}");
        shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::charged());
        assert_eq!(name(&shop.pay("order").await), "paid", "{how}");
    }
}

#[tokio::test]
async fn a_shop_may_abandon_a_page_that_was_lost_without_waiting() {
    for how in LOST {
        let shop = page_lost(how, Reply::waits_for(PayerStep::Challenge)).await;
        assert_eq!(name(&shop.payments.abandon("order").await.unwrap()), "not executed", "{how}");
    }
}

#[tokio::test]
async fn on_the_fake_bank_a_challenge_without_md_is_a_page_that_was_lost() {
    let shop = Shop::one_stage();
    shop.bank.inject_fault(Endpoint::Cryptopay, FaultKind::ChallengeWithoutMd);
    assert_eq!(name(&shop.pay_with("order", cards::THREE_DS).await), "unknown");
    shop.pass(40 * MINUTE).await;
    assert_eq!(name(&shop.status("order").await), "not executed");
    assert_eq!(name(&shop.pay("order").await), "paid");
}

#[tokio::test]
async fn a_bank_that_says_fingerprint_for_a_year_is_ended_by_a_person_and_said_once() {
    let heard = Heard::default();
    for how in LOST {
        let shop = page_lost(how, Reply::waits_for(PayerStep::Fingerprint)).await;
        let shop = shop.with(|it| it.with_notification_handler(heard.clone()));
        for _ in 0..60 {
            shop.wait(6 * DAY);
            shop.reconcile().await;
            while shop.deliver().await > 0 {}
        }
        let refused = shop.payments.abandon("order").await.unwrap_err();
        assert_eq!(refused.kind(), PayErrorKind::Refused(Refusal::NotDead), "it may go on");
        assert_eq!(heard.kinds(), [NotificationKind::NeedsAttention], "{how}");
        let closed = shop.payments.close("order", "support sees no charge").await.unwrap();
        assert_eq!(closed.payment().status(), PaymentStatus::Abandoned);
    }
}

#[tokio::test]
async fn a_lost_confirm_and_an_unknown_status_name_are_ended_by_a_person_and_said_once() {
    for confirms in [true, false] {
        let heard = Heard::default();
        let shop = Shop::scripted().with(|it| it.with_notification_handler(heard.clone()));
        let strange = if confirms {
            Reply::waits_for(PayerStep::Challenge)
        } else {
            Reply::unknown_name("ON_HOLD_BY_RISK")
        };
        let first = if confirms { Reply::challenge() } else { Reply::Lost };
        let asks = shop.pay_and("order", first, strange).await;
        if let Outcome::AskPayer(challenge) = &asks {
            shop.bank.says(Call::Confirm, Reply::Lost);
            let lost = shop.payments.confirm(&challenge.state(), three_ds_answer()).await.unwrap();
            assert_eq!(name(&lost), "unknown");
        }
        for _ in 0..100 {
            shop.wait(DAY);
            shop.reconcile().await;
            while shop.deliver().await > 0 {}
        }
        assert_eq!(name(&shop.status("order").await), "unknown");
        assert_eq!(heard.kinds(), [NotificationKind::NeedsAttention], "confirms: {confirms}");
        let refused = shop.payments.abandon("order").await.unwrap_err();
        assert!(matches!(refused.kind(), PayErrorKind::Refused(_)), "{refused}");
        let _ = shop.payments.close("order", "ticket 17: nothing was taken").await.unwrap();
        while shop.deliver().await > 0 {}
        shop.bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::charged());
        assert_eq!(name(&shop.pay("order").await), "paid");
        assert_eq!(shop.bank.calls(Call::Authorize), 2);
    }
}

#[tokio::test]
async fn what_a_person_closed_and_then_surfaces_is_a_late_success() {
    let shop = Shop::scripted();
    let first = shop.pay_and("order", Reply::Lost, Reply::unknown_name("LIMBO")).await;
    shop.wait(HOUR);
    let _ = shop.payments.close("order", "nothing there").await.unwrap();
    shop.bank.says(Call::Status, Reply::charged());
    shop.wait(20 * MINUTE);
    shop.reconcile().await;
    let invoice = first.attempt().invoice();
    assert_eq!(kinds(&shown(&shop.payments, invoice).await), ["late_success"]);
    // And it is the order's payment once the status has said so twice.
    shop.pass(HOUR).await;
    assert_eq!(name(&shop.status("order").await), "paid");
}

#[tokio::test]
async fn nobody_closes_while_the_request_may_be_on_its_way_or_the_bank_is_silent() {
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::Lost, Reply::in_progress()).await;
    let close = |shop: &Shop<ScriptedBank>| {
        let payments = shop.payments.clone();
        async move { payments.close("order", "I am in a hurry").await }
    };
    shop.wait(119);
    assert_eq!(close(&shop).await.unwrap_err().kind(), PayErrorKind::TooEarly);
    shop.wait(1);
    shop.bank.says(Call::Status, Reply::Lost);
    assert_eq!(close(&shop).await.unwrap_err().kind(), PayErrorKind::NoAnswer);
    shop.bank.says(Call::Status, Reply::held());
    let refused = close(&shop).await.unwrap_err();
    assert!(matches!(refused.kind(), PayErrorKind::Refused(_)), "the check has found money");
    assert_eq!(name(&shop.status("order").await), "held");
}

#[tokio::test(start_paused = true)]
async fn nobody_closes_while_the_request_may_be_on_its_way_however_the_wall_clock_jumps() {
    let shop = Shop::virtual_time();
    shop.bank.says(Call::Authorize, Reply::Hangs).says(Call::Status, Reply::not_found());
    let paying = tokio::spawn({
        let shop = shop.clone();
        async move { shop.pay("order").await }
    });
    shop.clock.pass(10).await;
    shop.clock.jump(3 * 24 * 3_600_000);
    let (here, elsewhere) = (shop.payments.clone(), shop.another_process());
    // The one has made the ask, the other has found it now; neither knows what came of it.
    let close = |payments: &Payments| {
        let payments = payments.clone();
        async move { payments.close("order", "I am in a hurry").await.map_err(|error| error.kind()) }
    };
    for payments in [&here, &elsewhere] {
        assert_eq!(close(payments).await.unwrap_err(), PayErrorKind::TooEarly);
    }
    shop.clock.pass(109).await;
    assert_eq!(close(&here).await.unwrap_err(), PayErrorKind::TooEarly);
    shop.clock.pass(1).await;
    assert_eq!(close(&elsewhere).await.unwrap_err(), PayErrorKind::TooEarly);
    assert_eq!(close(&here).await.unwrap().payment().status(), PaymentStatus::Abandoned);
    paying.abort();
}

#[tokio::test(start_paused = true)]
async fn a_process_that_has_found_a_request_waits_for_it_as_long_as_the_one_that_made_it() {
    let shop = Shop::virtual_time();
    shop.bank.says(Call::Authorize, Reply::Hangs).says(Call::Status, Reply::not_found());
    let asking = shop.payments.clone();
    let paying = tokio::spawn(async move { asking.pay("order", PRICE, sealed()).await });
    shop.clock.pass(HOUR).await;
    paying.abort();
    let elsewhere = shop.another_process();
    let early = elsewhere.close("order", "nothing there").await.unwrap_err();
    assert_eq!(early.kind(), PayErrorKind::TooEarly, "who made it may have been killed just now");
    shop.clock.pass(120).await;
    let closed = elsewhere.close("order", "nothing there").await.unwrap();
    assert_eq!(closed.payment().status(), PaymentStatus::Abandoned);

    // Where the log has what came of it, it has ended.
    let _ = shop.pay_and("another", Reply::Lost, Reply::not_found()).await;
    shop.clock.pass(120).await;
    let _ = shop.another_process().close("another", "nothing there").await.unwrap();
}

#[tokio::test]
async fn an_operator_without_a_bank_closes_at_their_own_risk() {
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::Lost, Reply::Lost).await;
    let closed =
        shop.payments.operator().close_unchecked("order", "the bank is down").await.unwrap();
    assert_eq!(closed.payment().status(), PaymentStatus::Abandoned);
    assert_eq!(shop.bank.calls(Call::Status), 1, "the one after the ask");
}

#[tokio::test]
async fn where_the_bank_does_not_tell_how_much_it_took_a_person_states_the_sum_to_give_back() {
    let shop = Shop::scripted();
    let untold = shop.pay_and("order", Reply::Lost, Reply::charged_untold()).await;
    assert_eq!(name(&untold), "unknown");
    let plain = shop.payments.refund("order", "refund-1", PRICE).await.unwrap_err();
    assert_eq!(plain.kind(), PayErrorKind::Refused(Refusal::SumUnknown));
    shop.bank.says(Call::Refund, Reply::step_done());
    let more = epay::Money::tenge(5_001);
    let refused = shop.payments.refund_stated("order", "refund-1", more, "all").await.unwrap_err();
    assert_eq!(refused.kind(), PayErrorKind::Refused(Refusal::Amount));
    let note = "the portal shows 5000";
    let done = shop.payments.refund_stated("order", "refund-1", PRICE, note).await.unwrap();
    assert_eq!(step_name(&done), "done");
    assert_eq!(shop.bank.calls(Call::Refund), 1);
}

#[tokio::test]
async fn a_lost_capture_beside_an_unknown_status_name_is_given_up_by_a_person() {
    let shop = Shop::scripted();
    let _ = shop.pay_and("order", Reply::held(), Reply::held()).await;
    shop.bank.says(Call::Capture, Reply::Lost).says(Call::Status, Reply::unknown_name("LIMBO"));
    let _ = shop.payments.capture("order", "capture-1", PRICE).await.unwrap();
    shop.pass(3 * HOUR).await;
    let given_up =
        shop.payments.operator().give_up("order", "capture-1", "not in the portal").await.unwrap();
    assert_eq!(given_up.payment().status(), PaymentStatus::Held);
}

#[tokio::test]
async fn a_page_that_is_answered_after_all_by_the_fake_bank_is_confirmed() {
    let shop = Shop::one_stage();
    let asks = shop.pay_with("order", cards::THREE_DS).await;
    let Outcome::AskPayer(challenge) = &asks else { panic!("{asks:?}") };
    shop.pass(20 * MINUTE).await;
    let shown = challenge.attempt().payment().challenge().unwrap();
    let answer = shop.bank.payer_answers(shown, PayerChoice::Approve).unwrap();
    let paid = shop.payments.confirm(&challenge.state(), answer).await.unwrap();
    assert_eq!(name(&paid), "paid");
    assert_eq!(
        name(&shop.payments.pay("order", PRICE, card(cards::VISA_OK)).await.unwrap()),
        "paid"
    );
    let _ = shop.payments.pay("order", PRICE, sealed()).await.unwrap();
    shop.asked(Endpoint::Cryptopay, 1);
}

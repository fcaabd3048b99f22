//! What a reply has accepted and no status shows: a bank that says "done" and has not done it is found
//! out, a person is told, and they can end it either way.

use epay::{
    Contradiction, FulfilOn, Money, NotificationKind, PayErrorKind, PayerCharged, StepOutcome,
};
use epay_domain::{Clock, Fact, Refusal, StepId, StepKind, VoidReason};
use epay_tests::bench::{
    Call, DAY, HOUR, Heard, MINUTE, PRICE, Reply, ScriptedBank, Shop, kinds, name, shown, step_name,
};

const PART: Money = Money::tenge(3_000);
const NONE: Money = Money::tenge(0);
const STEPS: [StepKind; 3] = [StepKind::Capture(PRICE), StepKind::Capture(PART), StepKind::Void];

type Scripted = Shop<ScriptedBank>;

/// A hold of which the bank says from now on that it still stands.
async fn held(fulfil_on: FulfilOn) -> (Scripted, Heard) {
    let heard = Heard::default();
    let shop = Shop::scripted()
        .with(|it| it.with_notification_handler(heard.clone()).with_fulfil_on(fulfil_on));
    assert_eq!(name(&shop.pay_and("order", Reply::held(), Reply::held()).await), "held");
    shop.wait(HOUR);
    shop.bank.says(Call::Capture, Reply::step_done()).says(Call::Void, Reply::step_done());
    while shop.deliver().await > 0 {}
    (shop, heard)
}

async fn ask(shop: &Scripted, step: &str, kind: StepKind) -> Result<StepOutcome, PayErrorKind> {
    let asked = match kind {
        StepKind::Capture(sum) => shop.payments.capture("order", step, sum).await,
        StepKind::Void => shop.payments.void("order", step).await,
        StepKind::Refund(sum) => shop.payments.refund("order", step, sum).await,
    };
    asked.map_err(|error| error.kind())
}

#[track_caller]
fn is(asked: &Result<StepOutcome, PayErrorKind>, expected: &str) {
    assert_eq!(asked.as_ref().map(step_name), Ok(expected));
}

/// The step is asked for and accepted, and for so long the bank says that the hold stands.
async fn accepted(kind: StepKind, seconds: u64) -> (Scripted, Heard) {
    let (shop, heard) = held(FulfilOn::Status).await;
    is(&ask(&shop, "step-1", kind).await, "done");
    while shop.deliver().await > 0 {}
    shop.pass(seconds).await;
    while shop.deliver().await > 0 {}
    (shop, heard)
}

fn asks(shop: &Scripted) -> usize {
    shop.bank.calls(Call::Capture) + shop.bank.calls(Call::Void)
}

fn effect(kind: StepKind) -> Reply {
    match kind {
        StepKind::Capture(sum) => Reply::charged_of(sum),
        _ => Reply::fact(Fact::Voided(VoidReason::Requested)),
    }
}

/// How the order stands, and what the shop is told, once a step of this kind is done.
fn done(kind: StepKind) -> (&'static str, NotificationKind) {
    match kind {
        StepKind::Capture(_) => ("paid", NotificationKind::Captured),
        _ => ("voided", NotificationKind::Voided),
    }
}

#[tokio::test]
async fn a_capture_or_void_that_no_status_shows_in_the_waiting_time_is_a_persons_to_look_into() {
    for kind in STEPS {
        let (shop, heard) = accepted(kind, 5 * MINUTE).await;
        assert!(shown(&shop.payments, "order").await.is_empty(), "too soon to say");
        is(&ask(&shop, "step-1", kind).await, "done");
        shop.pass(25 * MINUTE).await;
        let up = shown(&shop.payments, "order").await;
        assert_eq!(up, [Contradiction::StepNotShown { accepted: kind, shown: NONE }]);
        let outcome = shop.status("order").await;
        assert_eq!(name(&outcome), "unknown");
        assert_eq!(outcome.payer_charged(), PayerCharged::NotKnownYet);
        for _ in 0..100 {
            while shop.deliver().await > 0 {}
            shop.pass(HOUR).await;
        }
        assert_eq!(heard.kinds(), [NotificationKind::Held, NotificationKind::NeedsAttention]);
        is(&ask(&shop, "step-1", kind).await, "unknown");
        for other in STEPS {
            let refused = ask(&shop, "step-2", other).await.map(|_| ());
            assert_eq!(refused, Err(PayErrorKind::Refused(Refusal::NotHeld)), "{other:?}");
        }
        assert_eq!(asks(&shop), 1, "nothing is asked twice without a person");
    }
}

#[tokio::test]
async fn a_person_lets_the_reply_stand() {
    for kind in STEPS {
        let (shop, heard) = accepted(kind, 30 * MINUTE).await;
        let up = shown(&shop.payments, "order").await;
        let operator = shop.payments.operator();
        let _ = operator.acknowledge("order", &up, "the portal shows it").await.unwrap();
        shop.pass(DAY).await;
        while shop.deliver().await > 0 {}
        let (stands, told) = done(kind);
        assert_eq!(name(&shop.status("order").await), stands, "it is looked into once");
        assert_eq!(heard.kinds().last(), Some(&told));
        is(&ask(&shop, "step-1", kind).await, "done");
        if kind == StepKind::Void {
            let _ = shop.payments.pay_again("order", "the other card").await.unwrap();
        }
        assert_eq!(asks(&shop), 1);
    }
}

#[tokio::test]
async fn a_person_says_that_it_was_not_done_and_it_may_be_asked_for_under_another_name() {
    for kind in STEPS {
        let (shop, heard) = accepted(kind, 30 * MINUTE).await;
        let operator = shop.payments.operator();
        let ruled = operator.give_up("order", "step-1", "the portal shows a hold").await.unwrap();
        assert!(!ruled.payment().is_contradicted());
        assert_eq!(name(&shop.status("order").await), "held");
        is(&ask(&shop, "step-1", kind).await, "given up");
        assert_eq!(asks(&shop), 1);
        // What is asked then is looked after like the first.
        is(&ask(&shop, "step-2", kind).await, "done");
        shop.pass(30 * MINUTE).await;
        let up = shown(&shop.payments, "order").await;
        assert_eq!(up, [Contradiction::StepNotShown { accepted: kind, shown: NONE }]);
        shop.bank.says(Call::Status, effect(kind));
        shop.pass(2 * HOUR).await;
        while shop.deliver().await > 0 {}
        let (stands, told) = done(kind);
        assert_eq!(name(&shop.status("order").await), stands);
        assert_eq!(heard.kinds().last(), Some(&told));
        assert_eq!(asks(&shop), 2);
    }
}

#[tokio::test]
async fn what_a_person_has_ruled_out_counts_when_a_status_shows_it_after_all() {
    for kind in STEPS {
        let (shop, _) = accepted(kind, 30 * MINUTE).await;
        let operator = shop.payments.operator();
        let _ = operator.give_up("order", "step-1", "the portal shows a hold").await.unwrap();
        shop.bank.says(Call::Status, effect(kind));
        let _ = shop.payments.check_status("order").await.unwrap();
        assert_eq!(name(&shop.status("order").await), done(kind).0);
        is(&ask(&shop, "step-1", kind).await, "done");
        assert!(shown(&shop.payments, "order").await.is_empty());
    }
}

#[tokio::test]
async fn a_person_may_change_their_mind_and_the_next_step_is_looked_into_anew() {
    for kind in STEPS {
        let (shop, _) = accepted(kind, 30 * MINUTE).await;
        let operator = shop.payments.operator();
        let up = shown(&shop.payments, "order").await;
        let _ = operator.acknowledge("order", &up, "without looking").await.unwrap();
        let _ = operator.give_up("order", "step-1", "it is not in the portal").await.unwrap();
        assert_eq!(name(&shop.status("order").await), "held");
        is(&ask(&shop, "step-2", kind).await, "done");
        shop.pass(30 * MINUTE).await;
        assert_eq!(shown(&shop.payments, "order").await, up, "of the second nothing was seen");
    }
}

#[tokio::test]
async fn a_step_that_is_shown_late_is_no_contradiction_and_one_shown_very_late_is_none_any_more() {
    for kind in STEPS {
        for hidden in [5 * MINUTE, 2 * HOUR] {
            let (shop, heard) = accepted(kind, hidden).await;
            let late = hidden > HOUR;
            assert_eq!(shown(&shop.payments, "order").await.len(), usize::from(late));
            let (stands, told) = done(kind);
            let mut kinds = heard.kinds();
            assert!(!kinds.contains(&told), "no status has shown it");
            shop.bank.says(Call::Status, effect(kind));
            shop.pass(2 * HOUR).await;
            while shop.deliver().await > 0 {}
            assert!(shown(&shop.payments, "order").await.is_empty());
            assert_eq!(name(&shop.status("order").await), stands);
            kinds.extend(heard.kinds());
            let alarms = kinds.iter().filter(|it| **it == NotificationKind::NeedsAttention);
            assert_eq!(alarms.count(), usize::from(late), "{kind:?} {hidden}");
            assert_eq!(kinds.last(), Some(&told));
        }
    }
}

#[tokio::test]
async fn a_shop_that_ships_on_the_reply_is_told_that_a_person_has_to_look() {
    let (shop, heard) = held(FulfilOn::Reply).await;
    is(&ask(&shop, "step-1", StepKind::Capture(PRICE)).await, "done");
    while shop.deliver().await > 0 {}
    assert_eq!(heard.kinds().last(), Some(&NotificationKind::Captured), "as it has wished");
    shop.pass(30 * MINUTE).await;
    while shop.deliver().await > 0 {}
    assert_eq!(heard.kinds().last(), Some(&NotificationKind::NeedsAttention));
    assert_eq!(name(&shop.status("order").await), "unknown");
}

#[tokio::test]
async fn a_bank_that_never_shows_anything_is_ended_by_a_person_too() {
    for (kind, silence) in
        STEPS.into_iter().zip([Reply::Lost, Reply::unknown_name("ON_REVIEW"), Reply::not_found()])
    {
        let (shop, heard) = held(FulfilOn::Status).await;
        shop.bank.says(Call::Status, silence);
        is(&ask(&shop, "step-1", kind).await, "done");
        shop.pass(2 * HOUR).await;
        while shop.deliver().await > 0 {}
        assert_eq!(heard.kinds().last(), Some(&NotificationKind::NeedsAttention), "{kind:?}");
        let operator = shop.payments.operator();
        if shown(&shop.payments, "order").await.is_empty() {
            let waits = operator.give_up("order", "step-1", "nobody answers").await.unwrap();
            assert!(waits.payment().is_contradicted(), "first nobody waits any more");
        }
        let _ = operator.give_up("order", "step-1", "it is not in the portal").await.unwrap();
        assert_eq!(name(&shop.status("order").await), "held");
    }
}

#[tokio::test]
async fn nobody_says_that_no_status_shows_it_before_one_had_time_to() {
    for kind in STEPS {
        let (shop, _) = held(FulfilOn::Status).await;
        is(&ask(&shop, "step-1", kind).await, "done");
        let operator = shop.payments.operator();
        for seconds in [0, 5 * MINUTE] {
            shop.wait(seconds);
            let refused = operator.give_up("order", "step-1", "the portal shows a hold").await;
            assert_eq!(refused.unwrap_err().kind(), PayErrorKind::TooEarly);
            assert!(shown(&shop.payments, "order").await.is_empty());
        }
        shop.wait(5 * MINUTE);
        let waits = operator.give_up("order", "step-1", "the portal shows a hold").await.unwrap();
        assert!(waits.payment().is_not_shown(&StepId::new("step-1").unwrap()));
    }
}

#[tokio::test]
async fn a_clock_that_has_gone_back_since_holds_nobody_up() {
    let (shop, _) = held(FulfilOn::Status).await;
    let before = shop.clock.now();
    shop.wait(DAY);
    is(&ask(&shop, "step-1", StepKind::Void).await, "done");
    shop.clock.set_wall(before);
    let operator = shop.payments.operator();
    let waits = operator.give_up("order", "step-1", "the portal shows a hold").await.unwrap();
    assert!(waits.payment().is_contradicted());
}

#[tokio::test]
async fn a_hold_that_lapses_although_a_person_let_its_capture_stand_is_up_again() {
    let (shop, _) = accepted(StepKind::Capture(PRICE), 30 * MINUTE).await;
    let up = shown(&shop.payments, "order").await;
    let operator = shop.payments.operator();
    let _ = operator.acknowledge("order", &up, "without looking").await.unwrap();
    shop.bank.says(Call::Status, Reply::fact(Fact::Voided(VoidReason::Lapsed)));
    shop.pass(2 * DAY).await;
    assert_eq!(kinds(&shown(&shop.payments, "order").await), ["voided_yet_captured"]);
}

#[tokio::test]
async fn a_capture_and_the_refund_of_it_that_were_both_not_done_are_both_found_out() {
    let (shop, _) = accepted(StepKind::Capture(PRICE), 5 * MINUTE).await;
    shop.bank.says(Call::Refund, Reply::step_done());
    is(&ask(&shop, "refund-1", StepKind::Refund(PRICE)).await, "done");
    shop.pass(HOUR).await;
    let up = shown(&shop.payments, "order").await;
    assert_eq!(kinds(&up), ["capture_not_shown", "refund_not_shown"]);
    let operator = shop.payments.operator();
    for step in ["refund-1", "step-1"] {
        let _ = operator.give_up("order", step, "the portal shows a hold").await.unwrap();
    }
    assert_eq!(name(&shop.status("order").await), "held");
}

#[tokio::test]
async fn a_refund_that_was_not_done_may_be_asked_for_under_another_name() {
    let (shop, _) = given_back_by_reply(PRICE, Reply::charged()).await;
    shop.pass(30 * MINUTE).await;
    let operator = shop.payments.operator();
    let _ = operator.give_up("order", "refund-1", "the portal shows none").await.unwrap();
    let outcome = shop.status("order").await;
    assert_eq!((name(&outcome), outcome.attempt().net_captured()), ("paid", Some(PRICE)));
    is(&ask(&shop, "refund-1", StepKind::Refund(PRICE)).await, "given up");
    is(&ask(&shop, "refund-2", StepKind::Refund(PRICE)).await, "done");
    shop.bank.says(Call::Status, Reply::refunded(PRICE));
    shop.pass(HOUR).await;
    assert_eq!(name(&shop.status("order").await), "refunded");
    assert_eq!(shop.bank.calls(Call::Refund), 2);
}

/// All of the order is given back by a reply, and the bank then says this.
async fn given_back_by_reply(sum: Money, then: Reply) -> (Shop<ScriptedBank>, Heard) {
    let heard = Heard::default();
    let shop = Shop::scripted().with(|it| it.with_notification_handler(heard.clone()));
    let _ = shop.pay_and("order", Reply::charged(), Reply::charged()).await;
    shop.wait(HOUR);
    shop.bank.says(Call::Refund, Reply::step_done()).says(Call::Status, then);
    let refunded = shop.payments.refund("order", "refund-1", sum).await.unwrap();
    assert_eq!(step_name(&refunded), "done");
    while shop.deliver().await > 0 {}
    (shop, heard)
}

#[tokio::test]
async fn a_full_refund_that_no_status_shows_in_the_waiting_time_is_a_persons_to_look_into() {
    let nothing = [Reply::charged(), Reply::refunded(Money::tenge(0)), Reply::not_found()];
    for status in nothing {
        let (shop, heard) = given_back_by_reply(PRICE, status).await;
        shop.pass(5 * MINUTE).await;
        assert_eq!(name(&shop.status("order").await), "refunded", "too soon to say");
        shop.pass(25 * MINUTE).await;
        let up = shown(&shop.payments, "order").await;
        let none = Money::tenge(0);
        let accepted = StepKind::Refund(PRICE);
        assert_eq!(up, [Contradiction::StepNotShown { accepted, shown: none }]);
        let outcome = shop.status("order").await;
        assert_eq!(name(&outcome), "unknown");
        assert_eq!(outcome.payer_charged(), PayerCharged::NotKnownYet);
        while shop.deliver().await > 0 {}
        assert_eq!(heard.kinds().last(), Some(&NotificationKind::NeedsAttention));
        let again = shop.payments.pay_again("order", "the other card").await.unwrap_err();
        assert!(matches!(again.kind(), PayErrorKind::Refused(_)), "{again}");
        let operator = shop.payments.operator();
        let _ = operator.acknowledge("order", &up, "the portal shows it").await.unwrap();
        shop.pass(DAY).await;
        assert_eq!(name(&shop.status("order").await), "refunded", "it is looked into once");
        let _ = shop.payments.pay_again("order", "the other card").await.unwrap();
    }
}

#[tokio::test]
async fn a_full_refund_that_is_shown_late_is_none_and_one_shown_very_late_is_none_any_more() {
    for (hidden, up) in [(5 * MINUTE, vec![]), (2 * HOUR, vec!["refund_not_shown"])] {
        let (shop, heard) = given_back_by_reply(PRICE, Reply::charged()).await;
        shop.pass(hidden).await;
        assert_eq!(kinds(&shown(&shop.payments, "order").await), up);
        shop.bank.says(Call::Status, Reply::refunded(PRICE));
        shop.pass(2 * HOUR).await;
        assert!(shown(&shop.payments, "order").await.is_empty());
        assert_eq!(name(&shop.status("order").await), "refunded");
        while shop.deliver().await > 0 {}
        assert!(!heard.kinds().contains(&NotificationKind::NeedsAttention), "{hidden}");
    }
}

#[tokio::test]
async fn a_refund_in_part_need_not_show_in_a_status() {
    let (shop, _) = given_back_by_reply(PART, Reply::charged()).await;
    shop.pass(3 * HOUR).await;
    assert_eq!(name(&shop.status("order").await), "paid");
}

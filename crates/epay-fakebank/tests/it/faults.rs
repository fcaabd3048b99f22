//! Planned faults at both doors, the callbacks they strike, and the falsified ledger.

use epay_fakebank::{
    Amount, Answer, Bank, Delivery, End, Endpoint, Fault, FaultKind, Instrument, Millis,
    Misbooking, Moment, Pay, Refusal, SANDBOX_TERMINAL, Settings, Status, Switches,
    TWO_STAGE_TERMINAL, cards,
};
use serde_json::{Value, json};

use crate::merchant::{
    NOW, card, payment, payment_token, post, read, service_token, status_of, token, whole,
};

const INVOICE: &str = "1000001";

fn planned(on: Endpoint, kind: FaultKind) -> Bank {
    let mut bank = Bank::new(Settings::default());
    bank.plan(Fault { on, skip: 0, kind });
    bank
}

/// Pays 100 KZT with both links and a secret_hash.
fn pay(bank: &mut Bank, invoice: &str, pan: &str, terminal: &str) -> Answer {
    let fields = [
        ("invoiceID", invoice),
        ("amount", "100"),
        ("currency", "KZT"),
        ("terminal", terminal),
        ("secret_hash", "s3cret"),
        ("failurePostLink", "http://127.0.0.1/failure"),
        ("postLink", "http://127.0.0.1/overruled"),
    ];
    let token = token(bank, &fields);
    let mut body = payment(invoice, &card(bank, pan, terminal));
    body["postLink"] = json!("http://127.0.0.1/post");
    bank.answer(&post("/api/payment/cryptopay", Some(&token), body.to_string()), NOW)
}

#[test]
fn faults_strike_the_http_door() {
    let cases = [
        (FaultKind::Delay(500), 1, End::Answered),
        (FaultKind::CutBeforeEffect, 0, End::CutBeforeEffect),
        (FaultKind::CutAfterEffect, 1, End::CutAfterEffect),
        (FaultKind::ErrorAfterEffect, 1, End::ErrorAfterEffect),
        (FaultKind::Truncate(7), 1, End::Truncated(7)),
    ];
    for (what, booked, end) in cases {
        let mut bank = planned(Endpoint::Cryptopay, what.clone());
        let answer = pay(&mut bank, INVOICE, cards::VISA_OK, SANDBOX_TERMINAL);
        assert_eq!(bank.ledger().len(), booked, "{what:?}");
        assert_eq!(answer.delay, if what == FaultKind::Delay(500) { 500 } else { 0 });
        assert_eq!(
            answer.callbacks.len(),
            booked,
            "a callback tells what happened, also where the answer was lost"
        );
        match (end, answer.delivery) {
            (End::Answered, Delivery::Whole(response)) => assert_eq!(response.status(), 200),
            (End::ErrorAfterEffect, Delivery::Whole(response)) => {
                assert_eq!(response.status(), 500)
            }
            (End::Truncated(_), Delivery::Truncated(response, 7)) => {
                assert_eq!(response.status(), 200)
            }
            (End::CutBeforeEffect | End::CutAfterEffect, Delivery::Cut) => {}
            (end, delivery) => panic!("{end:?} with {delivery:?}"),
        }
        let logged = bank.wire_log().last().unwrap();
        assert_eq!((logged.end, logged.subject.as_str()), (end, INVOICE));
        assert_eq!(logged.http_status, (booked == 1).then_some(200));
        let next = whole(pay(&mut bank, "1000002", cards::VISA_OK, SANDBOX_TERMINAL));
        assert_eq!(next.status(), 200, "a fault strikes once");
    }
}

fn typed(bank: &mut Bank, endpoint: Endpoint) -> (Option<Result<Status, Refusal>>, End) {
    let card = Instrument::card(cards::VISA_OK).unwrap();
    let pay = Pay::kzt(SANDBOX_TERMINAL, INVOICE, Amount::from_minor(10_000), card);
    let performed = bank.perform(endpoint, INVOICE, NOW, |bank| bank.pay(pay, NOW));
    (performed.value.map(|result| result.map(|operation| operation.status)), performed.end)
}

#[test]
fn faults_strike_the_typed_door_alike() {
    let cases = [
        (FaultKind::CutBeforeEffect, (None, End::CutBeforeEffect), 0),
        (FaultKind::CutAfterEffect, (Some(Ok(Status::Charge)), End::CutAfterEffect), 1),
        (FaultKind::CallbackLost, (Some(Ok(Status::Charge)), End::Answered), 1),
    ];
    for (what, expected, booked) in cases {
        let mut bank = planned(Endpoint::Cryptopay, what);
        assert_eq!(typed(&mut bank, Endpoint::Cryptopay), expected);
        assert_eq!(bank.ledger().len(), booked);
        assert_eq!(bank.wire_log().len(), 1);
    }
}

#[test]
fn what_is_said_to_be_done_and_is_not_leaves_the_ledger_as_it_was() {
    let mut bank = planned(Endpoint::Cryptopay, FaultKind::SaysDone);
    let answer = pay(&mut bank, INVOICE, cards::VISA_OK, SANDBOX_TERMINAL);
    assert!(answer.callbacks.is_empty());
    assert_eq!(whole(answer).status(), 200);
    assert!(bank.ledger().is_empty());
    assert_eq!(bank.wire_log().last().unwrap().end, End::Answered);
    let _ = pay(&mut bank, INVOICE, cards::VISA_OK, SANDBOX_TERMINAL);
    assert_eq!(bank.ledger().len(), 1, "a fault strikes once");
}

#[test]
fn both_doors_book_the_same() {
    let mut by_http = Bank::new(Settings::default());
    let mut by_type = Bank::new(Settings::default());
    let _ = pay(&mut by_http, INVOICE, cards::VISA_OK, SANDBOX_TERMINAL);
    let _ = typed(&mut by_type, Endpoint::Cryptopay);
    let shape = |bank: &Bank| {
        let operation = &bank.ledger()[0];
        (
            operation.status,
            operation.ordered,
            operation.captured,
            operation.card_mask.clone(),
            operation.history.clone(),
        )
    };
    assert_eq!(shape(&by_http), shape(&by_type));
}

#[test]
fn a_late_visible_step_shows_the_state_before_it() {
    let mut bank = planned(Endpoint::Charge, FaultKind::LateVisible(1_000));
    bank.plan(Fault { on: Endpoint::Cryptopay, skip: 0, kind: FaultKind::LateVisible(1_000) });
    let paid = whole(pay(&mut bank, INVOICE, cards::VISA_OK, TWO_STAGE_TERMINAL));
    let id = read(&paid)["id"].as_str().unwrap().to_owned();
    let shown = |bank: &mut Bank, at: u64| {
        let status = status_of(bank, INVOICE, TWO_STAGE_TERMINAL, Millis(NOW.0 + at));
        status["transaction"]["statusName"].as_str().unwrap_or("none").to_owned()
    };
    assert_eq!(shown(&mut bank, 999), "none");
    assert_eq!(shown(&mut bank, 1_000), "AUTH");
    let later = Millis(NOW.0 + 2_000);
    let charged =
        bank.perform(Endpoint::Charge, &id, later, |bank| bank.charge(None, &id, None, later));
    assert!(charged.value.unwrap().is_ok());
    assert_eq!(bank.ledger()[0].status, Status::Charge);
    assert_eq!(shown(&mut bank, 2_999), "AUTH");
    assert_eq!(shown(&mut bank, 3_000), "CHARGE");
}

#[test]
fn callbacks_are_lost_doubled_or_early() {
    let cases = [
        (FaultKind::Delay(0), vec![(Moment::AfterAnswer, 1)]),
        (FaultKind::CallbackLost, vec![]),
        (FaultKind::CallbackTwice, vec![(Moment::AfterAnswer, 2)]),
        (FaultKind::CallbackEarly, vec![(Moment::BeforeAnswer, 1)]),
    ];
    for (what, expected) in cases {
        let mut bank = planned(Endpoint::Cryptopay, what);
        let answer = pay(&mut bank, INVOICE, cards::VISA_OK, SANDBOX_TERMINAL);
        let callbacks: Vec<_> =
            answer.callbacks.iter().map(|callback| (callback.moment, callback.copies)).collect();
        assert_eq!(callbacks, expected);
    }
}

#[test]
fn callback_bodies_are_the_reviewed_texts() {
    let cases = [
        (cards::VISA_OK, "http://127.0.0.1/post", include_str!("golden/callback_success.json")),
        (
            cards::INSUFFICIENT_FUNDS,
            "http://127.0.0.1/failure",
            include_str!("golden/callback_failure.json"),
        ),
    ];
    for (pan, url, body) in cases {
        let mut bank = Bank::new(Settings::default());
        let answer = pay(&mut bank, INVOICE, pan, SANDBOX_TERMINAL);
        let [callback] = answer.callbacks.as_slice() else { panic!("one callback") };
        assert_eq!((callback.url.as_str(), callback.invoice.as_str()), (url, INVOICE));
        assert_eq!(std::str::from_utf8(&callback.body).unwrap(), body.trim_end());
        assert!(!format!("{answer:?}").contains("s3cret"));
    }
}

#[test]
fn callback_switches() {
    let switches = Switches {
        secret_hash_on_failure: true,
        callback_on_operations: true,
        ..Switches::default()
    };
    let mut bank = Bank::new(Settings { switches, ..Settings::default() });
    let declined = pay(&mut bank, INVOICE, cards::INSUFFICIENT_FUNDS, TWO_STAGE_TERMINAL);
    let body: Value = serde_json::from_slice(&declined.callbacks[0].body).unwrap();
    assert_eq!(body["secret_hash"], "s3cret");
    let paid = read(&whole(pay(&mut bank, "1000002", cards::VISA_OK, TWO_STAGE_TERMINAL)));
    for report in [true, false] {
        bank.switches_mut().callback_on_operations = report;
        let id = paid["id"].as_str().unwrap();
        let (call, endpoint) = if report { ("charge?amount=30", 1) } else { ("refund", 0) };
        let token = service_token(&mut bank, TWO_STAGE_TERMINAL);
        let answer =
            bank.answer(&post(&format!("/api/operation/{id}/{call}"), Some(&token), ""), NOW);
        assert_eq!(answer.callbacks.len(), endpoint);
        if let Some(callback) = answer.callbacks.first() {
            let body: Value = serde_json::from_slice(&callback.body).unwrap();
            assert_eq!(body["amount"], 30);
        }
    }
}

#[test]
fn no_link_no_callback_and_none_before_the_payer_has_answered() {
    let mut bank = Bank::new(Settings::default());
    let token = payment_token(&mut bank, INVOICE, "100", SANDBOX_TERMINAL);
    let body = payment(INVOICE, &card(&bank, cards::VISA_OK, SANDBOX_TERMINAL)).to_string();
    assert_eq!(bank.answer(&post("/api/payment/cryptopay", Some(&token), body), NOW).callbacks, []);
    assert_eq!(pay(&mut bank, "1000002", cards::THREE_DS, SANDBOX_TERMINAL).callbacks, []);
}

#[test]
fn the_ledger_can_be_falsified_at_once_or_when_it_books() {
    let cases = [
        (Misbooking::Twice, vec![(INVOICE, 10_000), (INVOICE, 10_000)]),
        (Misbooking::Amount(9_900), vec![(INVOICE, 9_900)]),
        (Misbooking::Invoice("7000007".to_owned()), vec![("7000007", 10_000)]),
    ];
    for (how, expected) in cases {
        let mut planned = planned(Endpoint::Cryptopay, FaultKind::Misbook(how.clone()));
        let mut at_once = Bank::new(Settings::default());
        for bank in [&mut planned, &mut at_once] {
            assert_eq!(whole(pay(bank, INVOICE, cards::VISA_OK, SANDBOX_TERMINAL)).status(), 200);
        }
        assert!(!at_once.misbook("9999999", how.clone()));
        assert!(at_once.misbook(INVOICE, how));
        for bank in [&planned, &at_once] {
            let booked: Vec<_> = bank
                .ledger()
                .iter()
                .map(|operation| (operation.invoice.as_str(), operation.captured.minor()))
                .collect();
            assert_eq!(booked, expected);
            let ids: std::collections::BTreeSet<_> =
                bank.ledger().iter().map(|operation| &operation.id).collect();
            assert_eq!(ids.len(), bank.ledger().len());
        }
    }
}

#[test]
fn nothing_the_bank_keeps_shows_a_card_a_token_or_a_secret() {
    let mut bank = Bank::new(Settings::default());
    let _ = pay(&mut bank, INVOICE, cards::VISA_OK, SANDBOX_TERMINAL);
    let token = service_token(&mut bank, SANDBOX_TERMINAL);
    let mistaken = format!("/api/operation/{}/cancel", cards::VISA_OK);
    let _ = bank.answer(&post(&mistaken, Some(&token), ""), NOW);
    let shown = format!("{bank:?}");
    for secret in
        [cards::VISA_OK, token.as_str(), "s3cret", epay_fakebank::SANDBOX_SECRET, "jj@example.com"]
    {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn answers_hide_their_bodies_in_debug() {
    let mut bank = planned(Endpoint::PublicKey, FaultKind::Truncate(3));
    let request = post("/oauth/oauth2/token", None, crate::merchant::token_form(&[]));
    assert!(format!("{:?}", bank.answer(&request, NOW)).contains("delivery: Whole(200 OK),"));
    let key = crate::merchant::call("GET", "/api/public.rsa", None, "");
    assert!(format!("{:?}", bank.answer(&key, NOW)).contains("delivery: Truncated(200 OK, 3),"));
}

#[test]
fn a_reset_bank_starts_again() {
    let mut bank = planned(Endpoint::Status, FaultKind::CutBeforeEffect);
    let first = whole(pay(&mut bank, INVOICE, cards::VISA_OK, SANDBOX_TERMINAL)).into_body();
    bank.reset();
    assert!(bank.ledger().is_empty() && bank.wire_log().is_empty());
    let second = whole(pay(&mut bank, INVOICE, cards::VISA_OK, SANDBOX_TERMINAL)).into_body();
    assert_eq!(first, second, "the same seed gives the same ids");
    assert_eq!(
        status_of(&mut bank, INVOICE, SANDBOX_TERMINAL, NOW)["resultCode"],
        "100",
        "the plan is forgotten"
    );
}

//! A payment over the HTTP door: cryptopay and status, with real bodies and really sealed cards.

use epay_fakebank::{
    Amount, Bank, Dedupe, EchoData, Invisible, Millis, ReplyShape, SANDBOX_TERMINAL, Settings,
    Status, Switches, TWO_STAGE_TERMINAL, cards,
};
use serde_json::{Value, json};

use crate::merchant::{
    NOW, call, card, pay_with, payment, payment_token, plain, post, read, seal, service_token,
    status_of, token, whole,
};

fn bank() -> Bank {
    Bank::new(Settings::default())
}

fn bank_with(switches: Switches) -> Bank {
    Bank::new(Settings { switches, ..Settings::default() })
}

#[test]
fn a_published_card_is_captured_on_one_stage_and_held_on_two() {
    for (terminal, name, status) in
        [(SANDBOX_TERMINAL, "CHARGE", Status::Charge), (TWO_STAGE_TERMINAL, "AUTH", Status::Auth)]
    {
        let mut bank = bank();
        let response = whole(pay_with(&mut bank, "1000001", cards::VISA_OK, terminal));
        assert_eq!(response.status(), 200);
        let body = read(&response);
        assert_eq!(body["status"], name);
        let status_body = status_of(&mut bank, "1000001", terminal, NOW);
        assert_eq!(status_body["transaction"]["statusName"], name);
        assert_eq!(status_body["transaction"]["id"], body["id"]);
        let [operation] = bank.ledger() else { panic!("one operation") };
        assert_eq!(operation.status, status);
        assert_eq!(
            (operation.ordered, operation.held),
            (Amount::from_minor(10_000), Amount::from_minor(10_000))
        );
        let captured = if status == Status::Charge { 10_000 } else { 0 };
        assert_eq!(operation.captured.minor(), captured);
    }
}

#[test]
fn the_full_answer_is_the_reviewed_text() {
    let response = whole(pay_with(&mut bank(), "1000001", cards::VISA_OK, TWO_STAGE_TERMINAL));
    assert_eq!(
        std::str::from_utf8(response.body()).unwrap(),
        include_str!("golden/payment_full.json").trim_end()
    );
}

#[test]
fn the_minimal_answer_has_no_status() {
    let mut bank = bank_with(Switches { reply_shape: ReplyShape::Minimal, ..Switches::default() });
    let response = whole(pay_with(&mut bank, "1000001", cards::VISA_OK, TWO_STAGE_TERMINAL));
    assert_eq!(
        std::str::from_utf8(response.body()).unwrap(),
        include_str!("golden/payment_minimal.json").trim_end()
    );
}

#[test]
fn the_status_answer_is_the_reviewed_text() {
    let mut bank = bank();
    let _ = pay_with(&mut bank, "1000001", cards::VISA_OK, SANDBOX_TERMINAL);
    let token = service_token(&mut bank, SANDBOX_TERMINAL);
    let request = call("GET", "/api/check-status/payment/transaction/1000001", Some(&token), "");
    let response = whole(bank.answer(&request, NOW));
    assert_eq!(
        std::str::from_utf8(response.body()).unwrap(),
        include_str!("golden/status.json").trim_end()
    );
}

#[test]
fn data_comes_back_as_the_switch_says() {
    let data = r#"{"attempt":"0123"}"#;
    let anothers = r#"{"attempt":"00000000000000000000000000000000"}"#;
    for (echo_data, expected) in
        [(EchoData::Same, data), (EchoData::Nothing, ""), (EchoData::Anothers, anothers)]
    {
        let mut bank = bank_with(Switches { echo_data, ..Switches::default() });
        let token = payment_token(&mut bank, "1000001", "100", SANDBOX_TERMINAL);
        let mut body = payment("1000001", &card(&bank, cards::VISA_OK, SANDBOX_TERMINAL));
        body["data"] = json!(data);
        body["postLink"] = json!("http://127.0.0.1/post");
        let request = post("/api/payment/cryptopay", Some(&token), body.to_string());
        let callbacks = bank.answer(&request, NOW).callbacks;
        let status = status_of(&mut bank, "1000001", SANDBOX_TERMINAL, NOW);
        assert_eq!(status["transaction"]["data"], expected);
        let told: Value = serde_json::from_slice(&callbacks[0].body).unwrap();
        assert_eq!(told["data"].as_str().unwrap_or_default(), expected);
    }
}

#[test]
fn what_somebody_else_booked_is_in_the_way_and_is_not_ours() {
    for theirs in ["1000001", "7000001"] {
        let mut bank = bank();
        let (sum, earlier) = (Amount::from_minor(70_00), Millis(NOW.0 - 86_400_000));
        bank.book_stranger(SANDBOX_TERMINAL, theirs, sum, earlier).unwrap();
        let refused = whole(pay_with(&mut bank, "1000001", cards::VISA_OK, SANDBOX_TERMINAL));
        assert_eq!((refused.status().as_u16(), &read(&refused)["code"]), (400, &json!(477)));
        let status = status_of(&mut bank, theirs, SANDBOX_TERMINAL, NOW);
        let seen = &status["transaction"];
        assert_eq!((&seen["statusName"], &seen["amount"]), (&json!("CHARGE"), &json!(70)));
        assert_eq!(seen["createdDate"], "2024-03-27T00:30:00.000+06:00");
        assert_eq!(seen["description"], "Somebody else's order");
        assert_eq!(bank.ledger().len(), 1);
    }
}

#[test]
fn a_decline_is_a_400_with_empty_ids_and_is_booked_as_reject() {
    let mut bank = bank();
    let response =
        whole(pay_with(&mut bank, "1000001", cards::INSUFFICIENT_FUNDS, SANDBOX_TERMINAL));
    assert_eq!(response.status(), 400);
    assert_eq!(
        std::str::from_utf8(response.body()).unwrap(),
        r#"{"code":484,"message":"Insufficient funds","invoiceId":"1000001","id":"","reference":"","accountId":"uuid000001"}"#
    );
    let status = status_of(&mut bank, "1000001", SANDBOX_TERMINAL, NOW);
    assert_eq!(status["transaction"]["statusName"], "REJECT");
    assert_eq!(status["transaction"]["reasonCode"], "484");
    assert_eq!(bank.ledger()[0].held, Amount::ZERO);
}

/// Sends the payment of invoice 1000001 over 100 KZT with `change` made to its body; the HTTP status and code.
pub(crate) fn changed(bank: &mut Bank, change: impl FnOnce(&mut Value)) -> (u16, u64) {
    let token = payment_token(bank, "1000001", "100", SANDBOX_TERMINAL);
    let mut body = payment("1000001", &card(bank, cards::VISA_OK, SANDBOX_TERMINAL));
    change(&mut body);
    let response =
        whole(bank.answer(&post("/api/payment/cryptopay", Some(&token), body.to_string()), NOW));
    (response.status().as_u16(), read(&response)["code"].as_u64().unwrap_or(0))
}

#[test]
fn what_real_clients_send_is_taken() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change); 7] = [
        ("amount as a number", |body| body["amount"] = json!(100)),
        ("amount with decimals", |body| body["amount"] = serde_json::from_str("100.00").unwrap()),
        ("another casing", |body| rename(body, "invoiceId", "InvoiceID")),
        ("the Cyrillic key", |body| rename(body, "cryptogram", "сryptogram")),
        ("no cardSave", |body| drop(body.as_object_mut().unwrap().remove("cardSave"))),
        ("unknown fields", |body| body["not3d"] = json!({"a": [1, 2]})),
        ("the right terminal", |body| body["terminalId"] = json!(SANDBOX_TERMINAL)),
    ];
    for (what, change) in cases {
        assert_eq!(changed(&mut bank(), change), (200, 0), "{what}");
    }
}

fn rename(body: &mut Value, from: &str, to: &str) {
    let value = body.as_object_mut().unwrap().remove(from).unwrap();
    body[to] = value;
}

#[test]
fn what_breaks_a_rule_is_refused_and_not_booked() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change, u64); 12] = [
        ("another amount than the token's", |body| body["amount"] = json!("100.01"), 100),
        ("another currency", |body| body["currency"] = json!("USD"), 100),
        ("another invoice", |body| body["invoiceId"] = json!("1000002"), 100),
        ("another terminal", |body| body["terminalId"] = json!(TWO_STAGE_TERMINAL), 100),
        ("no amount", |body| body["amount"] = Value::Null, 477),
        ("no description", |body| body["description"] = json!(""), 477),
        ("a long description", |body| body["description"] = json!("я".repeat(63)), 477),
        ("no name on a card", |body| body["name"] = Value::Null, 477),
        ("cardSave as text", |body| body["cardSave"] = json!("false"), 477),
        ("a cryptogram that is none", |body| body["cryptogram"] = json!("AAAA"), 477),
        ("Apple Pay without its cryptogram", |body| body["paymentType"] = json!("ApplePay"), 477),
        (
            "Apple's cryptogram without paymentType",
            |body| body["cryptogramApplePay"] = json!("AAAA"),
            477,
        ),
    ];
    for (what, change, code) in cases {
        let mut bank = bank();
        assert_eq!(changed(&mut bank, change), (400, code), "{what}");
        assert!(bank.ledger().is_empty(), "{what}");
    }
}

#[test]
fn a_payment_token_pays_once_and_others_not_at_all() {
    let mut bank = bank();
    let token_text = payment_token(&mut bank, "1000001", "100", SANDBOX_TERMINAL);
    let body = payment("1000001", &card(&bank, cards::VISA_OK, SANDBOX_TERMINAL)).to_string();
    let mut send = |token: Option<&str>, now| {
        whole(bank.answer(&post("/api/payment/cryptopay", token, body.clone()), now))
            .status()
            .as_u16()
    };
    assert_eq!(send(None, NOW), 401);
    assert_eq!(send(Some("unknown"), NOW), 401);
    assert_eq!(send(Some(&token_text), NOW.plus(1_200_000)), 401, "expired");
    assert_eq!(send(Some(&token_text), NOW), 200);
    assert_eq!(send(Some(&token_text), NOW), 401, "used");
    let service = service_token(&mut bank, SANDBOX_TERMINAL);
    let response = whole(bank.answer(&post("/api/payment/cryptopay", Some(&service), body), NOW));
    assert_eq!(response.status(), 401);
    assert_eq!(read(&response)["message"], "token was not asked for a payment");
    assert_eq!(bank.ledger().len(), 1);
}

#[test]
fn used_invoice_numbers_are_refused_as_the_switch_says() {
    let cases = [
        (Dedupe::Strict, "1000001", 400),
        (Dedupe::Strict, "9000001", 200),
        (Dedupe::LastSix, "1000001", 400),
        (Dedupe::LastSix, "9000001", 400),
        (Dedupe::LastSix, "1000002", 200),
        (Dedupe::Off, "1000001", 200),
    ];
    for (dedupe, second, status) in cases {
        let mut bank = bank_with(Switches { dedupe, ..Switches::default() });
        let _ = pay_with(&mut bank, "1000001", cards::VISA_OK, SANDBOX_TERMINAL);
        let response = whole(pay_with(&mut bank, second, cards::VISA_OK, SANDBOX_TERMINAL));
        assert_eq!(response.status(), status, "{dedupe:?} {second}");
        if status == 400 {
            assert_eq!(read(&response)["code"], 477);
        }
        let elsewhere = whole(pay_with(&mut bank, second, cards::VISA_OK, TWO_STAGE_TERMINAL));
        assert_eq!(elsewhere.status(), 200, "numbers are used per terminal");
    }
}

#[test]
fn apple_pay_in_both_modes() {
    let cases = [
        (
            "ApplePay",
            plain(cards::VISA_OK, "271231", "", SANDBOX_TERMINAL),
            json!({"cryptogramApplePay": "AMC5tLMnV5S3AnLbsGPMAoABFA=="}),
            "440563...5096",
        ),
        (
            "applePay",
            plain("AppleToken", "expToken", "", SANDBOX_TERMINAL),
            json!({"applePay": {"data": "x"}}),
            "AppleToken",
        ),
    ];
    for (payment_type, plain, extra, mask) in cases {
        let mut bank = bank();
        let cryptogram = seal(bank.public_key_pem(), &plain);
        let answer = changed(&mut bank, |body| {
            body["cryptogram"] = json!(cryptogram);
            body["paymentType"] = json!(payment_type);
            body["name"] = Value::Null;
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        });
        assert_eq!(answer, (200, 0), "{payment_type}");
        assert_eq!(bank.ledger()[0].card_mask, mask);
    }
}

#[test]
fn an_amount_declines_a_good_card_and_a_switch_stops_it() {
    for (magic_amounts, expected) in [(true, (400, 484)), (false, (200, 0))] {
        let mut bank = bank_with(Switches { magic_amounts, ..Switches::default() });
        let token = payment_token(&mut bank, "1000001", "1484.07", SANDBOX_TERMINAL);
        let mut body = payment("1000001", &card(&bank, cards::VISA_OK, SANDBOX_TERMINAL));
        body["amount"] = json!("1484.07");
        let response = whole(
            bank.answer(&post("/api/payment/cryptopay", Some(&token), body.to_string()), NOW),
        );
        let code = read(&response)["code"].as_u64().unwrap_or(0);
        assert_eq!((response.status().as_u16(), code), expected);
    }
}

#[test]
fn zero_is_a_verification_or_a_mistake() {
    for (kind, expected) in [("cardVerification", (200, "VERIFIED")), ("", (400, "102"))] {
        let mut bank = bank();
        let token = payment_token(&mut bank, "1000001", "0", SANDBOX_TERMINAL);
        let mut body = payment("1000001", &card(&bank, cards::VISA_OK, SANDBOX_TERMINAL));
        (body["amount"], body["paymentType"]) = (json!(0), json!(kind));
        let response = whole(
            bank.answer(&post("/api/payment/cryptopay", Some(&token), body.to_string()), NOW),
        );
        assert_eq!(response.status(), expected.0);
        let status = status_of(&mut bank, "1000001", SANDBOX_TERMINAL, NOW);
        let shown = status["transaction"]["statusName"].as_str().or(status["resultCode"].as_str());
        assert_eq!(shown, Some(expected.1));
    }
}

#[test]
fn status_result_codes() {
    let mut bank = bank();
    let _ = pay_with(&mut bank, "1000001", cards::VISA_OK, SANDBOX_TERMINAL);
    let foreign = "d9d7978c-d6ee-4ec0-8cda-165251a4bf16";
    let cases = [
        (Some(SANDBOX_TERMINAL), "1000001", "100"),
        (Some(SANDBOX_TERMINAL), "1000002", "102"),
        (None, "1000001", "104"),
        (Some(TWO_STAGE_TERMINAL), "1000001", "106"),
        (Some(foreign), "1000001", "109"),
    ];
    for (errors_as_400, failure) in [(false, 200), (true, 400)] {
        bank.switches_mut().status_errors_as_400 = errors_as_400;
        for (terminal, invoice, code) in cases {
            let token = match terminal {
                Some(terminal) => service_token(&mut bank, terminal),
                None => token(&mut bank, &[]),
            };
            let path = format!("/api/check-status/payment/transaction/{invoice}");
            let response = whole(bank.answer(&call("GET", &path, Some(&token), ""), NOW));
            let body = read(&response);
            assert_eq!(body["resultCode"], code, "{terminal:?} {invoice}");
            assert_eq!(response.status(), if code == "100" { 200 } else { failure }, "{code}");
            assert_eq!(body["transaction"].is_null(), code != "100");
        }
    }
    let response = whole(
        bank.answer(&call("GET", "/api/check-status/payment/transaction/1000001", None, ""), NOW),
    );
    assert_eq!(response.status(), 401);
}

#[test]
fn a_booked_payment_becomes_visible_late() {
    for (invisible_as, code) in [(Invisible::NotFound, "102"), (Invisible::InProgress, "107")] {
        let mut bank =
            bank_with(Switches { visible_after: 60_000, invisible_as, ..Switches::default() });
        let _ = pay_with(&mut bank, "1000001", cards::VISA_OK, SANDBOX_TERMINAL);
        assert_eq!(bank.ledger().len(), 1);
        assert_eq!(status_of(&mut bank, "1000001", SANDBOX_TERMINAL, NOW)["resultCode"], code);
        let seen = Millis(NOW.0 + 60_000);
        assert_eq!(
            status_of(&mut bank, "1000001", SANDBOX_TERMINAL, Millis(seen.0 - 1))["resultCode"],
            code
        );
        assert_eq!(status_of(&mut bank, "1000001", SANDBOX_TERMINAL, seen)["resultCode"], "100");
    }
}

#[test]
fn the_card_part_and_the_bonus_part_make_the_whole() {
    let mut bank = bank_with(Switches { bonus_minor: 3_005, ..Switches::default() });
    let paid = whole(pay_with(&mut bank, "1000001", cards::VISA_OK, SANDBOX_TERMINAL));
    let token = service_token(&mut bank, SANDBOX_TERMINAL);
    let request = call("GET", "/api/check-status/payment/transaction/1000001", Some(&token), "");
    let status = whole(bank.answer(&request, NOW));
    for response in [&paid, &status] {
        let text = std::str::from_utf8(response.body()).unwrap();
        assert!(text.contains(r#""amount":69.95,"amountBonus":30.05,"#), "{text}");
    }
    assert_eq!(read(&status)["transaction"]["orgAmount"], json!(100));
    assert_eq!(bank.ledger()[0].captured, Amount::from_minor(10_000));
}

#[test]
fn other_paths_and_methods_are_not_there() {
    let cases = [
        ("GET", "/", 404),
        ("GET", "/api/payment/cryptopay", 405),
        ("POST", "/api/public.rsa", 405),
        ("POST", "/payment/cryptopay", 404),
        ("POST", "/oauth/token", 404),
    ];
    for (method, path, status) in cases {
        let response = whole(bank().answer(&call(method, path, None, ""), NOW));
        assert_eq!(response.status(), status, "{method} {path}");
    }
}

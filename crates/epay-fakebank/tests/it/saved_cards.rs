//! Cards that the bank keeps: saved with a payment, listed, paid with, ended.

use epay_fakebank::{
    Bank, Client, SANDBOX_CLIENT, SANDBOX_TERMINAL, Secret, Settings, Status, Switches,
    TWO_STAGE_TERMINAL, cards,
};
use serde_json::{Value, json};

use crate::merchant::{
    NOW, call, card, payment, payment_token, post, read, service_token, status_of, whole,
};

fn bank() -> Bank {
    Bank::new(Settings::default())
}

/// Pays by card and has the bank keep it; the id is the bank's.
fn save(bank: &mut Bank, invoice: &str, pan: &str) -> String {
    let token = payment_token(bank, invoice, "100", SANDBOX_TERMINAL);
    let mut body = payment(invoice, &card(bank, pan, SANDBOX_TERMINAL));
    body["cardSave"] = json!(true);
    let request = post("/api/payment/cryptopay", Some(&token), body.to_string());
    let paid = read(&whole(bank.answer(&request, NOW)));
    paid["cardID"].as_str().unwrap().to_owned()
}

fn body_by_card(invoice: &str, id: &str) -> Value {
    json!({
        "amount": "100", "currency": "KZT", "name": "Arman Ali", "terminalId": SANDBOX_TERMINAL,
        "invoiceId": invoice, "description": "Order", "accountId": "uuid000001",
        "paymentType": "cardId", "cardId": { "id": id },
    })
}

fn pay_by_card(bank: &mut Bank, invoice: &str, body: &Value) -> (u16, Value) {
    let token = payment_token(bank, invoice, "100", SANDBOX_TERMINAL);
    let request = post("/api/payments/cards/auth", Some(&token), body.to_string());
    let answer = whole(bank.answer(&request, NOW));
    (answer.status().as_u16(), read(&answer))
}

fn listed(bank: &mut Bank, account: &str) -> (u16, Value) {
    let token = service_token(bank, SANDBOX_TERMINAL);
    let answer =
        whole(bank.answer(&call("GET", &format!("/api/cards/{account}"), Some(&token), ""), NOW));
    (answer.status().as_u16(), read(&answer))
}

fn deactivate(bank: &mut Bank, id: &str) -> (u16, Value) {
    let token = service_token(bank, SANDBOX_TERMINAL);
    let path = format!("/api/card/deactivate/{id}");
    let answer = whole(bank.answer(&post(&path, Some(&token), ""), NOW));
    (answer.status().as_u16(), read(&answer))
}

#[test]
fn a_card_is_saved_listed_paid_with_and_ended() {
    let mut bank = bank();
    assert_eq!(listed(&mut bank, "uuid000001"), (400, no_cards()));
    let id = save(&mut bank, "1000001", cards::VISA_OK);
    let (status, list) = listed(&mut bank, "uuid000001");
    assert_eq!((status, list[0]["ID"].as_str()), (200, Some(id.as_str())));
    assert_eq!(list[0]["CardMask"], "440563...5096");
    assert_eq!(listed(&mut bank, "another").0, 400);

    let (status, paid) = pay_by_card(&mut bank, "1000002", &body_by_card("1000002", &id));
    assert_eq!((status, &paid["status"], &paid["cardID"]), (200, &json!("CHARGE"), &json!(id)));
    let status = status_of(&mut bank, "1000002", SANDBOX_TERMINAL, NOW);
    assert_eq!(status["transaction"]["cardID"], json!(id));

    for _ in 0..2 {
        let ended = (200, json!({ "status": "card successfully deactivated" }));
        assert_eq!(deactivate(&mut bank, &id), ended);
    }
    assert_eq!(listed(&mut bank, "uuid000001"), (400, no_cards()));
    let (status, refused) = pay_by_card(&mut bank, "1000003", &body_by_card("1000003", &id));
    assert_eq!((status, &refused["code"]), (400, &json!(522)));
    assert_eq!(bank.ledger().len(), 2, "what was refused is not booked");
}

fn no_cards() -> Value {
    json!({ "code": 1373, "message": "No saved cards" })
}

#[test]
fn a_card_that_was_not_to_be_kept_is_not() {
    let mut bank = bank();
    let token = payment_token(&mut bank, "1000001", "100", SANDBOX_TERMINAL);
    let body = payment("1000001", &card(&bank, cards::VISA_OK, SANDBOX_TERMINAL)).to_string();
    let paid = read(&whole(bank.answer(&post("/api/payment/cryptopay", Some(&token), body), NOW)));
    let id = paid["cardID"].as_str().unwrap();
    assert_eq!(pay_by_card(&mut bank, "1000002", &body_by_card("1000002", id)).0, 400);
}

#[test]
fn a_saved_card_asks_for_3_d_secure_only_where_the_switch_says_so_and_the_payer_is_there() {
    for (switch, recurrent, status) in [
        (false, false, Status::Charge),
        (true, false, Status::ThreeDs),
        (true, true, Status::Charge),
    ] {
        let switches = Switches { saved_card_three_ds: switch, ..Switches::default() };
        let mut bank = Bank::new(Settings { switches, ..Settings::default() });
        let operation = {
            let saved = save_after_three_ds(&mut bank);
            let mut body = body_by_card("1000002", &saved);
            body["recurrent"] = json!(recurrent);
            assert_eq!(pay_by_card(&mut bank, "1000002", &body).0, 200);
            bank.operation("1000002").unwrap()
        };
        assert_eq!(operation.status, status, "{switch} {recurrent}");
    }
}

fn save_after_three_ds(bank: &mut Bank) -> String {
    save(bank, "1000001", cards::THREE_DS);
    let challenge = bank.operation("1000001").unwrap().challenge().unwrap().clone();
    let choice = epay_fakebank::PayerChoice::Approve;
    let pa_res = bank.pa_res(&challenge.pa_req, &challenge.md, choice).unwrap();
    let id = bank.operation("1000001").unwrap().id.clone();
    bank.confirm(None, &id, &challenge.md, &pa_res, NOW).unwrap().card_id
}

#[test]
fn what_is_wrong_with_a_payment_by_card_is_named() {
    let mut bank = bank();
    let id = save(&mut bank, "1000001", cards::VISA_OK);
    for (key, value, message) in [
        ("paymentType", json!("card"), "paymentType must be cardId"),
        ("cardId", json!(id), "cardId must be an object with id"),
        ("recurrent", json!("yes"), "recurrent must be a boolean"),
        ("description", json!(""), "Description is required"),
    ] {
        let mut body = body_by_card("1000002", &id);
        body[key] = value;
        let (status, refused) = pay_by_card(&mut bank, "1000002", &body);
        assert_eq!((status, &refused["message"]), (400, &json!(message)), "{key}");
    }
}

#[test]
fn another_merchant_neither_sees_nor_pays_with_nor_ends_a_card() {
    let mut settings = Settings::default();
    let [first] = settings.clients.as_mut_slice() else { panic!("one client") };
    first.terminals.retain(|id| id == SANDBOX_TERMINAL);
    settings.clients.push(Client {
        id: "other".to_owned(),
        secret: Secret::new("other's"),
        terminals: vec![TWO_STAGE_TERMINAL.to_owned()],
    });
    let mut bank = Bank::new(settings);
    let id = save(&mut bank, "1000001", cards::VISA_OK);
    let theirs = [TWO_STAGE_TERMINAL.to_owned()];
    assert_eq!(bank.cards_of("uuid000001", &theirs).count(), 0);
    assert!(bank.saved_instrument(&id, TWO_STAGE_TERMINAL, false).is_err());
    assert!(bank.deactivate(&id, &theirs).is_err());
    assert!(bank.saved_cards()[0].active);
    assert_eq!(bank.settings().clients[0].id, SANDBOX_CLIENT);
}

#[test]
fn a_card_that_is_verified_is_kept_and_nothing_is_taken() {
    let mut bank = bank();
    let token = payment_token(&mut bank, "1000001", "0", SANDBOX_TERMINAL);
    let mut body = payment("1000001", &card(&bank, cards::VISA_OK, SANDBOX_TERMINAL));
    body["amount"] = json!(0);
    body["cardSave"] = json!(true);
    body["paymentType"] = json!("cardVerification");
    let request = post("/api/payment/cryptopay", Some(&token), body.to_string());
    let answer = read(&whole(bank.answer(&request, NOW)));
    assert_eq!(answer["status"], "VERIFIED");
    assert_eq!(bank.ledger()[0].status, Status::Verified);
    assert_eq!(listed(&mut bank, "uuid000001").1[0]["ID"], answer["cardID"]);
}

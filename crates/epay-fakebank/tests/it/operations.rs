//! Charge, cancel and refund over the HTTP door, and what status makes of them.

use epay_fakebank::{
    Amount, Bank, Endpoint, LedgerLine, RefundReport, SANDBOX_TERMINAL, Settings, Status,
    SuccessBody, Switches, TWO_STAGE_TERMINAL, cards,
};
use serde_json::{Value, json};

use crate::merchant::{NOW, call, pay_with, post, read, service_token, status_of, token, whole};

const INVOICE: &str = "1000001";

/// A bank with one payment of 100 KZT on this terminal, and the payment's id.
fn paid(terminal: &str, switches: Switches) -> (Bank, String) {
    let mut bank = Bank::new(Settings { switches, ..Settings::default() });
    let id = read(&whole(pay_with(&mut bank, INVOICE, cards::VISA_OK, terminal)))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    (bank, id)
}

fn operate(bank: &mut Bank, terminal: &str, id: &str, call: &str, body: &str) -> (u16, Value) {
    let token = service_token(bank, terminal);
    let response =
        whole(bank.answer(
            &post(&format!("/api/operation/{id}/{call}"), Some(&token), body.to_owned()),
            NOW,
        ));
    (response.status().as_u16(), read(&response))
}

#[test]
fn a_charge_takes_all_or_the_amount_of_query_or_body() {
    let cases = [
        ("charge", "", 200, 10_000),
        ("charge?amount=30", "", 200, 3_000),
        ("charge?amount=30.50", r#"{"amount":30.5}"#, 200, 3_050),
        ("charge", r#"{"amount":"24.00"}"#, 200, 2_400),
        ("charge", "{}", 200, 10_000),
        ("charge?amount=30", r#"{"amount":31}"#, 400, 0),
        ("charge?amount=100.01", "", 400, 0),
        ("charge?amount=0", "", 400, 0),
        ("charge?amount=x", "", 400, 0),
        ("charge", r#"{"amount":true}"#, 400, 0),
        ("charge", "amount=30", 200, 3_000),
        ("charge", "amount=thirty", 400, 0),
        ("charge", "sum=30", 400, 0),
    ];
    for (what, body, status, captured) in cases {
        let (mut bank, id) = paid(TWO_STAGE_TERMINAL, Switches::default());
        let (got, _) = operate(&mut bank, TWO_STAGE_TERMINAL, &id, what, body);
        assert_eq!(got, status, "{what} {body}");
        let operation = &bank.ledger()[0];
        assert_eq!(operation.captured.minor(), captured, "{what} {body}");
        assert_eq!(operation.status, if status == 200 { Status::Charge } else { Status::Auth });
        assert_eq!(operation.held.minor(), 10_000);
    }
}

#[test]
fn each_operation_has_its_state_and_refuses_the_others() {
    // From each state, which calls succeed.
    let cases: [(&[&str], [bool; 3]); 4] = [
        (&[], [true, true, false]),
        (&["charge"], [false, false, true]),
        (&["cancel"], [false, false, false]),
        (&["charge", "refund"], [false, false, false]),
    ];
    for (before, expected) in cases {
        for (call, expected) in ["charge", "cancel", "refund"].into_iter().zip(expected) {
            for code in [100, 477] {
                let switches = Switches { wrong_state_code: code, ..Switches::default() };
                let (mut bank, id) = paid(TWO_STAGE_TERMINAL, switches);
                for call in before {
                    assert_eq!(
                        operate(&mut bank, TWO_STAGE_TERMINAL, &id, call, "").0,
                        200,
                        "{before:?}"
                    );
                }
                let (status, body) = operate(&mut bank, TWO_STAGE_TERMINAL, &id, call, "");
                if expected {
                    assert_eq!((status, body), (200, Value::Null), "{before:?} {call}");
                } else {
                    let refused =
                        json!({"code": code, "message": "Operation is not allowed in this state"});
                    assert_eq!((status, body), (400, refused), "{before:?} {call}");
                }
            }
        }
    }
}

#[test]
fn success_has_a_body_if_the_switch_says_so() {
    let (mut bank, id) = paid(
        TWO_STAGE_TERMINAL,
        Switches { success_body: SuccessBody::JsonCode0, ..Switches::default() },
    );
    let answer = operate(&mut bank, TWO_STAGE_TERMINAL, &id, "cancel", "");
    assert_eq!(answer, (200, json!({"code": 0, "message": "success"})));
}

#[test]
fn operations_of_others_are_not_found() {
    let (mut bank, id) = paid(TWO_STAGE_TERMINAL, Switches::default());
    assert_eq!(operate(&mut bank, SANDBOX_TERMINAL, &id, "cancel", "").1["code"], 522);
    assert_eq!(
        operate(
            &mut bank,
            TWO_STAGE_TERMINAL,
            "00000000-0000-4000-8000-000000000000",
            "cancel",
            ""
        )
        .1["code"],
        522
    );
    assert_eq!(
        operate(&mut bank, "d9d7978c-d6ee-4ec0-8cda-165251a4bf16", &id, "cancel", "").1["code"],
        464
    );
    let response = whole(bank.answer(&post(&format!("/api/operation/{id}/cancel"), None, ""), NOW));
    assert_eq!(response.status(), 401);
    assert_eq!(bank.ledger()[0].status, Status::Auth);
    let anywhere = token(&mut bank, &[]);
    let id = id.to_uppercase();
    let response =
        whole(bank.answer(&post(&format!("/api/operation/{id}/cancel"), Some(&anywhere), ""), NOW));
    assert_eq!(
        response.status(),
        200,
        "a token without a terminal reaches the client's operations"
    );
}

#[test]
fn refunds_add_up_to_what_was_captured() {
    let (mut bank, id) = paid(SANDBOX_TERMINAL, Switches::default());
    let mut refund =
        |kind: &str, body: &str| operate(&mut bank, SANDBOX_TERMINAL, &id, kind, body).0;
    assert_eq!(refund("refund?amount=9.99", ""), 400, "less than 10");
    assert_eq!(refund("refund?amount=30&externalID=a", ""), 200);
    assert_eq!(refund("refund?amount=70.01", ""), 400, "more than is left");
    assert_eq!(refund("refund", r#"{"amount":"20"}"#), 200);
    assert_eq!(refund("refund", ""), 200, "all that is left");
    assert_eq!(refund("refund", ""), 400, "nothing is left");
    let operation = &bank.ledger()[0];
    let refunds: Vec<_> = operation
        .refunds
        .iter()
        .map(|refund| (refund.amount.minor(), refund.external_id.as_deref()))
        .collect();
    assert_eq!(refunds, [(3_000, Some("a")), (2_000, None), (5_000, None)]);
    assert_eq!(
        (operation.status, operation.refunded(), operation.refundable()),
        (Status::Refund, operation.captured, Amount::ZERO)
    );
}

#[test]
fn a_ledger_line_is_the_reviewed_text() {
    let (mut bank, id) = paid(SANDBOX_TERMINAL, Switches::default());
    assert_eq!(
        operate(&mut bank, SANDBOX_TERMINAL, &id, "refund?amount=30.50&externalID=a", "").0,
        200
    );
    let operation = bank.operation(INVOICE).unwrap();
    let line = serde_json::to_string(&LedgerLine::from(operation)).unwrap();
    assert_eq!(line, include_str!("golden/ledger_line.json").trim_end());
    assert!(bank.operation("1000002").is_none());
}

#[test]
fn the_wire_log_says_what_each_call_was_about() {
    let (mut bank, id) = paid(SANDBOX_TERMINAL, Switches::default());
    let _ = operate(&mut bank, SANDBOX_TERMINAL, &id, "cancel", "");
    let _ = status_of(&mut bank, INVOICE, SANDBOX_TERMINAL, NOW);
    let confirm = json!({"ID": id, "PaRes": "x", "MD": "y"}).to_string();
    let _ = bank.answer(&post("/api/payment/confirm", None, confirm), NOW);
    let _ = bank.answer(&post("/api/payment/nowhere", None, ""), NOW);
    let log: Vec<_> = bank
        .wire_log()
        .iter()
        .map(|entry| (entry.endpoint, entry.subject.as_str(), entry.http_status.unwrap()))
        .collect();
    let expected = [
        (Endpoint::Token, INVOICE, 200),
        (Endpoint::Cryptopay, INVOICE, 200),
        (Endpoint::Token, "", 200),
        (Endpoint::Cancel, &id, 400),
        (Endpoint::Token, "", 200),
        (Endpoint::Status, INVOICE, 200),
        (Endpoint::Confirm, &id, 302),
        (Endpoint::Other, "", 404),
    ];
    assert_eq!(log, expected);
    let money: Vec<_> = log.iter().map(|(endpoint, ..)| endpoint.moves_money()).collect();
    assert_eq!(money, [false, true, false, true, false, false, true, false]);
}

#[test]
fn an_external_id_dedupes_if_the_switch_says_so() {
    for (external_id_dedupes, refunds) in [(true, 2), (false, 3)] {
        let (mut bank, id) =
            paid(SANDBOX_TERMINAL, Switches { external_id_dedupes, ..Switches::default() });
        for call in [
            "refund?amount=30&externalID=a",
            "refund?amount=30&externalID=a",
            "refund?amount=30&externalID=b",
        ] {
            assert_eq!(operate(&mut bank, SANDBOX_TERMINAL, &id, call, "").0, 200);
        }
        assert_eq!(bank.ledger()[0].refunds.len(), refunds);
    }
}

#[test]
fn status_reports_a_refund_in_one_of_four_ways() {
    // After a partial refund of 30, then after the rest: statusName, amount, payoutAmount.
    let cases = [
        (
            RefundReport::ChargeOriginal,
            ("CHARGE", json!(100), json!(0)),
            ("REFUND", json!(100), json!(0)),
        ),
        (
            RefundReport::ChargeRemainder,
            ("CHARGE", json!(70), json!(30)),
            ("REFUND", json!(0), json!(100)),
        ),
        (
            RefundReport::RefundTotal,
            ("REFUND", json!(100), json!(30)),
            ("REFUND", json!(100), json!(100)),
        ),
        (
            RefundReport::RefundNoSum,
            ("REFUND", json!(100), Value::Null),
            ("REFUND", json!(100), Value::Null),
        ),
    ];
    for (refund_report, partial, full) in cases {
        let (mut bank, id) =
            paid(SANDBOX_TERMINAL, Switches { refund_report, ..Switches::default() });
        for (call, expected) in [("refund?amount=30", partial), ("refund", full)] {
            assert_eq!(operate(&mut bank, SANDBOX_TERMINAL, &id, call, "").0, 200);
            let status = status_of(&mut bank, INVOICE, SANDBOX_TERMINAL, NOW);
            let transaction = &status["transaction"];
            let (name, amount, payout) = expected;
            assert_eq!(
                (&transaction["statusName"], &transaction["amount"], &transaction["payoutAmount"]),
                (&json!(name), &amount, &payout),
                "{refund_report:?} {call}"
            );
            assert_eq!(transaction["orgAmount"], 100);
        }
    }
}

#[test]
fn status_follows_a_hold_to_each_of_its_ends() {
    let cases: [(&str, &str, u64); 3] =
        [("charge?amount=30", "CHARGE", 30), ("cancel", "CANCEL", 100), ("", "CANCEL_OLD", 100)];
    for (call, name, amount) in cases {
        let (mut bank, id) = paid(TWO_STAGE_TERMINAL, Switches::default());
        if call.is_empty() {
            assert_eq!(bank.expire_holds(NOW), 1);
            assert_eq!(bank.expire_holds(NOW), 0);
        } else {
            assert_eq!(operate(&mut bank, TWO_STAGE_TERMINAL, &id, call, "").0, 200);
        }
        let status = status_of(&mut bank, INVOICE, TWO_STAGE_TERMINAL, NOW);
        let transaction = &status["transaction"];
        assert_eq!(
            (&transaction["statusName"], &transaction["amount"]),
            (&json!(name), &json!(amount))
        );
        assert_eq!(
            (&transaction["orgAmount"], &transaction["payoutAmount"]),
            (&json!(100), &json!(0))
        );
    }
}

#[test]
fn an_operation_is_looked_up_only_by_its_path() {
    let (mut bank, id) = paid(SANDBOX_TERMINAL, Switches::default());
    let token = service_token(&mut bank, SANDBOX_TERMINAL);
    let response = whole(
        bank.answer(&call("GET", &format!("/api/operation/{id}/refund"), Some(&token), ""), NOW),
    );
    assert_eq!(response.status(), 405);
    assert!(bank.ledger()[0].refunds.is_empty());
}

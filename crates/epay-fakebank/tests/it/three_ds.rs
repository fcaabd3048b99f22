//! 3-D Secure over the HTTP door: challenge, the payer's choice, confirm, and what is left when one of them is wrong.

use epay_fakebank::{
    Bank, ConfirmReply, Endpoint, Fault, FaultKind, PayerChoice, SANDBOX_TERMINAL, Settings,
    Status, Switches, TWO_STAGE_TERMINAL, cards,
};
use http::Response;
use serde_json::{Value, json};

use crate::merchant::{NOW, pay_with, post, read, service_token, status_of, whole};

const INVOICE: &str = "1000001";

struct Challenge {
    id: String,
    pa_req: String,
    md: String,
}

fn challenge(bank: &mut Bank, invoice: &str, terminal: &str) -> Challenge {
    let paid = read(&whole(pay_with(bank, invoice, cards::THREE_DS, terminal)));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Challenge {
        id: text(&paid["id"]),
        pa_req: text(&paid["secure3D"]["paReq"]),
        md: text(&paid["secure3D"]["md"]),
    }
}

fn confirm(
    bank: &mut Bank,
    token: Option<&str>,
    id: &str,
    pa_res: &str,
    md: &str,
) -> Response<bytes::Bytes> {
    let body = json!({"ID": id, "PaRes": pa_res, "MD": md}).to_string();
    whole(bank.answer(&post("/api/payment/confirm", token, body), NOW))
}

fn location(response: &Response<bytes::Bytes>) -> &str {
    assert_eq!(response.status(), 302);
    response.headers()["location"].to_str().unwrap()
}

fn choose(bank: &Bank, challenge: &Challenge, choice: PayerChoice) -> String {
    bank.pa_res(&challenge.pa_req, &challenge.md, choice).unwrap()
}

#[test]
fn the_challenge_is_the_reviewed_text_and_nothing_is_held() {
    let mut bank = Bank::new(Settings::default());
    let response = whole(pay_with(&mut bank, INVOICE, cards::THREE_DS, SANDBOX_TERMINAL));
    assert_eq!(response.status(), 200);
    assert_eq!(
        std::str::from_utf8(response.body()).unwrap(),
        include_str!("golden/payment_3ds.json").trim_end()
    );
    assert_eq!(bank.ledger()[0].held.minor(), 0);
    assert_eq!(
        status_of(&mut bank, INVOICE, SANDBOX_TERMINAL, NOW)["transaction"]["statusName"],
        "3D"
    );
}

#[test]
fn a_challenge_without_md_is_one_all_the_same() {
    let mut bank = Bank::new(Settings::default());
    let kind = FaultKind::ChallengeWithoutMd;
    bank.plan(Fault { on: Endpoint::Cryptopay, skip: 0, kind });
    let paid = read(&whole(pay_with(&mut bank, INVOICE, cards::THREE_DS, SANDBOX_TERMINAL)));
    assert!(paid["secure3D"]["paReq"].is_string() && paid["secure3D"]["md"].is_null(), "{paid}");
    let waiting = bank.operation(INVOICE).unwrap();
    assert_eq!(waiting.status, Status::ThreeDs);
    assert!(!waiting.challenge().unwrap().md.is_empty(), "the bank knows it");
    let next = challenge(&mut bank, "1000002", SANDBOX_TERMINAL);
    assert!(!next.md.is_empty(), "it struck once");
}

#[test]
fn a_device_that_is_recognised_lets_the_payment_go_on_by_itself() {
    for (terminal, name) in [(SANDBOX_TERMINAL, "CHARGE"), (TWO_STAGE_TERMINAL, "AUTH")] {
        let mut bank = Bank::new(Settings::default());
        let paid = read(&whole(pay_with(&mut bank, INVOICE, cards::FINGERPRINT, terminal)));
        assert_eq!((&paid["status"], &paid["secure3D"]), (&json!("FINGERPRINT"), &Value::Null));
        let status = |bank: &mut Bank| {
            status_of(bank, INVOICE, terminal, NOW)["transaction"]["statusName"].clone()
        };
        assert_eq!(status(&mut bank), "FINGERPRINT");
        assert_eq!((bank.pass_fingerprints(NOW), bank.pass_fingerprints(NOW)), (1, 0));
        assert_eq!(status(&mut bank), name);

        pay_with(&mut bank, "1000002", cards::FINGERPRINT, terminal);
        assert_eq!(bank.expire_challenges(NOW), 1);
        assert_eq!(bank.operation("1000002").unwrap().status, Status::Failed);
    }
}

#[test]
fn a_challenge_that_lapses_has_failed_and_can_not_be_answered() {
    let mut bank = Bank::new(Settings::default());
    let asked = challenge(&mut bank, INVOICE, SANDBOX_TERMINAL);
    let pa_res = choose(&bank, &asked, PayerChoice::Approve);
    assert_eq!(bank.expire_challenges(NOW), 1);
    assert_eq!(bank.expire_challenges(NOW), 0);
    assert_eq!(
        status_of(&mut bank, INVOICE, SANDBOX_TERMINAL, NOW)["transaction"]["statusName"],
        "FAILED"
    );
    confirm(&mut bank, None, &asked.id, &pa_res, &asked.md);
    let operation = &bank.ledger()[0];
    assert_eq!((operation.status, operation.captured.minor()), (Status::Failed, 0));
}

#[test]
fn an_approval_books_and_sends_the_payer_to_the_success_page() {
    for (terminal, name) in [(SANDBOX_TERMINAL, "CHARGE"), (TWO_STAGE_TERMINAL, "AUTH")] {
        let mut bank = Bank::new(Settings::default());
        let asked = challenge(&mut bank, INVOICE, terminal);
        let pa_res = choose(&bank, &asked, PayerChoice::Approve);
        let response = confirm(&mut bank, None, &asked.id, &pa_res, &asked.md);
        let operation = &bank.ledger()[0];
        assert_eq!(
            location(&response),
            format!(
                "https://epay.homebank.kz/payform/success.html?amount=100&currency=KZT&invoiceID=1000001\
                 &accountID=uuid000001&description=Order&reference={}&language=rus&cardid={}",
                operation.reference, operation.card_id
            )
        );
        let status = status_of(&mut bank, INVOICE, terminal, NOW);
        assert_eq!(status["transaction"]["statusName"], name);
        assert_eq!(status["transaction"]["secure"], true);
        let again = confirm(&mut bank, None, &asked.id, &pa_res, &asked.md);
        assert!(
            location(&again).contains("&code=100&errorCode=100&"),
            "the second confirm is in the wrong state"
        );
        assert_eq!(bank.ledger()[0].status.name(), name);
        assert_eq!(
            bank.pa_res(&asked.pa_req, &asked.md, PayerChoice::Approve),
            None,
            "nothing waits any more"
        );
    }
}

#[test]
fn what_is_not_an_approval_fails_the_payment() {
    type Change = fn(String) -> String;
    let cases: [(PayerChoice, Change, Change, u32); 4] = [
        (PayerChoice::Decline, |pa_res| pa_res, |md| md, 499),
        (PayerChoice::Approve, |pa_res| pa_res.replace('+', " "), |md| md, 877),
        (PayerChoice::Approve, |_| "eJz".to_owned(), |md| md, 877),
        (PayerChoice::Approve, |pa_res| pa_res, |md| md.to_lowercase(), 877),
    ];
    for (choice, spoil_pa_res, spoil_md, code) in cases {
        let mut bank = Bank::new(Settings::default());
        let asked = challenge(&mut bank, INVOICE, SANDBOX_TERMINAL);
        let pa_res = spoil_pa_res(choose(&bank, &asked, choice));
        let response = confirm(&mut bank, None, &asked.id, &pa_res, &spoil_md(asked.md));
        let page = format!(
            "https://epay.homebank.kz/payform/?invoiceID=1000001&code={code}&errorCode={code}&message="
        );
        assert!(location(&response).starts_with(&page), "{response:?}");
        let operation = &bank.ledger()[0];
        assert_eq!(
            (operation.status, operation.reason_code, operation.held.minor()),
            (Status::Failed, code, 0)
        );
    }
}

#[test]
fn the_answer_of_one_payment_does_not_confirm_another() {
    let mut bank = Bank::new(Settings::default());
    let first = challenge(&mut bank, INVOICE, SANDBOX_TERMINAL);
    let second = challenge(&mut bank, "1000002", SANDBOX_TERMINAL);
    let pa_res = choose(&bank, &first, PayerChoice::Approve);
    assert_eq!(bank.pa_res(&first.pa_req, &second.md, PayerChoice::Approve), None);
    let response = confirm(&mut bank, None, &second.id, &pa_res, &second.md);
    assert!(location(&response).contains("code=877"));
    assert_eq!(bank.ledger()[0].status, Status::ThreeDs, "the first still waits");
    assert_eq!(bank.ledger()[1].status, Status::Failed);
}

#[test]
fn confirm_can_answer_otherwise() {
    for (confirm_reply, choice, status) in [
        (ConfirmReply::Page200, PayerChoice::Approve, 200),
        (ConfirmReply::Page200, PayerChoice::Decline, 200),
        (ConfirmReply::Json, PayerChoice::Approve, 200),
        (ConfirmReply::Json, PayerChoice::Decline, 400),
    ] {
        let switches = Switches { confirm_reply, ..Switches::default() };
        let mut bank = Bank::new(Settings { switches, ..Settings::default() });
        let asked = challenge(&mut bank, INVOICE, SANDBOX_TERMINAL);
        let pa_res = choose(&bank, &asked, choice);
        let response = confirm(&mut bank, None, &asked.id, &pa_res, &asked.md);
        assert_eq!(response.status(), status);
        let text = std::str::from_utf8(response.body()).unwrap();
        let expected = match (confirm_reply, choice) {
            (ConfirmReply::Json, PayerChoice::Approve) => r#"{"code":0,"message":"success"}"#,
            (ConfirmReply::Json, PayerChoice::Decline) => {
                r#"{"code":499,"message":"3-D Secure wrong or not entered"}"#
            }
            (_, PayerChoice::Approve) => {
                "url=https://epay.homebank.kz/payform/success.html?amount=100&amp;currency=KZT"
            }
            (_, PayerChoice::Decline) => {
                "url=https://epay.homebank.kz/payform/?invoiceID=1000001&amp;code=499"
            }
        };
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn who_may_confirm() {
    let mut bank = Bank::new(Settings::default());
    let asked = challenge(&mut bank, INVOICE, SANDBOX_TERMINAL);
    let pa_res = choose(&bank, &asked, PayerChoice::Approve);
    let send = |bank: &mut Bank, token: Option<&str>| {
        confirm(bank, token, &asked.id, &pa_res, &asked.md).status().as_u16()
    };
    assert_eq!(send(&mut bank, Some("unknown")), 401);
    bank.switches_mut().confirm_without_token = false;
    assert_eq!(send(&mut bank, None), 401);
    let foreign = service_token(&mut bank, TWO_STAGE_TERMINAL);
    assert_eq!(send(&mut bank, Some(&foreign)), 302);
    assert_eq!(bank.ledger()[0].status, Status::ThreeDs, "another terminal's token finds nothing");
    let own = service_token(&mut bank, SANDBOX_TERMINAL);
    assert_eq!(send(&mut bank, Some(&own)), 302);
    assert_eq!(bank.ledger()[0].status, Status::Charge);
    let missing = whole(
        bank.answer(&post("/api/payment/confirm", Some(&own), r#"{"ID":"x","MD":"y"}"#), NOW),
    );
    assert_eq!((missing.status().as_u16(), &read(&missing)["code"]), (400, &json!(477)));
}

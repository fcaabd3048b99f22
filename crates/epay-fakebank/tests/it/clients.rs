//! What clients do that were written for the bank and not for us: each pays, or is told why not in its own terms.

use bytes::Bytes;
use epay_fakebank::{
    Bank, Endpoint, PayerChoice, SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings,
    Status, TWO_STAGE_TERMINAL, cards,
};
use http::{Request, Response};
use serde_json::{Value, json};

use crate::merchant::{
    NOW, call, card, form, pay_with, payment, payment_token, post, read, service_token, whole,
};

const INVOICE: &str = "1000001";
const OTHER: &str = "67e34d63-102f-4bd1-898e-370781d0074e";

fn as_json(path: &str, body: &Value) -> Request<Bytes> {
    let mut request = post(path, None, body.to_string());
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    request
}

fn text(response: &Response<Bytes>) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

#[test]
fn a_token_may_be_asked_for_in_json() {
    let mut bank = Bank::new(Settings::default());
    let asked = json!({
        "grant_type": "client_credentials", "scope": "payment", "client_id": SANDBOX_CLIENT,
        "client_secret": SANDBOX_SECRET, "invoiceID": INVOICE, "amount": 100, "currency": "KZT",
        "terminal": SANDBOX_TERMINAL,
    });
    let granted = whole(bank.answer(&as_json("/oauth/oauth2/token", &asked), NOW));
    assert_eq!(granted.status(), 200, "{}", text(&granted));
    let token = read(&granted)["access_token"].as_str().unwrap().to_owned();
    let body = payment(INVOICE, &card(&bank, cards::VISA_OK, SANDBOX_TERMINAL)).to_string();
    let paid = whole(bank.answer(&post("/api/payment/cryptopay", Some(&token), body), NOW));
    assert_eq!(paid.status(), 200, "{}", text(&paid));
    let broken = whole(bank.answer(&as_json("/oauth/oauth2/token", &json!([])), NOW));
    assert_eq!(read(&broken)["error"], "invalid_request");
}

#[test]
fn a_body_that_is_not_json_does_not_use_up_its_token() {
    let mut bank = Bank::new(Settings::default());
    let token = payment_token(&mut bank, INVOICE, "100", SANDBOX_TERMINAL);
    let broken = post("/api/payment/cryptopay", Some(&token), "{\"amount\":100,}");
    let refused = whole(bank.answer(&broken, NOW));
    assert_eq!((refused.status().as_u16(), read(&refused)["code"].as_u64()), (400, Some(477)));
    let body = payment(INVOICE, &card(&bank, cards::VISA_OK, SANDBOX_TERMINAL)).to_string();
    for status in [200, 401] {
        let request = post("/api/payment/cryptopay", Some(&token), body.clone());
        assert_eq!(whole(bank.answer(&request, NOW)).status(), status);
    }
}

#[test]
fn a_browser_may_bring_the_payers_answer_to_the_bank_itself() {
    for (choice, page, status) in [
        (PayerChoice::Approve, "success.html?", Status::Charge),
        (PayerChoice::Decline, "?invoiceID=1000001&code=499&errorCode=499", Status::Failed),
    ] {
        let mut bank = Bank::new(Settings::default());
        let paid = read(&whole(pay_with(&mut bank, INVOICE, cards::THREE_DS, SANDBOX_TERMINAL)));
        let [pa_req, md] = ["paReq", "md"].map(|key| paid["secure3D"][key].as_str().unwrap());
        let pa_res = bank.pa_res(pa_req, md, choice).unwrap();
        let answer = form(&[("PaRes", &pa_res), ("MD", md)]);
        let token = service_token(&mut bank, SANDBOX_TERMINAL);
        for (access, status) in [("nobodys", 401), (token.as_str(), 302), (token.as_str(), 400)] {
            let path = format!("/api/payments/cards/confirmPayment?Access={access}");
            let sent_on = whole(bank.answer(&post(&path, None, answer.clone()), NOW));
            assert_eq!(sent_on.status(), status);
            if status == 302 {
                let location = sent_on.headers()["location"].to_str().unwrap();
                assert!(location.contains(page), "{location}");
            }
        }
        assert_eq!(bank.ledger()[0].status, status);
    }
}

#[test]
fn a_terminal_says_whether_it_captures_at_once() {
    let mut bank = Bank::new(Settings::default());
    let token = service_token(&mut bank, SANDBOX_TERMINAL);
    for (id, scheme) in
        [(SANDBOX_TERMINAL, Some(true)), (TWO_STAGE_TERMINAL, Some(false)), (OTHER, None)]
    {
        let asked = call("GET", &format!("/api/terminals/{id}"), Some(&token), "");
        let told = read(&whole(bank.answer(&asked, NOW)));
        assert_eq!(told["singleMessageScheme"].as_bool(), scheme, "{told}");
    }
}

#[test]
fn what_is_not_served_is_named_and_a_wrong_method_is_told_the_right_one() {
    let mut bank = Bank::new(Settings::default());
    let cases = [
        ("POST", "/api/payment/qr/generate", 501, "QR payments"),
        ("POST", "/api/invoice", 501, "payments by link"),
        ("POST", "/api/p2p/transfer", 501, "transfers"),
        ("POST", "/api/order", 501, "installments"),
        ("POST", "/api/recurrent/subscribe", 501, "payments that the bank repeats"),
        ("GET", "/api/payments/cards/auth", 405, "only POST"),
        ("POST", "/api/cards/uuid000001", 405, "only GET"),
        ("POST", "/api/invoices", 404, "no such call"),
        ("POST", "/api/payment/cryptopays", 404, "no such call"),
        ("GET", "/api/payment/cryptopay", 405, "only POST"),
        ("POST", "/api/public.rsa", 405, "only GET"),
    ];
    for (method, path, status, said) in cases {
        let refused = whole(bank.answer(&call(method, path, None, ""), NOW));
        assert_eq!(refused.status(), status, "{path}");
        assert!(text(&refused).contains(said), "{path}: {}", text(&refused));
        let allowed = refused.headers().get("allow").map(|it| it.to_str().unwrap());
        assert_eq!(allowed, said.strip_prefix("only "), "{path}");
        let noted = bank.wire_log().last().unwrap();
        assert_eq!((noted.endpoint, noted.http_status), (Endpoint::Other, Some(status)));
    }
}

#[test]
fn the_same_last_six_digits_are_named_as_the_cause() {
    let mut bank = Bank::new(Settings::default());
    let _ = pay_with(&mut bank, INVOICE, cards::VISA_OK, SANDBOX_TERMINAL);
    for (invoice, said) in [("2000001", "last six digits"), (INVOICE, "already exists")] {
        let refused = whole(pay_with(&mut bank, invoice, cards::VISA_OK, SANDBOX_TERMINAL));
        let told = read(&refused);
        assert_eq!(told["code"], 477);
        assert!(told["message"].as_str().unwrap().contains(said), "{told}");
    }
}

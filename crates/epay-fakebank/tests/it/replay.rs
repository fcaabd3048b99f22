//! The requests of clients that were written for the bank, as they are known to send them: each pays, or is told the cause in its own terms.

use bytes::Bytes;
use epay_fakebank::{
    Bank, PayerChoice, SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings, Status,
    Switches, TWO_STAGE_TERMINAL, cards,
};
use http::{Request, Response};
use serde_json::{Value, json};

use crate::merchant::{NOW, call, card, form, post, read, token_form, whole};

const INVOICE: &str = "1000001";

fn asked(terminal: &str) -> [(&str, &str); 4] {
    [("invoiceID", INVOICE), ("amount", "100"), ("currency", "KZT"), ("terminal", terminal)]
}

fn with_type(mut request: Request<Bytes>, kind: &'static str) -> Request<Bytes> {
    request.headers_mut().insert("content-type", kind.parse().unwrap());
    request
}

/// Python requests, C# FormUrlEncodedContent, Node URLSearchParams; the bank's iOS SDK without the header.
fn by_form(terminal: &str) -> Request<Bytes> {
    let request = post("/oauth/oauth2/token", None, token_form(&asked(terminal)));
    with_type(request, "application/x-www-form-urlencoded")
}

/// The Ruby gem, Go, PHP's curl with an array.
fn by_parts(terminal: &str) -> Request<Bytes> {
    let fields = [
        ("grant_type", "client_credentials"),
        ("scope", "payment"),
        ("client_id", SANDBOX_CLIENT),
        ("client_secret", SANDBOX_SECRET),
    ];
    let part = |(name, value): (&str, &str)| {
        format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let parts: String = fields.into_iter().chain(asked(terminal)).map(part).collect();
    let request = post("/oauth/oauth2/token", None, format!("{parts}--XX--\r\n"));
    with_type(request, "multipart/form-data; boundary=XX")
}

/// One client, whose own stand-in for the bank takes it.
fn by_json(terminal: &str) -> Request<Bytes> {
    let body = json!({
        "grant_type": "client_credentials", "scope": "payment", "client_id": SANDBOX_CLIENT,
        "client_secret": SANDBOX_SECRET, "invoiceID": INVOICE, "amount": 100, "currency": "KZT",
        "terminal": terminal,
    });
    let request = post("/oauth/oauth2/token", None, body.to_string());
    with_type(request, "application/json")
}

fn send(bank: &mut Bank, request: &Request<Bytes>) -> Response<Bytes> {
    whole(bank.answer(request, NOW))
}

fn token_by(bank: &mut Bank, request: &Request<Bytes>) -> String {
    let granted = send(bank, request);
    assert_eq!(granted.status(), 200, "{:?}", granted.body());
    read(&granted)["access_token"].as_str().unwrap().to_owned()
}

/// The page's own spelling, with a change.
fn body(bank: &Bank, pan: &str, terminal: &str, change: &[(&str, &str)]) -> String {
    let text = json!({
        "amount": 100, "currency": "KZT", "name": "Arman Ali", "cryptogram": card(bank, pan, terminal),
        "invoiceId": INVOICE, "description": "Order", "accountId": "17", "email": "jj@example.com",
        "phone": "77777777777", "cardSave": false,
    });
    change.iter().fold(text.to_string(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

fn strict() -> Bank {
    let switches = Switches::default().strictly();
    Bank::new(Settings { switches, ..Settings::default() })
}

fn pay(bank: &mut Bank, token: &str, body: String) -> Response<Bytes> {
    let request = post("/api/payment/cryptopay", Some(token), body);
    send(bank, &with_type(request, "application/json"))
}

#[test]
fn a_token_comes_by_any_encoding_and_the_payment_by_any_spelling() {
    let tokens = [by_form, by_parts, by_json];
    let spellings: [&[(&str, &str)]; 7] = [
        &[],
        &[("\"cryptogram\"", "\"сryptogram\"")],
        &[("\"invoiceId\"", "\"invoiceID\""), ("\"accountId\"", "\"accountID\"")],
        &[("\"invoiceId\"", "\"InvoiceID\""), ("\"accountId\"", "\"AccountId\"")],
        &[("\"cardSave\"", "\"cardsave\"")],
        &[("\"amount\":100", "\"amount\":\"100\"")],
        &[("\"amount\":100", "\"amount\":100.0"), ("\"cardSave\":false,", "")],
    ];
    for token in tokens {
        for change in spellings {
            let mut bank = Bank::new(Settings::default());
            let token = token_by(&mut bank, &token(SANDBOX_TERMINAL));
            let body = body(&bank, cards::VISA_OK, SANDBOX_TERMINAL, change);
            let paid = pay(&mut bank, &token, body);
            assert_eq!(paid.status(), 200, "{change:?} {:?}", paid.body());
            assert_eq!(bank.ledger()[0].status, Status::Charge);
        }
    }
}

#[test]
fn the_strict_bank_takes_the_documented_and_names_what_it_refuses() {
    let taken: [&[(&str, &str)]; 3] =
        [&[], &[("\"cryptogram\"", "\"сryptogram\"")], &[("\"invoiceId\"", "\"invoiceID\"")]];
    for change in taken {
        let mut bank = strict();
        let token = token_by(&mut bank, &by_parts(SANDBOX_TERMINAL));
        let body = body(&bank, cards::VISA_OK, SANDBOX_TERMINAL, change);
        assert_eq!(pay(&mut bank, &token, body).status(), 200, "{change:?}");
    }
    let refused: [(&[(&str, &str)], &str); 3] = [
        (&[("\"invoiceId\"", "\"InvoiceID\"")], "a key is not one of the documented"),
        (&[("\"amount\":100", "\"amount\":\"100\"")], "amount is a number"),
        (&[("\"cardSave\":false,", "")], "cardSave is required"),
    ];
    for (change, why) in refused {
        let mut bank = strict();
        let token = token_by(&mut bank, &by_form(SANDBOX_TERMINAL));
        let refused = body(&bank, cards::VISA_OK, SANDBOX_TERMINAL, change);
        let told = pay(&mut bank, &token, refused);
        assert_eq!(told.status(), 400, "{change:?}");
        assert!(read(&told)["message"].as_str().unwrap().contains(why), "{change:?}");
        let right = body(&bank, cards::VISA_OK, SANDBOX_TERMINAL, &[]);
        assert_eq!(pay(&mut bank, &token, right).status(), 200, "its token is not used up");
    }
    let mut bank = strict();
    let told = send(&mut bank, &by_json(SANDBOX_TERMINAL));
    assert_eq!(read(&told)["error_description"], "strict: a token is asked for by a form");
}

/// A hold, and the token it was paid with.
fn held(bank: &mut Bank) -> (String, String) {
    let token = token_by(bank, &by_form(TWO_STAGE_TERMINAL));
    let body = body(bank, cards::VISA_OK, TWO_STAGE_TERMINAL, &[]);
    let paid = pay(bank, &token, body);
    assert_eq!(read(&paid)["status"], "AUTH");
    (read(&paid)["id"].as_str().unwrap().to_owned(), token)
}

#[test]
fn a_charge_has_its_amount_in_the_query_in_json_or_in_a_form() {
    let ways = [
        ("?amount=40", "", ""),
        ("", "application/json", "{\"amount\":40}"),
        ("", "application/json", "{\"amount\":\"40\"}"),
        ("", "application/x-www-form-urlencoded", "amount=40"),
        ("?amount=40", "application/json", "{\"amount\":40.00}"),
    ];
    for (query, kind, body) in ways {
        for (mut bank, kind_bank) in [(Bank::new(Settings::default()), true), (strict(), false)] {
            let (id, _) = held(&mut bank);
            let service = token_by(&mut bank, &post("/oauth/oauth2/token", None, token_form(&[])));
            let path = format!("/api/operation/{id}/charge{query}");
            let done = send(&mut bank, &with_type(post(&path, Some(&service), body), kind));
            let documented = !body.contains("\"40\"") && !kind.contains("urlencoded");
            assert_eq!(done.status() == 200, kind_bank || documented, "{query} {body}");
            if done.status() == 200 {
                assert!(done.body().is_empty(), "an empty 200");
                assert_eq!(bank.ledger()[0].captured.minor(), 40_00);
            } else {
                assert!(read(&done)["message"].as_str().unwrap().contains("amount"), "{done:?}");
            }
        }
    }
}

#[test]
fn a_payments_own_token_serves_it_later_where_that_is_switched_on() {
    for reuse in [true, false] {
        let mut bank = Bank::new(Settings::default());
        bank.switches_mut().token_reuse = reuse;
        let (id, token) = held(&mut bank);
        let later = [
            ("GET", format!("/api/check-status/payment/transaction/{INVOICE}")),
            ("POST", format!("/api/operation/{id}/charge")),
            ("POST", format!("/api/operation/{id}/refund?amount=10")),
        ];
        for (method, path) in later {
            let told = send(&mut bank, &call(method, &path, Some(&token), ""));
            assert_eq!(told.status(), if reuse { 200 } else { 401 }, "{path}");
            if !reuse {
                let why = read(&told)["message"].as_str().unwrap().to_owned();
                assert!(why.contains("ask for one without invoiceID"), "{why}");
            }
        }
    }
}

#[test]
fn a_service_token_without_a_terminal_moves_money_and_is_told_why_it_sees_none() {
    let mut bank = Bank::new(Settings::default());
    let (id, _) = held(&mut bank);
    let service = token_by(&mut bank, &post("/oauth/oauth2/token", None, token_form(&[])));
    let path = format!("/api/check-status/payment/transaction/{INVOICE}");
    let told = read(&send(&mut bank, &call("GET", &path, Some(&service), "")));
    assert_eq!(told["resultCode"], "104");
    assert_eq!(told["resultMessage"], "terminal is absent in token");
    let path = format!("/api/operation/{id}/cancel");
    assert_eq!(send(&mut bank, &post(&path, Some(&service), "")).status(), 200);
    assert_eq!(bank.ledger()[0].status, Status::Cancel);
}

/// Mode 4b of the bank's iOS SDK: TermUrl is the bank's own, with the token in its query.
#[test]
fn a_browser_finishes_3d_secure_at_the_bank_itself() {
    for (mut bank, kind_bank) in [(Bank::new(Settings::default()), true), (strict(), false)] {
        let token = token_by(&mut bank, &by_form(SANDBOX_TERMINAL));
        let body = body(&bank, cards::THREE_DS, SANDBOX_TERMINAL, &[]);
        let paid: Value = read(&pay(&mut bank, &token, body));
        let [pa_req, md] = ["paReq", "md"].map(|key| paid["secure3D"][key].as_str().unwrap());
        let pa_res = bank.pa_res(pa_req, md, PayerChoice::Approve).unwrap();
        let path = format!("/api/payments/cards/confirmPayment?Access={token}");
        let answer = form(&[("PaRes", &pa_res), ("MD", md)]);
        let sent_on = send(&mut bank, &post(&path, None, answer));
        if kind_bank {
            assert_eq!(sent_on.status(), 302);
            let there = sent_on.headers()["location"].to_str().unwrap();
            assert!(there.contains("reference=") && !there.contains("errorCode"), "{there}");
        } else {
            assert_eq!(sent_on.status(), 404);
            assert!(sent_on.body().starts_with(b"strict: "));
        }
        let status = if kind_bank { Status::Charge } else { Status::ThreeDs };
        assert_eq!(bank.ledger()[0].status, status);
    }
}

/// Status, head and body.
type Seen = (u16, Vec<(String, String)>, Bytes);

/// Every answer of a day at the bank.
fn day(seed: u64) -> Vec<Seen> {
    let mut bank = Bank::new(Settings { seed, ..Settings::default() });
    let sealed: Vec<String> = [cards::VISA_OK, cards::THREE_DS, cards::INSUFFICIENT_FUNDS]
        .map(|pan| card(&bank, pan, SANDBOX_TERMINAL))
        .to_vec();
    let mut answers = Vec::new();
    let mut note = |response: &Response<Bytes>| {
        let heads = response.headers().iter();
        let heads = heads.map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
        answers.push((response.status().as_u16(), heads, response.body().clone()));
    };
    for (number, sealed) in sealed.iter().enumerate() {
        let invoice = format!("100000{number}");
        let fields = [
            ("invoiceID", invoice.as_str()),
            ("amount", "100"),
            ("currency", "KZT"),
            ("terminal", SANDBOX_TERMINAL),
        ];
        let granted = send(&mut bank, &post("/oauth/oauth2/token", None, token_form(&fields)));
        note(&granted);
        let token = read(&granted)["access_token"].as_str().unwrap().to_owned();
        let body = json!({
            "amount": 100, "currency": "KZT", "name": "A", "cryptogram": sealed, "invoiceId": invoice,
            "description": "Order", "cardSave": false,
        });
        let paid = pay(&mut bank, &token, body.to_string());
        note(&paid);
        let path = format!("/api/check-status/payment/transaction/{invoice}");
        let told = send(&mut bank, &call("GET", &path, Some(&token), ""));
        note(&told);
    }
    let reports = bank.callback_log().iter().map(|entry| format!("{entry:?}")).collect::<String>();
    answers.push((0, Vec::new(), reports.into()));
    answers
}

#[test]
fn the_same_seed_and_calls_give_the_same_bytes() {
    let first = day(7);
    // The cards are sealed anew each day, and no two cryptograms are alike.
    assert_eq!(day(7), first);
    assert_ne!(day(8), first);
}

//! The pay form without a browser: what it shows for which params, what it books, and what it leaves alone.

use epay_fakebank::{
    Endpoint, Fault, FaultKind, Millis, SANDBOX_TERMINAL, Status, cards, server::Running,
};
use serde_json::{Value, json};

use crate::merchant::{form, token_form};
use crate::server::{body_of, raw, start};

/// As `LZString.compressToEncodedURIComponent` may write an ASCII text: each letter as itself.
fn pack(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$";
    let (mut bits, mut phrases) = (Vec::new(), 3_u32);
    let mut push = |number: u32, width: u32| bits.extend((0..width).map(|at| number >> at & 1));
    for (at, byte) in text.bytes().enumerate() {
        push(0, 32 - phrases.leading_zeros());
        push(u32::from(byte), 8);
        phrases += if at == 0 { 1 } else { 2 };
    }
    push(2, 32 - phrases.leading_zeros());
    bits.resize(bits.len().next_multiple_of(6), 0);
    let digit = |six: &[u32]| six.iter().fold(0, |digit, bit| digit << 1 | bit) as usize;
    bits.chunks(6).map(|six| char::from(DIGITS[digit(six)])).collect()
}

async fn token(bank: &Running, invoice: &str) -> String {
    let fields = [
        ("invoiceID", invoice),
        ("amount", "100"),
        ("currency", "KZT"),
        ("terminal", SANDBOX_TERMINAL),
    ];
    let answer =
        raw(bank.address(), "POST", "/oauth/oauth2/token", &[], &token_form(&fields)).await;
    let answer: Value = serde_json::from_str(body_of(&answer)).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// The params of an order, those of `changes` in place of the usual ones.
fn params(invoice: &str, token: &str, changes: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("invoiceId", invoice),
        ("amount", "100"),
        ("currency", "KZT"),
        ("terminal", SANDBOX_TERMINAL),
        ("description", "Order 17"),
        ("language", "ENG"),
        ("backLink", "https://shop.example/paid?a=1&b=\"2"),
        ("failureBackLink", "https://shop.example/not"),
        ("auth[access_token]", token),
    ];
    all.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    all.extend(changes);
    pack(&form(&all))
}

async fn open(bank: &Running, query: &str) -> String {
    raw(bank.address(), "GET", &format!("/payform/?{query}"), &[], "").await
}

async fn type_card(bank: &Running, params: &str, number: &str, cvc: &str) -> String {
    let typed = [("params", params), ("number", number), ("expiry", "01 / 27"), ("cvc", cvc)];
    raw(bank.address(), "POST", "/payform/pay", &[], &form(&typed)).await
}

/// The page that an answer sends to.
async fn follow(bank: &Running, answer: &str) -> String {
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let (_, there) = answer.split_once("location: ").unwrap();
    raw(bank.address(), "GET", there.split_once("\r\n").unwrap().0, &[], "").await
}

#[tokio::test]
async fn the_script_has_the_banks_three_calls_and_its_licence() {
    let bank = start().await;
    let script = raw(bank.address(), "GET", "/payform/payment-api.js", &[], "").await;
    assert!(script.contains("content-type: text/javascript"), "{script}");
    for part in ["pay:", "showPaymentWidget:", "p2p:", "Copyright (c) 2013 pieroxy"] {
        assert!(script.contains(part), "{part}");
    }
    assert!(script.contains(&format!("\"{}/payform/\"", bank.form_url())));
}

#[tokio::test]
async fn an_order_is_paid_once_and_its_pages_can_be_loaded_again() {
    let bank = start().await;
    let params = params("1000001", &token(&bank, "1000001").await, &[]);
    let page = open(&bank, &format!("params={params}")).await;
    assert!(page.contains("Order 1000001<br>Order 17") && page.contains("100 KZT"), "{page}");
    assert!(!page.contains("unsafe-") && page.contains("script-src 'none'"), "{page}");
    for (number, cvc, wrong) in
        [("4405", "321", "Check the card number"), (cards::VISA_OK, "1", "Check the CVC")]
    {
        let again = type_card(&bank, &params, number, cvc).await;
        assert!(again.contains(wrong) && !again.contains("value=\"4405"), "{again}");
    }
    let paid = type_card(&bank, &params, "4405 6397 0401 5096", "321").await;
    let result = follow(&bank, &paid).await;
    assert!(result.contains("<h1 id=\"outcome\">Paid</h1>"), "{result}");
    assert!(result.contains("href=\"https://shop.example/paid?a=1&amp;b=&quot;2\""), "{result}");
    // Sent off twice, and come back to: the same result.
    let twice = type_card(&bank, &params, cards::INSUFFICIENT_FUNDS, "321").await;
    assert_eq!(body_of(&follow(&bank, &twice).await), body_of(&result));
    let back = open(&bank, &format!("params={params}")).await;
    assert_eq!(body_of(&follow(&bank, &back).await), body_of(&result));
    bank.with_bank(|bank| {
        let [operation] = bank.ledger() else { panic!("one operation") };
        assert_eq!(operation.status, Status::Charge);
    });
}

#[tokio::test]
async fn a_declined_order_says_why_and_leads_back() {
    let bank = start().await;
    let params = params("1000001", &token(&bank, "1000001").await, &[("language", "kaz")]);
    let sent = type_card(&bank, &params, cards::INSUFFICIENT_FUNDS, "321").await;
    let result = follow(&bank, &sent).await;
    assert!(result.contains("<html lang=\"kk\">") && result.contains("Төлем өтпеді"), "{result}");
    assert!(result.contains("Код 484") && result.contains("Картада ақша жеткіліксіз"), "{result}");
    assert!(result.contains("href=\"https://shop.example/not\""), "{result}");
}

#[tokio::test]
async fn params_that_cannot_be_paid_say_each_reason() {
    let bank = start().await;
    let good = token(&bank, "1000001").await;
    let cases: [(&[(&str, &str)], &str); 12] = [
        (&[("invoiceId", "17")], "Invoice number must be 6 to 15 digits"),
        (&[("invoiceId", "1000002")], "invoiceId is 1000002, and its token was asked for 1000001"),
        (&[("amount", "1e2")], "amount is not a sum: 1e2"),
        (&[("amount", "200")], "amount is 200, and its token was asked for 100"),
        (&[("currency", "USD")], "currency is USD, and its token was asked for KZT"),
        (&[("terminal", "x")], "terminal is not the one that the token was asked for"),
        (&[("description", "")], "description is missing"),
        (&[("name", "Арман")], "name may have Latin letters alone"),
        (&[("backLink", "javascript:alert(1)")], "backLink does not start with https://"),
        (&[("auth[access_token]", "x")], "token is unknown or has expired"),
        (&[("auth", "[object Promise]"), ("auth[access_token]", "")], "bearer token is missing"),
        (&[("invoiceId", "<b>")], "invoiceId is &lt;b&gt;, and"),
    ];
    for (changes, reason) in cases {
        let packed = params("1000001", &good, changes);
        let page = open(&bank, &format!("params={packed}")).await;
        assert!(page.starts_with("HTTP/1.1 400 "), "{page}");
        assert!(page.contains(reason), "{reason}: {page}");
        let sent = type_card(&bank, &packed, cards::VISA_OK, "321").await;
        assert!(sent.starts_with("HTTP/1.1 400 ") && sent.contains(reason), "{sent}");
    }
    for (query, status, reason) in [
        ("", "400", "params is missing"),
        ("params=nonsense*", "400", "LZString.compressToEncodedURIComponent"),
        ("params=eyJpbnZvaWNlSWQiOjF9", "400", "LZString.compressToEncodedURIComponent"),
        ("params=Q&isTransfer=true", "501", "halyk.p2p"),
    ] {
        let page = open(&bank, query).await;
        assert!(page.contains(reason) && page.starts_with(&format!("HTTP/1.1 {status}")), "{page}");
    }
    assert!(bank.with_bank(|bank| bank.ledger().is_empty()));
}

#[tokio::test]
async fn a_used_number_is_told_before_the_card_is_asked_for() {
    let bank = start().await;
    let first = params("1000001", &token(&bank, "1000001").await, &[]);
    type_card(&bank, &first, cards::VISA_OK, "321").await;
    let second = params("21000001", &token(&bank, "21000001").await, &[("language", "rus")]);
    let page = open(&bank, &format!("params={second}")).await;
    assert!(page.contains("or another that ends in 000001"), "{page}");
    assert!(page.contains("Этот заказ оплатить нельзя"), "{page}");
}

#[tokio::test]
async fn a_payer_passes_3d_secure_and_a_fault_strikes_the_form() {
    let bank = start().await;
    let framed = params("1000001", &token(&bank, "1000001").await, &[]);
    let typed = [
        ("params", framed.as_str()),
        ("isShortForm", "true"),
        ("number", cards::THREE_DS),
        ("expiry", "0127"),
        ("cvc", "321"),
    ];
    let sent = raw(bank.address(), "POST", "/payform/pay", &[], &form(&typed)).await;
    let to_issuer = follow(&bank, &sent).await;
    let value = |name: &str| {
        let (_, rest) = to_issuer.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let ask = json!({ "paReq": value("PaReq"), "md": value("MD"), "choice": "approve" });
    let admin = [("x-epay-admin", "1")];
    let back = raw(bank.address(), "POST", "/__epay/acs", &admin, &ask.to_string()).await;
    let back: Value = serde_json::from_str(body_of(&back)).unwrap();
    let term_url = value("TermUrl");
    let (_, there) = term_url.split_once("/payform/").unwrap();
    let body = form(&[("PaRes", back["PaRes"].as_str().unwrap()), ("MD", &value("MD"))]);
    let confirmed = raw(bank.address(), "POST", &format!("/payform/{there}"), &[], &body).await;
    let result = follow(&bank, &confirmed).await;
    assert!(result.contains("parent.postMessage({success:true}"), "{result}");

    let fault = Fault { on: Endpoint::PayForm, skip: 0, kind: FaultKind::CutAfterEffect };
    bank.with_bank(|bank| bank.plan(fault));
    let cut = params("1000002", &token(&bank, "1000002").await, &[]);
    assert_eq!(type_card(&bank, &cut, cards::VISA_OK, "321").await, "");
    assert_eq!(bank.with_bank(|bank| bank.ledger().len()), 2);
}

async fn choose(bank: &Running, params: &str, card: &str) -> String {
    let chosen = form(&[("params", params), ("card", card)]);
    raw(bank.address(), "POST", "/payform/pay", &[], &chosen).await
}

#[tokio::test]
async fn a_payer_is_offered_their_own_cards_and_pays_by_no_other() {
    let bank = start().await;
    let [own, ended, another, nobody] = [
        ("7", cards::VISA_OK),
        ("7", cards::AMEX_OK),
        ("8", cards::MASTERCARD_OK),
        ("", cards::VISA_OK),
    ]
    .map(|(account, pan)| {
        bank.with_bank(|bank| bank.save_card(SANDBOX_TERMINAL, account, pan, Millis(0))).unwrap()
    });
    let terminals = [SANDBOX_TERMINAL.to_owned()];
    bank.with_bank(|bank| bank.deactivate(&ended, &terminals)).unwrap();
    for (language, shown) in [
        ("rus", ["Сохранённой картой", "Оплатить: VISA 440563...5096", "Другой картой"]),
        ("kaz", ["Сақталған картамен", "Төлеу: VISA 440563...5096", "Басқа картамен"]),
        ("eng", ["By a saved card", "Pay: VISA 440563...5096", "By another card"]),
    ] {
        let token = token(&bank, "1000001").await;
        let params = params("1000001", &token, &[("accountId", "7"), ("language", language)]);
        let page = open(&bank, &format!("params={params}")).await;
        for text in shown {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert_eq!(page.matches("name=\"card\"").count(), 1, "{page}");
    }
    for (account, foreign) in [("7", &another), ("7", &ended), ("", &nobody)] {
        let token = token(&bank, "1000001").await;
        let params = params("1000001", &token, &[("accountId", account)]);
        let again = choose(&bank, &params, foreign).await;
        assert!(again.contains("id=\"wrong\""), "{again}");
    }
    assert!(bank.with_bank(|bank| bank.ledger().is_empty()), "nothing was tried");
    let params = params("1000001", &token(&bank, "1000001").await, &[("accountId", "7")]);
    let result = follow(&bank, &choose(&bank, &params, &own).await).await;
    assert!(result.contains("Paid") && result.contains("440563...5096"), "{result}");
    assert_eq!(bank.with_bank(|bank| bank.ledger()[0].card_id.clone()), own);
}

#[tokio::test]
async fn a_card_is_kept_where_the_shop_asks_for_it_and_the_payer_lets_it() {
    let bank = start().await;
    let mut invoices = (1_000_001..).map(|invoice: u32| invoice.to_string());
    for (account, save, ticked, kept) in
        [("7", "true", true, 1), ("7", "true", false, 0), ("7", "", true, 0), ("", "true", true, 0)]
    {
        let invoice = invoices.next().unwrap();
        let changes = [("accountId", account), ("cardSave", save)];
        let params = params(&invoice, &token(&bank, &invoice).await, &changes);
        let page = open(&bank, &format!("params={params}")).await;
        let asked = page.contains("name=\"cardSave\"");
        assert_eq!(asked, save == "true" && account == "7", "{page}");
        let (number, tick) = (cards::VISA_OK, if ticked { "true" } else { "" });
        let typed = [("params", params.as_str()), ("number", number), ("expiry", "0127")];
        let typed = [&typed[..], &[("cvc", "321"), ("cardSave", tick)]].concat();
        let before = bank.with_bank(|bank| bank.saved_cards().len());
        raw(bank.address(), "POST", "/payform/pay", &[], &form(&typed)).await;
        let after = bank.with_bank(|bank| bank.saved_cards().len());
        assert_eq!(after - before, kept, "{account} {save} {ticked}");
    }
}

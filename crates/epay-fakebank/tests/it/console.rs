//! What a person in front of the fake bank sees and turns: no payment, callback or fault vanishes without a trace.

use epay_fakebank::{CallbackEnd, cards, server::Running};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::server::{admin, body_of, pay, raw, receive, start};

async fn page(bank: &Running, path: &str) -> String {
    let answer = raw(bank.address(), "GET", path, &[], "").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    body_of(&answer).to_owned()
}

/// How the callbacks so far ended, once there are so many attempts.
async fn ends(bank: &Running, attempts: usize) -> Vec<Vec<CallbackEnd>> {
    loop {
        let log = bank.with_bank(|bank| bank.callback_log().to_vec());
        let ends: Vec<_> = log.into_iter().map(|entry| entry.ends).collect();
        if ends.iter().map(Vec::len).sum::<usize>() >= attempts {
            return ends;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_callback_that_cannot_be_delivered_says_why() {
    let bank = start().await;
    let links = ["https://127.0.0.1/", "http://192.0.2.1/", "http://127.0.0.1:1/", "nowhere"];
    for (number, link) in links.iter().enumerate() {
        let invoice = format!("100000{number}");
        pay(&bank, &invoice, cards::VISA_OK, json!({ "postLink": link })).await;
    }
    pay(&bank, "1000009", cards::VISA_OK, json!({})).await;
    let ends = ends(&bank, links.len()).await;
    assert_eq!(ends.len(), links.len() + 1, "also what had no link is there");
    for (end, why) in ends.iter().zip(["only http", "only http", "refused", "only http"]) {
        let [CallbackEnd::Failed(said)] = end.as_slice() else { panic!("{end:?}") };
        assert!(said.contains(why), "{said}");
    }
    let (_, told) = admin(&bank, "GET", "callbacks", "").await;
    assert_eq!(told[4]["url"], Value::Null);
    let console = page(&bank, "/").await;
    let (_, link) = console.split_once("href=\"/payments/").unwrap();
    let (id, _) = link.split_once('"').unwrap();
    let story = page(&bank, &format!("/payments/{id}")).await;
    assert!(story.contains("callback: no link was given for it"), "{story}");
    assert!(story.contains("call cryptopay: 200") && story.contains("CHARGE"), "{story}");
}

#[tokio::test]
async fn a_callback_is_lost_or_late_as_planned_and_delivered_again() {
    let bank = start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = format!("http://{}/post", listener.local_addr().unwrap());
    for (number, kind) in [json!("callback_lost"), json!({ "callback_late": 1 })].iter().enumerate()
    {
        let fault = json!({ "on": "cryptopay", "kind": kind }).to_string();
        assert_eq!(admin(&bank, "POST", "faults", &fault).await.0, "200");
        assert_eq!(admin(&bank, "GET", "faults", "").await.1.as_array().unwrap().len(), 1);
        let invoice = format!("100000{number}");
        pay(&bank, &invoice, cards::VISA_OK, json!({ "postLink": link })).await;
    }
    receive(&listener, 1).await;
    assert_eq!(admin(&bank, "POST", "redeliver", r#"{"invoice":"1000000"}"#).await.0, "200");
    let again = receive(&listener, 1).await;
    assert_eq!(again[0]["invoiceId"], "1000000");
    let answered = CallbackEnd::Answered(302);
    let expected = [vec![CallbackEnd::Lost, answered.clone()], vec![answered]];
    assert_eq!(ends(&bank, 3).await, expected);
    assert_eq!(admin(&bank, "POST", "redeliver", r#"{"invoice":"1000007"}"#).await.0, "404");
}

#[tokio::test]
async fn the_clock_is_turned() {
    let bank = start().await;
    assert_eq!(admin(&bank, "POST", "clock", r#"{"stop_at_ms":1000000}"#).await.0, "200");
    assert_eq!(admin(&bank, "POST", "clock", r#"{"advance_ms":500}"#).await.0, "200");
    assert_eq!(admin(&bank, "GET", "clock", "").await.1, 1_000_500);
    pay(&bank, "1000001", cards::VISA_OK, json!({})).await;
    let (_, ledger) = admin(&bank, "GET", "ledger", "").await;
    assert_eq!(ledger[0]["history"][0], json!([1_000_500, "NEW"]));
    assert_eq!(admin(&bank, "POST", "clock", r#""go""#).await.0, "200");
    assert!(admin(&bank, "GET", "clock", "").await.1.as_u64() > Some(1_700_000_000_000));
}

#[tokio::test]
async fn a_wrong_value_is_told_the_right_ones_and_the_calls_are_listed() {
    let bank = start().await;
    let wrong = [
        ("faults", r#"{"on":"lunch","kind":"callback_lost"}"#, "`cryptopay`"),
        ("faults", r#"[{"on":"cryptopay","kind":"eaten"}]"#, "`cut_after_effect`"),
        ("settings", r#"{"refund_report":"x"}"#, "`refund_total`"),
        ("settings", r#"{"refund_raport":"x"}"#, "`refund_report`"),
        ("clock", r#"{"back_ms":1}"#, "`advance_ms`"),
        ("lunch", "", "GET /__epay lists them"),
    ];
    for (call, body, right) in wrong {
        let (status, told) = admin(&bank, "POST", call, body).await;
        assert!(status.starts_with('4'), "{call} {body}");
        assert!(told["problem"].as_str().unwrap().contains(right), "{told}");
    }
    let (_, calls) = admin(&bank, "GET", "", "").await;
    for call in calls.as_array().unwrap().iter().filter(|call| call[0] == "GET") {
        let path = call[1].as_str().unwrap().trim_start_matches('/');
        assert_eq!(admin(&bank, "GET", path, "").await.0, "200", "{path}");
    }
}

#[tokio::test]
async fn the_console_goes_in_pages_and_knows_what_was_declined_and_how_to_break_things() {
    let bank = start().await;
    for number in 0..51 {
        let pan = if number == 50 { cards::INSUFFICIENT_FUNDS } else { cards::VISA_OK };
        pay(&bank, &format!("{}", 1_000_000 + number), pan, json!({})).await;
    }
    let newest = page(&bank, "/").await;
    assert!(newest.contains("484: Insufficient funds") && !newest.contains(">1000000<"));
    assert!(newest.contains("<a href=\"/?before=1\">Older</a>"), "{newest}");
    assert!(newest.contains("cut_after_effect") && newest.contains(cards::THREE_DS));
    assert!(page(&bank, "/?before=1").await.contains(">1000000<"));
    assert!(page(&bank, "/?live").await.contains("http-equiv=\"refresh\""));
}

#[tokio::test]
async fn the_page_after_the_payment_says_how_it_went() {
    let bank = start().await;
    let approved = page(&bank, "/payform/success.html?amount=100&currency=KZT&invoiceID=1").await;
    assert!(approved.contains("Approved") && approved.contains("100 KZT for order 1"));
    let refused = page(&bank, "/payform/?invoiceID=1&code=499&message=%3Cb%3E").await;
    assert!(refused.contains("Not approved") && refused.contains("code 499: &lt;b&gt;"));
}

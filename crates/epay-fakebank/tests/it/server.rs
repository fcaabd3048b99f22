//! The bank on real sockets: what it serves, and that a cut is a cut.

use std::{net::SocketAddr, time::Duration};

use epay_fakebank::{
    End, Endpoint, Fault, FaultKind, SANDBOX_TERMINAL, Settings, cards,
    server::{FakeBankServer, Running},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::merchant::{card, form, payment, token_form};

pub(crate) async fn start() -> Running {
    FakeBankServer::start(Settings::default(), "127.0.0.1:0".parse().unwrap()).await.unwrap()
}

/// Writes one request and reads to the end of the connection.
pub(crate) async fn raw(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    if !headers.iter().any(|(name, _)| *name == "host") {
        request.push_str(&format!("host: {address}\r\n"));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A cut connection may end in a reset: what came before it is the answer.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

pub(crate) fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn json_of(answer: &str) -> Value {
    serde_json::from_str(body_of(answer)).unwrap_or(Value::Null)
}

pub(crate) async fn pay(bank: &Running, invoice: &str, pan: &str, extra: Value) -> String {
    let address = bank.address();
    let fields = [
        ("invoiceID", invoice),
        ("amount", "100"),
        ("currency", "KZT"),
        ("terminal", SANDBOX_TERMINAL),
        ("secret_hash", "s3cret"),
    ];
    let token = raw(address, "POST", "/oauth/oauth2/token", &[], &token_form(&fields)).await;
    let bearer = format!("Bearer {}", json_of(&token)["access_token"].as_str().unwrap());
    let mut body = payment(invoice, &bank.with_bank(|bank| card(bank, pan, SANDBOX_TERMINAL)));
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    raw(address, "POST", "/api/payment/cryptopay", &[("authorization", &bearer)], &body.to_string())
        .await
}

#[tokio::test]
async fn it_serves_a_payment_its_key_and_its_console() {
    let bank = start().await;
    let root = format!("http://{}", bank.address());
    let urls = [bank.oauth_url(), bank.api_url(), bank.console_url(), bank.admin_url()];
    assert_eq!(urls, ["/oauth", "/api", "/", "/__epay"].map(|path| format!("{root}{path}")));
    let key = raw(bank.address(), "GET", "/api/public.rsa", &[], "").await;
    assert!(body_of(&key).starts_with("-----BEGIN PUBLIC KEY-----"), "{key}");
    let paid = pay(&bank, "1000001", cards::VISA_OK, json!({})).await;
    assert!(paid.starts_with("HTTP/1.1 200 OK"), "{paid}");
    assert_eq!(json_of(&paid)["status"], "CHARGE");
    let console = raw(bank.address(), "GET", "/", &[], "").await;
    assert!(body_of(&console).contains(">1000001</a><td>CHARGE<td>100 KZT"), "{console}");
    let (payments, _) = console.split_once("<h2>Cards").unwrap();
    assert!(!payments.contains(cards::VISA_OK));
    bank.shutdown().await;
}

#[tokio::test]
async fn every_cut_happens_on_the_socket_and_the_ledger_knows_the_truth() {
    let cases = [
        (FaultKind::CutBeforeEffect, 0, End::CutBeforeEffect),
        (FaultKind::CutAfterEffect, 1, End::CutAfterEffect),
        (FaultKind::Truncate(20), 1, End::Truncated(20)),
        (FaultKind::ErrorAfterEffect, 1, End::ErrorAfterEffect),
    ];
    for (what, booked, end) in cases {
        let bank = start().await;
        bank.with_bank(|bank| {
            bank.plan(Fault { on: Endpoint::Cryptopay, skip: 0, kind: what.clone() })
        });
        let answer = pay(&bank, "1000001", cards::VISA_OK, json!({})).await;
        match what {
            FaultKind::Truncate(bytes) => {
                assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
                let (head, body) = answer.split_once("\r\n\r\n").unwrap();
                assert_eq!(body.len(), bytes, "{answer}");
                assert!(
                    !head.contains("content-length: 20\r\n") && head.contains("content-length: "),
                    "{head}"
                );
            }
            FaultKind::ErrorAfterEffect => assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}"),
            _ => assert_eq!(answer, "", "{what:?}"),
        }
        bank.with_bank(|bank| {
            assert_eq!(bank.ledger().len(), booked, "{what:?}");
            let last = bank.wire_log().last().unwrap();
            assert_eq!(
                (last.endpoint, last.subject.as_str(), last.end),
                (Endpoint::Cryptopay, "1000001", end)
            );
        });
    }
}

#[tokio::test]
async fn a_browser_passes_the_three_ds_page() {
    let bank = start().await;
    let english = json!({ "language": "eng" });
    let paid = json_of(&pay(&bank, "1000001", cards::THREE_DS, english).await);
    let secure = &paid["secure3D"];
    assert_eq!(secure["action"], format!("http://{}/acs", bank.address()));
    let (pa_req, md) = (secure["paReq"].as_str().unwrap(), secure["md"].as_str().unwrap());
    let fields =
        [("PaReq", pa_req), ("MD", md), ("TermUrl", "http://127.0.0.1:1/return?a=1&b=\"2\"")];
    let page = raw(bank.address(), "POST", "/acs", &[], &form(&fields)).await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("Pay 100 KZT for order 1000001 with card 400000...0002?"), "{page}");
    let mut answered = fields.to_vec();
    answered.push(("choice", "approve"));
    let back = raw(bank.address(), "POST", "/acs/answer", &[], &form(&answered)).await;
    assert!(
        back.contains("action=\"http://127.0.0.1:1/return?a=1&amp;b=&quot;2&quot;\""),
        "{back}"
    );
    let (_, pa_res) = back.split_once("name=\"PaRes\" value=\"").unwrap();
    let (pa_res, _) = pa_res.split_once('"').unwrap();
    let body = json!({"ID": paid["id"], "PaRes": pa_res, "MD": md}).to_string();
    let confirmed = raw(bank.address(), "POST", "/api/payment/confirm", &[], &body).await;
    assert!(confirmed.starts_with("HTTP/1.1 302"), "{confirmed}");
    let success = format!(
        "location: http://{}/payform/success.html?amount=100&currency=KZT&invoiceID=1000001",
        bank.address()
    );
    assert!(confirmed.contains(&success), "{confirmed}");
    for (path, extra) in
        [("/acs", ("TermUrl", "javascript:alert(1)")), ("/acs/answer", ("choice", "perhaps"))]
    {
        let mut fields = fields.to_vec();
        fields.retain(|(name, _)| *name != extra.0);
        fields.push(extra);
        let refused = raw(bank.address(), "POST", path, &[], &form(&fields)).await;
        assert!(refused.starts_with("HTTP/1.1 4"), "{refused}");
    }
}

/// Accepts `count` callbacks and answers each with 200; their bodies.
pub(crate) async fn receive(listener: &TcpListener, count: usize) -> Vec<Value> {
    let mut bodies = Vec::new();
    for _ in 0..count {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut text = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let read = stream.read(&mut buffer).await.unwrap();
            text.extend_from_slice(&buffer[..read]);
            let request = String::from_utf8_lossy(&text).into_owned();
            let body = body_of(&request);
            if let Ok(body) = serde_json::from_str(body) {
                bodies.push(body);
                break;
            }
            assert!(read > 0, "{request}");
        }
        stream
            .write_all(b"HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
    }
    bodies
}

#[tokio::test]
async fn callbacks_arrive_once_twice_or_before_the_answer() {
    for (what, count) in
        [(None, 1), (Some(FaultKind::CallbackTwice), 2), (Some(FaultKind::CallbackEarly), 1)]
    {
        let bank = start().await;
        let early = what == Some(FaultKind::CallbackEarly);
        if let Some(what) = what {
            bank.with_bank(|bank| {
                bank.plan(Fault { on: Endpoint::Cryptopay, skip: 0, kind: what })
            });
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let link = format!("http://{}/post?x=1", listener.local_addr().unwrap());
        let paying = pay(&bank, "1000001", cards::VISA_OK, json!({ "postLink": link }));
        let bodies = if early {
            // The answer waits for the callback: reading it first would wait for ever.
            tokio::join!(paying, receive(&listener, count)).1
        } else {
            paying.await;
            receive(&listener, count).await
        };
        assert_eq!(bodies.len(), count);
        for body in bodies {
            assert_eq!(
                (&body["code"], &body["invoiceId"], &body["secret_hash"]),
                (&json!("ok"), &json!("1000001"), &json!("s3cret"))
            );
        }
    }
}

pub(crate) async fn admin(bank: &Running, method: &str, call: &str, body: &str) -> (String, Value) {
    let answer =
        raw(bank.address(), method, &format!("/__epay/{call}"), &[("x-epay-admin", "1")], body)
            .await;
    (answer[9..12].to_owned(), json_of(&answer))
}

#[tokio::test]
async fn the_admin_api_reads_and_changes() {
    let bank = start().await;
    assert_eq!(admin(&bank, "POST", "settings", r#"{"bonus_minor":1}"#).await.0, "200");
    assert_eq!(admin(&bank, "POST", "settings", r#"{"bonus":1}"#).await.0, "400");
    assert_eq!(admin(&bank, "GET", "settings", "").await.1["bonus_minor"], 1);
    assert_eq!(admin(&bank, "POST", "settings", r#"{"bonus_minor":0}"#).await.0, "200");
    let fault = r#"{"on":"cryptopay","kind":{"delay":1}}"#;
    assert_eq!(admin(&bank, "POST", "faults", fault).await.0, "200");
    assert_eq!(admin(&bank, "POST", "faults", &format!("[{fault}]")).await.0, "200");
    assert_eq!(admin(&bank, "POST", "faults", r#"{"on":"lunch"}"#).await.0, "400");
    pay(&bank, "1000001", cards::VISA_OK, json!({})).await;
    let (_, ledger) = admin(&bank, "GET", "ledger", "").await;
    assert_eq!(
        (&ledger[0]["invoice"], &ledger[0]["captured"], &ledger[0]["status"]),
        (&json!("1000001"), &json!(10_000), &json!("CHARGE"))
    );
    let (_, wire) = admin(&bank, "GET", "wire", "").await;
    assert_eq!((&wire[1]["endpoint"], &wire[1]["http_status"]), (&json!("cryptopay"), &json!(200)));
    let (_, facts) = admin(&bank, "GET", "facts", "").await;
    assert_eq!(facts.as_array().unwrap().len(), epay_fakebank::facts().len());
    let tamper = r#"{"invoice":"1000001","how":{"amount":9900}}"#;
    assert_eq!(admin(&bank, "POST", "tamper", tamper).await.0, "200");
    assert_eq!(admin(&bank, "GET", "ledger", "").await.1[0]["captured"], 9900);
    assert_eq!(
        admin(&bank, "POST", "tamper", &tamper.replace("1000001", "1000002")).await.0,
        "404"
    );
    assert_eq!(admin(&bank, "POST", "expire-holds", "").await.1["expired"], 0);
    let paid = json_of(&pay(&bank, "1000003", cards::THREE_DS, json!({})).await);
    let secure = &paid["secure3D"];
    let choice =
        json!({"paReq": secure["paReq"], "md": secure["md"], "choice": "decline"}).to_string();
    let (_, back) = admin(&bank, "POST", "acs", &choice).await;
    assert!(back["PaRes"].as_str().unwrap().starts_with("eJz"));
    assert_eq!(admin(&bank, "POST", "expire-challenges", "").await.1["expired"], 1);
    pay(&bank, "1000004", cards::FINGERPRINT, json!({})).await;
    assert_eq!(admin(&bank, "POST", "pass-fingerprints", "").await.1["passed"], 1);
    let stranger =
        json!({"terminal": SANDBOX_TERMINAL, "invoice": "1000005", "minor": 7000, "before_ms": 1});
    assert_eq!(admin(&bank, "POST", "book-stranger", &stranger.to_string()).await.0, "200");
    assert_eq!(admin(&bank, "POST", "book-stranger", &stranger.to_string()).await.0, "409");
    assert_eq!(admin(&bank, "POST", "reset", "").await.0, "200");
    assert_eq!(admin(&bank, "GET", "ledger", "").await.1, json!([]));
    assert_eq!(admin(&bank, "POST", "lunch", "").await.0, "404");
    assert_eq!(admin(&bank, "DELETE", "ledger", "").await.0, "405");
}

#[tokio::test]
async fn strangers_and_web_pages_are_kept_out() {
    let bank = start().await;
    for host in ["evil.example", "[::1]evil.example", "localhost:80@evil.example", "evil@[::1]"] {
        let rebound = raw(bank.address(), "GET", "/__epay/ledger", &[("host", host)], "").await;
        assert!(rebound.starts_with("HTTP/1.1 403"), "{host}: {rebound}");
    }
    let twice = [("host", "localhost"), ("host", "evil.example")];
    let rebound = raw(bank.address(), "GET", "/__epay/ledger", &twice, "").await;
    assert!(rebound.starts_with("HTTP/1.1 403"), "{rebound}");
    let rebound = raw(bank.address(), "GET", "http://evil.example/__epay/ledger", &[], "").await;
    assert!(rebound.starts_with("HTTP/1.1 403"), "{rebound}");
    let forged = raw(bank.address(), "POST", "/__epay/reset", &[], "").await;
    assert!(forged.starts_with("HTTP/1.1 403"), "{forged}");
    let huge = "x".repeat(64 * 1024 + 1);
    let answer = raw(bank.address(), "POST", "/api/payment/cryptopay", &[], &huge).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let outside = FakeBankServer::start(Settings::default(), "0.0.0.0:0".parse().unwrap()).await;
    assert!(outside.is_err());
}

#[tokio::test]
async fn it_stops_when_told_and_when_dropped() {
    for told in [true, false] {
        let bank = start().await;
        let address = bank.address();
        if told {
            bank.shutdown().await;
        } else {
            drop(bank);
            tokio::task::yield_now().await;
        }
        assert!(TcpStream::connect(address).await.is_err(), "told: {told}");
    }
}

/// Opens a connection, writes this much and no more.
async fn begin(address: SocketAddr, part: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(part.as_bytes()).await.unwrap();
    stream
}

/// The status line, or nothing where the connection ends without one.
async fn status_line(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap().lines().next().unwrap_or_default().to_owned()
}

/// What begins a request whose body is a hundred bytes long.
const HEAD: &str = "POST /acs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n";

/// Lets the server take in what was written. While time is paused, a wait for a socket moves it.
async fn settle() {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
}

/// How the stream answers from here on, in real time that it does not need.
async fn soon(stream: &mut TcpStream) -> Option<String> {
    tokio::time::resume();
    tokio::time::timeout(Duration::from_secs(20), status_line(stream)).await.ok()
}

#[tokio::test]
async fn a_request_that_does_not_end_is_given_up() {
    let bank = start().await;
    for (part, answered) in [
        (format!("{HEAD}\r\na="), "HTTP/1.1 408 Request Timeout"),
        (HEAD.to_owned(), ""),
        (String::new(), ""),
    ] {
        let mut stream = begin(bank.address(), &part).await;
        settle().await;
        let early = tokio::time::timeout(Duration::from_secs(29), stream.readable()).await;
        assert!(early.is_err(), "{part:?}: given up before its time");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(soon(&mut stream).await.as_deref(), Some(answered), "{part:?}");
    }
}

#[tokio::test]
async fn no_more_than_512_connections_are_served_at_once_and_the_next_waits() {
    let bank = start().await;
    let mut open = Vec::new();
    for _ in 0..512 {
        open.push(begin(bank.address(), HEAD).await);
    }
    let request = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let mut next = begin(bank.address(), request).await;
    settle().await;
    let early = tokio::time::timeout(Duration::from_secs(1), next.readable()).await;
    assert!(early.is_err(), "it was served although 512 others are open");
    drop(open.pop());
    assert_eq!(soon(&mut next).await.as_deref(), Some("HTTP/1.1 200 OK"));
}

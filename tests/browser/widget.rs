//! A shop that never sees a card: its page is the one in docs/fake-bank.md, and the payer pays at the bank's form.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::{get, post};
use bytes::Bytes;
use epay_fakebank::server::{FakeBankServer, Running};
use epay_fakebank::{SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings, cards};
use epay_http::Transport;
use epay_reqwest::ReqwestTransport;
use http::Request;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::driver::Browser;

const DOCS: &str = include_str!("../../docs/fake-bank.md");

struct Shop {
    bank: Running,
    url: String,
    callbacks: mpsc::UnboundedReceiver<Value>,
}

#[derive(Clone)]
struct Pages {
    form: String,
    token: String,
    callbacks: mpsc::UnboundedSender<Value>,
    given: Arc<Mutex<u32>>,
}

impl Shop {
    async fn open() -> Shop {
        let bank =
            FakeBankServer::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await.unwrap();
        let (sender, callbacks) = mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let pages = Pages {
            form: bank.form_url(),
            token: format!("{}/oauth2/token", bank.oauth_url()),
            callbacks: sender,
            given: Arc::default(),
        };
        let routes = Router::new()
            .route("/", get(page))
            .route("/order", post(order))
            .route("/callback", post(callback))
            .route("/paid", get(async || Html("<p id=\"thanks\">Thank you")))
            .route("/not-paid", get(async || Html("<p id=\"thanks\">Try another card")))
            .with_state(pages);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Shop { bank, url, callbacks }
    }
}

async fn page(State(pages): State<Pages>) -> Html<String> {
    let (_, rest) = DOCS.split_once("```html\n").unwrap();
    let (page, _) = rest.split_once("\n```").unwrap();
    assert!(page.lines().count() <= 30);
    Html(page.replace("EPAY_FORM", &pages.form))
}

/// A number and its token.
async fn order(State(pages): State<Pages>) -> String {
    let invoice = {
        let mut given = pages.given.lock().unwrap();
        *given += 1;
        (1_000_000 + *given).to_string()
    };
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "payment"),
        ("client_id", SANDBOX_CLIENT),
        ("client_secret", SANDBOX_SECRET),
        ("invoiceID", &invoice),
        ("amount", "100"),
        ("currency", "KZT"),
        ("terminal", SANDBOX_TERMINAL),
        ("secret_hash", "s3cret"),
    ];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post(&pages.token).body(form.into()).unwrap();
    let asked = ReqwestTransport::new().unwrap().send(request).await.unwrap();
    let auth: Value = serde_json::from_slice(asked.body()).unwrap();
    json!({ "invoiceId": invoice, "auth": auth }).to_string()
}

async fn callback(State(pages): State<Pages>, body: Bytes) {
    pages.callbacks.send(serde_json::from_slice(&body).unwrap()).unwrap();
}

async fn type_card(browser: &Browser, number: &str) {
    browser.fill("#number", number).await;
    browser.fill("#expiry", "01/27").await;
    browser.fill("#cvc", "321").await;
    browser.click("#pay").await;
}

/// One browser for all, because starting it takes longest.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_written_for_the_banks_script_pays() {
    let mut shop = Shop::open().await;
    let browser = Browser::start(true).await;
    browser.phone().await;

    browser.go(&shop.url).await;
    browser.click("#page").await;
    type_card(&browser, cards::VISA_OK).await;
    assert_eq!(browser.text("#outcome").await, "Paid");
    assert!(browser.width().await <= 390, "wider than a phone");
    browser.click("#back").await;
    assert_eq!(browser.text("#thanks").await, "Thank you");
    let said = shop.callbacks.recv().await.unwrap();
    for (key, value) in [
        ("invoiceId", json!("1000001")),
        ("code", json!("ok")),
        ("reason", json!("success")),
        ("reasonCode", json!(0)),
        ("amount", json!(100)),
        ("accountId", json!("17")),
        ("name", json!("Arman Ali")),
        ("language", json!("eng")),
        ("terminal", json!(SANDBOX_TERMINAL)),
        ("cardMask", json!("440563...5096")),
        ("secret_hash", json!("s3cret")),
    ] {
        assert_eq!(said[key], value, "{key}");
    }
    let kept = said["cardId"].clone();

    browser.go(&shop.url).await;
    browser.click("#page").await;
    assert_eq!(browser.text("button[name=card]").await, "Pay: VISA 440563...5096");
    assert!(browser.width().await <= 390, "wider than a phone");
    browser.click("button[name=card]").await;
    assert_eq!(browser.text("#outcome").await, "Paid");
    browser.click("#back").await;
    assert_eq!(browser.text("#thanks").await, "Thank you");
    let said = shop.callbacks.recv().await.unwrap();
    assert_eq!((&said["invoiceId"], &said["code"]), (&json!("1000002"), &json!("ok")));
    assert_eq!((&said["cardId"], &said["cardMask"]), (&kept, &json!("440563...5096")));

    browser.go(&shop.url).await;
    browser.click("#page").await;
    type_card(&browser, cards::INSUFFICIENT_FUNDS).await;
    assert_eq!(browser.text("#outcome").await, "Not paid");
    browser.click("#back").await;
    assert_eq!(browser.text("#thanks").await, "Try another card");
    let said = shop.callbacks.recv().await.unwrap();
    assert_eq!((&said["code"], &said["reasonCode"]), (&json!("error"), &json!(484)));

    for (choice, outcome) in [("approve", "Paid"), ("decline", "Not paid")] {
        browser.go(&shop.url).await;
        browser.click("#widget").await;
        browser.enter("#halyk-widget iframe").await;
        type_card(&browser, cards::THREE_DS).await;
        browser.click(&format!("button[value={choice}]")).await;
        assert_eq!(browser.text("#outcome").await, outcome, "in the frame");
        browser.leave().await;
        assert_eq!(browser.text("#result").await, outcome, "on the shop's page");
        browser.click("#halyk-widget button").await;
        let said = shop.callbacks.recv().await.unwrap();
        assert_eq!(said["secure"] == "yes", outcome == "Paid");
    }

    // The approved one is kept, as the second of the payer's cards.
    shop.bank.with_bank(|bank| bank.switches_mut().saved_card_three_ds = true);
    for (choice, outcome) in [("approve", "Paid"), ("decline", "Not paid")] {
        browser.go(&shop.url).await;
        browser.click("#widget").await;
        browser.enter("#halyk-widget iframe").await;
        browser.click("button[name=card]:nth-of-type(2)").await;
        browser.click(&format!("button[value={choice}]")).await;
        assert_eq!(browser.text("#outcome").await, outcome, "in the frame");
        let said = shop.callbacks.recv().await.unwrap();
        assert_eq!(said["cardMask"], json!("400000...0002"));
        assert_eq!(said["secure"] == "yes", outcome == "Paid");
    }

    browser.go(&shop.url).await;
    browser.click("#widget").await;
    browser.enter("#halyk-widget iframe").await;
    browser.fill("#number", cards::VISA_OK).await;
    browser.leave().await;
    assert_eq!(browser.text("#result").await, "Not paid yet");
    browser.click("#halyk-widget button").await;
    assert_eq!(browser.text("#result").await, "Not paid");
    browser.close().await;
    assert_eq!(shop.bank.with_bank(|bank| bank.ledger().len()), 7, "closed is not paid");
}

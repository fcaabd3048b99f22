//! `epay demo --serve`: a shop to buy in, with a real `epay serve` and the fake bank behind it, and switches that break things.

mod apple_pay;
mod front;
mod page;
mod service;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use bytes::Bytes;
use epay::{HyperTransport, SqliteStore, Transport};
use epay_fakebank::server::{FakeBankServer, Running};
use epay_fakebank::{Bank, Endpoint, Fault, FaultKind, Settings};
use epay_testkit::judge::{Attempt, Books};
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use self::apple_pay::ApplePay;
use self::page::Scene;
use self::service::Service;
use super::admin::Admin;
use super::ledger;
use crate::{Failure, exit::Ended, shutdown};

/// How long a frozen bank keeps an answer back.
const FROZEN_MILLIS: u64 = 10_000;

/// What the shop sells, in tenge.
const GOODS: [(&str, u32); 3] = [("A book", 5_000), ("A kettle", 12_000), ("A bicycle", 150_000)];

/// What the checkout speaks: the code in its address, and what the language calls itself.
const LANGUAGES: [(&str, &str); 3] = [("en", "English"), ("ru", "Русский"), ("kk", "Қазақша")];

type Stage = Arc<Parts>;

/// Everything that plays.
struct Parts {
    address: SocketAddr,
    bank: Running,
    apple_pay: ApplePay,
    admin: Admin,
    client: HyperTransport,
    service: Mutex<Service>,
    log: SqliteStore,
    sold: Mutex<u32>,
}

pub(crate) async fn run(address: SocketAddr, out: &mut impl Write) -> Result<Ended, Failure> {
    if !address.ip().is_loopback() {
        return Err(crate::exit::wrong("--addr is not on loopback: the bank's key is published"));
    }
    let shutdown = shutdown::signal()?;
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let bank = FakeBankServer::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await?;
    bank.with_bank(|bank| *bank = Bank::new(reached_at(&front::bank_url(address))));
    let apple_pay = ApplePay::start().await?;
    let service = Service::start(&bank.console_url(), &apple_pay, address).await?;
    let client = HyperTransport::new()?;
    let admin = Admin::new(bank.admin_url(), client.clone());
    let log = SqliteStore::open(service.log())?;
    let (service, sold) = (Mutex::new(service), Mutex::new(0));
    let stage = Arc::new(Parts { address, bank, apple_pay, admin, client, service, log, sold });
    writeln!(out, "epay demo is on http://{address}\n\nCtrl-C stops it.")?;
    out.flush()?;
    tokio::select! {
        ended = async { axum::serve(listener, front::routes(shop_pages(), stage)).await } => ended?,
        () = shutdown => {}
    }
    Ok(Ended::Done)
}

/// A bank whose pages a browser finds there, and the service where the socket is.
fn reached_at(root: &str) -> Settings {
    let (acs_url, payform_url) = (format!("{root}/acs"), format!("{root}/payform/"));
    Settings { acs_url, payform_url, ..Settings::default() }
}

fn shop_pages() -> Router<Stage> {
    let script = |text| async move || written("text/javascript", text);
    let style = |text| async move || written("text/css", text);
    Router::new()
        .route("/", get(shop))
        .route("/live", get(live))
        .route("/buy", post(buy))
        .route("/break", post(break_it))
        .route("/phone", post(apple_pay::confirm))
        .route("/orders/{order}", get(async |_: Path<String>| Redirect::to("/")))
        .route("/live.js", get(script(include_str!("live.js"))))
        .route("/style.css", get(style(include_str!("style.css"))))
        .route("/apple-pay-session.js", get(script(include_str!("apple-pay-session.js"))))
        .route("/apple-pay-session.css", get(style(include_str!("apple-pay-session.css"))))
}

fn written(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn scene(stage: &Stage) -> Result<Scene, Failure> {
    let attempts = Attempt::all(&stage.log).await?;
    let at_rest = attempts.iter().all(|it| it.stored.payment.pending().is_none());
    let books = Books::of(stage.admin.ledger().await?, stage.admin.calls().await?, attempts);
    let books = Books { at_rest, ..books };
    let attempts =
        books.log.iter().rev().map(|it| (it.stored.clone(), it.events.clone())).collect();
    let armed = stage.bank.with_bank(|bank| bank.planned().to_vec());
    let up = stage.service.lock().await.is_up();
    Ok(Scene { attempts, rows: ledger::compare(&books), armed, up })
}

async fn shop(State(stage): State<Stage>) -> Response {
    match scene(&stage).await {
        Ok(scene) => page::whole(&scene, &front::bank_url(stage.address)),
        Err(failure) => failed(&failure),
    }
}

async fn live(State(stage): State<Stage>) -> Response {
    match scene(&stage).await {
        Ok(scene) => page::part(&scene),
        Err(failure) => failed(&failure),
    }
}

fn failed(failure: &Failure) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, epay::with_causes(failure.as_ref())).into_response()
}

#[derive(Deserialize)]
struct Basket {
    item: usize,
    lang: String,
}

/// What a shop's server does: it puts the order, and sends the payer to the checkout.
async fn buy(State(stage): State<Stage>, Form(basket): Form<Basket>) -> Response {
    let Some((item, tenge)) = GOODS.get(basket.item) else {
        return Redirect::to("/").into_response();
    };
    let known = LANGUAGES.iter().find(|(code, _)| *code == basket.lang);
    let lang = known.map_or(String::new(), |(code, _)| format!("?lang={code}"));
    match put(&stage, item, *tenge).await {
        Ok(checkout) => Redirect::to(&(checkout + &lang)).into_response(),
        // Nobody was charged, and the shop can put the order again.
        Err(_) => Redirect::to("/").into_response(),
    }
}

async fn put(stage: &Stage, item: &str, tenge: u32) -> Result<String, Failure> {
    let number = {
        let mut sold = stage.sold.lock().await;
        *sold = sold.saturating_add(1);
        *sold
    };
    let (address, key) = {
        let service = stage.service.lock().await;
        (service.address(), service.bearer())
    };
    let order = json!({ "amount_minor": u64::from(tenge) * 100, "description": item });
    let request = http::Request::put(format!("http://{address}/v1/orders/demo-{number}"))
        .header(header::AUTHORIZATION, key)
        .body(Bytes::from(order.to_string()))?;
    let answer = stage.client.send(request).await?;
    let order: serde_json::Value = serde_json::from_slice(answer.body())?;
    let checkout = order.get("checkout_url").and_then(|url| url.as_str());
    Ok(checkout.ok_or("the service gave no link")?.to_owned())
}

/// What goes wrong next.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Break {
    LoseAnswer,
    LoseCallback,
    DoubleCallback,
    Freeze,
    Kill,
    Start,
}

#[derive(Deserialize)]
struct Switch {
    what: Break,
}

async fn break_it(State(stage): State<Stage>, Form(switch): Form<Switch>) -> Response {
    let fault = match switch.what {
        Break::LoseAnswer => FaultKind::CutAfterEffect,
        Break::LoseCallback => FaultKind::CallbackLost,
        Break::DoubleCallback => FaultKind::CallbackTwice,
        Break::Freeze => FaultKind::Delay(FROZEN_MILLIS),
        Break::Kill => {
            stage.service.lock().await.kill();
            return Redirect::to("/").into_response();
        }
        Break::Start => {
            return match stage.service.lock().await.start_again().await {
                Ok(()) => Redirect::to("/").into_response(),
                Err(failure) => failed(&failure),
            };
        }
    };
    stage.bank.with_bank(|bank| bank.plan(Fault { on: Endpoint::Cryptopay, skip: 0, kind: fault }));
    Redirect::to("/").into_response()
}

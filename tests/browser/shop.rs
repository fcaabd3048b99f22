//! A shop of two pages: one pays and shows the form, the other is where the payer comes back to.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use epay::{
    Credentials, Environment, Language, MemoryStore, Outcome, Payments, Secret, TerminalId,
    ThreeDsForm, read_three_ds_return,
};
use epay_domain::Challenge;
use epay_fakebank::server::{FakeBankServer, Running};
use epay_fakebank::{Endpoint, SANDBOX_CLIENT, SANDBOX_SECRET, SANDBOX_TERMINAL, Settings, cards};
use epay_http::Nonce;
use epay_tests::bench::{PRICE, card};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The shop and its bank, open until dropped.
pub(crate) struct Shop {
    bank: Running,
    url: String,
}

#[derive(Clone)]
struct Pages {
    payments: Payments,
    environment: Environment,
    url: Arc<str>,
    proxy: Option<String>,
}

impl Shop {
    pub(crate) async fn open() -> Shop {
        let bank =
            FakeBankServer::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await.unwrap();
        Shop::at(bank, None).await
    }

    /// The bank's `action` is another origin, which redirects the post.
    pub(crate) async fn behind_a_proxy() -> Shop {
        let bank =
            FakeBankServer::start(Settings::default(), ([127, 0, 0, 1], 0).into()).await.unwrap();
        let issuer = format!("{}acs", bank.console_url());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
        let on = move || async move { Redirect::temporary(&issuer) };
        tokio::spawn(
            async move { axum::serve(listener, Router::new().route("/", post(on))).await },
        );
        Shop::at(bank, Some(proxy)).await
    }

    async fn at(bank: Running, proxy: Option<String>) -> Shop {
        let environment = Environment::fake_bank(&bank.oauth_url(), &bank.api_url()).unwrap();
        let terminal = TerminalId::new(SANDBOX_TERMINAL).unwrap();
        let credentials = Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), terminal);
        let payments = Payments::new(
            epay::connect(environment.clone(), credentials).unwrap(),
            MemoryStore::default(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let pages = Pages { payments, environment, url: url.as_str().into(), proxy };
        let routes =
            Router::new().route("/pay", get(pay)).route("/3ds", post(back)).with_state(pages);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Shop { bank, url }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// How often the bank was asked to confirm.
    pub(crate) fn confirms(&self) -> usize {
        self.bank.with_bank(|bank| {
            bank.wire_log().iter().filter(|entry| entry.endpoint == Endpoint::Confirm).count()
        })
    }
}

async fn pay(State(pages): State<Pages>) -> Response {
    let outcome = pages.payments.pay("order", PRICE, card(cards::THREE_DS)).await.unwrap();
    let Outcome::AskPayer(ask) = outcome else { panic!("{outcome:?}") };
    let form = match pages.proxy {
        None => ask.form(&format!("{}/3ds", pages.url)).unwrap(),
        Some(action) => {
            let challenge =
                Challenge { action, ..ask.attempt().payment().challenge().unwrap().clone() };
            let term_url = format!("{}/3ds?state={}", pages.url, ask.state());
            let nonce = Nonce::random().unwrap();
            ThreeDsForm::new(&challenge, &term_url, Language::English, &pages.environment, nonce)
                .unwrap()
        }
    };
    let mut response = Html(form.html().to_owned()).into_response();
    for (name, value) in form.headers() {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    response
}

async fn back(
    State(pages): State<Pages>,
    Query(query): Query<HashMap<String, String>>,
    body: Bytes,
) -> Html<String> {
    let answer = read_three_ds_return(&body).unwrap();
    let outcome = match pages.payments.confirm(&query["state"], answer).await.unwrap() {
        Outcome::Paid(_) => "paid",
        Outcome::Declined(..) => "declined",
        _ => "something else",
    };
    Html(format!("<!doctype html><p id=\"outcome\">{outcome}</p>"))
}

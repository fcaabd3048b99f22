//! Checkout: the payer's pages. The card is sealed in their browser, or typed at the bank; this
//! server gets only a cryptogram.

mod apple_pay;
mod bank_form;
mod link;
mod page;
mod words;

pub(crate) use apple_pay::merchant_session;
pub(crate) use link::{Link, LinkKey, Payer};
pub(crate) use page::sum;

use crate::client::Client;
use crate::config::{CheckoutKind, Words};
use crate::service::App;
use crate::shop::ShopRef;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use epay::{
    NextCall, Outcome, PayError, PayErrorKind, PaymentRequest, SealedMethod, TokioClock,
    with_causes,
};
use epay_axum::ThreeDsReturn;
use epay_domain::{Clock, InvalidRequest};
use page::{Ask, OrderPage};
use serde::Deserialize;

/// A cryptogram and a name are far shorter.
const MOST_BYTES: usize = 16 * 1024;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/pay/page.js", get(async || script(include_str!("page.js"))))
        .route("/pay/seal.js", get(async || script(include_str!("seal.js"))))
        .route("/pay/apple-pay.js", get(async || script(include_str!("apple-pay.js"))))
        .route("/pay/bank-form.js", get(async || script(include_str!("bank-form.js"))))
        .route("/pay/style.css", get(style))
        .route("/pay/{shop}/{link}", get(show).post(pay))
        .route("/pay/{shop}/{link}/continue", post(go_on))
        .route("/pay/{shop}/{link}/another", post(another))
        .route("/pay/{shop}/{link}/confirm", get(confirm))
        .route("/pay/{shop}/{link}/3ds/{lang}", post(back))
        .route("/pay/{shop}/{link}/app-3ds/{lang}", post(back_in_app))
        .merge(apple_pay::routes())
        .merge(bank_form::routes())
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

fn script(text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), UNTIL_TOMORROW];
    (headers, text).into_response()
}

async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), UNTIL_TOMORROW];
    (headers, include_str!("style.css")).into_response()
}

/// An update of the service is in every browser within a day.
const UNTIL_TOMORROW: (header::HeaderName, &str) = (header::CACHE_CONTROL, "max-age=86400");

/// Whose link an address has. On the way back from the bank the language is a part of the path.
#[derive(Deserialize)]
struct Place {
    shop: String,
    link: String,
    lang: Option<Words>,
}

/// What the address has beside the link.
#[derive(Deserialize)]
struct Chosen {
    lang: Option<Words>,
}

/// One payer's visit: whose link it is, and the language they read.
struct Visit {
    shop: ShopRef,
    link: Link,
    url: String,
    words: Words,
}

/// A visit of a payer who comes back from their bank, by a link that may have expired meanwhile: what they bring is
/// taken all the same.
struct Back(Visit);

impl FromRequestParts<App> for Visit {
    type Rejection = PageInstead;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Visit, PageInstead> {
        let Back(visit) = Back::from_request_parts(parts, app).await?;
        match visit.link.has_expired() {
            true => Err(expired(&visit.shop.title, visit.words)),
            false => Ok(visit),
        }
    }
}

impl FromRequestParts<App> for Back {
    type Rejection = PageInstead;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Back, PageInstead> {
        let place = Path::<Place>::from_request_parts(parts, app).await;
        let Path(place) = place.map_err(|error| PageInstead::of(error.into_response()))?;
        let chosen = Query::<Chosen>::from_request_parts(parts, app).await;
        let Query(chosen) = chosen.map_err(|error| PageInstead::of(error.into_response()))?;
        let accepts = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok());
        let shop = app.shop(&place.shop);
        let language = shop.map_or(Words::default(), |shop| shop.language);
        let words = Words::of(place.lang.or(chosen.lang), accepts, language);
        let link = shop.and_then(|shop| Some((shop.clone(), Link::read(shop, &place.link)?)));
        match link {
            Some((shop, link)) => {
                let url = format!("{}/pay/{}/{}", shop.public_url, place.shop, place.link);
                Ok(Back(Visit { shop, link, url, words }))
            }
            None => Err(expired(shop.map_or("ePay", |shop| &shop.title), words)),
        }
    }
}

impl Visit {
    fn description(&self) -> &str {
        self.link.description.as_deref().unwrap_or(&self.link.order)
    }

    fn request(&self) -> Result<PaymentRequest, InvalidRequest> {
        self.shop.request(self.link.request()?, self.words.language())
    }

    async fn outcome(&self) -> Result<Outcome, PageInstead> {
        let outcome = self.shop.payments.status(self.link.order.as_str()).await;
        outcome.map_err(|error| match error.kind() {
            // Registered, and lost with the machine: the shop registers it again.
            PayErrorKind::NoSuchAttempt => expired(&self.shop.title, self.words),
            _ => self.later(&error),
        })
    }

    /// An error from before the ask: nothing was charged, and what it was is for the log.
    fn later(&self, error: &PayError) -> PageInstead {
        let error = with_causes(error);
        tracing::warn!(order = self.link.order, error, "a payer could not be served");
        let texts = self.words.texts();
        let (status, title) = (StatusCode::SERVICE_UNAVAILABLE, &self.shop.title);
        PageInstead::of(page::notice(status, title, self.words, texts.later))
    }

    fn back_to_page(&self) -> Response {
        Redirect::to(&format!("{}?lang={}", self.url, self.words.code())).into_response()
    }

    fn to_shop(&self) -> Response {
        Redirect::to(&self.shop.return_url(&self.link.order)).into_response()
    }

    /// The page to show if the order was tried too often; `None` if the payer may try.
    fn too_often(&self, client: &Client) -> Option<Response> {
        let too_often = !self.shop.may_try(&self.link.order, client, TokioClock.monotonic());
        let (status, title) = (StatusCode::TOO_MANY_REQUESTS, &self.shop.title);
        let texts = self.words.texts();
        too_often.then(|| page::notice(status, title, self.words, texts.too_many))
    }

    /// The page that takes the browser to the issuer, where the payer is asked; else the order's page.
    fn next(&self, outcome: &Outcome) -> Response {
        self.to_issuer(outcome, "3ds").unwrap_or_else(|| self.back_to_page())
    }

    fn to_issuer(&self, outcome: &Outcome, way_back: &str) -> Option<Response> {
        let Outcome::AskPayer(challenge) = outcome else { return None };
        let back = format!("{}/{way_back}/{}", self.url, self.words.code());
        match challenge.form(&back) {
            Ok(form) => Some((form.headers(), form.html().to_owned()).into_response()),
            Err(error) => {
                tracing::error!(order = self.link.order, %error, "a challenge can't be shown");
                None
            }
        }
    }
}

async fn show(visit: Visit) -> Result<Response, PageInstead> {
    let outcome = visit.outcome().await?;
    let asks = outcome.next_call() == NextCall::Pay;
    let key = match asks && visit.shop.checkout == CheckoutKind::Card {
        true => Some(visit.shop.payments.bank_key().await.map_err(|error| visit.later(&error))?),
        false => None,
    };
    let page = OrderPage {
        shop: &visit.shop,
        words: visit.words,
        url: &visit.url,
        description: visit.description(),
        ask: key.as_deref().map_or(Ask::BankForm, Ask::Card),
    };
    Ok(page.show(&outcome))
}

/// What the script posts.
#[derive(Deserialize)]
struct Sealed {
    cryptogram: String,
    holder: String,
    seen: String,
}

async fn pay(
    visit: Visit,
    client: Client,
    Form(sealed): Form<Sealed>,
) -> Result<Response, PageInstead> {
    let outcome = visit.outcome().await?;
    // A form that was shown before the payment went on: a reload, the way back, another tab.
    let seen = page::seen(&outcome) == sealed.seen && is_cryptogram(&sealed.cryptogram);
    if visit.shop.checkout != CheckoutKind::Card || !seen {
        return Ok(visit.next(&outcome));
    }
    if let Some(too_often) = visit.too_often(&client) {
        return Ok(too_often);
    }
    let request = visit.request().and_then(|request| request.with_payer_name(&sealed.holder));
    let Ok(request) = request else { return Ok(visit.back_to_page()) };
    let (order, amount) = (&visit.link.order, outcome.attempt().payment().ordered());
    let method = SealedMethod::card(sealed.cryptogram);
    match visit.shop.payments.pay_with(order, amount, method, &request).await {
        Ok(outcome) => Ok(visit.next(&outcome)),
        Err(error) => Err(visit.later(&error)),
    }
}

async fn go_on(visit: Visit) -> Result<Response, PageInstead> {
    let outcome = visit.outcome().await?;
    Ok(visit.next(&outcome))
}

/// For an app's web view: 3-D Secure, and then the shop's return address, where the app closes it.
async fn confirm(visit: Visit) -> Result<Response, PageInstead> {
    let outcome = visit.outcome().await?;
    Ok(visit.to_issuer(&outcome, "app-3ds").unwrap_or_else(|| visit.to_shop()))
}

/// The payer wants another card, so the challenge is given up, if the bank still waits for it.
async fn another(visit: Visit) -> Result<Response, PageInstead> {
    // Only the page of a challenge has the button, and the bank is asked about it: not again and again.
    if !matches!(visit.outcome().await?, Outcome::AskPayer(_)) {
        return Ok(visit.back_to_page());
    }
    if let Err(error) = visit.shop.payments.abandon(visit.link.order.as_str()).await {
        tracing::info!(order = visit.link.order, %error, "a challenge was not given up");
    }
    Ok(visit.back_to_page())
}

/// After 3-D Secure, whatever came of it: the order's page tells.
async fn back(Back(visit): Back, back: ThreeDsReturn) -> Response {
    let confirmed = back.confirm(&visit.shop.payments).await;
    if confirmed.is_ok() && visit.link.has_expired() {
        visit.to_shop()
    } else {
        visit.back_to_page()
    }
}

/// The same in an app's web view.
async fn back_in_app(Back(visit): Back, back: ThreeDsReturn) -> Response {
    // Whatever came of it, the app asks how its order stands.
    let _ = back.confirm(&visit.shop.payments).await;
    visit.to_shop()
}

fn expired(title: &str, words: Words) -> PageInstead {
    PageInstead::of(page::notice(StatusCode::NOT_FOUND, title, words, words.texts().expired))
}

/// A page in place of the one that was asked for.
struct PageInstead(Box<Response>);

impl PageInstead {
    fn of(page: Response) -> PageInstead {
        PageInstead(Box::new(page))
    }
}

impl IntoResponse for PageInstead {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// As long as the bank's keys make it, in base64: what is typed by hand is none.
fn is_cryptogram(text: &str) -> bool {
    let of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    (344..=2732).contains(&text.len()) && text.bytes().all(of_base64)
}

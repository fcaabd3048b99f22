//! Apple Pay on the order's page: a session for the sheet, and the token from it, opened by the
//! bank or by us.

use super::page;
use super::{Link, PageInstead, Visit};
use crate::apple_pay::ApplePay;
use crate::client::Client;
use crate::service::App;
use crate::shop::ShopRef;
use axum::extract::{Form, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use epay::{NextCall, Outcome, TokioClock};
use epay_domain::Clock;
use serde::{Deserialize, Serialize};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/pay/{shop}/{link}/apple-pay", post(pay))
}

/// Sessions for this shop's payers, under the shop.
pub(crate) fn merchant_session(shop: &ShopRef, apple_pay: &ApplePay) -> Router {
    Router::new()
        .nest("/apple-pay/session", epay_axum::merchant_session())
        .route_layer(middleware::from_fn_with_state(shop.clone(), payers_alone))
        .with_state(apple_pay.sessions.clone())
}

#[derive(Deserialize)]
struct WithLink {
    link: String,
}

/// Apple is asked for whoever has a link: others could use up the places of those who pay.
async fn payers_alone(
    State(shop): State<ShopRef>,
    Query(WithLink { link }): Query<WithLink>,
    request: Request,
    next: Next,
) -> Response {
    match Link::read(&shop, &link) {
        Some(_) => next.run(request).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What the script posts.
#[derive(Deserialize)]
struct TokenBody {
    payment_data: String,
    seen: String,
}

/// What the sheet shows, and where the payer goes on or what they read.
#[derive(Serialize)]
struct Answer {
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<&'static str>,
}

async fn pay(
    visit: Visit,
    client: Client,
    Form(brought): Form<TokenBody>,
) -> Result<Response, PageInstead> {
    let texts = visit.words.texts();
    let outcome = visit.outcome().await?;
    let Some(apple_pay) = &visit.shop.apple_pay else { return Ok(visit.back_to_page()) };
    // A sheet that was opened before the payment went on: another tab, a second click.
    if page::seen(&outcome) != brought.seen {
        return Ok(told(&visit, &outcome));
    }
    if visit.too_often(&client).is_some() {
        return Ok(not_done(texts.too_many));
    }
    let (order, amount) = (&visit.link.order, outcome.attempt().payment().ordered());
    let method = match apple_pay.method(brought.payment_data, amount, TokioClock.now()) {
        Ok(method) => method,
        Err(error) => {
            tracing::warn!(order, ?error, "an apple pay token was refused");
            return Ok(not_done(texts.apple_failed));
        }
    };
    let Ok(request) = visit.request() else { return Ok(visit.back_to_page()) };
    match visit.shop.payments.pay_with(order, amount, method, &request).await {
        Ok(outcome) => Ok(told(&visit, &outcome)),
        Err(error) => {
            let source = std::error::Error::source(&error).map(|source| format!("{source:?}"));
            tracing::warn!(order, %error, source, "an apple pay token was not paid with");
            Ok(not_done(texts.apple_failed))
        }
    }
}

/// The page tells. The sheet says "done" also where nobody knows yet: who reads "not completed" pays again.
fn told(visit: &Visit, outcome: &Outcome) -> Response {
    let page = Some(format!("{}?lang={}", visit.url, visit.words.code()));
    let done = outcome.next_call() != NextCall::Pay;
    Json(Answer { done, page, said: None }).into_response()
}

fn not_done(said: &'static str) -> Response {
    Json(Answer { done: false, page: None, said: Some(said) }).into_response()
}

//! Apple Pay in an app: a token for one order that the app may hold, and the payment that the app
//! makes with it.

use super::extract::{JsonBody, PathParams};
use super::{Access, Answer, InPath, NotCarriedOut, OrderAccess, Problem, ProblemKind};
use crate::api_key::Scope;
use crate::checkout::Link;
use crate::client::Client;
use axum::Json;
use epay::{NextCall, PaymentRequest, TokioClock};
use epay_domain::Clock;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A token that an app may hold: it pays this order and reads its state, and nothing else.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppToken {
    /// Sent as `Authorization: Bearer …`.
    #[schema(example = "app.books.hL8rEIdO…")]
    token: String,
    /// Unix seconds; an hour from now. The same call returns another token.
    expires: u64,
}

/// Create a token for the shop's app, for this order.
#[utoipa::path(
    post, path = "/v1/orders/{order}/app-token", tag = "in an app",
    params(InPath),
    responses((status = 200, body = AppToken, description = "the token"), NotCarriedOut),
)]
pub(crate) async fn token(
    access: Access,
    PathParams(order): PathParams<String>,
) -> Result<Json<AppToken>, Problem> {
    let shop = access.may(Scope::Pay)?;
    let outcome = shop.payments.status(order.as_str()).await?;
    let (token, expires) = Link::app_token(shop, outcome.attempt().order().as_str());
    Ok(Json(AppToken { token, expires }))
}

/// The token that the payer's device gave to the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplePayBody {
    /// `payment.token.paymentData` of PassKit, unchanged.
    #[serde(rename = "paymentData")]
    #[schema(value_type = Object)]
    payment_data: Box<RawValue>,
}

/// Pay the order by Apple Pay.
///
/// A token pays once: the same call again returns the order's state. If there is a `confirm_url`, the payer's bank
/// requires 3-D Secure: open it in a web view until that comes to the shop's return address. A 400 charged nobody:
/// the payer taps again.
#[utoipa::path(
    post, path = "/v1/orders/{order}/apple-pay", tag = "in an app",
    params(InPath),
    request_body = ApplePayBody,
    responses(Answer, NotCarriedOut),
)]
pub(crate) async fn apple_pay(
    access: OrderAccess,
    client: Client,
    PathParams(order): PathParams<String>,
    JsonBody(brought): JsonBody<ApplePayBody>,
) -> Result<Answer, Problem> {
    let shop = access.may(Scope::Pay, &order)?;
    let Some(apple_pay) = &shop.apple_pay else {
        return Err(Problem::new(ProblemKind::NotFound, "this shop takes no Apple Pay"));
    };
    let outcome = shop.payments.status(order.as_str()).await?;
    if outcome.next_call() != NextCall::Pay {
        return Ok(access.answer(shop, &outcome)); // the same call again
    }
    // A shop's server speaks for many payers.
    let client = match access {
        OrderAccess::Key(_) => Client(None),
        OrderAccess::App { .. } => client,
    };
    if !shop.may_try(&order, &client, TokioClock.monotonic()) {
        return Err(Problem::new(ProblemKind::TooManyTries, "come back in an hour"));
    }
    let amount = outcome.attempt().payment().ordered();
    let data = brought.payment_data.get().to_owned();
    let method = apple_pay.method(data, amount, TokioClock.now()).map_err(|error| {
        tracing::warn!(order, ?error, "an apple pay token was refused");
        Problem::invalid("the apple pay token was refused; the log says why")
    })?;
    let request = PaymentRequest::new(&order)
        .and_then(|request| shop.request(request, shop.language.language()));
    let request = request.map_err(|error| Problem::invalid(error.to_string()))?;
    let outcome = shop.payments.pay_with(&order, amount, method, &request).await?;
    Ok(access.answer(shop, &outcome))
}

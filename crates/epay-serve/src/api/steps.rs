//! Capture, void and refund: each under a name, so that asking twice is asking once.

use super::extract::{JsonBody, PathParams};
use super::problem::Problem;
use super::{Access, InPath, NotCarriedOut, StepAnswer, StepResponse, StepResult};
use crate::api_key::Scope;
use crate::shop::ShopRef;
use crate::view::Order;
use epay::{Money, PayError, StepOutcome};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// The names of the first capture and of the first void.
const CAPTURE: &str = "capture";
const VOID: &str = "void";

/// Which step: the last name in the path.
#[derive(IntoParams)]
#[into_params(names("name"), parameter_in = Path)]
#[expect(dead_code, reason = "only the document has it: handlers read the names together")]
pub(crate) struct Name(
    /// the shop's name for this step, of its own for each step of the order
    #[param(pattern = "^[a-zA-Z0-9-]{1,64}$")]
    String,
);

/// A sum, in the order's currency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sum {
    /// In minor units.
    #[schema(minimum = 1, example = 200_000)]
    amount_minor: u64,
}

/// Capture a hold, wholly or in part; the bank releases the rest. The same call again is the same
/// capture: its name is `capture`.
#[utoipa::path(
    post, path = "/v1/orders/{order}/capture", tag = "money",
    params(InPath),
    request_body = Sum,
    responses(StepResponse, NotCarriedOut),
)]
pub(crate) async fn capture(
    access: Access,
    PathParams(order): PathParams<String>,
    JsonBody(sum): JsonBody<Sum>,
) -> Result<StepResponse, Problem> {
    run_capture(&access, &order, CAPTURE, sum).await
}

/// Capture under another name, where the first was declined or given up.
#[utoipa::path(
    post, path = "/v1/orders/{order}/capture/{name}", tag = "money",
    params(InPath, Name),
    request_body = Sum,
    responses(StepResponse, NotCarriedOut),
)]
pub(crate) async fn capture_again(
    access: Access,
    PathParams((order, name)): PathParams<(String, String)>,
    JsonBody(sum): JsonBody<Sum>,
) -> Result<StepResponse, Problem> {
    run_capture(&access, &order, &name, sum).await
}

async fn run_capture(
    access: &Access,
    order: &str,
    name: &str,
    sum: Sum,
) -> Result<StepResponse, Problem> {
    let shop = access.may(Scope::Operate)?;
    let sum = of_order(shop, order, sum).await?;
    Ok(answer(shop, shop.payments.capture(order, name, sum).await?))
}

/// Release a hold. This ends the order. The same call again is the same void: its name is `void`.
#[utoipa::path(
    post,
    path = "/v1/orders/{order}/void",
    tag = "money",
    params(InPath),
    responses(StepResponse, NotCarriedOut)
)]
pub(crate) async fn void(
    access: Access,
    PathParams(order): PathParams<String>,
) -> Result<StepResponse, Problem> {
    run_void(&access, &order, VOID).await
}

/// Release a hold under another name, where the first void was declined or given up.
#[utoipa::path(
    post,
    path = "/v1/orders/{order}/void/{name}",
    tag = "money",
    params(InPath, Name),
    responses(StepResponse, NotCarriedOut)
)]
pub(crate) async fn void_again(
    access: Access,
    PathParams((order, name)): PathParams<(String, String)>,
) -> Result<StepResponse, Problem> {
    run_void(&access, &order, &name).await
}

async fn run_void(access: &Access, order: &str, name: &str) -> Result<StepResponse, Problem> {
    let shop = access.may(Scope::Operate)?;
    Ok(answer(shop, shop.payments.void(order, name).await?))
}

/// Give money back. The name is the shop's, for ever: the same name again is the same refund, another
/// name another refund. The same name with another sum is 409.
#[utoipa::path(
    post, path = "/v1/orders/{order}/refunds/{name}", tag = "money",
    params(InPath, Name),
    request_body = Sum,
    responses(StepResponse, NotCarriedOut),
)]
pub(crate) async fn refund(
    access: Access,
    PathParams((order, name)): PathParams<(String, String)>,
    JsonBody(sum): JsonBody<Sum>,
) -> Result<StepResponse, Problem> {
    let shop = access.may(Scope::Refund)?;
    if matches!(name.as_str(), CAPTURE | VOID) {
        return Err(Problem::invalid("a refund is not named capture or void"));
    }
    let sum = of_order(shop, &order, sum).await?;
    Ok(answer(shop, shop.payments.refund(order.as_str(), &name, sum).await?))
}

/// The sum in the currency of the order.
async fn of_order(shop: &ShopRef, order: &str, sum: Sum) -> Result<Money, PayError> {
    let ordered = shop.payments.status(order).await?.attempt().payment().ordered();
    Ok(Money::new(sum.amount_minor, ordered.currency()))
}

fn answer(shop: &ShopRef, outcome: StepOutcome) -> StepResponse {
    let order = Order::of(outcome.attempt(), &shop.timelines);
    let (outcome, decline) = match outcome {
        StepOutcome::Done(_) => (StepResult::Done, None),
        StepOutcome::Declined(_, decline) => (StepResult::Declined, Some(decline.into())),
        StepOutcome::NotSent(_) => (StepResult::NotSent, None),
        StepOutcome::GivenUp(_) => (StepResult::GivenUp, None),
        StepOutcome::Superseded(_) => (StepResult::Superseded, None),
        StepOutcome::Unknown(_) => (StepResult::Unknown, None),
    };
    let step = StepAnswer { outcome, decline, order };
    if outcome == StepResult::Unknown {
        StepResponse::NotYet(step)
    } else {
        StepResponse::Known(step)
    }
}

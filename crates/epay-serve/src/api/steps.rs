//! Capture, void and refund: each under a name in the path, so that asking twice is asking once.

use super::extract::{Body, Named};
use super::problem::Problem;
use super::{Access, InPath, NotCarriedOut, OfStep, StepAnswer, StepResult};
use crate::api_key::Scope;
use crate::shop::ShopRef;
use crate::view::Order;
use epay::{Money, PayError, StepOutcome};
use serde::Deserialize;
use utoipa::ToSchema;

/// A sum, in the order's currency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sum {
    /// In minor units.
    #[schema(minimum = 1, example = 200_000)]
    amount_minor: u64,
}

/// Capture a hold, wholly or in part; the bank releases the rest. There is one capture of an order:
/// the same call again is the same capture.
#[utoipa::path(
    post, path = "/v1/orders/{order}/capture", tag = "money",
    params(InPath),
    request_body = Sum,
    responses(OfStep, NotCarriedOut),
)]
pub(crate) async fn capture(
    access: Access,
    Named(order): Named<String>,
    Body(sum): Body<Sum>,
) -> Result<OfStep, Problem> {
    let shop = access.may(Scope::Operate)?;
    let sum = of_order(shop, &order, sum).await?;
    Ok(answer(shop, shop.payments.capture(order.as_str(), "capture", sum).await?))
}

/// Release a hold. The order is over by it.
#[utoipa::path(
    post,
    path = "/v1/orders/{order}/void",
    tag = "money",
    params(InPath),
    responses(OfStep, NotCarriedOut)
)]
pub(crate) async fn void(access: Access, Named(order): Named<String>) -> Result<OfStep, Problem> {
    let shop = access.may(Scope::Operate)?;
    Ok(answer(shop, shop.payments.void(order.as_str(), "void").await?))
}

/// Give money back. The name is the shop's, for ever: the same name again is the same refund, another
/// name another refund. The same name with another sum is 409.
#[utoipa::path(
    post, path = "/v1/orders/{order}/refunds/{name}", tag = "money",
    params(
        InPath,
        ("name" = String, Path, description = "the shop's name for the refund", pattern = "^[a-zA-Z0-9-]{1,64}$"),
    ),
    request_body = Sum,
    responses(OfStep, NotCarriedOut),
)]
pub(crate) async fn refund(
    access: Access,
    Named((order, name)): Named<(String, String)>,
    Body(sum): Body<Sum>,
) -> Result<OfStep, Problem> {
    let shop = access.may(Scope::Refund)?;
    if matches!(name.as_str(), "capture" | "void") {
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

fn answer(shop: &ShopRef, outcome: StepOutcome) -> OfStep {
    let order = Order::of(outcome.attempt(), &shop.timelines);
    let (outcome, decline) = match outcome {
        StepOutcome::Done(_) => (StepResult::Done, None),
        StepOutcome::Declined(_, decline) => (StepResult::Declined, Some(decline.into())),
        StepOutcome::NotExecuted(_) => (StepResult::NotExecuted, None),
        StepOutcome::Superseded(_) => (StepResult::Superseded, None),
        StepOutcome::Unknown(_) => (StepResult::Unknown, None),
    };
    let step = StepAnswer { outcome, decline, order };
    if outcome == StepResult::Unknown { OfStep::NotYet(step) } else { OfStep::Known(step) }
}

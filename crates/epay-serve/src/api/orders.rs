//! Orders: created or returned by one path, read, listed, and abandoned when the payer has left.

use super::extract::{JsonBody, PathParams, QueryParams};
use super::problem::Problem;
use super::{Access, Answer, InPath, NotCarriedOut, OrderAccess};
use crate::api_key::Scope;
use crate::checkout::{Link, Payer};
use crate::shop::ShopRef;
use crate::view::Order;
use axum::Json;
use epay::{Currency, InvoiceId, Money, NextCall, Outcome, PaymentStatus, has_card_number};
use epay_domain::{ListFilter, ListQuery};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The order of a `PUT`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrder {
    /// In minor units: 500000 is 5000.00 tenge.
    #[schema(minimum = 1, example = 500_000)]
    amount_minor: u64,
    #[serde(default)]
    currency: CurrencyCode,
    /// The text for payer and bank; the order's name if absent. At most 125 bytes.
    #[schema(max_length = 125)]
    description: Option<String>,
    /// The payer's details for the bank. They travel in `checkout_url`, sealed.
    payer: Option<Payer>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
pub(crate) enum CurrencyCode {
    #[default]
    #[serde(rename = "KZT")]
    Kzt,
    #[serde(rename = "USD")]
    Usd,
}

impl CurrencyCode {
    fn currency(self) -> Currency {
        match self {
            CurrencyCode::Kzt => Currency::KZT,
            CurrencyCode::Usd => Currency::USD,
        }
    }
}

/// Create the order, or return the existing one.
///
/// The same call again is the same order. The same path with another sum is 409: a changed basket is
/// another order. The terminal decides whether the sum is held or captured.
#[utoipa::path(
    put, path = "/v1/orders/{order}", tag = "orders",
    params(InPath),
    request_body = NewOrder,
    responses(Answer, NotCarriedOut),
)]
pub(crate) async fn put(
    access: Access,
    PathParams(order): PathParams<String>,
    JsonBody(new): JsonBody<NewOrder>,
) -> Result<Answer, Problem> {
    let shop = access.may(Scope::Pay)?;
    let link = Link::new(&order, new.description.as_deref()).with_payer(new.payer);
    link.request().map_err(|error| Problem::invalid(error.to_string()))?;
    if !link.fits(shop) {
        return Err(Problem::invalid("description and payer are too long together"));
    }
    let amount = Money::new(new.amount_minor, new.currency.currency());
    Ok(known(shop, &shop.payments.register(&order, amount).await?, &link))
}

/// Return the order's state from the log, without asking the bank. The order's app token may call it, too.
#[utoipa::path(
    get,
    path = "/v1/orders/{order}",
    tag = "orders",
    params(InPath),
    responses(Answer, NotCarriedOut)
)]
pub(crate) async fn get(
    access: OrderAccess,
    PathParams(order): PathParams<String>,
) -> Result<Answer, Problem> {
    let shop = access.may(Scope::Read, &order)?;
    Ok(access.answer(shop, &shop.payments.status(order.as_str()).await?))
}

/// Check the status at the bank, and return it. The service does that by itself: this is for a payer on
/// the phone.
#[utoipa::path(
    post,
    path = "/v1/orders/{order}/check",
    tag = "orders",
    params(InPath),
    responses(Answer, NotCarriedOut)
)]
pub(crate) async fn check(
    access: Access,
    PathParams(order): PathParams<String>,
) -> Result<Answer, Problem> {
    let shop = access.may(Scope::Read)?;
    Ok(answer(shop, &shop.payments.check_status(order.as_str()).await?))
}

/// End an order that the bank was never asked about, or whose payer has left 3-D Secure.
#[utoipa::path(
    post,
    path = "/v1/orders/{order}/abandon",
    tag = "orders",
    params(InPath),
    responses(Answer, NotCarriedOut)
)]
pub(crate) async fn abandon(
    access: Access,
    PathParams(order): PathParams<String>,
) -> Result<Answer, Problem> {
    let shop = access.may(Scope::Pay)?;
    let outcome = match shop.payments.status(order.as_str()).await? {
        // Ended already: the same call again.
        ended @ (Outcome::NotExecuted(_) | Outcome::Abandoned(_) | Outcome::Declined(..)) => ended,
        _ => shop.payments.abandon(order.as_str()).await?,
    };
    Ok(answer(shop, &outcome))
}

/// The reason for a new payment of an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retry {
    /// For the log and its readers: no card number, and nothing personal.
    #[schema(min_length = 1, max_length = 500, example = "the payer wants the other card")]
    note: String,
}

/// Allow a new payment of an order that was voided or fully refunded, or whose hold has lapsed.
///
/// After a decline this is not needed: the payer just pays again. The same call again changes nothing.
#[utoipa::path(
    post, path = "/v1/orders/{order}/retry", tag = "orders",
    params(InPath),
    request_body = Retry,
    responses(Answer, NotCarriedOut),
)]
pub(crate) async fn retry(
    access: Access,
    PathParams(order): PathParams<String>,
    JsonBody(retry): JsonBody<Retry>,
) -> Result<Answer, Problem> {
    let shop = access.may(Scope::Operate)?;
    if has_card_number(&retry.note) {
        return Err(Problem::invalid(
            "there is a card number in the note, or what looks like one: give the last digits",
        ));
    }
    let outcome = match shop.payments.status(order.as_str()).await? {
        // It may be paid already: the same call again.
        open if open.next_call() == NextCall::Pay => open,
        _ => {
            let over = shop.payments.pay_again(&order, &retry.note).await?;
            shop.payments.register(&order, over.attempt().payment().ordered()).await?
        }
    };
    Ok(answer(shop, &outcome))
}

/// The choice of orders.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only these; all without it. `open` waits for the bank or the payer.
    state: Option<StateFilter>,
    /// The last order's `invoice` of the page before.
    #[param(pattern = "^[1-9][0-9]{5,14}$")]
    after: Option<String>,
    /// The most orders to return.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u8>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateFilter {
    Open,
    New,
    Held,
    Paid,
    Refunded,
    Voided,
    Declined,
    Disputed,
}

impl StateFilter {
    fn filter(self) -> ListFilter {
        match self {
            StateFilter::Open => ListFilter::Open,
            StateFilter::New => ListFilter::Status(PaymentStatus::New),
            StateFilter::Held => ListFilter::Status(PaymentStatus::Held),
            StateFilter::Paid => ListFilter::Status(PaymentStatus::Paid),
            StateFilter::Refunded => ListFilter::Status(PaymentStatus::Refunded),
            StateFilter::Voided => ListFilter::Status(PaymentStatus::Voided),
            StateFilter::Declined => ListFilter::Status(PaymentStatus::Declined),
            StateFilter::Disputed => ListFilter::Status(PaymentStatus::Disputed),
        }
    }
}

/// Attempts, the newest first. An order with two attempts is listed twice, each with its invoice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page {
    orders: Vec<Order>,
    /// The `after` of the next page; absent after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

/// List the orders of the shop, the newest first.
#[utoipa::path(
    get, path = "/v1/orders", tag = "orders",
    params(Which),
    responses(
        (status = 200, body = Page, description = "a page of orders"),
        NotCarriedOut,
    ),
)]
pub(crate) async fn list(
    access: Access,
    QueryParams(which): QueryParams<Which>,
) -> Result<Json<Page>, Problem> {
    let shop = access.may(Scope::Read)?;
    let limit = which.limit.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid("limit is 1 to 100"));
    }
    let after = which.after.as_deref().map(InvoiceId::new).transpose();
    let after = after.map_err(|error| Problem::invalid(format!("after: {error}")))?;
    let filter = which.state.map_or(ListFilter::All, StateFilter::filter);
    let query = ListQuery { filter, after, ..ListQuery::newest(limit.into()) };
    let (attempts, more) = shop.list(query).await?;
    let after = attempts.last().filter(|_| more).map(|last| last.invoice().as_str().to_owned());
    let orders = attempts.iter().map(|attempt| Order::of(attempt, &shop.timelines)).collect();
    Ok(Json(Page { orders, after }))
}

/// The order, with a link for the payer.
pub(super) fn answer(shop: &ShopRef, outcome: &Outcome) -> Answer {
    known(shop, outcome, &Link::new(outcome.attempt().order().as_str(), None))
}

/// The order for an app: without what is for the shop's server and its operators. The link of its web view ends with
/// its token, which says `link`.
pub(super) fn answer_in_app(shop: &ShopRef, outcome: &Outcome, link: &Link) -> Answer {
    let url = link.url(shop);
    let order = Order::of(outcome.attempt(), &shop.timelines);
    into_answer(outcome, Order { confirm_url: confirm_url(outcome, &url), timeline: None, ..order })
}

fn known(shop: &ShopRef, outcome: &Outcome, link: &Link) -> Answer {
    let url = link.url(shop);
    let order = Order::of(outcome.attempt(), &shop.timelines);
    let confirm_url = confirm_url(outcome, &url);
    into_answer(outcome, Order { confirm_url, checkout_url: Some(url), ..order })
}

fn confirm_url(outcome: &Outcome, link: &str) -> Option<String> {
    matches!(outcome, Outcome::AskPayer(_)).then(|| format!("{link}/confirm"))
}

fn into_answer(outcome: &Outcome, order: Order) -> Answer {
    match outcome {
        Outcome::Unknown(_) => Answer::NotYet(order),
        _ => Answer::Known(order),
    }
}

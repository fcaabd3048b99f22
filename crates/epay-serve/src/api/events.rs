//! Events for the shop: webhooks sent again on request, and the feed for a shop that cannot be
//! reached from outside.

use super::extract::{PathParams, QueryParams};
use super::problem::{Problem, ProblemKind};
use super::{Access, InPath, NotCarriedOut};
use crate::api_key::Scope;
use crate::view::{Order, Timelines, event_name};
use axum::Json;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use epay::Notification;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many events a page has at most.
const PAGE: u8 = 50;

/// A notification about an order, as a webhook has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    /// The same each time the event comes, and the `webhook-id` of a webhook: store it, and process each id once.
    #[schema(example = "100000001-3-captured")]
    id: String,
    #[serde(rename = "type")]
    #[schema(example = "payment.captured")]
    kind: String,
    /// The order's current state, which may be further on than the event.
    data: Order,
}

impl Event {
    fn of(notification: &Notification, timelines: &Timelines) -> Event {
        let data = Order::of(notification.attempt(), timelines);
        Event { id: notification.id(), kind: event_name(notification), data }
    }
}

/// A page of the feed. Ask for the next with its `after` once you have stored all of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Feed {
    events: Vec<Event>,
    /// The cursor that acknowledges these events; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// The `after` of the page that you have stored: its events don't come again.
    #[param(max_length = 4096, pattern = "^[A-Za-z0-9_-]*$")]
    after: Option<String>,
    /// The most events to return.
    #[param(minimum = 1, maximum = 50, default = 50)]
    limit: Option<u8>,
}

/// Return the events not yet acknowledged, for a shop that webhooks can't reach.
///
/// The same page comes until its `after` is sent, so a lost answer loses no event; store each event under its id.
/// Those of one attempt are in order. A shop with webhooks gets 409.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    params(Since),
    responses((status = 200, body = Feed, description = "the next events"), NotCarriedOut),
)]
pub(crate) async fn feed(
    access: Access,
    QueryParams(since): QueryParams<Since>,
) -> Result<Json<Feed>, Problem> {
    let shop = access.may(Scope::Operate)?;
    let limit = since.limit.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&limit) {
        return Err(Problem::invalid("limit is 1 to 50"));
    }
    if shop.webhooks.is_some() {
        let why = "this shop has webhooks, which take everything in";
        return Err(Problem::new(ProblemKind::NotNow, why));
    }
    if let Some(after) = &since.after {
        let ids = read_cursor(after).ok_or_else(|| Problem::invalid("after is of no page"))?;
        shop.payments.taken_in(ids).await?;
    }
    let page = shop.payments.next_notifications(limit.into()).await?;
    let events: Vec<Event> = page.iter().map(|it| Event::of(it, &shop.timelines)).collect();
    let after = (!events.is_empty()).then(|| cursor(&events));
    Ok(Json(Feed { events, after }))
}

/// A cursor is what it says was taken in, so it is as good on another machine and after a restart, and
/// nothing that is written meanwhile can slip in before it.
fn cursor(events: &[Event]) -> String {
    let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    URL_SAFE_NO_PAD.encode(ids.join(","))
}

fn read_cursor(text: &str) -> Option<Vec<String>> {
    let ids = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let ids: Vec<String> = ids.split(',').map(str::to_owned).collect();
    (ids.len() <= usize::from(PAGE)).then_some(ids)
}

/// A webhook that was sent again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sent {
    #[schema(example = "100000001-3-captured")]
    id: String,
    #[serde(rename = "type")]
    #[schema(example = "payment.captured")]
    kind: String,
    /// Whether every endpoint has answered with 2xx. One that was never answered so is sent again by itself.
    taken_in: bool,
}

/// The webhooks that were sent again, and the order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SentAgain {
    /// Empty if there is nothing to notify of the order now, or the shop has no webhooks.
    webhooks: Vec<Sent>,
    order: Order,
}

/// Send the order's webhooks again, with its current state and under the same ids, even if they were answered before.
#[utoipa::path(
    post, path = "/v1/orders/{order}/webhook", tag = "events",
    params(InPath),
    responses((status = 200, body = SentAgain, description = "the webhooks sent"), NotCarriedOut),
)]
pub(crate) async fn send_again(
    access: Access,
    PathParams(order): PathParams<String>,
) -> Result<Json<SentAgain>, Problem> {
    let shop = access.may(Scope::Operate)?;
    let repeated = shop.payments.notify_again(order.as_str()).await?;
    let sent = repeated.iter().map(|(notification, taken)| Sent {
        id: notification.id(),
        kind: event_name(notification),
        taken_in: taken.is_ok(),
    });
    let outcome = shop.payments.status(order.as_str()).await?;
    let order = Order::of(outcome.attempt(), &shop.timelines);
    Ok(Json(SentAgain { webhooks: sent.collect(), order }))
}

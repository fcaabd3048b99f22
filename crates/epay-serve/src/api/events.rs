//! Events for the shop: webhooks sent again on request, and the feed for a shop that cannot be
//! reached from outside.

use super::extract::{Asked, Named};
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

/// Something to know of an order, as a webhook tells it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    /// The same each time it comes, and the `webhook-id` where there are webhooks: take it in under this id.
    #[schema(example = "100000001-3-captured")]
    id: String,
    #[serde(rename = "type")]
    #[schema(example = "payment.captured")]
    kind: String,
    /// The order as it stands now, which may be further on.
    data: Order,
}

impl Event {
    fn of(notification: &Notification, timelines: &Timelines) -> Event {
        let data = Order::of(notification.attempt(), timelines);
        Event { id: notification.id(), kind: event_name(notification), data }
    }
}

/// A page of the feed. Ask for the next with its `after` once all of it is taken in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Feed {
    events: Vec<Event>,
    /// Says that these events were taken in; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// The `after` of the page that was taken in last: its events don't come again.
    #[param(max_length = 4096)]
    after: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 50, default = 50)]
    limit: Option<u8>,
}

/// What nobody has taken in yet, for a shop that webhooks can't reach.
///
/// The same page comes until its `after` is sent, so what was lost on the way is not lost; take each event in
/// under its id. Those of one attempt are in order. A shop that has webhooks is told by them alone: 409.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    params(Since),
    responses((status = 200, body = Feed, description = "the next of them"), NotCarriedOut),
)]
pub(crate) async fn feed(
    access: Access,
    Asked(since): Asked<Since>,
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

/// A webhook that was sent once more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sent {
    #[schema(example = "100000001-3-captured")]
    id: String,
    #[serde(rename = "type")]
    #[schema(example = "payment.captured")]
    kind: String,
    /// Whether every endpoint has answered with 2xx. One that was not taken in before comes again by itself.
    taken_in: bool,
}

/// What was sent once more, and the order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SentAgain {
    /// None where there is nothing to tell of the order now, or the shop has no webhooks.
    webhooks: Vec<Sent>,
    order: Order,
}

/// Send the order's webhooks once more, as it stands now and under the same ids, though they were taken in.
#[utoipa::path(
    post, path = "/v1/orders/{order}/webhook", tag = "events",
    params(InPath),
    responses((status = 200, body = SentAgain, description = "what was sent"), NotCarriedOut),
)]
pub(crate) async fn send_again(
    access: Access,
    Named(order): Named<String>,
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

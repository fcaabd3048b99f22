//! What the bank posts by itself. Anybody can post it, so it is a reason to check, and no more.

use axum::{body::Bytes, extract::State, http::StatusCode};
use epay::PostLink;

use super::Shop;

pub(crate) async fn callback(State(shop): State<Shop>, body: Bytes) -> StatusCode {
    let Ok(post_link) = PostLink::read(&body) else { return StatusCode::BAD_REQUEST };
    let hint = post_link.check(&shop.tags, shop.payments.terminal());
    match shop.payments.hint(&hint).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR, // not noted: it may come again
    }
}

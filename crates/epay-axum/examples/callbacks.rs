//! The bank's callbacks in an app of your own: one line of routes, and a state that has what it needs.

use axum::{Router, extract::FromRef};
use epay::{MemoryStore, Payments, Secret, TagKey};
use epay_testkit::FakeBank;
use tokio::net::TcpListener;

/// Your state, with whatever else you have in it.
#[derive(Clone, FromRef)]
pub(crate) struct Shop {
    pub(crate) payments: Payments,
    pub(crate) tags: TagKey,
}

pub(crate) fn routes(shop: Shop) -> Router {
    Router::new().nest("/bank/callback", epay_axum::callbacks()).with_state(shop)
}

pub(crate) fn shop(bank: &FakeBank) -> Shop {
    let tags = TagKey::derived(&Secret::new("the bank's client secret"));
    let gateway = bank.gateway().with_tags(tags.clone()); // in production epay::connect(…)?.with_tags(…)
    Shop { payments: Payments::new(gateway, MemoryStore::default()), tags }
}

#[tokio::main]
pub(crate) async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8802").await?;
    axum::serve(listener, routes(shop(&FakeBank::start()))).await
}

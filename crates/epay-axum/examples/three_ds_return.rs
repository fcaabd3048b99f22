//! The payer comes back from 3-D Secure to an app of your own, and is sent on to the order's page.

use axum::{Router, response::Redirect};
use epay::{MemoryStore, Payments};
use epay_testkit::FakeBank;
use tokio::net::TcpListener;

pub(crate) fn routes(payments: Payments) -> Router {
    let back = epay_axum::three_ds_return(|_: Payments, outcome| async move {
        match outcome {
            Ok(outcome) => Redirect::to(&format!("/orders/{}", outcome.attempt().order())),
            Err(_) => Redirect::to("/orders"), // not a return that anybody waits for
        }
    });
    Router::new().nest("/3ds", back).with_state(payments)
}

#[tokio::main]
pub(crate) async fn main() -> std::io::Result<()> {
    let gateway = FakeBank::start().gateway(); // in production epay::connect(environment, credentials)?
    let payments = Payments::new(gateway, MemoryStore::default());
    axum::serve(TcpListener::bind("127.0.0.1:8802").await?, routes(payments)).await
}

//! The payer's way back: confirmed once, sent on, and finished although the browser has gone.

use super::{answer, send, serve, status, until, within};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use epay::{Outcome, Payments};
use epay_tests::bench::{Call, Reply, ScriptedBank, Shop};
use std::time::Duration;
use tokio::sync::mpsc::{self, UnboundedSender};

#[allow(dead_code, reason = "a test serves the routes by itself, and not by main")]
#[path = "../../crates/epay-axum/examples/three_ds_return.rs"]
mod example;

const BACK: &[u8] = b"PaRes=cGFyZXM%3D&MD=bWQ%3D";

/// A shop whose order 17 waits for the payer, and the path by which they come back.
async fn asked() -> (Shop<ScriptedBank>, String) {
    let shop = Shop::scripted();
    let asks = shop.pay_and("17", Reply::challenge(), Reply::charged()).await;
    let Outcome::AskPayer(challenge) = &asks else { panic!("{asks:?}") };
    shop.bank.says(Call::Confirm, Reply::charged());
    let path = format!("POST /3ds?state={}", challenge.state());
    (shop, path)
}

#[tokio::test]
async fn the_payer_is_confirmed_once_and_sent_to_their_order() {
    let (shop, path) = asked().await;
    let address = serve(example::routes(shop.payments.clone())).await;
    for _ in 0..2 {
        let said = answer(send(address, &path, BACK).await).await;
        assert!(said.starts_with("HTTP/1.1 303"), "{said}");
        assert!(said.contains("location: /orders/17\r\n"), "{said}");
    }
    assert_eq!(shop.bank.calls(Call::Confirm), 1);
}

#[tokio::test]
async fn what_nobody_waits_for_asks_nothing() {
    let (shop, path) = asked().await;
    let address = serve(example::routes(shop.payments.clone())).await;
    let forged = "POST /3ds?state=100000001.1795478400000.guess";
    for (path, body) in [(forged, BACK), (&*path, b"PaRes=&MD="), (&*path, b"PaRes=a&MD=b")] {
        let said = answer(send(address, path, body).await).await;
        assert!(said.contains("location: /orders\r\n"), "{said}");
    }
    for (path, body, expected) in [
        ("POST /3ds", BACK.to_vec(), 400),
        (&*path, vec![b'x'; 70_000], 413),
        (&*path.replace("POST", "GET"), Vec::new(), 405),
    ] {
        assert_eq!(status(address, path, &body).await, expected, "{path}");
    }
    assert_eq!(shop.bank.calls(Call::Confirm), 0);
}

/// Says so when it is dropped.
struct Told(UnboundedSender<&'static str>);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send("the handler was dropped");
    }
}

#[tokio::test]
async fn a_payer_who_hangs_up_is_confirmed_and_told_to_the_shop_all_the_same() {
    let (shop, path) = asked().await;
    shop.bank.takes(Duration::from_secs(60));
    let (told, mut heard) = mpsc::unbounded_channel();
    let (shown, dropped) = (told.clone(), told);
    let back = epay_axum::three_ds_return(move |_: Payments, outcome| {
        let paid = matches!(outcome, Ok(Outcome::Paid(_)));
        let _ = shown.send(if paid { "paid" } else { "not paid" });
        async { StatusCode::OK }
    });
    let watched = middleware::from_fn(move |request: Request, next: Next| {
        let told = Told(dropped.clone());
        async move {
            let response = next.run(request).await;
            drop(told);
            response
        }
    });
    let app = Router::new().nest("/3ds", back).layer(watched);
    let address = serve(app.with_state(shop.payments.clone())).await;

    let browser = send(address, &path, BACK).await;
    until(|| shop.bank.calls(Call::Confirm) == 1).await;
    drop(browser);
    assert_eq!(within(heard.recv()).await, Some("the handler was dropped"));

    // The confirm, and the check after it.
    let clock = shop.clock.clone();
    let passing = tokio::spawn(async move {
        loop {
            clock.advance(Duration::from_secs(60));
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(within(heard.recv()).await, Some("paid"));
    passing.abort();
    assert_eq!(shop.bank.calls(Call::Confirm), 1);
}

//! Callbacks: answered before the log is asked, within bounds, and noted.

use super::{answer, send, serve, status, until};
use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use epay::{InvoiceId, MemoryStore, PaymentRequest, Payments, Secret, TagKey};
use epay_axum::Callback;
use epay_domain::{PaymentStore, StoreError, StoreLayer, Stored};
use epay_http::Authenticity;
use epay_testkit::FakeBank;
use epay_testkit::fakebank::cards;
use epay_tests::bench::{PRICE, Shop, card};
use std::sync::Arc;
use tokio::sync::mpsc;

#[allow(dead_code, reason = "a test serves the routes by itself, and not by main")]
#[path = "../../crates/epay-axum/examples/callbacks.rs"]
mod example;

const POST: &str = "POST /bank/callback";

fn about(invoice: &InvoiceId) -> Vec<u8> {
    format!(r#"{{"invoiceId":"{invoice}","code":"ok"}}"#).into_bytes()
}

#[tokio::test]
async fn a_callback_makes_its_payment_due_and_moves_nothing() {
    let shop = Shop::one_stage();
    let invoice = shop.pay_unknown("17").await;
    assert_eq!(shop.reconcile().await.checked, 0, "the first check is not due yet");
    let state = example::Shop { payments: shop.payments.clone(), tags: TagKey::random().unwrap() };
    let address = serve(example::routes(state)).await;

    let writes = shop.store.writes();
    assert_eq!(status(address, POST, &about(&invoice)).await, 200);
    until(|| shop.store.writes() > writes).await;
    assert_eq!(epay_tests::bench::name(&shop.status("17").await), "unknown");
    shop.wait(1);
    assert_eq!(shop.reconcile().await.checked, 1);
    assert_eq!(epay_tests::bench::name(&shop.status("17").await), "paid");
}

#[tokio::test]
async fn what_is_no_callback_is_refused_and_every_invoice_is_answered_alike() {
    let shop = example::shop(&FakeBank::start());
    let address = serve(example::routes(shop)).await;
    let padded =
        |bytes: usize| format!(r#"{{"invoiceId":"100000001","x":"{}"}}"#, "x".repeat(bytes));
    let nested = format!(r#"{{"invoiceId":"1","x":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    for (body, expected) in [
        (String::new(), 400),
        ("not json".to_owned(), 400),
        (r#"{"code":"ok"}"#.to_owned(), 400),
        (nested, 400),
        (padded(70_000), 413),
        (padded(60_000), 200),
        (r#"{"invoiceId":"100000001"}"#.to_owned(), 200), // nobody's
        (r#"{"invoiceId":"12-1738952601"}"#.to_owned(), 200), // a payment by link
    ] {
        assert_eq!(status(address, POST, body.as_bytes()).await, expected, "{:.40}", body);
    }
    assert_eq!(status(address, "GET /bank/callback", b"").await, 405);
}

/// A log that never answers.
#[derive(Debug, Default)]
struct HungLog(MemoryStore);

#[async_trait]
impl StoreLayer for HungLog {
    fn inner(&self) -> &dyn PaymentStore {
        &self.0
    }

    async fn load(&self, _: &InvoiceId) -> Result<Option<Stored>, StoreError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn the_bank_is_answered_while_the_log_hangs_and_memory_stays_bounded() {
    let payments = Payments::new(FakeBank::start().gateway(), HungLog::default());
    let state = example::Shop { payments, tags: TagKey::random().unwrap() };
    let address = serve(example::routes(state)).await;
    let body = about(&InvoiceId::new("100000001").unwrap());
    for _ in 0..64 {
        assert_eq!(status(address, POST, &body).await, 200);
    }
    assert_eq!(status(address, POST, &body).await, 503, "come again");
}

#[tokio::test]
async fn the_extractor_tells_whether_the_sender_knew_the_secret_hash() {
    let bank = FakeBank::start();
    let tags = TagKey::derived(&Secret::new("secret"));
    let gateway = bank.gateway().with_tags(tags.clone());
    let payments = Payments::new(gateway, MemoryStore::default());
    let request = PaymentRequest::new("17").unwrap();
    let links = ("https://shop.example.kz/ok", "https://shop.example.kz/failed");
    let request = request.with_post_links(links.0, links.1).unwrap();
    let paid = payments.pay_with("17", PRICE, card(cards::VISA_OK), &request).await.unwrap();
    let from_the_bank = bank.take_callbacks().remove(0).body;

    let (told, mut heard) = mpsc::unbounded_channel();
    let told = Arc::new(told);
    let hear = move |State(_): State<example::Shop>, callback: Callback| async move {
        told.send(callback.hint().authenticity).unwrap();
    };
    let app = Router::new().route("/", post(hear)).with_state(example::Shop { payments, tags });
    let address = serve(app).await;

    let invoice = paid.attempt().invoice();
    let forged = format!(r#"{{"invoiceId":"{invoice}","secret_hash":"a guess"}}"#);
    for (body, expected) in [
        (&*from_the_bank, Authenticity::Proven),
        (forged.as_bytes(), Authenticity::Forged),
        (&*about(invoice), Authenticity::Unproven),
    ] {
        let said = answer(send(address, "POST /", body).await).await;
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        assert_eq!(heard.recv().await, Some(expected));
    }
}

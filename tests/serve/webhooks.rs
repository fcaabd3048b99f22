//! Webhooks: signed by both secrets, at least once under one id, in order, and to nowhere else.

use super::world::{SECRETS, Told, World};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use epay_fakebank::cards;
use ring::hmac;

/// As a shop does it, in a dozen lines.
fn verified(told: &Told, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let (id, time) = (told.header("webhook-id"), told.header("webhook-timestamp"));
    let signed = [format!("{id}.{time}.").as_bytes(), &told.body].concat();
    told.header("webhook-signature").split(' ').any(|signature| {
        let tag = STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
        hmac::verify(&key, &signed, &tag).is_ok()
    })
}

#[tokio::test]
async fn a_payment_is_told_once_signed_by_each_secret() {
    let world = World::open().await;
    world.pay(&world.order(&world.books, "17").await, cards::VISA_OK).await;
    let told = world.receiver.told().await;
    assert_eq!(told.json()["type"], "payment.captured");
    assert_eq!(told.json()["data"]["order"], "17");
    assert_eq!(told.json()["data"]["status"], "paid");
    let id = told.header("webhook-id");
    assert!(id.starts_with("100000001-") && id.ends_with("-captured"), "{id}");
    for secret in SECRETS {
        assert!(verified(&told, secret), "{told:?}");
    }
    assert!(!verified(&told, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

#[tokio::test]
async fn what_was_not_taken_in_comes_again_and_what_follows_comes_after_it() {
    let world = World::open().await;
    world.receiver.answers(StatusCode::INTERNAL_SERVER_ERROR);
    world.pay(&world.order(&world.books, "17").await, cards::VISA_OK).await;
    let first = world.receiver.told().await;
    let path = "/v1/orders/17/refunds/part";
    world.call(&world.books, "POST", path, r#"{"amount_minor":200000}"#).await;
    let again = world.receiver.told().await;
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    let after = world.receiver.told().await;
    assert_eq!(after.json()["type"], "payment.refunded", "{after:?}");
    assert_eq!(after.json()["data"]["net_captured_minor"], 300_000);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_counts_as_not_taken_in() {
    let world = World::open().await;
    let elsewhere = [("location", "http://127.0.0.1:1/steal")];
    world.receiver.answers((StatusCode::TEMPORARY_REDIRECT, elsewhere));
    world.pay(&world.order(&world.books, "17").await, cards::VISA_OK).await;
    let first = world.receiver.told().await;
    assert_eq!(world.receiver.told().await.header("webhook-id"), first.header("webhook-id"));
}

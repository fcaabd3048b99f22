//! Webhooks: signed by both secrets, at least once under one id, in order, and to nowhere else.

use super::world::{SECRETS, Told, World};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use epay_fakebank::cards;
use ring::hmac;
use serde_json::json;

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

#[tokio::test]
async fn a_webhook_is_sent_once_more_under_its_id_although_it_was_taken_in() {
    let world = World::open().await;
    let path = "/v1/orders/17/webhook";
    assert_eq!(world.call(&world.books, "POST", path, "").await.status, 404);
    world.pay(&world.order(&world.books, "17").await, cards::VISA_OK).await;
    let first = world.receiver.told().await;
    for (answer, taken_in) in [(StatusCode::BAD_GATEWAY, false), (StatusCode::OK, true)] {
        world.receiver.answers(answer);
        let sent = world.call(&world.books, "POST", path, "").await;
        let again = world.receiver.told().await;
        assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
        assert_eq!(again.body, first.body);
        assert!(SECRETS.iter().all(|secret| verified(&again, secret)));
        let said = sent.json()["webhooks"][0].clone();
        assert_eq!((sent.status, &said["taken_in"]), (200, &json!(taken_in)), "{sent:?}");
        assert_eq!(said["id"], first.header("webhook-id"));
    }
    assert_eq!(world.call(&world.reader, "POST", path, "").await.status, 403);
    let feed = world.call(&world.books, "GET", "/v1/events", "").await;
    assert_eq!(feed.status, 409, "a shop with webhooks has no feed: {feed:?}");
}

#[tokio::test]
async fn a_shop_that_cannot_be_reached_fetches_its_events_until_it_took_them_in() {
    let mut world = World::without_webhooks("").await;
    assert_eq!(world.call(&world.reader, "GET", "/v1/events", "").await.status, 403);
    for wrong in ["after=%21", "limit=0", "limit=51", "after=_w", "before=x&limit=x"] {
        let path = format!("/v1/events?{wrong}");
        assert_eq!(world.call(&world.books, "GET", &path, "").await.status, 400, "{wrong}");
    }
    let empty = world.call(&world.books, "GET", "/v1/events", "").await.json();
    assert_eq!(empty, json!({"events": []}));
    for order in ["17", "18"] {
        world.pay(&world.order(&world.books, order).await, cards::VISA_OK).await;
    }
    let part = r#"{"amount_minor":200000}"#;
    world.call(&world.books, "POST", "/v1/orders/17/refunds/part", part).await;
    let said = |page: &serde_json::Value| -> Vec<(String, String)> {
        let events = page["events"].as_array().unwrap().iter();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        events.map(|event| (text(&event["data"]["order"]), text(&event["type"]))).collect()
    };
    let (mut path, mut all) = ("/v1/events?limit=1".to_owned(), Vec::new());
    loop {
        let page = world.call(&world.books, "GET", &path, "").await.json();
        let lost = world.call(&world.books, "GET", &path, "").await.json();
        assert_eq!(lost["events"], page["events"], "the answer was lost, and comes again");
        // A cursor outlives the process.
        tokio::time::timeout(std::time::Duration::from_secs(20), world.tell_to_stop())
            .await
            .unwrap()
            .unwrap();
        world.start().await;
        let Some(after) = page["after"].as_str() else { break };
        all.extend(said(&page));
        path = format!("/v1/events?limit=1&after={after}");
    }
    let of = |order: &str| -> Vec<&str> {
        let mine = all.iter().filter(|(name, _)| name == order);
        mine.map(|(_, kind)| kind.as_str()).collect()
    };
    assert_eq!(of("17"), ["payment.captured", "payment.refunded"]);
    assert_eq!(of("18"), ["payment.captured"]);
}

//! The merchant API: idempotent by its paths, and what nobody knows is an answer.

use super::world::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use epay_fakebank::{Endpoint, FaultKind, cards};
use serde_json::json;

const SUM: &str = r#"{"amount_minor": 500000}"#;

#[tokio::test]
async fn the_same_put_is_the_same_order_and_another_sum_is_409() {
    let world = World::open().await;
    let first = world.call(&world.books, "PUT", "/v1/orders/17", SUM).await;
    assert_eq!(first.status, 200);
    let order = first.json();
    for (field, expected) in [
        ("order", json!("17")),
        ("amount_minor", json!(500_000)),
        ("currency", json!("KZT")),
        ("status", json!("new")),
        ("payer_charged", json!("no")),
        ("acts_next", json!("shop")),
        ("next_call", json!("checkout")),
        ("invoice", json!("100000001")),
        ("net_captured_minor", json!(0)),
    ] {
        assert_eq!(order[field], expected, "{field}");
    }
    let again = world.call(&world.books, "PUT", "/v1/orders/17", SUM).await;
    assert_eq!(again.json()["invoice"], "100000001");
    let other = world.call(&world.books, "PUT", "/v1/orders/17", r#"{"amount_minor":1}"#).await;
    assert_eq!((other.status, other.kind.as_str()), (409, "application/problem+json"));
    assert_eq!(other.json()["type"], "urn:epay:problem:amount-changed");
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
}

#[tokio::test]
async fn every_answer_leads_an_operator_to_what_happened() {
    let world = World::open().await;
    world.pay(&world.order(&world.books, "17").await, cards::VISA_OK).await;
    let page = format!("{}/console/shops/books/100000001", world.url);
    let order = world.call(&world.reader, "GET", "/v1/orders/17", "").await.json();
    assert_eq!(order["timeline"], page);
    let list = world.call(&world.reader, "GET", "/v1/orders", "").await.json();
    assert_eq!(list["orders"][0]["timeline"], page);
    assert_eq!(world.receiver.told().await.json()["data"]["timeline"], page);
    // Who has not signed in is asked to.
    let answer = world.client.get(&page).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert!(answer.headers()["location"].to_str().unwrap().contains("/console/sign-in"));
}

#[tokio::test]
async fn an_order_is_the_keys_shops_alone() {
    let world = World::open().await;
    world.order(&world.books, "17").await;
    let other = world.call(&world.tools, "GET", "/v1/orders/17", "").await;
    assert_eq!(other.status, 404);
    let other = world.call(&world.tools, "PUT", "/v1/orders/17", r#"{"amount_minor":1}"#).await;
    assert_eq!((other.status, &other.json()["invoice"]), (200, &json!("200000001")));
}

#[tokio::test]
async fn a_refund_under_one_name_is_one_refund() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let page = world.pay(&link, cards::VISA_OK).await;
    assert!(page.contains("Paid. Thank you!"), "{page}");
    let paid = world.call(&world.books, "GET", "/v1/orders/17", "").await.json();
    assert_eq!((&paid["status"], &paid["payer_charged"]), (&json!("paid"), &json!("yes")));
    assert_eq!(paid["card"], "440563...5096");
    for _ in 0..2 {
        let path = "/v1/orders/17/refunds/goods-back";
        let refund = world.call(&world.books, "POST", path, r#"{"amount_minor":200000}"#).await;
        assert_eq!((refund.status, &refund.json()["outcome"]), (200, &json!("done")));
        assert_eq!(refund.json()["order"]["net_captured_minor"], 300_000);
    }
    assert_eq!(world.asked(Endpoint::Refund), 1);
    let path = "/v1/orders/17/refunds/goods-back";
    let other = world.call(&world.books, "POST", path, r#"{"amount_minor":100000}"#).await;
    assert_eq!((other.status, &other.json()["type"]), (409, &json!("urn:epay:problem:not-now")));
}

#[tokio::test]
async fn a_hold_is_captured_or_released() {
    let world = World::open().await;
    for order in ["17", "18"] {
        let link = world.order(&world.tools, order).await;
        let page = world.pay(&link, cards::VISA_OK).await;
        assert!(page.contains("held on your card"), "{page}");
    }
    let capture = r#"{"amount_minor":400000}"#;
    for _ in 0..2 {
        let captured = world.call(&world.tools, "POST", "/v1/orders/17/capture", capture).await;
        assert_eq!(captured.json()["order"]["net_captured_minor"], 400_000, "{captured:?}");
    }
    let voided = world.call(&world.tools, "POST", "/v1/orders/18/void", "").await;
    assert_eq!(voided.json()["order"]["status"], "voided", "{voided:?}");
    let late = world.call(&world.tools, "POST", "/v1/orders/18/capture", capture).await;
    assert_eq!(late.status, 409, "{late:?}");
}

#[tokio::test]
async fn a_capture_or_void_has_a_name_of_its_own_where_the_first_came_to_nothing() {
    let world = World::open().await;
    for order in ["17", "18"] {
        world.pay(&world.order(&world.tools, order).await, cards::VISA_OK).await;
    }
    let step = async |path: &str, sum: u64| {
        let body = json!({ "amount_minor": sum }).to_string();
        world.call(&world.tools, "POST", &format!("/v1/orders/{path}"), &body).await
    };
    for _ in 0..2 {
        let captured = step("17/capture/second", 400_000).await.json();
        assert_eq!(captured["outcome"], "done", "{captured}");
        assert_eq!(captured["order"]["net_captured_minor"], 400_000, "{captured}");
    }
    assert_eq!(step("17/capture/second", 500_000).await.status, 409, "another sum");
    assert_eq!(step("17/capture/third", 400_000).await.status, 409, "it is captured");
    assert_eq!(world.asked(Endpoint::Charge), 1);
    for _ in 0..2 {
        let voided = world.call(&world.tools, "POST", "/v1/orders/18/void/second", "").await.json();
        assert_eq!(voided["order"]["status"], "voided", "{voided}");
    }
    assert_eq!(world.asked(Endpoint::Cancel), 1);
}

#[tokio::test]
async fn the_names_of_steps_that_are_asked_for_by_themselves_are_nobody_elses() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    world.pay(&link, cards::VISA_OK).await;
    let path = "/v1/orders/17/refunds/epay-late-success";
    let refused = world.call(&world.books, "POST", path, r#"{"amount_minor": 100000}"#).await;
    assert_eq!(refused.status, 400);
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("begin with epay-"), "{detail}");
    assert_eq!(world.asked(Endpoint::Refund), 0);
}

#[tokio::test]
async fn what_nobody_knows_is_202_and_then_known() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    world.fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    // The check within the click; the reconciler's may come before we have looked.
    for _ in 0..3 {
        world.fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    }
    let page = world.pay(&link, cards::VISA_OK).await;
    assert!(page.contains("Do not pay again") && page.contains("http-equiv=\"refresh\""), "{page}");
    let unknown = world.call(&world.books, "GET", "/v1/orders/17", "").await;
    assert_eq!((unknown.status, &unknown.json()["status"]), (202, &json!("unknown")));
    assert_eq!(unknown.json()["payer_charged"], "not_known_yet");
    let put = world.call(&world.books, "PUT", "/v1/orders/17", SUM).await;
    assert_eq!(put.status, 202);
    let mut checked = world.call(&world.books, "POST", "/v1/orders/17/check", "").await;
    while checked.status == 202 {
        checked = world.call(&world.books, "POST", "/v1/orders/17/check", "").await;
    }
    assert_eq!((checked.status, &checked.json()["status"]), (200, &json!("paid")));
    assert_eq!(world.asked(Endpoint::Cryptopay), 1);
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say() {
    let world = World::open().await;
    world.order(&world.books, "17").await;
    assert_eq!(world.call(&world.reader, "GET", "/v1/orders/17", "").await.status, 200);
    assert_eq!(world.call(&world.reader, "GET", "/v1/orders", "").await.status, 200);
    for (method, path) in [
        ("PUT", "/v1/orders/18"),
        ("POST", "/v1/orders/17/abandon"),
        ("POST", "/v1/orders/17/capture"),
        ("POST", "/v1/orders/17/void"),
        ("POST", "/v1/orders/17/refunds/a"),
    ] {
        let refused = world.call(&world.reader, method, path, SUM).await;
        assert_eq!((refused.status, &refused.json()["status"]), (403, &json!(403)), "{path}");
        for sent in [None, Some("Bearer epay_guess"), Some("Basic YTpi"), Some("Bearer")] {
            let refused = world.ask(method, path, sent, SUM).await;
            assert_eq!(refused.json()["type"], "urn:epay:problem:unauthorized", "{sent:?} {path}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_a_problem_and_never_a_500() {
    let world = World::open().await;
    world.order(&world.books, "17").await;
    let long = format!("/v1/orders/{}", "a".repeat(129));
    for (method, path, body, expected) in [
        ("PUT", "/v1/orders/18", "", 400),
        ("PUT", "/v1/orders/18", "[]", 400),
        ("PUT", "/v1/orders/18", r#"{"amount_minor":0}"#, 400),
        ("PUT", "/v1/orders/18", r#"{"amount_minor":-1}"#, 400),
        ("PUT", "/v1/orders/18", r#"{"amount_minor":1.5}"#, 400),
        ("PUT", "/v1/orders/18", r#"{"amount_minor":99999999999999999999}"#, 400),
        ("PUT", "/v1/orders/18", r#"{"amount_minor":1,"currency":"EUR"}"#, 400),
        ("PUT", "/v1/orders/18", r#"{"amount":1}"#, 400),
        ("PUT", "/v1/orders/18", r#"{"amount_minor":1,"description":"\n"}"#, 400),
        ("PUT", &long, SUM, 400),
        ("PUT", "/v1/orders/%00", SUM, 400),
        ("PUT", "/v1/orders/%FF", SUM, 400),
        ("PUT", "/v1/orders/18", &"x".repeat(20_000), 413),
        ("GET", "/v1/orders?limit=0", "", 400),
        ("GET", "/v1/orders?limit=101", "", 400),
        ("GET", "/v1/orders?state=sold", "", 400),
        ("GET", "/v1/orders?after=x", "", 400),
        ("GET", "/v1/orders/18", "", 404),
        ("POST", "/v1/orders/17/refunds/a%20b", SUM, 400),
        ("POST", "/v1/orders/17/refunds/void", SUM, 400),
        ("POST", "/v1/orders/17/refunds/a", SUM, 409),
        ("GET", "/v1/nothing", "", 404),
        ("PATCH", "/v1/orders/17", "", 405),
    ] {
        let said = world.call(&world.books, method, path, body).await;
        assert_eq!(said.status, expected, "{method} {path} {body:.60}: {said:?}");
        assert_eq!(said.kind, "application/problem+json", "{method} {path}");
        assert_eq!(said.json()["status"], expected);
    }
}

#[tokio::test]
async fn orders_are_listed_page_by_page_the_newest_first() {
    let world = World::open().await;
    for order in ["1", "2", "3"] {
        world.order(&world.books, order).await;
    }
    world.pay(&world.order(&world.books, "2").await, cards::VISA_OK).await;
    let names = |reply: &super::world::Reply| -> Vec<String> {
        let orders = reply.json()["orders"].as_array().unwrap().clone();
        orders.iter().map(|order| order["order"].as_str().unwrap().to_owned()).collect()
    };
    let (mut all, mut path) = (Vec::new(), "/v1/orders?limit=2".to_owned());
    loop {
        let page = world.call(&world.reader, "GET", &path, "").await;
        all.extend(names(&page));
        match page.json()["after"].as_str() {
            Some(after) => path = format!("/v1/orders?limit=2&after={after}"),
            None => break,
        }
    }
    all.sort();
    assert_eq!(all, ["1", "2", "3"]);
    let paid = world.call(&world.reader, "GET", "/v1/orders?state=paid", "").await;
    assert_eq!(names(&paid), ["2"]);
}

#[tokio::test]
async fn an_order_that_nobody_pays_is_abandoned_and_can_be_paid_all_the_same() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    for _ in 0..2 {
        let ended = world.call(&world.books, "POST", "/v1/orders/17/abandon", "").await;
        assert_eq!((ended.status, &ended.json()["status"]), (200, &json!("not_executed")));
    }
    let page = world.pay(&link, cards::VISA_OK).await;
    assert!(page.contains("Paid. Thank you!"), "{page}");
}

#[tokio::test]
async fn the_document_is_served() {
    let world = World::open().await;
    let document = world.ask("GET", "/v1/openapi.json", None, "").await;
    assert_eq!(document.json()["openapi"], "3.1.0");
    assert!(document.json()["paths"]["/v1/orders/{order}"]["put"].is_object());
}

#[tokio::test]
async fn an_order_that_was_given_back_is_paid_anew_when_the_shop_says_so() {
    let world = World::open().await;
    world.pay(&world.order(&world.books, "17").await, cards::VISA_OK).await;
    let (path, note) = ("/v1/orders/17/retry", r#"{"note": "the payer wants the other card"}"#);
    assert_eq!(world.call(&world.books, "POST", path, note).await.status, 409, "it is paid");
    world.call(&world.books, "POST", "/v1/orders/17/refunds/all", SUM).await;
    let put = world.call(&world.books, "PUT", "/v1/orders/17", SUM).await.json();
    assert_eq!((&put["status"], &put["next_call"]), (&json!("refunded"), &json!("nothing")));
    for wrong in ["", "{}", r#"{"note":"4405 6397 0401 5096"}"#, r#"{"note":"a","sum":1}"#] {
        assert_eq!(world.call(&world.books, "POST", path, wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(world.call(&world.reader, "POST", path, note).await.status, 403);
    for _ in 0..2 {
        let retried = world.call(&world.books, "POST", path, note).await;
        assert_eq!((retried.status, &retried.json()["next_call"]), (200, &json!("checkout")));
    }
    let page = world.pay(&world.order(&world.books, "17").await, cards::VISA_OK).await;
    assert!(page.contains("Paid. Thank you!"), "{page}");
    let paid = world.call(&world.books, "GET", "/v1/orders/17", "").await.json();
    assert_eq!((&paid["status"], &paid["invoice"]), (&json!("paid"), &json!("100000002")));
    assert_eq!(world.asked(Endpoint::Cryptopay), 2);
}

#[tokio::test]
async fn what_the_bank_is_told_of_the_payer_travels_in_the_link_and_nobody_reads_it() {
    let (world, sent) = World::watched("").await;
    let (long, quotes) = ("a".repeat(255), "\\\"".repeat(255));
    for payer in [
        r#"{"email":""}"#,
        r#"{"email":"a\n@b.kz"}"#,
        r#"{"phone":"the old one"}"#,
        r#"{"name":"A B"}"#,
        &format!(r#"{{"account":"{long}a"}}"#),
        &format!(
            r#"{{"account":"{quotes}","email":"{quotes}"}},"description":"{}""#,
            "\\\"".repeat(125)
        ),
    ] {
        let body = format!(r#"{{"amount_minor":500000,"payer":{payer}}}"#);
        let refused = world.call(&world.books, "PUT", "/v1/orders/17", &body).await;
        assert_eq!(refused.status, 400, "{payer}: {refused:?}");
    }
    let payer = r#"{"email":"arman@example.kz","phone":"+77771232380","account":"payer-7"}"#;
    let body = format!(r#"{{"amount_minor":500000,"payer":{payer}}}"#);
    let put = world.call(&world.books, "PUT", "/v1/orders/17", &body).await.json();
    let link = put["checkout_url"].as_str().unwrap();
    sent.lock().unwrap().clear();
    assert!(world.pay(link, cards::VISA_OK).await.contains("Paid. Thank you!"));
    let seen = String::from_utf8_lossy(&sent.lock().unwrap()).into_owned();
    assert!(seen.contains(link.rsplit('/').next().unwrap()), "{seen}");
    let said = URL_SAFE_NO_PAD.decode(link.rsplit('/').next().unwrap()).unwrap();
    assert!(!String::from_utf8_lossy(&said).contains("arman"), "anybody could read it");
    // What it was told of the payer the bank says in its callback, which comes by the same way.
    let called_back = async {
        let says = |what: &str| String::from_utf8_lossy(&sent.lock().unwrap()).contains(what);
        while !["arman@example.kz", "+77771232380", "payer-7"].into_iter().all(says) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), called_back).await.unwrap();
}

//! Apple Pay in an app: what its token may do, what pays, what is refused, and 3-D Secure in a web view.

use super::checkout::{hidden, posted};
use super::wallet::{Apple, Opens};
use super::world::{Reply, World};
use epay_fakebank::{Endpoint, cards};
use serde_json::{Value, json};

const PRICE: u64 = 500_000;

async fn token(world: &World, order: &str) -> String {
    world.order(&world.books, order).await;
    let path = format!("/v1/orders/{order}/app-token");
    let given = world.call(&world.books, "POST", &path, "").await.json();
    assert!(given["expires"].as_u64().is_some(), "{given}");
    given["token"].as_str().unwrap().to_owned()
}

async fn call(world: &World, token: &str, method: &str, path: &str, body: &str) -> Reply {
    world.ask(method, path, Some(&format!("Bearer {token}")), body).await
}

async fn pay(world: &World, token: &str, order: &str, payment_data: &str) -> Reply {
    let body = format!("{{\"paymentData\":{payment_data}}}");
    call(world, token, "POST", &format!("/v1/orders/{order}/apple-pay"), &body).await
}

#[tokio::test]
async fn a_token_of_the_device_pays_and_the_same_call_again_is_the_same() {
    for opens in [Opens::Bank, Opens::Us] {
        let apple = Apple::open().await;
        let world = World::with(&apple.lines(opens)).await;
        let app = token(&world, "17").await;
        let data = apple.pays(PRICE).mint().json;
        // More often than an order may be tried.
        for _ in 0..12 {
            let paid = pay(&world, &app, "17", &data).await;
            assert_eq!((paid.status, &paid.json()["status"]), (200, &json!("paid")), "{paid:?}");
        }
        assert_eq!(world.asked(Endpoint::Cryptopay), 1);
        let seen = call(&world, &app, "GET", "/v1/orders/17", "").await.json();
        assert_eq!(seen["payer_charged"], "yes");
        assert_eq!((seen.get("checkout_url"), seen.get("timeline")), (None, None), "{seen}");
        let other = token(&world, "18").await;
        let replayed = pay(&world, &other, "18", &data).await;
        assert_eq!(replayed.status, 400, "{replayed:?}");
        assert_eq!(world.asked(Endpoint::Cryptopay), 1);
    }
}

#[tokio::test]
async fn an_apps_token_pays_its_order_and_does_nothing_else() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Us)).await;
    let (app, other) = (token(&world, "17").await, token(&world, "18").await);
    let data = apple.pays(PRICE).mint().json;
    assert_eq!(pay(&world, &other, "17", &data).await.status, 403);
    assert_eq!(call(&world, &other, "GET", "/v1/orders/17", "").await.status, 403);
    for (method, path) in [
        ("PUT", "/v1/orders/17"),
        ("POST", "/v1/orders/17/app-token"),
        ("POST", "/v1/orders/17/abandon"),
        ("POST", "/v1/orders/17/check"),
        ("POST", "/v1/orders/17/refunds/1"),
        ("GET", "/v1/orders"),
        ("GET", "/v1/events"),
    ] {
        let refused = call(&world, &app, method, path, "{}").await;
        assert_eq!(refused.status, 401, "{method} {path}: {refused:?}");
    }
    // Who may only look gets none, and a link is none either.
    let reader = world.call(&world.reader, "POST", "/v1/orders/17/app-token", "").await;
    assert_eq!(reader.status, 403);
    let link = world.order(&world.books, "17").await;
    let link = link.rsplit_once('/').unwrap().1;
    for forged in [
        format!("app.books.{link}"),
        app.replacen("books", "tools", 1),
        format!("{app}x"),
        "app.books.".to_owned(),
        "app.nobody.a.b".to_owned(),
    ] {
        assert_eq!(pay(&world, &forged, "17", &data).await.status, 401, "{forged}");
    }
    let page = world.client.get(format!("{}/pay/books/{}", world.url, &app["app.books.".len()..]));
    assert_eq!(page.send().await.unwrap().status(), 404);
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
}

#[tokio::test]
async fn what_is_no_token_or_for_another_sum_is_a_problem_and_never_a_charge() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Us)).await;
    let deep = "[".repeat(5_000);
    for (number, data) in [
        apple.pays(PRICE - 1).mint().json.as_str(),
        apple.pays(PRICE).currency("840").mint().json.as_str(),
        apple.pays(PRICE).signed_at(1_795_000_000).mint().json.as_str(),
        "{}",
        "null",
        "\"4405639704015096\"",
        "",
        &deep,
        "1}, \"x\": {",
    ]
    .into_iter()
    .enumerate()
    {
        let order = format!("bad-{number}");
        let app = token(&world, &order).await;
        let refused = pay(&world, &app, &order, data).await;
        assert_eq!((refused.status, refused.kind.as_str()), (400, "application/problem+json"));
        assert!(!refused.text.contains("4405639704015096"), "{refused:?}");
    }
    let app = token(&world, "17").await;
    let large = format!("\"{}\"", "a".repeat(20_000));
    assert_eq!(pay(&world, &app, "17", &large).await.status, 413);
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
    let none = world.order(&world.tools, "17").await;
    assert!(none.contains("/pay/tools/"));
    let path = "/v1/orders/17/apple-pay";
    assert_eq!(world.call(&world.tools, "POST", path, "{\"paymentData\":{}}").await.status, 404);
}

#[tokio::test]
async fn three_d_secure_goes_through_a_web_view_and_comes_to_the_return_address() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Us)).await;
    let app = token(&world, "17").await;
    let data = apple.pays(PRICE).card(cards::THREE_DS).mint().json;
    let asks: Value = pay(&world, &app, "17", &data).await.json();
    assert_eq!(asks["status"], "awaiting_payer", "{asks}");
    let there = asks["confirm_url"].as_str().unwrap();
    let challenge = world.page(there).await;
    let mut fields = hidden(&challenge);
    let back = fields.iter().find(|(name, _)| name == "TermUrl").unwrap().1.clone();
    fields.push(("choice".to_owned(), "approve".to_owned()));
    let issuer = format!("{}acs/answer", world.bank.console_url());
    let (_, _, way_back) = world.post(&issuer, posted(&fields)).await;
    for _ in 0..2 {
        let (status, to, _) = world.post(&back, posted(&hidden(&way_back))).await;
        assert_eq!((status, to.as_deref()), (303, Some("https://shop.example.kz/books/17")));
    }
    // A web view that is opened again has nothing to ask.
    let again = world.client.get(there).send().await.unwrap();
    assert_eq!(again.headers()["location"], "https://shop.example.kz/books/17");
    let paid = call(&world, &app, "GET", "/v1/orders/17", "").await.json();
    assert_eq!((&paid["status"], paid.get("confirm_url")), (&json!("paid"), None));
    assert_eq!(world.asked(Endpoint::Confirm), 1);
}

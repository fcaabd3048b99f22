//! A shop that sees no card: its payers are handed over to the bank's form, and nothing but that pays here.

use super::world::World;
use epay_fakebank::{Endpoint, cards};

const BANK_FORM: &str = "checkout = 'bank-form'";

#[tokio::test]
async fn the_page_may_load_the_banks_script_and_no_other() {
    let world = World::with(BANK_FORM).await;
    let link = world.order(&world.books, "17").await;
    let shown = world.client.post(format!("{link}/bank")).send().await.unwrap();
    assert_eq!(shown.headers()["cache-control"], "no-store");
    let policy = shown.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let script = format!("{}/payform/payment-api.js", world.bank.form_url());
    assert!(policy.ends_with(&format!("; script-src 'self' {script}")), "{policy}");
    let page = shown.text().await.unwrap();
    assert!(page.contains(&format!("<script src=\"{script}\" defer>")), "{page}");
    let back = "/back/en&quot;,&quot;failureBackLink";
    assert!(page.contains("&quot;invoiceId&quot;:&quot;100000001&quot;"), "{page}");
    assert!(page.contains(back) && page.contains("/shops/books/callback"), "{page}");
    let order = world.call(&world.books, "GET", "/v1/orders/17", "").await.json();
    assert_eq!(
        (&order["status"], &order["next_call"]),
        (&"awaiting_payer".into(), &"checkout".into())
    );
}

#[tokio::test]
async fn whoever_only_looks_hands_nobody_over() {
    let world = World::with(BANK_FORM).await;
    let link = world.order(&world.books, "17").await;
    for path in ["", "/bank", "/back/en"] {
        let page = world.page(&format!("{link}{path}")).await;
        assert!(!page.contains("access_token"), "{page}");
    }
    let (status, to, _) = world.post(&format!("{link}/continue"), String::new()).await;
    assert_eq!((status, to), (303, Some(format!("{link}?lang=en"))));
    let order = world.call(&world.books, "GET", "/v1/orders/17", "").await.json();
    assert_eq!(order["status"], "new");
}

#[tokio::test]
async fn each_shop_takes_cards_where_it_says() {
    let world = World::with(BANK_FORM).await;
    // The page of a shop that takes cards has the key; posted to one that does not, it pays nothing.
    let tools = world.order(&world.tools, "17").await;
    let sealed = world.sealed(&world.page(&tools).await, cards::VISA_OK);
    let sealed = sealed.replace("200000001", "100000001");
    let books = world.order(&world.books, "17").await;
    assert_eq!(world.post(&books, sealed).await.0, 303);
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
    let (status, to, _) = world.post(&format!("{tools}/bank"), String::new()).await;
    assert_eq!((status, to.is_some()), (303, true));
    let order = world.call(&world.tools, "GET", "/v1/orders/17", "").await.json();
    assert_eq!(order["status"], "new");
}

#[tokio::test]
async fn a_form_that_is_asked_for_again_and_again_is_of_one_invoice_and_ends() {
    let world = World::with(BANK_FORM).await;
    let link = world.order(&world.books, "17").await;
    for _ in 0..10 {
        let (status, _, page) = world.post(&format!("{link}/bank"), String::new()).await;
        assert_eq!(status, 200);
        assert!(page.contains("&quot;invoiceId&quot;:&quot;100000001&quot;"), "{page}");
    }
    let (status, _, page) = world.post(&format!("{link}/bank"), String::new()).await;
    assert_eq!((status, page.contains("access_token")), (429, false));
}

//! Apple Pay at the checkout: tokens of the fake wallet, opened by the bank or by us, and what is refused before the bank is asked.

use super::wallet::{Apple, Opens, now};
use super::world::{World, form};
use epay_fakebank::{Endpoint, cards};
use epay_fakewallet::GatewayAnswer;
use epay_serve::Config;
use serde_json::{Value, json};

const PRICE: u64 = 500_000;

/// What the sheet is told of this token, brought for the page as it is.
async fn bring(world: &World, link: &str, token: &str) -> Value {
    let page = world.page(link).await;
    let (_, seen) = page.split_once("data-seen=\"").unwrap_or_else(|| panic!("{page}"));
    bring_for(world, link, token, seen.split_once('"').unwrap().0).await
}

async fn bring_for(world: &World, link: &str, token: &str, seen: &str) -> Value {
    let body = form(&[("payment_data", token), ("seen", seen)]);
    let (status, _, text) = world.post(&format!("{link}/apple-pay"), body).await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_token_pays_once_whoever_opens_it() {
    for opens in [Opens::Bank, Opens::Us] {
        let apple = Apple::open().await;
        let world = World::with(&apple.lines(opens)).await;
        let link = world.order(&world.books, "17").await;
        let token = apple.pays(PRICE).mint().json;
        let told = bring(&world, &link, &token).await;
        assert_eq!(told, json!({ "done": true, "page": format!("{link}?lang=en") }));
        assert!(world.page(&link).await.contains("Paid. Thank you!"));
        // The page of another tab, and the same token for another order.
        let again = bring_for(&world, &link, &token, "100000001 new").await;
        assert_eq!(again["done"], true);
        let other = world.order(&world.books, "18").await;
        let told = bring(&world, &other, &token).await;
        assert_eq!((&told["done"], told.get("page")), (&json!(false), None), "{told}");
        assert!(told["said"].as_str().unwrap().contains("not charged"));
        assert_eq!(world.asked(Endpoint::Cryptopay), 1);
    }
}

#[tokio::test]
async fn what_is_no_good_is_refused_and_the_bank_is_not_asked() {
    let apple = Apple::open().await;
    let stranger = apple.wallet.merchant("merchant.kz.example.stranger");
    for opens in [Opens::Bank, Opens::Us] {
        let world = World::with(&apple.lines(opens)).await;
        let good = apple.pays(PRICE).mint().json;
        let old = apple.pays(PRICE).signed_at(now() - 400).mint().json;
        let changed = good.replacen("\"data\":\"A", "\"data\":\"B", 1);
        let changed =
            if changed == good { good.replacen("\"data\":\"", "\"data\":\"A", 1) } else { changed };
        let mut bad = vec![old, changed];
        bad.extend(
            ["", "{}", "[]", "null", "{\"version\":\"EC_v1\"}", "<script>"].map(str::to_owned),
        );
        bad.push("[".repeat(5_000));
        if opens == Opens::Us {
            // What is inside only the one who opens it can see.
            bad.push(apple.pays(1).mint().json);
            bad.push(apple.pays(PRICE).currency("840").mint().json);
            bad.push(apple.wallet.pay(&stranger).amount(PRICE).currency("398").mint().json);
        }
        for (number, token) in bad.iter().enumerate() {
            let link = world.order(&world.books, &format!("{number}")).await;
            let told = bring(&world, &link, token).await;
            assert_eq!(
                (&told["done"], told.get("page")),
                (&json!(false), None),
                "{number}: {token}"
            );
        }
        assert_eq!(world.asked(Endpoint::Cryptopay), 0);
    }
}

#[tokio::test]
async fn a_decline_is_told_and_the_payer_may_try_again() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Us)).await;
    let link = world.order(&world.books, "17").await;
    let token = apple.pays(PRICE).card(cards::INSUFFICIENT_FUNDS).mint().json;
    let told = bring(&world, &link, &token).await;
    assert_eq!((&told["done"], told.get("page").is_some()), (&json!(false), true));
    assert!(world.page(&link).await.contains("not enough money"));
    assert_eq!(bring(&world, &link, &apple.pays(PRICE).mint().json).await["done"], true);
}

#[tokio::test]
async fn apple_is_asked_for_whoever_has_a_link() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Bank)).await;
    let link = world.order(&world.books, "17").await;
    let own = link.rsplit_once('/').unwrap().1;
    let session = |link: &str| format!("{}/shops/books/apple-pay/session?link={link}", world.url);
    for (link, status) in [(own, 200), ("17", 404), ("", 404)] {
        assert_eq!(world.post(&session(link), String::new()).await.0, status, "{link}");
    }
    assert_eq!(apple.gateway.asked().len(), 1);
    apple.gateway.answer_next(GatewayAnswer::Status(417));
    assert_eq!(world.post(&session(own), String::new()).await.0, 502);
    let none = format!("{}/shops/tools/apple-pay/session?link={own}", world.url);
    assert_eq!(world.post(&none, String::new()).await.0, 404);
}

#[tokio::test]
async fn the_host_is_proven_where_apple_looks() {
    let apple = Apple::open().await;
    apple.write("association", "what the portal gave");
    let mut world = World::with(&apple.lines(Opens::Bank)).await;
    let path = "/.well-known/apple-developer-merchantid-domain-association";
    assert_eq!(world.ask("GET", path, None, "").await.status, 404);
    let text = std::fs::read_to_string(world.config()).unwrap();
    let association = apple.file("association");
    let text = format!("apple_domain_association = '{}'\n{text}", association.display());
    std::fs::write(world.config(), text).unwrap();
    world.tell_to_stop().await.unwrap();
    world.start().await;
    assert_eq!(world.ask("GET", path, None, "").await.text, "what the portal gave");
}

#[tokio::test]
async fn each_mistake_with_certificates_is_said_in_words() {
    let apple = Apple::open().await;
    let world = World::with(&apple.lines(Opens::Us)).await;
    let good = std::fs::read_to_string(world.config()).unwrap();
    apple
        .write_pair("stranger", apple.wallet.merchant("merchant.kz.example.stranger").processing());
    apple.write_pair("foreign", apple.wallet.merchant("merchant.kz.example.stranger").identity());
    let bank = format!("'{}'", world.bank.console_url());
    for (from, to, says) in [
        ("", "", ""),
        ("identity.pem", "processing.pem", "not a merchant identity certificate"),
        ("identity.pem", "foreign.pem", "identity_certificate: it is another merchant's"),
        ("identity.key", "processing.key", "apple_pay.identity_key: "),
        ("processing.pem", "identity.pem", "this is the merchant identity certificate"),
        ("processing.key", "stranger.key", "the private key is not the certificate's"),
        ("expiry = 'yymmdd'", "", "apple_pay.expiry: ask the bank"),
        ("identity.key", "nobody.key", "nobody.key"),
        ("domain = 'pay", "domain = 'https://pay", "apple_pay.merchant_id or domain: "),
        (&bank, "'production'", "apple_pay.fake_wallet: only allowed with the fake bank"),
    ] {
        std::fs::write(world.config(), good.replacen(from, to, 1)).unwrap();
        let found = Config::read(world.config()).unwrap().check();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        let wrong = found.iter().any(|line| line.starts_with("wrong: ") && line.contains(says));
        assert!(wrong || says.is_empty(), "{to}: {found:#?}");
        assert!(!says.is_empty() || !found.iter().any(|line| line.contains("wrong")), "{found:#?}");
    }
}

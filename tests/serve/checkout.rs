//! The payer's pages, without a browser: links, forms posted twice, 3-D Secure, and what never comes here.

use super::world::{World, form};
use epay_fakebank::{Endpoint, cards};

#[tokio::test]
async fn no_typed_field_has_a_name_and_the_policy_lets_nothing_else_in() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let answer = world.client.get(&link).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let page = answer.text().await.unwrap();
    let named: Vec<&str> =
        page.split("<input").skip(1).filter(|input| input.contains(" name=")).collect();
    assert!(named.iter().all(|input| input.contains("type=\"hidden\"")), "{named:?}");
    assert_eq!(named.len(), 3);
    assert!(page.contains("<noscript>") && page.contains(" hidden "), "{page}");
    assert!(!page.contains("<style") && !page.contains("style="), "{page}");
}

#[tokio::test]
async fn a_link_is_the_shops_own_and_says_nothing_else() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    for changed in [
        link.replace("/pay/books/", "/pay/tools/"),
        link.replace("/pay/books/", "/pay/nobody/"),
        format!("{link}x"),
        format!("{}/pay/books/17", world.url),
    ] {
        let answer = world.client.get(&changed).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{changed}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("not valid any more") || page.contains("недействительна"), "{page}");
    }
}

#[tokio::test]
async fn a_form_that_was_posted_before_pays_nothing_again() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let sealed = world.sealed(&world.page(&link).await, cards::INSUFFICIENT_FUNDS);
    for _ in 0..3 {
        let (status, to, _) = world.post(&link, sealed.clone()).await;
        assert_eq!(status, 303);
        let page = world.page(&to.unwrap()).await;
        assert!(page.contains("data-key"), "another card: {page}");
    }
    assert_eq!(world.asked(Endpoint::Cryptopay), 1);
    let page = world.pay(&link, cards::VISA_OK).await;
    assert!(page.contains("Paid. Thank you!"), "{page}");
    assert!(page.contains("https://shop.example.kz/books/17"), "{page}");
    assert_eq!(world.asked(Endpoint::Cryptopay), 2);
}

#[tokio::test]
async fn two_tabs_at_once_are_one_payment() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let page = world.page(&link).await;
    let [one, two] = [(); 2].map(|()| world.sealed(&page, cards::VISA_OK));
    let (one, two) = tokio::join!(world.post(&link, one), world.post(&link, two));
    assert_eq!((one.0, two.0), (303, 303));
    assert_eq!(world.asked(Endpoint::Cryptopay), 1);
}

#[tokio::test]
async fn cards_are_not_tried_out() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    for _ in 0..10 {
        let page = world.pay(&link, cards::INSUFFICIENT_FUNDS).await;
        assert!(page.contains("data-key"), "{page}");
    }
    let sealed = world.sealed(&world.page(&link).await, cards::VISA_OK);
    let (status, _, page) = world.post(&link, sealed).await;
    assert_eq!(status, 429, "{page}");
    assert_eq!(world.asked(Endpoint::Cryptopay), 10);
}

#[tokio::test]
async fn an_address_tries_no_cards_out_at_many_orders_either() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let sealed = world.sealed(&world.page(&link).await, cards::INSUFFICIENT_FUNDS);
    let post = async |link: &str, sealed: &str, from: &str| {
        let request = world.client.post(link).body(sealed.to_owned());
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.header("x-forwarded-for", from).send().await.unwrap().status().as_u16()
    };
    // Whatever they write themselves stands before what our proxy has seen.
    let mine = |number: usize| format!("9.9.9.{}, 5.6.7.8", number % 200);
    for number in 0..100 {
        let page = world.page(&link).await;
        let sealed = if page.contains("data-key") {
            world.sealed(&page, cards::INSUFFICIENT_FUNDS)
        } else {
            sealed.clone()
        };
        post(&link, &sealed, &mine(number)).await;
    }
    let asked = world.asked(Endpoint::Cryptopay);
    let other = world.order(&world.books, "18").await;
    let sealed = world.sealed(&world.page(&other).await, cards::VISA_OK);
    assert_eq!(post(&other, &sealed, &mine(7)).await, 429);
    assert_eq!(world.asked(Endpoint::Cryptopay), asked);
    assert_eq!(post(&other, &sealed, "9.9.9.9").await, 303, "another payer pays");
    assert_eq!(world.asked(Endpoint::Cryptopay), asked + 1);
}

#[tokio::test]
async fn what_was_typed_by_hand_is_not_taken_for_a_cryptogram() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let page = world.page(&link).await;
    let seen = page.split_once("name=\"seen\" value=\"").unwrap().1.split_once('"').unwrap().0;
    for cryptogram in ["", "4405639704015096", &"<".repeat(684)] {
        let typed = form(&[("cryptogram", cryptogram), ("holder", "A B"), ("seen", seen)]);
        let (status, _, _) = world.post(&link, typed).await;
        assert_eq!(status, 303);
    }
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
}

/// The hidden fields of a page, whose values need no unescaping but for `=` and `&`.
pub(crate) fn hidden(page: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        Some(rest.split_once('"')?.0.replace("&#61;", "=").replace("&amp;", "&"))
    };
    let tags = page.split("<input").skip(1);
    tags.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect()
}

pub(crate) fn posted(fields: &[(String, String)]) -> String {
    form(&fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>())
}

#[tokio::test]
async fn a_payer_passes_3_d_secure_and_sees_what_became_of_it() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let sealed = world.sealed(&world.page(&link).await, cards::THREE_DS);
    let (status, _, challenge) = world.post(&link, sealed).await;
    assert_eq!(status, 200);
    // They came back by hand, and go on.
    assert!(world.page(&link).await.contains("Your bank waits for you to confirm"));
    let (_, _, again) = world.post(&format!("{link}/continue"), String::new()).await;
    assert_eq!(hidden(&again), hidden(&challenge));

    let mut fields = hidden(&challenge);
    let back = fields.iter().find(|(name, _)| name == "TermUrl").unwrap().1.clone();
    fields.push(("choice".to_owned(), "approve".to_owned()));
    let issuer = format!("{}acs/answer", world.bank.console_url());
    let (_, _, way_back) = world.post(&issuer, posted(&fields)).await;
    for _ in 0..2 {
        let (status, to, _) = world.post(&back, posted(&hidden(&way_back))).await;
        assert_eq!(status, 303);
        assert!(world.page(&to.unwrap()).await.contains("Paid. Thank you!"));
    }
    assert_eq!(world.asked(Endpoint::Confirm), 1);
}

#[tokio::test]
async fn a_payer_who_was_declined_at_3_d_secure_is_still_known_and_reads_their_language() {
    let world = World::open().await;
    let body =
        r#"{"amount_minor":500000,"description":"Three books","payer":{"email":"a@example.kz"}}"#;
    let put = world.call(&world.books, "PUT", "/v1/orders/17", body).await.json();
    let link = put["checkout_url"].as_str().unwrap();
    let sealed = world.sealed(&world.page(link).await, cards::THREE_DS);
    let (_, _, challenge) = world.post(&format!("{link}?lang=kk"), sealed).await;
    let mut fields = hidden(&challenge);
    let back = fields.iter().find(|(name, _)| name == "TermUrl").unwrap().1.clone();
    fields.push(("choice".to_owned(), "decline".to_owned()));
    let issuer = format!("{}acs/answer", world.bank.console_url());
    let (_, _, way_back) = world.post(&issuer, posted(&fields)).await;
    let (_, to, _) = world.post(&back, posted(&hidden(&way_back))).await;
    let to = to.unwrap();
    assert_eq!(to, format!("{link}?lang=kk"), "the link that knows the payer");
    let page = world.page(&to).await;
    assert!(page.contains("Three books") && page.contains("Карта нөмірі"), "{page}");
}

#[tokio::test]
async fn a_payer_who_leaves_3_d_secure_takes_another_card() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let sealed = world.sealed(&world.page(&link).await, cards::THREE_DS);
    assert_eq!(world.post(&link, sealed).await.0, 200);
    let (status, to, _) = world.post(&format!("{link}/another"), String::new()).await;
    assert_eq!(status, 303);
    assert!(world.page(&to.unwrap()).await.contains("data-key"));
    let page = world.pay(&link, cards::VISA_OK).await;
    assert!(page.contains("Paid. Thank you!"), "{page}");
    // Where there is no challenge the bank is asked nothing.
    let asked = world.asked(Endpoint::Status);
    for _ in 0..3 {
        assert_eq!(world.post(&format!("{link}/another"), String::new()).await.0, 303);
    }
    assert_eq!(world.asked(Endpoint::Status), asked);
}

#[tokio::test]
async fn each_language_is_shown_in_its_words() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    for (lang, words) in [("ru", "Номер карты"), ("kk", "Карта нөмірі"), ("en", "Card number")]
    {
        let page = world.page(&format!("{link}?lang={lang}")).await;
        assert!(page.contains(words) && page.contains(&format!("<html lang=\"{lang}\"")), "{page}");
    }
}

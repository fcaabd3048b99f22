//! The checkout of `epay serve`: the card is sealed in the browser, and the page tells the truth until the end.

use crate::driver::Browser;
use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use epay_fakebank::{Endpoint, FaultKind, SANDBOX_TERMINAL, cards};
use rsa::pkcs8::DecodePrivateKey;
use serde_json::{Value, json};

const BOTH: usize = 2;

/// The functions of the page's own script, called a hundred times with another code each.
const SEAL_A_HUNDRED: &str = "const form = document.getElementById('card'), done = arguments[0];
    const card = (code) => JSON.stringify({ hpan: '4405639704015096', expDate: '0127',
        cvc: String(code).padStart(3, '0'), terminalId: form.dataset.terminal });
    numbersOf(form.dataset.key).then((key) => {
        const began = performance.now(), all = [];
        for (let i = 0; i < 100; i += 1) all.push(seal(card(FIRST + i), key));
        done({ all, took: performance.now() - began });
    });";

/// A browser on the page of a new order of 5000 tenge.
async fn visit(world: &World) -> Browser {
    let link = world.order(&world.books, "17").await;
    let browser = Browser::start(true).await;
    browser.go(&link).await;
    browser
}

/// Types a card as people do.
async fn type_card(browser: &Browser, number: &str) {
    browser.fill("#card-number", &grouped(number)).await;
    browser.fill("#card-expiry", "01/27").await;
    browser.fill("#card-code", "321").await;
    browser.fill("#card-holder", "Arman  Ali").await;
}

pub(crate) async fn pay(browser: &Browser, number: &str) {
    type_card(browser, number).await;
    browser.click("#card button").await;
}

fn grouped(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    digits.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// Nothing failed and nothing was refused on any page so far.
async fn close(browser: Browser) {
    assert_eq!(browser.complaints().await, [""; 0]);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_paid_with_and_its_number_goes_nowhere() {
    let (world, sent) = World::watched("").await;
    let browser = visit(&world).await;
    type_card(&browser, cards::VISA_OK).await;
    browser.fill("#card-holder", "\n").await; // by the keyboard
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    browser.back().await;
    browser.reload().await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    assert_eq!(world.asked(Endpoint::Cryptopay), 1);

    let sent = String::from_utf8_lossy(&sent.lock().unwrap()).into_owned();
    assert!(sent.contains("cryptogram=") && sent.contains("holder=ARMAN+ALI"), "{sent}");
    for typed in [cards::VISA_OK.to_owned(), grouped(cards::VISA_OK)] {
        let plus = typed.replace(' ', "+");
        let escaped = typed.replace(' ', "%20");
        for form in [&typed, &plus, &escaped, &STANDARD.encode(&typed)] {
            assert!(!sent.contains(form.as_str()), "{form}");
        }
    }
    assert!(!sent.contains("01%2F27") && !sent.contains("=321"), "{sent}");
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_decline_the_payer_reads_why_and_takes_another_card() {
    let world = World::open().await;
    let browser = visit(&world).await;
    pay(&browser, cards::INSUFFICIENT_FUNDS).await;
    let why = browser.text(".said.bad").await;
    assert!(why.contains("not enough money"), "{why}");
    pay(&browser, cards::VISA_OK).await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_mistyped_is_said_and_nothing_is_sent() {
    let (world, sent) = World::watched("").await;
    let browser = visit(&world).await;
    pay(&browser, "4405639704015097").await;
    assert_eq!(browser.text("#wrong").await, "Check the card number.");
    assert_eq!(world.asked(Endpoint::Cryptopay), 0);
    assert!(!String::from_utf8_lossy(&sent.lock().unwrap()).contains("POST /pay"));
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payer_passes_3_d_secure_and_comes_back_to_the_truth() {
    for (choice, selector, expected) in
        [("approve", ".good", "Paid. Thank you!"), ("decline", ".said.bad", "was not confirmed")]
    {
        let world = World::open().await;
        let browser = visit(&world).await;
        pay(&browser, cards::THREE_DS).await;
        browser.click(&format!("button[value={choice}]")).await;
        let said = browser.text(selector).await;
        assert!(said.contains(expected), "{choice}: {said}");
        browser.reload().await;
        assert_eq!(browser.text(selector).await, said);
        assert_eq!(world.asked(Endpoint::Confirm), 1);
        close(browser).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_turns_to_paid_by_itself() {
    let world = World::open().await;
    let browser = visit(&world).await;
    world.fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
    for _ in 0..BOTH {
        world.fault(Endpoint::Status, FaultKind::CutBeforeEffect);
    }
    pay(&browser, cards::VISA_OK).await;
    let said = browser.text(".said.wait").await;
    assert!(said.contains("Do not pay again"), "{said}");
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    assert_eq!(world.asked(Endpoint::Cryptopay), 1);
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clicks_in_a_row_are_one_payment() {
    let world = World::open().await;
    let browser = visit(&world).await;
    type_card(&browser, cards::VISA_OK).await;
    let twice =
        "const b = document.querySelector('#card button'); b.click(); b.click(); arguments[0]()";
    browser.run(twice).await;
    assert_eq!(browser.text(".good").await, "Paid. Thank you!");
    assert_eq!(world.asked(Endpoint::Cryptopay), 1);
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_script_there_is_no_card_form_and_a_clear_word() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let browser = Browser::start(false).await;
    browser.go(&link).await;
    let said = browser.text("noscript .said").await;
    assert!(said.contains("JavaScript is needed"), "{said}");
    assert!(!browser.sees("#card").await);
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_nothing_sticks_out() {
    let world = World::open().await;
    let link = world.order(&world.books, "17").await;
    let browser = Browser::start(true).await;
    browser.phone().await;
    for language in ["ru", "kk", "en"] {
        browser.go(&format!("{link}?lang={language}")).await;
        assert!(browser.sees("#card").await);
        assert_eq!(browser.width().await, 390, "{language}");
    }
    close(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_cryptograms_are_opened_by_the_bank() {
    let world = World::open().await;
    let browser = visit(&world).await;
    let pem = include_str!("../../crates/epay-fakebank/keys/fixed-private.pem");
    let key = rsa::PrivateKey::from_pkcs8_pem(pem).unwrap();
    let mut milliseconds = 0.0;
    for hundred in 0..10 {
        let made =
            browser.run(&SEAL_A_HUNDRED.replace("FIRST", &(hundred * 100).to_string())).await;
        for (index, cryptogram) in made["all"].as_array().unwrap().iter().enumerate() {
            let sealed = STANDARD.decode(cryptogram.as_str().unwrap()).unwrap();
            let opened = key.pkcs1v15_decrypt(&sealed).unwrap();
            let opened: Value = serde_json::from_slice(&opened).unwrap();
            let expected = json!({
                "hpan": "4405639704015096",
                "expDate": "0127",
                "cvc": format!("{:03}", hundred * 100 + index),
                "terminalId": SANDBOX_TERMINAL,
            });
            assert_eq!(opened, expected);
        }
        milliseconds += made["took"].as_f64().unwrap();
    }
    println!("sealing a card takes {:.1} ms", milliseconds / 1000.0);
    close(browser).await;
}

//! Writing a request and reading its answer, through the gateway and an answer from memory, beside serde_json alone.

use std::hint::black_box;

use epay_domain::{Gateway, Money, SealedMethod, ThreeDsAnswer};
use epay_http::{Bank as _, PostLink};
use serde_json::Value;

use crate::{
    measure, row,
    shop::{self, Exchange, ready},
};

const ADDRESS: &str = "127.0.0.1:8080";
/// As the bank's page shows one.
const POST_LINK: &[u8] = br#"{"id":"7943816b-58a8-4b1e-9f7b-0a1b2c3d4e5f","dateTime":"2026-11-25T15:38:56.5+06:00",
"invoiceId":"100000017","invoiceIdAlt":"","amount":5000,"currency":"KZT","terminal":"67e34d63-102f-4bd1-898e-370781d0074d",
"accountId":"uuid000001","description":"Order 17","language":"rus","cardMask":"440563...5096","cardType":"VISA",
"issuer":"Halyk Bank","reference":"114537489258","secure":"no","secureDetails":"","tokenRecipient":"","code":"ok",
"reason":"success","reasonCode":0,"name":"ARMAN ALI","email":"a@example.com","phone":"77777777777","ip":"203.0.113.7",
"ipCountry":"Kazakhstan","ipCity":"Almaty","ipRegion":"","ipDistrict":"","ipLongitude":76.9286,"ipLatitude":43.2567,
"cardId":"5ab8b4c5-1f6d-4d9e-8a4e-0123456789ab","approvalCode":"123456","secret_hash":"h-6b2f0e1c"}"#;
const FLOOR: &str = "the same json as a serde_json::Value";

pub(crate) fn rows() {
    let recorded = shop::recorded(ADDRESS);
    let gateway = shop::gateway(recorded.transport(), ADDRESS).with_wire(shop::shared());
    let (order, sum, held) = (shop::order(), Money::tiyn(5_000_00), &recorded.held);
    let (charge, cancel, refund) =
        (shop::step("charge-1"), shop::step("cancel-1"), shop::step("refund-1"));
    // As long as a real one.
    let cryptogram = "A".repeat(684);
    let pay = || {
        let method = SealedMethod::card(cryptogram.clone());
        drop(black_box(ready(gateway.authorize(held, method, &order)).unwrap()));
    };
    let floors = ["token", "cryptopay"].map(|part| floor(recorded.of(part)));
    let pair = measure::pair(1, pay, || floors.iter().for_each(|floor| floor()));
    row::beside("encode and decode oauth_token and cryptopay", FLOOR, &pair, None);
    let look = || drop(black_box(ready(gateway.status(held)).unwrap()));
    let pair = measure::pair(1, look, floor(recorded.of("check-status")));
    row::beside("encode and decode status", FLOOR, &pair, None);

    let read = || drop(black_box(PostLink::read(black_box(POST_LINK)).unwrap()));
    let value = || drop(black_box(serde_json::from_slice::<Value>(black_box(POST_LINK)).unwrap()));
    let pair = measure::pair(1, read, value);
    row::beside("read a postLink", "the same as a serde_json::Value", &pair, Some(1_200));

    let alone = |what: &str, call: &dyn Fn()| {
        row::alone(&format!("encode and decode {what}"), measure::alone(1, call), None)
    };
    alone("confirm", &|| {
        let answer = ThreeDsAnswer::new(recorded.pa_res.clone().into(), "bWQ=".into());
        drop(black_box(ready(gateway.confirm(&recorded.challenged, answer)).unwrap()));
    });
    alone("charge", &|| drop(black_box(ready(gateway.capture(held, &charge, sum)).unwrap())));
    alone("cancel", &|| drop(black_box(ready(gateway.void(held, &cancel)).unwrap())));
    alone("refund", &|| drop(black_box(ready(gateway.refund(held, &refund, sum)).unwrap())));
    alone("public_key, and check it: once in a gateway's life", &|| {
        let gateway = shop::gateway(recorded.transport(), ADDRESS);
        drop(black_box(ready(gateway.bank_key()).unwrap()));
    });
}

/// Writes the body that was sent and reads the one that was answered, where they are JSON, without looking at either.
fn floor(exchange: &Exchange) -> impl Fn() {
    let body = serde_json::from_slice::<Value>(exchange.request.body()).ok();
    let form: Vec<(String, String)> =
        form_urlencoded::parse(exchange.request.body()).into_owned().collect();
    let answer = exchange.answer.body().clone();
    move || {
        match &body {
            Some(body) => drop(black_box(serde_json::to_vec(body))),
            None => drop(black_box(
                form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish(),
            )),
        }
        drop(black_box(serde_json::from_slice::<Value>(&answer)));
    }
}

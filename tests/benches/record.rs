//! Reading a record of the log beside serde reading the same line into a plain struct, where nothing says its kind.

use std::hint::black_box;

use serde::Deserialize;

use crate::{measure, row};

const LINES: [&str; 4] = [
    r#"{"v":1,"at":1790000000000,"kind":"asked","command":{"kind":"authorize"}}"#,
    r#"{"v":1,"at":1790000000900,"kind":"observed","observation":{"fact":{"kind":"approved"},"source":"reply","transaction":"0a1b2c3d-0000-4000-8000-000000000017","invoice":"000000017","terminal":"67e34d63-102f-4bd1-898e-370781d0074d","amount":{"card":{"minor":500000,"currency":"KZT","exponent":2},"bonus":{"minor":0,"currency":"KZT","exponent":2}},"currency":{"code":"KZT","exponent":2},"origin":"ours","reference":"232115123456","approval_code":"A1B2C3","card_mask":"440043...0035","elapsed":900}}"#,
    r#"{"v":1,"at":1790000001900,"kind":"observed","observation":{"fact":{"kind":"captured","captured":{"minor":500000,"currency":"KZT","exponent":2},"refunds":{"kind":"total","sum":{"minor":0,"currency":"KZT","exponent":2}}},"source":"status","transaction":"0a1b2c3d-0000-4000-8000-000000000017","invoice":"000000017","terminal":"67e34d63-102f-4bd1-898e-370781d0074d","amount":{"card":{"minor":500000,"currency":"KZT","exponent":2},"bonus":{"minor":0,"currency":"KZT","exponent":2}},"currency":{"code":"KZT","exponent":2},"origin":"ours","reference":"232115123456","approval_code":"A1B2C3","card_mask":"440043...0035","elapsed":900}}"#,
    r#"{"v":1,"at":1790000002000,"kind":"notified","notification":"captured","through":3}"#,
];

pub(crate) fn rows() {
    let ours = || {
        for line in LINES {
            drop(black_box(epay_store::decode(black_box(line)).unwrap()));
        }
    };
    let floor = || {
        for line in LINES {
            drop(black_box(serde_json::from_str::<Plain>(black_box(line)).unwrap()));
        }
    };
    let units = u64::try_from(LINES.len()).unwrap();
    let pair = measure::pair(units, ours, floor);
    row::beside("read a record of the log", "serde, a plain struct", &pair, Some(2_000));
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Plain {
    v: u32,
    at: u64,
    kind: String,
    command: Option<Word>,
    observation: Option<Seen>,
    notification: Option<String>,
    through: Option<u64>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Word {
    kind: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Seen {
    fact: Fact,
    source: String,
    transaction: Option<String>,
    invoice: Option<String>,
    terminal: Option<String>,
    amount: Option<Amount>,
    currency: Option<Currency>,
    origin: Option<String>,
    reference: Option<String>,
    approval_code: Option<String>,
    card_mask: Option<String>,
    elapsed: Option<u64>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Fact {
    kind: String,
    captured: Option<Sum>,
    refunds: Option<Refunds>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Refunds {
    kind: String,
    sum: Option<Sum>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Amount {
    card: Sum,
    bonus: Sum,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Sum {
    minor: u64,
    currency: String,
    exponent: u8,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Currency {
    code: String,
    exponent: u8,
}

//! The fake bank takes as many payments a second as RSA opens cryptograms: its own work is small beside that.

use std::hint::black_box;

use bytes::Bytes;
use epay_fakebank::{Amount, Bank, Instrument, Millis, Pay, Settings, TWO_STAGE_TERMINAL, cards};
use http::{Request, Response, header::AUTHORIZATION};
use serde_json::Value;

use crate::{
    backend::{self, RawOpen, RawSeal},
    measure, row,
    shop::{self, Recorded},
};

/// It takes 0.85 of the payments that opening alone would allow.
const MOST: u64 = 1_176;

pub(crate) fn rows() {
    let recorded = shop::recorded("127.0.0.1:8080");
    let (raw, sealed) = (RawOpen::new(), RawSeal::new().seal(shop::PLAINTEXT.as_bytes()));
    for booked in [1_000, 10_000, 100_000] {
        let mut till = Till::new(&recorded, booked);
        let pair =
            measure::pair(1, || till.pay(), || drop(black_box(raw.open(black_box(&sealed)))));
        let what = format!("a payment at the fake bank with {booked} booked before");
        row::beside(&backend::named(&what), "one raw opening", &pair, Some(MOST));
    }
}

/// Sends the recorded token and payment requests again and again, each time for another invoice.
struct Till<'a> {
    bank: Bank,
    now: Millis,
    invoice: u64,
    recorded: &'a Recorded,
}

impl<'a> Till<'a> {
    fn new(recorded: &'a Recorded, booked: u64) -> Till<'a> {
        let now = Millis(shop::NOW.unix_millis());
        let mut till =
            Till { bank: Bank::new(Settings::default()), now, invoice: 200_000_000, recorded };
        for _ in 0..booked {
            till.invoice += 1;
            let (invoice, instrument) =
                (till.invoice.to_string(), Instrument::card(cards::VISA_OK).unwrap());
            let pay =
                Pay::kzt(TWO_STAGE_TERMINAL, &invoice, Amount::from_minor(5_000_00), instrument);
            till.bank.pay(pay, now).unwrap();
        }
        till
    }

    fn pay(&mut self) {
        self.invoice += 1;
        let token = self.send("token", None);
        let token: Value = serde_json::from_slice(token.body()).unwrap();
        let paid = self.send("cryptopay", token.get("access_token").and_then(Value::as_str));
        assert!(paid.status().is_success(), "{:?}", paid.body());
    }

    fn send(&mut self, part: &str, token: Option<&str>) -> Response<Bytes> {
        let recorded = &self.recorded.of(part).request;
        let body = str::from_utf8(recorded.body())
            .unwrap()
            .replace("100000017", &self.invoice.to_string());
        let mut request = Request::new(body.into());
        (*request.method_mut(), *request.uri_mut()) =
            (recorded.method().clone(), recorded.uri().clone());
        *request.headers_mut() = recorded.headers().clone();
        if let Some(token) = token {
            request.headers_mut().insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        }
        self.bank.answer(&request, self.now).whole().unwrap()
    }
}

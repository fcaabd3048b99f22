//! Sealing a card costs what the RSA of the backend costs: the text around it and its base64 are next to nothing.

use std::hint::black_box;

use epay_crypto::PublicKey;
use epay_fakebank::cards;
use epay_testkit::FakeBank;

use crate::{
    backend::{self, RawSeal},
    measure, row, shop,
};

pub(crate) fn rows() {
    let (terminal, raw) = (FakeBank::two_stage(), RawSeal::new());
    let key = PublicKey::parse(backend::PUBLIC.as_bytes()).unwrap();
    let ours = || {
        drop(black_box(key.seal_card(shop::card(black_box(cards::VISA_OK)), &terminal).unwrap()))
    };
    let floor = || drop(black_box(raw.seal(black_box(shop::PLAINTEXT.as_bytes()))));
    row::beside(
        &backend::named("seal a card"),
        "the crate called directly",
        &measure::pair(1, ours, floor),
        Some(1_050),
    );
}

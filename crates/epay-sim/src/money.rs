//! Sums, and the fields that go with them.

use epay::{Money, PaymentRequest};

pub(crate) fn request(order: &str) -> Option<PaymentRequest> {
    let link = "https://shop.example/callback";
    let request = PaymentRequest::new(order).ok()?.with_payer_name("ARMAN ALI").ok()?;
    request.with_post_links(link, link).ok()
}

/// So many percent of a sum, in whole minor units.
pub(crate) fn percent(amount: u64, percent: u8) -> Money {
    Money::tiyn(amount * u64::from(percent) / 100)
}

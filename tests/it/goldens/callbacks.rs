//! Recorded callbacks: each is read, and none is believed.

use epay::TagKey;
use epay_crypto::Purpose;
use epay_domain::{InvoiceId, TerminalId, TransactionId};
use epay_http::{Authenticity, Claim, Hint, PostLink};

const FAILURE: &str = include_str!("../../data/callbacks/failure.json");
const SUCCESS: &str = include_str!("../../data/callbacks/success-with-bonus.json");
const TRANSACTION: &str = "7943816b-58a8-47f6-a11e-67b63c4228c7";

fn tags() -> TagKey {
    TagKey::new(*b"0123456789abcdef").unwrap()
}

fn terminal() -> TerminalId {
    TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap()
}

#[test]
fn a_failure_that_says_ok_about_a_number_of_no_shop_concerns_nobody() {
    let read = PostLink::read(FAILURE.as_bytes()).unwrap();
    assert_eq!(read.invoice().as_str(), "12-1738952601");
    assert_eq!(read.transaction().map(TransactionId::as_str), Some(TRANSACTION));
    // So a claim may be wrong in itself: it is for a log.
    assert_eq!(read.claim(), Claim::Approved);
    let nobody = Hint { invoice: None, authenticity: Authenticity::Unproven };
    assert_eq!(read.check(&tags(), &terminal()), nobody);
}

#[test]
fn the_same_about_a_number_of_ours_is_a_reason_to_ask_and_no_more() {
    let ours = FAILURE.replace("12-1738952601", "938290483290");
    let hint = PostLink::read(ours.as_bytes()).unwrap().check(&tags(), &terminal());
    let invoice = InvoiceId::new("938290483290").unwrap();
    assert_eq!(hint, Hint { invoice: Some(invoice), authenticity: Authenticity::Unproven });
}

#[test]
fn a_payment_with_a_bonus_is_a_hint_whatever_its_sums() {
    let invoice = InvoiceId::new("938290483290").unwrap();
    let tag = tags().tag(Purpose::SecretHash, &terminal(), &invoice);
    let read = PostLink::read(SUCCESS.replace("TAG", &tag).as_bytes()).unwrap();
    assert_eq!(read.claim(), Claim::Approved);
    let hint = read.check(&tags(), &terminal());
    assert_eq!(hint, Hint { invoice: Some(invoice), authenticity: Authenticity::Proven });
    let forged = PostLink::read(SUCCESS.as_bytes()).unwrap().check(&tags(), &terminal());
    assert_eq!(forged.authenticity, Authenticity::Forged);
}

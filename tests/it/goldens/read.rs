//! The samples of the bank's page, kept verbatim with their mistakes: what can be read is read, what is broken is an error.

use super::scripted::{TRANSACTION, asked, card, gateway, gateway_with_token, terminal};
use epay_domain::*;
use epay_http::Wire;
use pollster::block_on;

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../../data/seed/", $name))
    };
}

const INVOICE: &str = "938290483290";
const ORDERED: Money = Money::tiyn(100_00);

fn request() -> PaymentRequest {
    PaymentRequest::new("test payment").unwrap()
}

/// What a payment hears when cryptopay is answered with this.
fn answered(status: u16, body: &'static [u8], invoice: &str) -> Result<Observation, GatewayError> {
    let (gateway, _) = gateway(Wire::default(), status, body);
    block_on(gateway.authorize(&asked(invoice, ORDERED), card(), &request()))
}

#[track_caller]
fn check(
    status: u16,
    body: &'static [u8],
    invoice: &str,
    expected: Observation,
    stands: PaymentStatus,
) {
    let seen = answered(status, body, invoice).unwrap();
    assert_eq!(seen, expected);
    let payment = asked(invoice, ORDERED);
    let event = payment.record_reply(Ok(seen), Timestamp::default());
    let payment = payment.apply(&event);
    assert!(!payment.is_contradicted());
    assert_eq!(payment.status(), stands);
}

/// What both good samples name.
fn named(fact: Fact) -> Observation {
    Observation {
        transaction: TransactionId::new(TRANSACTION).ok(),
        invoice: Some(BankText::new(INVOICE)),
        amount: Some(BankAmount::card_only(ORDERED)),
        currency: Some(Currency::KZT),
        ..Observation::reply(fact)
    }
}

#[test]
fn an_approval_without_a_status_is_a_yes_of_unknown_stage() {
    check(
        200,
        sample!("cryptopay-approved.json"),
        INVOICE,
        named(Fact::Approved),
        PaymentStatus::Unknown,
    );
}

#[test]
fn three_d_secure_is_read_through_the_garbled_names() {
    let challenge = Challenge {
        action: "https://epay-proxy.homebank.kz/".to_owned(),
        pa_req:
            "eyJtZXNzYWdlVHlwZSI2lvbiI6IjIuMS4wIiwidGhyZWVEU1NlcnZlclRyYW5zSUQiOiIyMDFiZDlmYy1kM2IzLTQ4YjUtYWRiNy1j\
                 YjM1YT6IjA1In0"
                .to_owned(),
        md: "MjAxYmQ5ZmsadasdtY2IzNWE1NjFhM2Mw".to_owned(),
    };
    let expected = named(Fact::ThreeDsRequired(challenge));
    check(200, sample!("cryptopay-3ds.json"), INVOICE, expected, PaymentStatus::AwaitingPayer);
}

#[test]
fn a_decline_names_its_invoice_and_is_final() {
    let declined = Observation {
        invoice: Some(BankText::new("8161284658525")),
        ..Observation::reply(Fact::Declined(Decline::from_code(487)))
    };
    check(
        400,
        sample!("cryptopay-declined.json"),
        "8161284658525",
        declined,
        PaymentStatus::Declined,
    );
}

#[test]
fn the_decline_of_another_invoice_is_not_ours() {
    let payment = asked(INVOICE, ORDERED);
    let seen = answered(400, sample!("cryptopay-declined.json"), INVOICE).unwrap();
    let event = payment.record_reply(Ok(seen), Timestamp::default());
    let payment = payment.apply(&event);
    let named = BankText::new("8161284658525");
    assert_eq!(payment.contradictions(), [Contradiction::OtherInvoice { named }]);
    assert_eq!(payment.state(), State::New);
}

#[test]
fn the_token_of_the_page_is_carried_by_the_next_call() {
    let (gateway, tape) = gateway_with_token(
        Wire::default(),
        sample!("token-response.json"),
        200,
        br#"{"resultCode":"102"}"#,
    );
    block_on(gateway.status(&asked(INVOICE, ORDERED))).unwrap();
    assert!(
        tape.text().contains("authorization: Bearer DCEB8O_ZM5U7SO_T_U5EJQ"),
        "{}",
        tape.text()
    );
}

/// The two request samples are no JSON. Whoever is sent them knows nothing, and so do we when we are answered like that.
#[test]
fn a_broken_sample_is_an_error_that_leaves_the_payment_unknown() {
    for (body, line, column) in [
        (&sample!("cryptopay-request.json")[..], 7, 1),
        (&sample!("confirm-request.json")[..], 5, 1),
    ] {
        let broken = serde_json::from_slice::<serde_json::Value>(body).unwrap_err();
        assert_eq!((broken.line(), broken.column()), (line, column), "{broken}");
        for status in [200, 400] {
            let error = answered(status, body, INVOICE).unwrap_err();
            assert_eq!(
                (error.kind(), error.delivery()),
                (GatewayErrorKind::Answer, Delivery::MaybeSent)
            );
            let payment = asked(INVOICE, ORDERED);
            let event = payment.record_reply(Err(error.delivery()), Timestamp::default());
            assert_eq!(payment.apply(&event).status(), PaymentStatus::Unknown);
        }
    }
}

/// The page prints Apple's placeholder where a device number goes, and letters where a date goes. It is what is encrypted,
/// so nothing reads it; ours has the same names in the same order, and that is what the fake bank opens.
#[test]
fn the_plaintext_of_the_page_has_the_names_the_fake_bank_opens() {
    let sample = str::from_utf8(sample!("cryptogram-plaintext.json")).unwrap();
    let at = |name: &str| sample.find(&format!("\"{name}\":")).unwrap();
    assert!(["hpan", "expDate", "cvc", "terminalId"].map(at).is_sorted());
    assert!(sample.contains(terminal().as_str()));
}

//! POST {api}/payments/cards/auth — takes a payment by a card that the bank keeps (bank page "payment by a saved card",
//! `documented`; its fields `observed` in clients). It is answered as `cryptopay` is.

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{CardId, Initiator, Payment, PaymentRequest};
use http::Request;
use serde_json::value::RawValue;

use super::{
    EncodeError, json,
    payment_body::{Body, Part, about},
};
use crate::{
    AttemptTagField, Environment, Wire,
    codec::{decimal, origin},
};

pub(crate) fn encode(
    environment: &Environment,
    wire: &Wire,
    token: &Secret,
    payment: &Payment,
    (card, initiator): (&CardId, Initiator),
    request: &PaymentRequest,
) -> Result<Request<Bytes>, EncodeError> {
    let amount = RawValue::from_string(decimal::write(payment.ordered(), wire.amount_text))?;
    let card = RawValue::from_string(format!(r#"{{"id":"{card}"}}"#))?;
    let tag = payment.tag().filter(|_| wire.attempt_tag == AttemptTagField::Data);
    let data = tag.map(origin::data);
    let recurrent = (initiator == Initiator::Merchant).then_some(true);
    let currency = payment.ordered().currency();
    let text = |text| Part::Text(Some(text));
    let method = [
        ("amount", Part::Json(Some(&amount))),
        ("currency", text(currency.code())),
        ("name", Part::Text(request.payer_name())),
        ("terminalId", text(payment.terminal().as_str())),
    ];
    let more = [
        ("paymentType", text("cardId")),
        ("recurrent", Part::Flag(recurrent)),
        ("cardId", Part::Json(Some(&card))),
        // That it is taken and comes back here too is `assumed`.
        ("data", Part::Text(data.as_deref())),
    ];
    let body = Body([&method, &about(payment, request), &more]);
    json(format!("{}/payments/cards/auth", environment.api_base()), token, &body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{INVOICE, TERMINAL, environment, payment, tag, token, written};

    #[test]
    fn a_saved_card_is_named_and_nothing_of_it_is_sealed() {
        let card = CardId::new("10a2a0d0-17").unwrap();
        let request = PaymentRequest::new("Order 17").unwrap();
        let sent = |initiator| {
            let payment = payment().with_tag(Some(tag()));
            let card = (&card, initiator);
            let request =
                encode(&environment(), &Wire::default(), &token(), &payment, card, &request);
            written(&request.unwrap())
        };
        let data = serde_json::Value::from(origin::data(tag()));
        let body = |recurrent| {
            format!(
                "POST http://127.0.0.1:8080/api/payments/cards/auth\n\
                 authorization: Bearer DCEB8O_ZM5U7SO_T_U5EJQ\n\
                 content-type: application/json\n\n\
                 {{\"amount\":100,\"currency\":\"KZT\",\"terminalId\":\"{TERMINAL}\",\
                 \"invoiceId\":\"{INVOICE}\",\"description\":\"Order 17\",\"language\":\"rus\",\
                 \"paymentType\":\"cardId\",{recurrent}\"cardId\":{{\"id\":\"10a2a0d0-17\"}},\"data\":{data}}}"
            )
        };
        assert_eq!(sent(Initiator::Payer), body(""));
        assert_eq!(sent(Initiator::Merchant), body("\"recurrent\":true,"));
    }
}

//! POST {api}/operation/{id}/charge — captures a hold, in full or in part (bank page "confirmation", `documented`).

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{Money, Payment};
use http::Request;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{EncodeError, json, post, transaction};
use crate::{ChargeAmount, Environment, Wire, codec::decimal};

#[derive(Serialize)]
struct Body<'a> {
    amount: &'a RawValue,
}

/// The sum is always written: a charge without one takes everything that is held.
pub(crate) fn encode(
    environment: &Environment,
    wire: &Wire,
    token: &Secret,
    payment: &Payment,
    sum: Money,
) -> Result<Request<Bytes>, EncodeError> {
    let uri = format!("{}/operation/{}/charge", environment.api_base(), transaction(payment)?);
    let amount = decimal::write(sum, wire.amount_text);
    match wire.charge_amount {
        ChargeAmount::Query => post(format!("{uri}?amount={amount}"), token),
        ChargeAmount::Body => json(uri, token, &Body { amount: &RawValue::from_string(amount)? }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{environment, named_payment, payment, token, written};

    #[test]
    fn the_sum_stands_in_the_query_or_in_the_body() {
        let mut wire = Wire::default();
        let charge = |wire: &Wire| {
            encode(&environment(), wire, &token(), &named_payment(), Money::tiyn(12_22)).unwrap()
        };
        assert_eq!(
            written(&charge(&wire)),
            "POST http://127.0.0.1:8080/api/operation/7943816b-58a8-47f6-a11e-67b63c4228c7/charge?amount=12.22\n\
             authorization: Bearer DCEB8O_ZM5U7SO_T_U5EJQ\n\
             content-length: 0\n\n"
        );
        wire.charge_amount = ChargeAmount::Body;
        assert_eq!(
            written(&charge(&wire)),
            "POST http://127.0.0.1:8080/api/operation/7943816b-58a8-47f6-a11e-67b63c4228c7/charge\n\
             authorization: Bearer DCEB8O_ZM5U7SO_T_U5EJQ\ncontent-type: application/json\n\n{\"amount\":12.22}"
        );
    }

    #[test]
    fn an_operation_without_a_name_cannot_be_charged() {
        let error = encode(&environment(), &Wire::default(), &token(), &payment(), Money::tiyn(1))
            .unwrap_err();
        assert!(matches!(error, EncodeError::NoTransaction));
    }
}

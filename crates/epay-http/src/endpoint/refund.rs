//! POST {api}/operation/{id}/refund — gives money back, at least 10 tenge (bank page "refund", `documented`).

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{Money, Payment, StepId};
use http::Request;

use super::{EncodeError, post, transaction};
use crate::{Environment, Wire, codec::decimal};

/// `externalID` is the step's name. That the bank knows a repeated one again is not promised, and nothing relies on it.
pub(crate) fn encode(
    environment: &Environment,
    wire: &Wire,
    token: &Secret,
    payment: &Payment,
    step: &StepId,
    sum: Money,
) -> Result<Request<Bytes>, EncodeError> {
    let (api, id) = (environment.api_base(), transaction(payment)?);
    let amount = decimal::write(sum, wire.amount_text);
    post(format!("{api}/operation/{id}/refund?amount={amount}&externalID={step}"), token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{environment, named_payment, payment, step, token, written};

    #[test]
    fn a_refund_names_its_sum_and_its_step() {
        let refund = |payment: &Payment| {
            encode(&environment(), &Wire::default(), &token(), payment, &step(), Money::tenge(10))
        };
        assert_eq!(
            written(&refund(&named_payment()).unwrap()),
            "POST http://127.0.0.1:8080/api/operation/7943816b-58a8-47f6-a11e-67b63c4228c7/refund?amount=10&\
             externalID=step-1\nauthorization: Bearer DCEB8O_ZM5U7SO_T_U5EJQ\n\
             content-length: 0\n\n"
        );
        assert!(matches!(refund(&payment()), Err(EncodeError::NoTransaction)));
    }
}

//! POST {api}/operation/{id}/cancel — releases a hold (bank page "cancellation", `documented`).

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::Payment;
use http::Request;

use super::{EncodeError, post, transaction};
use crate::Environment;

pub(crate) fn encode(
    environment: &Environment,
    token: &Secret,
    payment: &Payment,
) -> Result<Request<Bytes>, EncodeError> {
    post(format!("{}/operation/{}/cancel", environment.api_base(), transaction(payment)?), token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{environment, named_payment, payment, token, written};

    #[test]
    fn a_cancel_has_neither_query_nor_body() {
        assert_eq!(
            written(&encode(&environment(), &token(), &named_payment()).unwrap()),
            "POST http://127.0.0.1:8080/api/operation/7943816b-58a8-47f6-a11e-67b63c4228c7/cancel\n\
             authorization: Bearer DCEB8O_ZM5U7SO_T_U5EJQ\n\
             content-length: 0\n\n"
        );
        assert!(matches!(
            encode(&environment(), &token(), &payment()),
            Err(EncodeError::NoTransaction)
        ));
    }
}

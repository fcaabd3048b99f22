//! POST {api}/operation/{id}/cancel — releases a hold (bank page "cancellation", `documented`).

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::Payment;
use http::{Method, Request};

pub(crate) use super::step::decode;
use super::{EncodeError, bare, transaction};
use crate::Environment;

pub(crate) fn encode(
    environment: &Environment,
    token: &Secret,
    payment: &Payment,
) -> Result<Request<Bytes>, EncodeError> {
    bare(Method::POST, format!("{}/operation/{}/cancel", environment.api_base(), transaction(payment)?), token)
}

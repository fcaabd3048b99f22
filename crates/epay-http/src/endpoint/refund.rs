//! POST {api}/operation/{id}/refund — gives money back, at least 10 tenge (bank page "refund", `documented`).

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{Money, Payment, StepId};
use http::{Method, Request};

pub(crate) use super::step::decode;
use super::{EncodeError, bare, transaction};
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
    bare(Method::POST, format!("{api}/operation/{id}/refund?amount={amount}&externalID={step}"), token)
}

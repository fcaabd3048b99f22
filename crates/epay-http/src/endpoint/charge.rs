//! POST {api}/operation/{id}/charge — captures a hold, in full or in part (bank page "confirmation", `documented`).

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{Money, Payment};
use http::{Method, Request};
use serde::Serialize;
use serde_json::value::RawValue;

pub(crate) use super::step::decode;
use super::{EncodeError, bare, json, transaction};
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
        ChargeAmount::Query => bare(Method::POST, format!("{uri}?amount={amount}"), token),
        ChargeAmount::Body => json(uri, token, &Body { amount: &*RawValue::from_string(amount)? }),
    }
}

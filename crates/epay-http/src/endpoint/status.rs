//! GET {api}/check-status/payment/transaction/{invoice} — what the bank knows; moves no money (bank page "status", `documented`).

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{Currency, Fact, Observation, Payment, StatusName, Why};
use http::{Method, Request, Response, StatusCode};

use super::{EncodeError, bare};
use crate::{
    Environment, SumsReading,
    codec::{
        AnswerError,
        fields::{Fields, Name},
        reason,
        sums::Sums,
        summary::Summary,
    },
};

const RESULT_CODE: Name = Name::new("resultCode");
const TRANSACTION: Name = Name::new("transaction");
const STATUS_NAME: Name = Name::new("statusName");
const ORIGINAL: Name = Name::new("orgAmount");
const PAYOUT: Name = Name::new("payoutAmount");

pub(crate) fn encode(
    environment: &Environment,
    token: &Secret,
    payment: &Payment,
) -> Result<Request<Bytes>, EncodeError> {
    let uri = format!("{}/check-status/payment/transaction/{}", environment.api_base(), payment.invoice());
    bare(Method::GET, uri, token)
}

/// The result code says how the *query* went (numbers `observed` in four clients); only with 100 does the status name
/// speak about money. Codes other than 100 may come with HTTP status 400 (`observed` in one).
pub(crate) fn decode(
    response: &Response<Bytes>,
    currency: Currency,
    sums: SumsReading,
) -> Result<Observation, AnswerError> {
    if !matches!(response.status(), StatusCode::OK | StatusCode::BAD_REQUEST) {
        return Err(AnswerError::status(response.status()));
    }
    let envelope = Fields::read(response.body())?;
    let transaction = envelope.object(TRANSACTION)?;
    match (envelope.number(RESULT_CODE)?, transaction) {
        (Some(100 | 101), Some(transaction)) => told(&transaction, currency, sums),
        (Some(100), None) => Err(AnswerError::Missing(TRANSACTION.0)),
        // "Rejected", with nothing about what: kept as it is, and decides nothing.
        (Some(101), None) => Ok(Observation::status(Fact::Other(StatusName::new("resultCode 101")))),
        (Some(102), _) => Ok(Observation::status(Fact::NotFound)),
        (Some(103 | 107), _) => Ok(Observation::status(Fact::InProgress)),
        (Some(code @ (104 | 106 | 109)), _) => Err(AnswerError::Terminal(code)),
        (Some(_), _) => Err(AnswerError::Unreadable(RESULT_CODE.0)),
        (None, _) => Err(AnswerError::Missing(RESULT_CODE.0)),
    }
}

fn told(transaction: &Fields<'_>, currency: Currency, reading: SumsReading) -> Result<Observation, AnswerError> {
    let summary = Summary::read(transaction, currency)?;
    let name = transaction.required(STATUS_NAME)?;
    let read_in = summary.currency_or(currency);
    let sums = || {
        Ok(Sums {
            amount: summary.amount.map(|amount| amount.card),
            original: transaction.amount(ORIGINAL, read_in)?,
            payout: transaction.amount(PAYOUT, read_in)?,
        })
    };
    let fact = match name.to_ascii_uppercase().as_str() {
        "NEW" | "FINGERPRINT" | "3D" => Fact::InProgress,
        "AUTH" => Fact::Authorized,
        "CHARGE" => reading.charge(sums()?),
        "REFUND" => reading.refund(sums()?),
        "CANCEL" => Fact::Cancelled(Why::Voided),
        "CANCEL_OLD" => Fact::Cancelled(Why::Lapsed),
        "REJECT" | "FAILED" => Fact::Declined(reason::by_status(transaction)),
        "VERIFIED" => Fact::Verified,
        _ => Fact::Other(StatusName::new(&name)),
    };
    Ok(summary.status(fact))
}

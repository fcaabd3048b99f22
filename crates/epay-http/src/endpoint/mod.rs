//! The bank's calls: one file each, a pure pair of `encode` and `decode`.

use std::{error::Error, fmt};

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{Payment, TransactionId};
use http::{
    HeaderValue, Request,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE},
};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::SafeToRepeat;

mod body;
pub(crate) mod cancel;
pub(crate) mod cards_auth;
pub(crate) mod charge;
pub(crate) mod confirm;
pub(crate) mod cryptopay;
pub(crate) mod oauth_token;
pub(crate) mod pay_form;
mod payment_body;
pub(crate) mod public_key;
pub(crate) mod refund;
pub(crate) mod saved_cards;
pub(crate) mod status;
pub(crate) mod step;

/// Why a call can't be made from what it was given. Nothing was sent.
#[derive(Debug)]
pub(crate) enum EncodeError {
    /// The bank has not named the operation yet.
    NoTransaction,
    /// The payment is on a terminal these credentials are not for.
    OtherTerminal,
    /// Apple's `paymentData` is not one JSON object.
    PaymentData,
    /// Google's token is no text.
    GooglePayToken,
    /// A call that carries sealed data was to be made for a card that the bank keeps.
    NothingSealed,
    /// A payer's name with other letters than Latin ones, for the pay form.
    PayerName,
    /// An account that can't stand in a path.
    Account,
    /// A part does not fit into JSON.
    Json(serde_json::Error),
    /// A part does not fit into a request.
    Http(http::Error),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EncodeError::NoTransaction => "the bank has not named the operation yet",
            EncodeError::OtherTerminal => "the payment is on another terminal than the credentials",
            EncodeError::PaymentData => "apple's payment data is not one json object",
            EncodeError::GooglePayToken => "google pay's token is empty",
            EncodeError::NothingSealed => "a saved card has no sealed data to send",
            EncodeError::PayerName => "the pay form takes a payer's name in latin letters alone",
            EncodeError::Account => "the account can't stand in a path",
            EncodeError::Json(_) => "the body could not be written",
            EncodeError::Http(_) => "the request could not be written",
        })
    }
}

impl Error for EncodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            EncodeError::Json(error) => Some(error),
            EncodeError::Http(error) => Some(error),
            EncodeError::NoTransaction
            | EncodeError::OtherTerminal
            | EncodeError::PaymentData
            | EncodeError::GooglePayToken
            | EncodeError::NothingSealed
            | EncodeError::PayerName
            | EncodeError::Account => None,
        }
    }
}

impl From<serde_json::Error> for EncodeError {
    fn from(error: serde_json::Error) -> EncodeError {
        EncodeError::Json(error)
    }
}

impl From<http::Error> for EncodeError {
    fn from(error: http::Error) -> EncodeError {
        EncodeError::Http(error)
    }
}

/// A call that only reads moves no money.
fn get(uri: String, token: &Secret) -> Result<Request<Bytes>, EncodeError> {
    let request = Request::get(uri).header(AUTHORIZATION, bearer(token)?);
    Ok(request.extension(SafeToRepeat).body(Bytes::new())?)
}

/// A POST without a body says so (RFC 9110 §8.6): HTTP clients leave it out by themselves, and some servers refuse that.
fn post(uri: String, token: &Secret) -> Result<Request<Bytes>, EncodeError> {
    let request = Request::post(uri).header(AUTHORIZATION, bearer(token)?);
    Ok(request.header(CONTENT_LENGTH, HeaderValue::from_static("0")).body(Bytes::new())?)
}

/// A call with a token and a JSON body.
fn json(uri: String, token: &Secret, body: &impl Serialize) -> Result<Request<Bytes>, EncodeError> {
    let request = Request::post(uri).header(AUTHORIZATION, bearer(token)?);
    Ok(request.header(CONTENT_TYPE, "application/json").body(body::json(body)?)?)
}

fn bearer(token: &Secret) -> Result<HeaderValue, EncodeError> {
    let mut text = Zeroizing::new(Vec::with_capacity("Bearer ".len() + token.expose().len()));
    text.extend_from_slice(b"Bearer ");
    text.extend_from_slice(token.expose().as_bytes());
    let mut value = HeaderValue::from_maybe_shared(body::wiped(text)).map_err(http::Error::from)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Charge, cancel and refund name the bank's operation and not our invoice.
fn transaction(payment: &Payment) -> Result<&TransactionId, EncodeError> {
    payment.transaction().ok_or(EncodeError::NoTransaction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(error: EncodeError, text: &str, has_source: bool) {
        assert_eq!((error.to_string().as_str(), error.source().is_some()), (text, has_source));
    }

    #[test]
    fn an_error_says_what_is_wrong_and_leaves_the_cause_to_its_source() {
        check(EncodeError::NoTransaction, "the bank has not named the operation yet", false);
        check(
            EncodeError::OtherTerminal,
            "the payment is on another terminal than the credentials",
            false,
        );
        check(EncodeError::PaymentData, "apple's payment data is not one json object", false);
        check(EncodeError::GooglePayToken, "google pay's token is empty", false);
        check(EncodeError::NothingSealed, "a saved card has no sealed data to send", false);
        check(EncodeError::Account, "the account can't stand in a path", false);
        let json = serde_json::from_str::<u8>("x").unwrap_err();
        check(json.into(), "the body could not be written", true);
        let http = Request::get("\n").body(()).unwrap_err();
        check(http.into(), "the request could not be written", true);
    }
}

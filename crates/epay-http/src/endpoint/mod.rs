//! The bank's calls: one file each, a pure pair of `encode` and `decode`.

use std::{error::Error, fmt};

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{Payment, TransactionId};
use http::{
    HeaderValue, Method, Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde::Serialize;
use zeroize::Zeroizing;

pub(crate) mod cancel;
pub(crate) mod charge;
pub(crate) mod confirm;
pub(crate) mod cryptopay;
pub(crate) mod oauth_token;
pub(crate) mod public_key;
pub(crate) mod refund;
pub(crate) mod status;
mod step;

/// Longer than the bodies we write, so that the buffer does not grow and leave a copy behind.
const ROOM: usize = 32 * 1024;

/// Why a call can't be made from what it was given. Nothing was sent.
#[derive(Debug)]
pub(crate) enum EncodeError {
    /// The bank has not named the operation yet.
    NoTransaction,
    /// The payment is on a terminal these credentials are not for.
    OtherTerminal,
    /// Apple's `paymentData` is not one JSON object.
    PaymentData,
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
            EncodeError::NoTransaction | EncodeError::OtherTerminal | EncodeError::PaymentData => None,
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

/// A call with a token and without a body.
fn bare(method: Method, uri: String, token: &Secret) -> Result<Request<Bytes>, EncodeError> {
    Ok(Request::builder().method(method).uri(uri).header(AUTHORIZATION, bearer(token)?).body(Bytes::new())?)
}

/// A call with a token and a JSON body, whose keys stand in the order of `body`'s fields.
fn json(uri: String, token: &Secret, body: &impl Serialize) -> Result<Request<Bytes>, EncodeError> {
    let mut buffer = Zeroizing::new(Vec::with_capacity(ROOM));
    serde_json::to_writer(&mut *buffer, body)?;
    let request = Request::post(uri).header(AUTHORIZATION, bearer(token)?);
    Ok(request.header(CONTENT_TYPE, "application/json").body(wiped(buffer))?)
}

/// The last handle on these bytes wipes them, whichever of us and the transport holds it.
fn wiped(buffer: Zeroizing<Vec<u8>>) -> Bytes {
    Bytes::from_owner(buffer)
}

fn bearer(token: &Secret) -> Result<HeaderValue, EncodeError> {
    let mut text = Zeroizing::new(Vec::with_capacity("Bearer ".len() + token.expose().len()));
    text.extend_from_slice(b"Bearer ");
    text.extend_from_slice(token.expose().as_bytes());
    let mut value = HeaderValue::from_maybe_shared(wiped(text)).map_err(http::Error::from)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Charge, cancel and refund name the bank's operation and not our invoice.
fn transaction(payment: &Payment) -> Result<&TransactionId, EncodeError> {
    payment.transaction().ok_or(EncodeError::NoTransaction)
}

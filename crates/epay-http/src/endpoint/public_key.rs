//! GET {api}/public.rsa — the key every cryptogram is sealed with, as PEM and without a token (`documented`).

use bytes::Bytes;
use epay_crypto::{KeyError, PublicKey};
use http::{Request, Response, StatusCode};

use super::EncodeError;
use crate::{Environment, codec::AnswerError};

pub(crate) fn encode(environment: &Environment) -> Result<Request<Bytes>, EncodeError> {
    Ok(Request::get(format!("{}/public.rsa", environment.api_base())).body(Bytes::new())?)
}

/// The key, once the environment trusts it.
pub(crate) fn decode(response: &Response<Bytes>, environment: &Environment) -> Result<PublicKey, KeyError> {
    if response.status() != StatusCode::OK {
        return Err(KeyError::unavailable(AnswerError::status(response.status())));
    }
    let key = PublicKey::parse(response.body())?;
    environment.check_key(&key)?;
    Ok(key)
}

//! GET {api}/public.rsa — the key every cryptogram is sealed with, as PEM and without a token (`documented`).

use bytes::Bytes;
use epay_crypto::{KeyError, PublicKey};
use http::{Request, Response, StatusCode};

use super::EncodeError;
use crate::{Environment, SafeToRepeat, codec::AnswerError};

pub(crate) fn encode(environment: &Environment) -> Result<Request<Bytes>, EncodeError> {
    let request = Request::get(format!("{}/public.rsa", environment.api_base()));
    Ok(request.extension(SafeToRepeat).body(Bytes::new())?)
}

/// The key, once the environment trusts it.
pub(crate) fn decode(
    response: &Response<Bytes>,
    environment: &Environment,
) -> Result<PublicKey, KeyError> {
    if response.status() != StatusCode::OK {
        return Err(KeyError::unavailable(AnswerError::status(response.status())));
    }
    let key = PublicKey::parse(response.body())?;
    environment.check_key(&key)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use epay_crypto::{KeyErrorKind, KeyTrust};

    use super::*;
    use crate::fixture::{answer, environment, written};

    const PEM: &str = include_str!("../../../epay-crypto/tests/keys/bank.public.pem");

    #[test]
    fn the_key_is_asked_for_without_a_token() {
        assert_eq!(
            written(&encode(&environment()).unwrap()),
            "GET http://127.0.0.1:8080/api/public.rsa\n\n"
        );
    }

    #[test]
    fn only_a_trusted_key_is_taken() {
        let read = |status, body: &'static str, environment: &Environment| {
            decode(&answer(status, body), environment)
                .map(|key| key.spki_sha256())
                .map_err(|error| error.kind())
        };
        let fake = environment();
        assert_eq!(
            read(200, PEM, &fake),
            Ok(PublicKey::parse(PEM.as_bytes()).unwrap().spki_sha256())
        );
        assert_eq!(read(200, "<html>", &fake), Err(KeyErrorKind::Malformed));
        assert_eq!(read(404, PEM, &fake), Err(KeyErrorKind::Unavailable));
        assert_eq!(
            read(200, PEM, &Environment::production(KeyTrust::FirstUse)),
            Err(KeyErrorKind::Published)
        );
    }
}

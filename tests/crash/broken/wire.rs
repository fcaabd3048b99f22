//! A wire that sends again by itself, lies about what left, or rounds.

use async_trait::async_trait;
use bytes::Bytes;
use epay::Transport;
use epay_http::{TransportError, TransportErrorKind};
use http::{Request, Response};
use serde_json::Value;

use crate::planted::Bug;
use crate::wire::Wire;

#[derive(Debug)]
pub(crate) struct BrokenWire {
    pub(crate) inner: Wire,
    pub(crate) bug: Bug,
}

#[async_trait]
impl Transport for BrokenWire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        match (self.bug, self.inner.send(request.clone()).await) {
            (Bug::ResentOnReset, Err(error)) if error.kind() == TransportErrorKind::Interrupted => {
                self.inner.send(request).await
            }
            (Bug::ResetAsNotSent, Err(error))
                if error.kind() == TransportErrorKind::Interrupted =>
            {
                Err(TransportError::not_sent(error))
            }
            (Bug::SumsAsFloats, Ok(answer)) => Ok(answer.map(rounded)),
            (_, answer) => answer,
        }
    }
}

/// Every number in it, as somebody reads it who has 24 bits for it.
fn rounded(body: Bytes) -> Bytes {
    let Ok(mut value) = serde_json::from_slice::<Value>(&body) else { return body };
    round(&mut value);
    value.to_string().into()
}

fn round(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let float: f32 = number.to_string().parse().unwrap();
            *value = serde_json::from_str(&float.to_string()).unwrap();
        }
        Value::Array(values) => values.iter_mut().for_each(round),
        Value::Object(values) => values.values_mut().for_each(round),
        _ => {}
    }
}

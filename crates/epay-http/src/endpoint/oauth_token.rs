//! POST {oauth}/oauth2/token — the access token of the calls that follow (bank page "Apple Pay by API", `documented`).

use std::time::Duration;

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{InvoiceId, Money};
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::{EncodeError, ROOM, wiped};
use crate::{
    AmountText, Credentials, Environment,
    codec::{
        AnswerError, decimal,
        fields::{Fields, Name},
    },
};

/// The page's text. The bank's own library asks for `payment` alone; one integrator was refused with less (`observed`).
const SCOPE: &str = "webapi usermanagement email_send statement verification payment statistics";

const ACCESS_TOKEN: Name = Name::new("access_token");
/// Seconds, as a number (`documented`) or a string (`observed`).
const EXPIRES_IN: Name = Name::new("expires_in");

/// What a token is good for.
pub(crate) struct Bound<'a> {
    pub(crate) invoice: &'a InvoiceId,
    pub(crate) amount: Money,
    /// Comes back in `postLink` (`documented` for cards; left out of the Apple Pay page).
    pub(crate) secret_hash: Option<String>,
}

/// A token as the bank gave it.
pub(crate) struct Token {
    pub(crate) secret: Secret,
    pub(crate) lifetime: Option<Duration>,
}

/// Without `bound` the token is good for service calls on the terminal only.
pub(crate) fn encode(
    environment: &Environment,
    credentials: &Credentials,
    amount_text: AmountText,
    bound: Option<&Bound<'_>>,
) -> Result<Request<Bytes>, EncodeError> {
    let mut form = Zeroizing::new(String::with_capacity(ROOM));
    let mut pairs = form_urlencoded::Serializer::new(&mut *form);
    pairs.append_pair("grant_type", "client_credentials");
    pairs.append_pair("scope", SCOPE);
    pairs.append_pair("client_id", credentials.client_id());
    pairs.append_pair("client_secret", credentials.client_secret().expose());
    if let Some(bound) = bound {
        pairs.append_pair("invoiceID", bound.invoice.as_str());
        pairs.append_pair("amount", &decimal::write(bound.amount, amount_text));
        pairs.append_pair("currency", bound.amount.currency().code());
    }
    pairs.append_pair("terminal", credentials.terminal().as_str());
    if let Some(hash) = bound.and_then(|bound| bound.secret_hash.as_deref()) {
        pairs.append_pair("secret_hash", hash);
    }
    let body = wiped(Zeroizing::new(std::mem::take(&mut *form).into_bytes()));
    let request = Request::post(format!("{}/oauth2/token", environment.oauth_base()));
    Ok(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)?)
}

/// The bank's error bodies are not documented and not read: but for 429, any 4xx is about the
/// credentials as far as we can tell.
pub(crate) fn decode(response: &Response<Bytes>) -> Result<Token, AnswerError> {
    match response.status() {
        StatusCode::OK => {}
        StatusCode::TOO_MANY_REQUESTS => return Err(AnswerError::status(StatusCode::TOO_MANY_REQUESTS)),
        status if status.is_client_error() => return Err(AnswerError::Credentials(status.as_u16())),
        status => return Err(AnswerError::status(status)),
    }
    let fields = Fields::read(response.body())?;
    let secret = Secret::new(fields.required(ACCESS_TOKEN)?);
    // A lifetime that can't be read costs a refresh, while refusing the token would cost the payment.
    let lifetime = fields.number(EXPIRES_IN).ok().flatten();
    Ok(Token { secret, lifetime: lifetime.map(|seconds| Duration::from_secs(seconds.into())) })
}

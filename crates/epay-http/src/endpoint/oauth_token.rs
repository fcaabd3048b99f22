//! POST {oauth}/oauth2/token — the access token of the calls that follow (bank page "Apple Pay by API", `documented`).

use std::time::Duration;

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{InvoiceId, Money};
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};

use super::{EncodeError, body};
use crate::{
    AmountText, Credentials, Environment, SafeToRepeat,
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

/// The purpose of a token.
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
    let sum =
        bound.map(|bound| (decimal::write(bound.amount, amount_text), bound.amount.currency()));
    let mut pairs = vec![
        ("grant_type", "client_credentials"),
        ("scope", SCOPE),
        ("client_id", credentials.client_id()),
        ("client_secret", credentials.client_secret().expose()),
    ];
    if let Some((bound, (amount, currency))) = bound.zip(sum.as_ref()) {
        let invoice = bound.invoice.as_str();
        pairs.extend([("invoiceID", invoice), ("amount", amount), ("currency", currency.code())]);
    }
    pairs.push(("terminal", credentials.terminal().as_str()));
    pairs.extend(
        bound.and_then(|bound| bound.secret_hash.as_deref()).map(|hash| ("secret_hash", hash)),
    );
    let body = body::form(&pairs);
    let request = Request::post([environment.oauth_base(), "/oauth2/token"].concat());
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    Ok(request.extension(SafeToRepeat).body(body)?)
}

/// The bank's error bodies are not documented and not read: but for 429, any 4xx is about the
/// credentials as far as we can tell.
pub(crate) fn decode(response: &Response<Bytes>) -> Result<Token, AnswerError> {
    match response.status() {
        StatusCode::OK => {}
        StatusCode::TOO_MANY_REQUESTS => {
            return Err(AnswerError::status(StatusCode::TOO_MANY_REQUESTS));
        }
        status if status.is_client_error() => {
            return Err(AnswerError::Credentials(status.as_u16()));
        }
        status => return Err(AnswerError::status(status)),
    }
    let fields = Fields::read(response.body())?;
    let secret = Secret::new(fields.required(ACCESS_TOKEN)?);
    // A lifetime that can't be read costs a refresh, while refusing the token would cost the payment.
    let lifetime = fields.number::<u32>(EXPIRES_IN).ok().flatten();
    Ok(Token { secret, lifetime: lifetime.map(|seconds| Duration::from_secs(seconds.into())) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{answer, credentials, environment, invoice, written};

    fn form(amount: Money, amount_text: AmountText, secret_hash: Option<&str>) -> String {
        let (invoice, secret_hash) = (invoice(), secret_hash.map(str::to_owned));
        let bound = Bound { invoice: &invoice, amount, secret_hash };
        written(&encode(&environment(), &credentials(), amount_text, Some(&bound)).unwrap())
    }

    #[test]
    fn a_payment_token_is_bound_to_its_payment() {
        assert_eq!(
            form(Money::tenge(100), AmountText::WholeIfPossible, Some("h-_")),
            "POST http://127.0.0.1:8080/oauth/oauth2/token\n\
             content-type: application/x-www-form-urlencoded\n\n\
             grant_type=client_credentials&scope=webapi+usermanagement+email_send+statement+verification+payment+\
             statistics&client_id=test&client_secret=hush%2Bhush&invoiceID=163637162556226&amount=100&currency=KZT&\
             terminal=67e34d63-102f-4bd1-898e-370781d0074d&secret_hash=h-_"
        );
        let exact = form(Money::tenge(100), AmountText::AllDecimals, None);
        assert!(exact.contains("&amount=100.00&"), "{exact}");
        assert!(exact.ends_with("&terminal=67e34d63-102f-4bd1-898e-370781d0074d"), "{exact}");
    }

    #[test]
    fn a_service_token_names_the_terminal_only() {
        let form =
            encode(&environment(), &credentials(), AmountText::WholeIfPossible, None).unwrap();
        let form = written(&form);
        assert!(
            form.ends_with(
                "&client_secret=hush%2Bhush&terminal=67e34d63-102f-4bd1-898e-370781d0074d"
            ),
            "{form}"
        );
    }

    #[test]
    fn the_lifetime_is_a_number_a_string_or_untold() {
        for (expires_in, seconds) in [
            (r#","expires_in":7200"#, Some(7200)),
            (r#","expires_in":"1200""#, Some(1200)),
            (r#","expires_in":"soon""#, None),
            (r#","expires_in":null"#, None),
            ("", None),
        ] {
            let body = format!(
                r#"{{"access_token":"T-1_x","token_type":"Bearer","scope":"payment"{expires_in}}}"#
            );
            let token = decode(&answer(200, body)).unwrap();
            assert_eq!(token.secret.expose(), "T-1_x");
            assert_eq!(token.lifetime, seconds.map(Duration::from_secs), "{expires_in}");
        }
    }

    #[test]
    fn without_a_token_there_is_a_reason() {
        for (status, body, error) in [
            (200, r#"{"expires_in":1}"#, AnswerError::Missing("access_token")),
            (200, r#"{"access_token":""}"#, AnswerError::Missing("access_token")),
            (200, "<html>", AnswerError::NotJson),
            (400, r#"{"error":"invalid_client"}"#, AnswerError::Credentials(400)),
            (401, "", AnswerError::Credentials(401)),
            (404, "", AnswerError::Credentials(404)),
            (429, "", AnswerError::Status(429)),
            (302, "", AnswerError::Status(302)),
            (500, "", AnswerError::Status(500)),
        ] {
            assert_eq!(decode(&answer(status, body)).err(), Some(error), "{status} {body}");
        }
    }
}

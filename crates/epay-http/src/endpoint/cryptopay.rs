//! POST {api}/payment/cryptopay — takes a payment by card, Apple Pay or Google Pay (bank page "Apple Pay by API", `documented`).

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{
    BankText, Challenge, Currency, Exposed, Fact, Money, Observation, PayerStep, Payment,
    PaymentRequest, Refunds, SealedMethod,
};
use http::{Request, Response, StatusCode};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{
    EncodeError, json,
    payment_body::{Body, Part, about},
};
use crate::{
    AttemptTagField, CryptogramKey, Environment, GooglePayText, Wire,
    codec::{
        AnswerError, decimal,
        fields::{Fields, Name},
        origin, reason,
        summary::Summary,
    },
};

pub(crate) fn encode(
    environment: &Environment,
    wire: &Wire,
    token: &Secret,
    payment: &Payment,
    method: &SealedMethod,
    request: &PaymentRequest,
) -> Result<Request<Bytes>, EncodeError> {
    let currency = payment.ordered().currency();
    let amount = RawValue::from_string(decimal::write(payment.ordered(), wire.amount_text))?;
    let (mut cryptogram_apple_pay, mut eci, mut apple_pay, mut terminal_id) = Default::default();
    let mut google_pay = None;
    let mut payment_type = payment.ordered().is_zero().then_some(VERIFICATION);
    let sealed = match method.expose() {
        Exposed::Card { cryptogram } => Some(cryptogram),
        Exposed::ApplePay { cryptogram, payment_cryptogram, eci: indicator } => {
            cryptogram_apple_pay = Some(payment_cryptogram);
            eci = indicator.filter(|_| wire.send_eci);
            payment_type = Some(wire.apple_pay_type.as_str());
            Some(cryptogram)
        }
        Exposed::ApplePayToken { cryptogram, payment_data } => {
            apple_pay = Some(object(payment_data)?);
            payment_type = Some(wire.apple_pay_token_type.as_str());
            terminal_id = Some(payment.terminal().as_str());
            Some(cryptogram)
        }
        Exposed::GooglePayToken { cryptogram, token } => {
            google_pay = Some(google_pay_text(token, wire)?);
            payment_type = Some(GOOGLE_PAY);
            Some(cryptogram).filter(|_| wire.send_google_placeholder)
        }
        // A card that the bank keeps has a call of its own: the gateway asks by that.
        Exposed::SavedCard { .. } => return Err(EncodeError::NothingSealed),
    };
    let cryptogram = match wire.cryptogram_key {
        CryptogramKey::Latin => "cryptogram",
        CryptogramKey::Cyrillic => "\u{441}ryptogram",
    };
    let tag = payment.tag().filter(|_| wire.attempt_tag == AttemptTagField::Data);
    let data = tag.map(origin::data);
    let text = |text| Part::Text(Some(text));
    let method = [
        ("amount", Part::Json(Some(&amount))),
        ("currency", text(currency.code())),
        ("name", Part::Text(request.payer_name())),
        ("cryptogramApplePay", Part::Text(cryptogram_apple_pay)),
        ("eci", Part::Text(eci)),
        ("applePay", Part::Json(apple_pay)),
        ("cryptogramGooglePay", Part::Text(google_pay.as_deref().map(String::as_str))),
        (cryptogram, Part::Text(sealed)),
    ];
    let more = [
        ("cardSave", Part::Flag(Some(request.save_card()))),
        ("paymentType", Part::Text(payment_type)),
        ("data", Part::Text(data.as_deref())),
        ("terminalId", Part::Text(terminal_id)),
    ];
    let body = Body([&method, &about(payment, request), &more]);
    json([environment.api_base(), "/payment/cryptopay"].concat(), token, &body)
}

/// `paymentType` of a payment of zero (`observed` in a client that is in production).
const VERIFICATION: &str = "cardVerification";

/// `paymentType` of Google Pay (`observed` in a mock that was made after a client in production).
const GOOGLE_PAY: &str = "googlePay";

fn google_pay_text(token: &str, wire: &Wire) -> Result<Zeroizing<String>, EncodeError> {
    match wire.google_pay_text {
        _ if token.is_empty() => Err(EncodeError::GooglePayToken),
        GooglePayText::Base64 => Ok(Zeroizing::new(STANDARD.encode(token))),
        GooglePayText::AsGiven => Ok(Zeroizing::new(token.to_owned())),
    }
}

/// Apple's token is passed on byte for byte, so it must be what the bank's parser takes for one value.
fn object(payment_data: &str) -> Result<&RawValue, EncodeError> {
    Fields::read(payment_data.as_bytes()).map_err(|_| EncodeError::PaymentData)?;
    serde_json::from_str(payment_data).map_err(|_| EncodeError::PaymentData)
}

const STATUS: Name = Name::new("status");
const SECURE_3D: Name = Name::new("secure3D");
const ACTION: Name = Name::new("action");
const PA_REQ: Name = Name::new("paReq");
const MD: Name = Name::new("md");

/// The number is taken, or its last six digits are (`assumed`; the page calls it a format error). The
/// ask is made once, so it is not our own operation that is in the way.
const TAKEN: i64 = 477;

/// The answer to a payment.
pub(crate) fn decode(
    response: &Response<Bytes>,
    ordered: Money,
) -> Result<Observation, AnswerError> {
    let mut seen = answer(response, ordered.currency())?;
    // Where money was asked for, it would be a status that nobody has heard of.
    if ordered.is_zero() && seen.fact == Fact::Other(BankText::new("VERIFIED")) {
        seen.fact = Fact::Verified;
    }
    let refused = response.status() == StatusCode::BAD_REQUEST;
    if refused && matches!(seen.fact, Fact::Declined(decline) if decline.code() == TAKEN) {
        seen.fact = Fact::NumberTaken;
    }
    Ok(seen)
}

/// 200 is a yes, perhaps with a challenge before it; 400 with a `code` is a no; whatever else came is no answer.
pub(super) fn answer(
    response: &Response<Bytes>,
    currency: Currency,
) -> Result<Observation, AnswerError> {
    let read = || Fields::read(response.body());
    let (fields, fact) = match response.status() {
        StatusCode::OK => {
            let fields = read()?;
            let fact = accepted(&fields, currency)?;
            (fields, fact)
        }
        StatusCode::BAD_REQUEST => {
            let fields = read()?;
            let decline = reason::refusal(&fields)?;
            (fields, Fact::Declined(decline))
        }
        status => return Err(AnswerError::status(status)),
    };
    Ok(Summary::read(&fields, currency)?.reply(fact))
}

fn accepted(fields: &Fields<'_>, currency: Currency) -> Result<Fact, AnswerError> {
    let secure = fields.object(SECURE_3D);
    if let Ok(Some(challenge)) = secure.as_ref().map(|it| it.as_ref().and_then(challenge)) {
        return Ok(Fact::ThreeDsRequired(challenge));
    }
    if let Some(hint) = reason::hint(fields)? {
        return Ok(Fact::Declined(hint));
    }
    let captured =
        || Summary::read(fields, currency).map(|summary| summary.amount.map(|amount| amount.card));
    Ok(match fields.text(STATUS)?.map(|name| name.to_ascii_uppercase()).as_deref() {
        Some("AUTH") => Fact::Authorized,
        Some("CHARGE") => Fact::Captured { captured: captured()?, refunded: Refunds::NotTold },
        // A challenge that can't be shown is one all the same, and the operation has its name.
        _ if !matches!(secure, Ok(None)) => Fact::AwaitingPayer(PayerStep::Challenge),
        None => Fact::Approved,
        Some("3D") => Fact::AwaitingPayer(PayerStep::Challenge),
        Some("FINGERPRINT") => Fact::AwaitingPayer(PayerStep::Fingerprint),
        Some("NEW") => Fact::InProgress,
        Some(other) => Fact::Other(BankText::new(other)),
    })
}

fn challenge(secure: &Fields<'_>) -> Option<Challenge> {
    let part = |name| secure.required(name).ok().map(Cow::into_owned);
    Some(Challenge { action: part(ACTION)?, pa_req: part(PA_REQ)?, md: part(MD)? })
}

#[cfg(test)]
mod tests;

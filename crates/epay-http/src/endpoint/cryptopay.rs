//! POST {api}/payment/cryptopay — takes a payment by card or Apple Pay (bank page "Apple Pay by API", `documented`).

use bytes::Bytes;
use epay_crypto::Secret;
use epay_domain::{
    BankText, Challenge, Currency, Exposed, Fact, Language, Observation, PayerStep, Payment,
    PaymentRequest, Refunds, SealedMethod,
};
use http::{Request, Response, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{EncodeError, json};
use crate::{
    ApplePayType, AttemptTagField, CryptogramKey, Environment, Wire,
    codec::{
        AnswerError, decimal,
        fields::{Fields, Name},
        origin, reason,
        summary::Summary,
    },
};

/// In the order of the page's sample.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    amount: &'a RawValue,
    currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cryptogram_apple_pay: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eci: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    apple_pay: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cryptogram: Option<&'a str>,
    #[serde(rename = "\u{441}ryptogram", skip_serializing_if = "Option::is_none")]
    cyrillic_cryptogram: Option<&'a str>,
    invoice_id: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    back_link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_back_link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_post_link: Option<&'a str>,
    language: &'a str,
    card_save: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal_id: Option<&'a str>,
}

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
    let (mut cryptogram_apple_pay, mut eci, mut apple_pay, mut payment_type, mut terminal_id) =
        Default::default();
    let sealed = match method.expose() {
        Exposed::Card { cryptogram } => cryptogram,
        Exposed::ApplePay { cryptogram, payment_cryptogram, eci: indicator } => {
            cryptogram_apple_pay = Some(payment_cryptogram);
            eci = indicator.filter(|_| wire.send_eci);
            payment_type = Some(wire.apple_pay_type);
            cryptogram
        }
        Exposed::ApplePayToken { cryptogram, payment_data } => {
            apple_pay = Some(object(payment_data)?);
            payment_type = Some(wire.apple_pay_token_type);
            terminal_id = Some(payment.terminal().as_str());
            cryptogram
        }
    };
    let spelt = |key| (wire.cryptogram_key == key).then_some(sealed);
    let tag = payment.tag().filter(|_| wire.attempt_tag == AttemptTagField::Data);
    let body = Body {
        amount: &amount,
        currency: currency.code(),
        name: request.payer_name(),
        cryptogram_apple_pay,
        eci,
        apple_pay,
        cryptogram: spelt(CryptogramKey::Latin),
        cyrillic_cryptogram: spelt(CryptogramKey::Cyrillic),
        invoice_id: payment.invoice().as_str(),
        description: request.description(),
        account_id: request.account(),
        email: request.email(),
        phone: request.phone(),
        back_link: request.back_link(),
        failure_back_link: request.failure_back_link(),
        post_link: request.post_link(),
        failure_post_link: request.failure_post_link(),
        language: language(request.language()),
        card_save: request.save_card(),
        payment_type: payment_type.map(ApplePayType::as_str),
        data: tag.map(origin::data),
        terminal_id,
    };
    json(format!("{}/payment/cryptopay", environment.api_base()), token, &body)
}

/// `rus` is `documented`, the other two are `assumed` from it.
fn language(language: Language) -> &'static str {
    match language {
        Language::Russian => "rus",
        Language::Kazakh => "kaz",
        Language::English => "eng",
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
const TAKEN: u32 = 477;

/// The answer to a payment.
pub(crate) fn decode(
    response: &Response<Bytes>,
    currency: Currency,
) -> Result<Observation, AnswerError> {
    let mut seen = answer(response, currency)?;
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
    let part = |name| secure.required(name).ok();
    Some(Challenge { action: part(ACTION)?, pa_req: part(PA_REQ)?, md: part(MD)? })
}

#[cfg(test)]
mod tests;

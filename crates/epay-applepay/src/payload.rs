//! The payload of an opened token: a device account number with a cryptogram for one payment, read
//! strictly.

use crate::der::days_in;
use crate::json::{self, Object};
use crate::{EncryptedToken, Expected, Refused, Stage};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;
use zeroize::Zeroizing;

/// The opened token, wiped on drop. Field names are Apple's, from "Payment token format reference".
///
/// It says what the payer agreed to pay, and [`expect`](Payload::expect) compares that with what the merchant asked for.
pub struct Payload {
    pub(crate) dpan: Zeroizing<String>,
    pub(crate) expiry: Zeroizing<String>,
    pub(crate) currency: u16,
    pub(crate) amount: u64,
    pub(crate) proof: Proof,
    pub(crate) transaction_id: [u8; 32],
    pub(crate) application_data: Option<[u8; 32]>,
    cardholder_name: Option<Zeroizing<String>>,
    device_manufacturer_id: Option<Zeroizing<String>>,
    merchant_token_id: Option<Zeroizing<String>>,
    merchant_token_metadata: Option<Zeroizing<String>>,
    responses: Vec<AuthenticationResponse>,
    others: Vec<(String, Zeroizing<String>)>,
    text: Zeroizing<String>,
}

/// How the payment is proven to the card's issuer: `paymentDataType` and `paymentData`.
pub enum Proof {
    /// `3DSecure`: everywhere but for some cards in China.
    ThreeDSecure {
        /// `onlinePaymentCryptogram`: base64, good for one payment.
        cryptogram: Zeroizing<String>,
        /// `eciIndicator` as Apple gave it, one or two digits. If it is there it goes to the acquirer, or the payment fails.
        eci: Option<Zeroizing<String>>,
    },
    /// `EMV`.
    Emv {
        /// `emvData`: base64, the output of the secure element.
        data: Zeroizing<String>,
        /// `encryptedPINData`: hex.
        encrypted_pin: Option<Zeroizing<String>>,
    },
}

/// The part of one of several merchants, in a payment split among them (`authenticationResponses`).
pub struct AuthenticationResponse {
    /// The merchant it is for.
    pub merchant_id: String,
    /// `transactionAmount` as it came. Apple's page says only that it is a string, not in which units.
    pub amount: String,
    /// `authenticationData`, as it came.
    pub authentication_data: Zeroizing<String>,
}

const KNOWN: &[&str] = &[
    "applicationPrimaryAccountNumber",
    "applicationExpirationDate",
    "currencyCode",
    "transactionAmount",
    "cardholderName",
    "deviceManufacturerIdentifier",
    "paymentDataType",
    "paymentData",
    "merchantTokenIdentifier",
    "merchantTokenMetadata",
    "authenticationResponses",
];

type Read<T> = Result<T, &'static str>;

impl Payload {
    pub(crate) fn parse(text: Zeroizing<Vec<u8>>, token: &EncryptedToken) -> Read<Payload> {
        let utf8 = std::str::from_utf8(&text).map_err(|_| "it is not utf-8")?;
        let object = Object::parse(utf8)?;
        let member = |key: &str| object.get(key);
        let optional =
            |key: &str| member(key).filter(|raw| *raw != "null").map(json::string).transpose();
        let dpan = json::string(
            member("applicationPrimaryAccountNumber").ok_or("the account number is missing")?,
        )?;
        if !(12..=19).contains(&dpan.len()) || !is_digits(&dpan) {
            return Err("the account number is not 12 to 19 digits");
        }
        let responses =
            member("authenticationResponses").map(json::array).transpose()?.unwrap_or_default();
        let others = object.others(KNOWN).map(|(key, raw)| (key.to_owned(), copy(raw))).collect();
        Ok(Payload {
            dpan,
            expiry: expiry(member("applicationExpirationDate").ok_or("the expiry is missing")?)?,
            currency: currency(member("currencyCode").ok_or("the currency is missing")?)?,
            amount: json::whole_number(member("transactionAmount").ok_or("the amount is missing")?)
                .map_err(|_| "the amount is not a whole number of minor units")?,
            proof: proof(&object)?,
            transaction_id: *token.transaction_id(),
            application_data: token.application_data_hash().copied(),
            cardholder_name: optional("cardholderName")?,
            device_manufacturer_id: optional("deviceManufacturerIdentifier")?,
            merchant_token_id: optional("merchantTokenIdentifier")?,
            merchant_token_metadata: member("merchantTokenMetadata").map(copy),
            responses: responses.into_iter().map(authentication_response).collect::<Read<_>>()?,
            others,
            text: copy(utf8),
        })
    }

    /// Compares what the payer agreed to with what the merchant asked for. Only what comes out may be paid.
    ///
    /// A difference has [`Stage::Mismatch`]: the payer saw another sum than the order has, so ask them again.
    pub fn expect(self, expected: &Expected<'_>) -> Result<Approved, Refused> {
        expected.check(&self).map_err(Refused::at(Stage::Mismatch))?;
        Ok(Approved(self))
    }

    /// `currencyCode`: the number of ISO 4217, 398 for the tenge.
    pub fn currency(&self) -> u16 {
        self.currency
    }

    /// `transactionAmount` in minor units: 150000 is 1500.00 tenge.
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// `cardholderName`, which Apple gives for some cards.
    pub fn cardholder_name(&self) -> Option<&str> {
        self.cardholder_name.as_ref().map(|name| name.as_str())
    }

    /// `deviceManufacturerIdentifier`: hex.
    pub fn device_manufacturer_id(&self) -> Option<&str> {
        self.device_manufacturer_id.as_ref().map(|id| id.as_str())
    }

    /// `merchantTokenIdentifier`, for payments that come again without the payer.
    pub fn merchant_token_id(&self) -> Option<&str> {
        self.merchant_token_id.as_ref().map(|id| id.as_str())
    }

    /// `merchantTokenMetadata` as JSON: the card behind the merchant token.
    pub fn merchant_token_metadata(&self) -> Option<&str> {
        self.merchant_token_metadata.as_ref().map(|json| json.as_str())
    }

    /// `authenticationResponses` of a payment to several merchants; else empty.
    pub fn authentication_responses(&self) -> &[AuthenticationResponse] {
        &self.responses
    }

    /// Members of the payload that Apple's page does not list, each as its key and its JSON.
    pub fn others(&self) -> impl Iterator<Item = (&str, &str)> {
        self.others.iter().map(|(key, json)| (key.as_str(), json.as_str()))
    }

    /// The whole text that was encrypted, account number and cryptogram included.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payload(redacted)")
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Proof::ThreeDSecure { .. } => "ThreeDSecure(redacted)",
            Proof::Emv { .. } => "Emv(redacted)",
        })
    }
}

impl fmt::Debug for AuthenticationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthenticationResponse({}, {}, redacted)", self.merchant_id, self.amount)
    }
}

/// A payment that the payer agreed to and the merchant asked for: what an acquirer takes.
pub struct Approved(Payload);

impl Approved {
    /// `applicationPrimaryAccountNumber`: the device's account number, which stands for the card. Never send it on as a
    /// plain card: without the cryptogram the payment loses the payer's proof.
    pub fn dpan(&self) -> &str {
        &self.0.dpan
    }

    /// `applicationExpirationDate`: YYMMDD.
    pub fn expiry(&self) -> &str {
        &self.0.expiry
    }

    /// How the payment is proven.
    pub fn proof(&self) -> &Proof {
        &self.0.proof
    }

    /// The ECI in the two digits that acquirers often want: Apple's 7 is 07.
    pub fn eci_two_digits(&self) -> Option<String> {
        match &self.0.proof {
            Proof::ThreeDSecure { eci: Some(eci), .. } => Some(format!("{:0>2}", eci.as_str())),
            _ => None,
        }
    }

    /// The id to claim before anything is paid: whoever comes second with it brings a replay.
    pub fn transaction_id(&self) -> &[u8; 32] {
        &self.0.transaction_id
    }

    /// The other fields of the token.
    pub fn payload(&self) -> &Payload {
        &self.0
    }
}

impl fmt::Debug for Approved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Approved(redacted)")
    }
}

fn copy(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// YYMMDD.
fn expiry(raw: &str) -> Read<Zeroizing<String>> {
    const WRONG: &str = "the expiry is not YYMMDD";
    let text = json::string(raw)?;
    if text.len() != 6 || !is_digits(&text) {
        return Err(WRONG);
    }
    let number =
        |range| text.get(range).and_then(|part: &str| part.parse::<u64>().ok()).ok_or(WRONG);
    let (year, month, day) = (number(0..2)?, number(2..4)?, number(4..6)?);
    let fits = (1..=12).contains(&month) && (1..=days_in(2000 + year, month)).contains(&day);
    if fits { Ok(text) } else { Err(WRONG) }
}

/// Three digits in a string.
fn currency(raw: &str) -> Read<u16> {
    let text = json::string(raw)?;
    let number = (text.len() == 3 && is_digits(&text)).then(|| text.parse().ok()).flatten();
    number.ok_or("the currency is not three digits")
}

fn proof(object: &Object<'_>) -> Read<Proof> {
    let kind = json::string(object.get("paymentDataType").ok_or("paymentDataType is missing")?)?;
    let data = Object::parse(object.get("paymentData").ok_or("paymentData is missing")?)?;
    match kind.as_str() {
        "3DSecure" => {
            let cryptogram =
                base64(data.get("onlinePaymentCryptogram").ok_or("the cryptogram is missing")?)?;
            let eci = data.get("eciIndicator").map(json::string).transpose()?;
            if eci.as_ref().is_some_and(|eci| !(1..=2).contains(&eci.len()) || !is_digits(eci)) {
                return Err("the eci is not one or two digits");
            }
            Ok(Proof::ThreeDSecure { cryptogram, eci })
        }
        "EMV" => Ok(Proof::Emv {
            data: base64(data.get("emvData").ok_or("emvData is missing")?)?,
            encrypted_pin: data.get("encryptedPINData").map(json::string).transpose()?,
        }),
        _ => Err("paymentDataType is neither 3DSecure nor EMV"),
    }
}

/// A text of base64 that stays one, because the acquirer takes it as it came.
fn base64(raw: &str) -> Read<Zeroizing<String>> {
    let text = json::string(raw)?;
    let decoded = STANDARD.decode(text.as_bytes()).map(Zeroizing::new);
    if decoded.is_ok_and(|bytes| !bytes.is_empty()) {
        Ok(text)
    } else {
        Err("the cryptogram is not base64")
    }
}

fn authentication_response(raw: &str) -> Read<AuthenticationResponse> {
    let object = Object::parse(raw)?;
    let text =
        |key: &str| json::string(object.get(key).ok_or("an authentication response is not whole")?);
    Ok(AuthenticationResponse {
        merchant_id: text("merchantIdentifier")?.to_string(),
        amount: text("transactionAmount")?.to_string(),
        authentication_data: text("authenticationData")?,
    })
}

#[cfg(test)]
mod tests;

//! The payload of a token: the fields of Apple's format, in the order in which devices write them.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{json::Object, keys::Seed};

/// A card number that belongs to nobody, in the form of a device account number.
const DPAN: &str = "4109370251004320";

/// A 3-D Secure payload of 1500.00 tenge, until something else is asked.
pub(crate) fn usual(seed: &Seed, token: &str) -> Object {
    let mut payload = Object::default();
    payload.text("applicationPrimaryAccountNumber", DPAN);
    payload.text("applicationExpirationDate", "291231");
    payload.text("currencyCode", "398");
    payload.set("transactionAmount", "150000");
    payload.text("deviceManufacturerIdentifier", "040010030273");
    payload.text("paymentDataType", "3DSecure");
    let random = seed.bytes(&format!("{token} cryptogram"));
    let inner = payload.object("paymentData");
    inner.text("onlinePaymentCryptogram", &STANDARD.encode(&random[..20]));
    inner.text("eciIndicator", "7");
    payload
}

/// Replaces the cryptogram by chip data.
pub(crate) fn emv(payload: &mut Object, emv_data: &[u8], encrypted_pin: Option<&[u8]>) {
    payload.text("paymentDataType", "EMV");
    payload.remove("paymentData");
    let inner = payload.object("paymentData");
    inner.text("emvData", &STANDARD.encode(emv_data));
    if let Some(pin) = encrypted_pin {
        inner.hex("encryptedPINData", pin);
    }
}

/// One answer of a payment with several merchants, whose amount is a text.
pub(crate) fn authentication_response(merchant_id: &str, amount: &str, data: &[u8]) -> String {
    let mut response = Object::default();
    response.text("merchantIdentifier", merchant_id);
    response.text("authenticationData", &STANDARD.encode(data));
    response.text("transactionAmount", amount);
    response.to_string()
}

/// What comes with a merchant token.
pub(crate) fn merchant_token_metadata(expiry: &str, suffix: &str) -> Object {
    let mut metadata = Object::default();
    let card = metadata.object("cardMetadata");
    card.text("expirationDate", expiry);
    card.text("fpanSuffix", suffix);
    let mut art = Object::default();
    art.text("name", "background");
    art.text("type", "image/png");
    art.text("url", "https://fake-apple.invalid/art.png");
    metadata.set("cardArt", format!("[{art}]"));
    metadata
}

/// `[a,b]` of values that are JSON already.
pub(crate) fn list(values: &[String]) -> String {
    format!("[{}]", values.join(","))
}

//! Faults of the payload itself, in tokens that are otherwise correct.

use super::row::faults;
use crate::{json::quoted, order::Order, payload};

faults! { EC on Ec:
    ok {
        "the payload names the cardholder": Order |o| o.payload.text("cardholderName", "AIGERIM \"Ай\" O");
        "there is no ECI": Order |o| o.payload.object("paymentData").remove("eciIndicator");
        "the ECI is 5": Order |o| o.payload.object("paymentData").text("eciIndicator", "5");
        "the ECI is 07": Order |o| o.payload.object("paymentData").text("eciIndicator", "07");
        "the cryptogram has 19 bytes":
            Order |o| o.payload.object("paymentData").text("onlinePaymentCryptogram", "AMwBRjPWDnAgAA7Rls7mAoABFA==");
        "the payload is chip data": Order |o| payload::emv(&mut o.payload, b"\x9F\x26\x08ABCDEFGH", None);
        "the payload is chip data with an encrypted PIN":
            Order |o| payload::emv(&mut o.payload, b"\x9F\x26\x08ABCDEFGH", Some(&[0xAB; 8]));
        "the payload holds a merchant token": Order |o| {
            o.payload.text("merchantTokenIdentifier", "DAPLMC00002120311a8f0f00d5b04d8d");
            o.payload.set("merchantTokenMetadata", payload::merchant_token_metadata("2030-12", "4320").to_string());
        };
        "the payload holds answers for two merchants": Order |o| {
            let answer = |id, amount| payload::authentication_response(id, amount, b"answer");
            let answers = [answer("merchant.kz.example.hotel", "100000"), answer("merchant.kz.example.taxi", "50000")];
            o.payload.set("authenticationResponses", payload::list(&answers));
        };
        "the payload has a field that nobody knows": Order |o| o.payload.set("newIn2027", r#"{"a":[1.5,null]}"#);
        "the paymentData has a field that nobody knows":
            Order |o| o.payload.object("paymentData").set("newIn2027", "true");
        "the fields come in the reverse order": Order |o| o.payload.reverse();
        "the amount is 1": Order |o| o.payload.set("transactionAmount", "1");
        "the amount is the largest of 64 bits": Order |o| o.payload.set("transactionAmount", "18446744073709551615");
        "the currency begins with zeros": Order |o| o.payload.text("currencyCode", "008");
        "the card number has 19 digits":
            Order |o| o.payload.text("applicationPrimaryAccountNumber", "6212345678900000003");
    }
    token {
        "the payload is empty": Order |o| o.raw_payload = Some(Vec::new());
    }
    payload {
        "the payload is a text that is not JSON": Order |o| o.raw_payload = Some(b"hello".to_vec());
        "the payload is null": Order |o| o.raw_payload = Some(b"null".to_vec());
        "the payload is an empty object": Order |o| o.raw_payload = Some(b"{}".to_vec());
        "the payload is in a list": Order |o| raw(o, |json| format!("[{json}]"));
        "the payload is JSON within a JSON text": Order |o| raw(o, |json| quoted(&json));
        "the payload lacks its last byte": Order |o| raw(o, |json| json[..json.len() - 1].to_owned());
        "letters follow the payload": Order |o| raw(o, |json| json + "x");
        "a zero byte follows the payload": Order |o| raw(o, |json| json + "\0");
        "the payload is there twice": Order |o| raw(o, |json| json.repeat(2));
        "a byte order mark precedes the payload": Order |o| raw(o, |json| format!("\u{FEFF}{json}"));
        "the payload is not UTF-8": Order |o| {
            o.payload.text("cardholderName", "?");
            let json = o.payload.to_string().into_bytes();
            o.raw_payload = Some(json.into_iter().map(|byte| if byte == b'?' { 0xFF } else { byte }).collect());
        };
        "an unknown field is 2000 lists deep":
            Order |o| o.payload.set("unknown", format!("{}{}", "[".repeat(2_000), "]".repeat(2_000)));

        "the card number is there twice": Order |o| o.payload.double("applicationPrimaryAccountNumber");
        "there are two amounts": Order |o| raw(o, |json| json.replacen('{', r#"{"transactionAmount":1,"#, 1));
        "there are two amounts, one with an escape in its name":
            Order |o| raw(o, |json| json.replacen('{', r#"{"transaction\u0041mount":1,"#, 1));
        "the currency is there twice": Order |o| o.payload.double("currencyCode");
        "the paymentData is there twice": Order |o| o.payload.double("paymentData");
        "the cryptogram is there twice": Order |o| o.payload.object("paymentData").double("onlinePaymentCryptogram");
        "the ECI is there twice": Order |o| o.payload.object("paymentData").double("eciIndicator");
        "an unknown field is there twice": Order |o| {
            o.payload.set("unknown", "1");
            o.payload.double("unknown");
        };

        "the amount is a text": Order |o| o.payload.text("transactionAmount", "150000");
        "the amount has a fraction": Order |o| o.payload.set("transactionAmount", "1500.5");
        "the amount has a fraction of zero": Order |o| o.payload.set("transactionAmount", "150000.0");
        "the amount is negative": Order |o| o.payload.set("transactionAmount", "-150000");
        "the amount is minus zero": Order |o| o.payload.set("transactionAmount", "-0");
        "the amount has an exponent": Order |o| o.payload.set("transactionAmount", "15e4");
        "the amount needs 65 bits": Order |o| o.payload.set("transactionAmount", "18446744073709551616");
        "the amount begins with a zero": Order |o| o.payload.set("transactionAmount", "0150000");
        "the amount is in hex": Order |o| o.payload.set("transactionAmount", "0x249F0");
        "the amount is null": Order |o| o.payload.set("transactionAmount", "null");
        "the amount is in a list": Order |o| o.payload.set("transactionAmount", "[150000]");
        "there is no amount": Order |o| o.payload.remove("transactionAmount");
        "the currency is a number": Order |o| o.payload.set("currencyCode", "398");
        "the currency has 2 digits": Order |o| o.payload.text("currencyCode", "39");
        "the currency has 4 digits": Order |o| o.payload.text("currencyCode", "0398");
        "the currency is letters": Order |o| o.payload.text("currencyCode", "KZT");
        "the currency is empty": Order |o| o.payload.text("currencyCode", "");
        "the currency has a plus": Order |o| o.payload.text("currencyCode", "+98");
        "there is no currency": Order |o| o.payload.remove("currencyCode");
        "the card number has letters": Order |o| o.payload.text("applicationPrimaryAccountNumber", "4109370251OO4320");
        "the card number has spaces":
            Order |o| o.payload.text("applicationPrimaryAccountNumber", "4109 3702 5100 4320");
        "the card number is a JSON number":
            Order |o| o.payload.set("applicationPrimaryAccountNumber", "4109370251004320");
        "the card number is empty": Order |o| o.payload.text("applicationPrimaryAccountNumber", "");
        "the card number has 40 digits": Order |o| o.payload.text("applicationPrimaryAccountNumber", &"4".repeat(40));
        "the card number has digits beyond ASCII":
            Order |o| o.payload.text("applicationPrimaryAccountNumber", "410937025100432٠");
        "there is no card number": Order |o| o.payload.remove("applicationPrimaryAccountNumber");
        "the card expires in month 13": Order |o| o.payload.text("applicationExpirationDate", "291331");
        "the card expires in month 0": Order |o| o.payload.text("applicationExpirationDate", "290031");
        "the card expires on day 0": Order |o| o.payload.text("applicationExpirationDate", "291200");
        "the card expires on day 32": Order |o| o.payload.text("applicationExpirationDate", "291232");
        "the expiry has 4 digits": Order |o| o.payload.text("applicationExpirationDate", "1229");
        "the expiry has 8 digits": Order |o| o.payload.text("applicationExpirationDate", "20291231");
        "the expiry has letters": Order |o| o.payload.text("applicationExpirationDate", "29DEC1");
        "the expiry is a number": Order |o| o.payload.set("applicationExpirationDate", "291231");
        "there is no expiry": Order |o| o.payload.remove("applicationExpirationDate");
        "the cardholder's name is a number": Order |o| o.payload.set("cardholderName", "1");
        "the paymentDataType is unknown": Order |o| o.payload.text("paymentDataType", "4DSecure");
        "the paymentDataType is in lower case": Order |o| o.payload.text("paymentDataType", "3dsecure");
        "the paymentDataType is a number": Order |o| o.payload.set("paymentDataType", "3");
        "there is no paymentDataType": Order |o| o.payload.remove("paymentDataType");
        "there is no paymentData": Order |o| o.payload.remove("paymentData");
        "the paymentData is null": Order |o| o.payload.set("paymentData", "null");
        "the paymentData is a text": Order |o| o.payload.text("paymentData", "{}");
        "the paymentData is empty": Order |o| o.payload.set("paymentData", "{}");
        "there is no cryptogram": Order |o| o.payload.object("paymentData").remove("onlinePaymentCryptogram");
        "the cryptogram is a number": Order |o| o.payload.object("paymentData").set("onlinePaymentCryptogram", "1");
        "the cryptogram is not base64":
            Order |o| o.payload.object("paymentData").text("onlinePaymentCryptogram", "not base64!");
        "the cryptogram is in the alphabet of URLs":
            Order |o| o.payload.object("paymentData").text("onlinePaymentCryptogram", "_w87QS0AExt_z6EPXrU2MAACAAA=");
        "the cryptogram is empty": Order |o| o.payload.object("paymentData").text("onlinePaymentCryptogram", "");
        "the ECI is a number": Order |o| o.payload.object("paymentData").set("eciIndicator", "7");
        "the payload says EMV and holds a cryptogram": Order |o| o.payload.text("paymentDataType", "EMV");
        "the chip data is not base64": Order |o| {
            payload::emv(&mut o.payload, b"", None);
            o.payload.object("paymentData").text("emvData", "not base64!");
        };
        "the payload says 3DSecure and holds chip data": Order |o| {
            payload::emv(&mut o.payload, b"\x9F\x26\x08ABCDEFGH", None);
            o.payload.text("paymentDataType", "3DSecure");
        };
    }
}

/// Encrypts what this makes of the payload's JSON.
fn raw(order: &mut Order, by: fn(String) -> String) {
    order.raw_payload = Some(by(order.payload.to_string()).into_bytes());
}

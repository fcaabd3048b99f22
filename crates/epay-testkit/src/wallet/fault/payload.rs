//! Faults of the payload itself, in tokens of which everything around it is right.

use super::row::faults;
use crate::wallet::{json::quoted, order::Order, payload};

faults! { EC on Ec:
    ok {
        CARDHOLDER "the payload names the cardholder": Order |o| o.payload.text("cardholderName", "AIGERIM \"Ай\" O");
        NO_ECI "there is no ECI": Order |o| o.payload.object("paymentData").remove("eciIndicator");
        ECI_5 "the ECI is 5": Order |o| o.payload.object("paymentData").text("eciIndicator", "5");
        ECI_OF_TWO_DIGITS "the ECI is 07": Order |o| o.payload.object("paymentData").text("eciIndicator", "07");
        CRYPTOGRAM_OF_19_BYTES "the cryptogram has 19 bytes":
            Order |o| o.payload.object("paymentData").text("onlinePaymentCryptogram", "AMwBRjPWDnAgAA7Rls7mAoABFA==");
        EMV "the payload is chip data": Order |o| payload::emv(&mut o.payload, b"\x9F\x26\x08ABCDEFGH", None);
        EMV_WITH_PIN "the payload is chip data with an encrypted PIN":
            Order |o| payload::emv(&mut o.payload, b"\x9F\x26\x08ABCDEFGH", Some(&[0xAB; 8]));
        MERCHANT_TOKEN "the payload holds a merchant token": Order |o| {
            o.payload.text("merchantTokenIdentifier", "DAPLMC00002120311a8f0f00d5b04d8d");
            o.payload.set("merchantTokenMetadata", payload::merchant_token_metadata("2030-12", "4320").to_string());
        };
        TWO_MERCHANTS "the payload holds answers for two merchants": Order |o| {
            let answer = |id, amount| payload::authentication_response(id, amount, b"answer");
            let answers = [answer("merchant.kz.example.hotel", "100000"), answer("merchant.kz.example.taxi", "50000")];
            o.payload.set("authenticationResponses", payload::list(&answers));
        };
        UNKNOWN_FIELD "the payload has a field that nobody knows":
            Order |o| o.payload.set("newIn2027", r#"{"a":[1.5,null]}"#);
        UNKNOWN_INNER_FIELD "the paymentData has a field that nobody knows":
            Order |o| o.payload.object("paymentData").set("newIn2027", "true");
        FIELDS_REVERSED "the fields come in the reverse order": Order |o| o.payload.reverse();
        AMOUNT_OF_ONE "the amount is 1": Order |o| o.payload.set("transactionAmount", "1");
        AMOUNT_LARGEST "the amount is the largest of 64 bits":
            Order |o| o.payload.set("transactionAmount", "18446744073709551615");
        CURRENCY_WITH_ZEROS "the currency begins with zeros": Order |o| o.payload.text("currencyCode", "008");
        CARD_OF_19_DIGITS "the card number has 19 digits":
            Order |o| o.payload.text("applicationPrimaryAccountNumber", "6212345678900000003");
    }
    token {
        PAYLOAD_EMPTY "the payload is empty": Order |o| o.raw_payload = Some(Vec::new());
    }
    payload {
        PAYLOAD_TEXT "the payload is a text that is not JSON": Order |o| o.raw_payload = Some(b"hello".to_vec());
        PAYLOAD_NULL "the payload is null": Order |o| o.raw_payload = Some(b"null".to_vec());
        PAYLOAD_EMPTY_OBJECT "the payload is an empty object": Order |o| o.raw_payload = Some(b"{}".to_vec());
        PAYLOAD_LIST "the payload is in a list": Order |o| raw(o, |json| format!("[{json}]"));
        PAYLOAD_QUOTED "the payload is JSON within a JSON text": Order |o| raw(o, |json| quoted(&json));
        PAYLOAD_CUT "the payload lacks its last byte": Order |o| raw(o, |json| json[..json.len() - 1].to_owned());
        PAYLOAD_TRAILING_TEXT "letters follow the payload": Order |o| raw(o, |json| json + "x");
        PAYLOAD_TRAILING_NUL "a zero byte follows the payload": Order |o| raw(o, |json| json + "\0");
        PAYLOAD_TWICE "the payload is there twice": Order |o| raw(o, |json| json.repeat(2));
        PAYLOAD_WITH_BOM "a byte order mark precedes the payload": Order |o| raw(o, |json| format!("\u{FEFF}{json}"));
        PAYLOAD_NOT_UTF8 "the payload is not UTF-8": Order |o| {
            o.payload.text("cardholderName", "?");
            let json = o.payload.to_string().into_bytes();
            o.raw_payload = Some(json.into_iter().map(|byte| if byte == b'?' { 0xFF } else { byte }).collect());
        };
        PAYLOAD_NESTED "an unknown field is 2000 lists deep":
            Order |o| o.payload.set("unknown", format!("{}{}", "[".repeat(2_000), "]".repeat(2_000)));

        CARD_TWICE "the card number is there twice": Order |o| o.payload.double("applicationPrimaryAccountNumber");
        AMOUNT_TWICE "there are two amounts":
            Order |o| raw(o, |json| json.replacen('{', r#"{"transactionAmount":1,"#, 1));
        AMOUNT_TWICE_BY_ESCAPE "there are two amounts, one with an escape in its name":
            Order |o| raw(o, |json| json.replacen('{', r#"{"transaction\u0041mount":1,"#, 1));
        CURRENCY_TWICE "the currency is there twice": Order |o| o.payload.double("currencyCode");
        INNER_TWICE "the paymentData is there twice": Order |o| o.payload.double("paymentData");
        CRYPTOGRAM_TWICE "the cryptogram is there twice":
            Order |o| o.payload.object("paymentData").double("onlinePaymentCryptogram");
        ECI_TWICE "the ECI is there twice": Order |o| o.payload.object("paymentData").double("eciIndicator");
        UNKNOWN_FIELD_TWICE "an unknown field is there twice": Order |o| {
            o.payload.set("unknown", "1");
            o.payload.double("unknown");
        };

        AMOUNT_TEXT "the amount is a text": Order |o| o.payload.text("transactionAmount", "150000");
        AMOUNT_FRACTION "the amount has a fraction": Order |o| o.payload.set("transactionAmount", "1500.5");
        AMOUNT_WHOLE_FRACTION "the amount has a fraction of zero":
            Order |o| o.payload.set("transactionAmount", "150000.0");
        AMOUNT_NEGATIVE "the amount is negative": Order |o| o.payload.set("transactionAmount", "-150000");
        AMOUNT_NEGATIVE_ZERO "the amount is minus zero": Order |o| o.payload.set("transactionAmount", "-0");
        AMOUNT_EXPONENT "the amount has an exponent": Order |o| o.payload.set("transactionAmount", "15e4");
        AMOUNT_TOO_LARGE "the amount needs 65 bits":
            Order |o| o.payload.set("transactionAmount", "18446744073709551616");
        AMOUNT_LEADING_ZERO "the amount begins with a zero": Order |o| o.payload.set("transactionAmount", "0150000");
        AMOUNT_HEX "the amount is in hex": Order |o| o.payload.set("transactionAmount", "0x249F0");
        AMOUNT_NULL "the amount is null": Order |o| o.payload.set("transactionAmount", "null");
        AMOUNT_LIST "the amount is in a list": Order |o| o.payload.set("transactionAmount", "[150000]");
        AMOUNT_MISSING "there is no amount": Order |o| o.payload.remove("transactionAmount");
        CURRENCY_NUMBER "the currency is a number": Order |o| o.payload.set("currencyCode", "398");
        CURRENCY_OF_2_DIGITS "the currency has 2 digits": Order |o| o.payload.text("currencyCode", "39");
        CURRENCY_OF_4_DIGITS "the currency has 4 digits": Order |o| o.payload.text("currencyCode", "0398");
        CURRENCY_LETTERS "the currency is letters": Order |o| o.payload.text("currencyCode", "KZT");
        CURRENCY_EMPTY "the currency is empty": Order |o| o.payload.text("currencyCode", "");
        CURRENCY_WITH_SIGN "the currency has a plus": Order |o| o.payload.text("currencyCode", "+98");
        CURRENCY_MISSING "there is no currency": Order |o| o.payload.remove("currencyCode");
        CARD_LETTERS "the card number has letters":
            Order |o| o.payload.text("applicationPrimaryAccountNumber", "4109370251OO4320");
        CARD_SPACES "the card number has spaces":
            Order |o| o.payload.text("applicationPrimaryAccountNumber", "4109 3702 5100 4320");
        CARD_NUMBER "the card number is a JSON number":
            Order |o| o.payload.set("applicationPrimaryAccountNumber", "4109370251004320");
        CARD_EMPTY "the card number is empty": Order |o| o.payload.text("applicationPrimaryAccountNumber", "");
        CARD_TOO_LONG "the card number has 40 digits":
            Order |o| o.payload.text("applicationPrimaryAccountNumber", &"4".repeat(40));
        CARD_OTHER_DIGITS "the card number has digits beyond ASCII":
            Order |o| o.payload.text("applicationPrimaryAccountNumber", "410937025100432٠");
        CARD_MISSING "there is no card number": Order |o| o.payload.remove("applicationPrimaryAccountNumber");
        EXPIRY_IN_MONTH_13 "the card expires in month 13":
            Order |o| o.payload.text("applicationExpirationDate", "291331");
        EXPIRY_IN_MONTH_0 "the card expires in month 0":
            Order |o| o.payload.text("applicationExpirationDate", "290031");
        EXPIRY_ON_DAY_0 "the card expires on day 0": Order |o| o.payload.text("applicationExpirationDate", "291200");
        EXPIRY_ON_DAY_32 "the card expires on day 32": Order |o| o.payload.text("applicationExpirationDate", "291232");
        EXPIRY_OF_4_DIGITS "the expiry has 4 digits": Order |o| o.payload.text("applicationExpirationDate", "1229");
        EXPIRY_OF_8_DIGITS "the expiry has 8 digits": Order |o| o.payload.text("applicationExpirationDate", "20291231");
        EXPIRY_LETTERS "the expiry has letters": Order |o| o.payload.text("applicationExpirationDate", "29DEC1");
        EXPIRY_NUMBER "the expiry is a number": Order |o| o.payload.set("applicationExpirationDate", "291231");
        EXPIRY_MISSING "there is no expiry": Order |o| o.payload.remove("applicationExpirationDate");
        CARDHOLDER_NUMBER "the cardholder's name is a number": Order |o| o.payload.set("cardholderName", "1");
        KIND_UNKNOWN "the paymentDataType is unknown": Order |o| o.payload.text("paymentDataType", "4DSecure");
        KIND_LOWER_CASE "the paymentDataType is in lower case": Order |o| o.payload.text("paymentDataType", "3dsecure");
        KIND_NUMBER "the paymentDataType is a number": Order |o| o.payload.set("paymentDataType", "3");
        KIND_MISSING "there is no paymentDataType": Order |o| o.payload.remove("paymentDataType");
        INNER_MISSING "there is no paymentData": Order |o| o.payload.remove("paymentData");
        INNER_NULL "the paymentData is null": Order |o| o.payload.set("paymentData", "null");
        INNER_TEXT "the paymentData is a text": Order |o| o.payload.text("paymentData", "{}");
        INNER_EMPTY "the paymentData is empty": Order |o| o.payload.set("paymentData", "{}");
        CRYPTOGRAM_MISSING "there is no cryptogram":
            Order |o| o.payload.object("paymentData").remove("onlinePaymentCryptogram");
        CRYPTOGRAM_NUMBER "the cryptogram is a number":
            Order |o| o.payload.object("paymentData").set("onlinePaymentCryptogram", "1");
        CRYPTOGRAM_NOT_BASE64 "the cryptogram is not base64":
            Order |o| o.payload.object("paymentData").text("onlinePaymentCryptogram", "not base64!");
        CRYPTOGRAM_IN_URL_ALPHABET "the cryptogram is in the alphabet of URLs":
            Order |o| o.payload.object("paymentData").text("onlinePaymentCryptogram", "_w87QS0AExt_z6EPXrU2MAACAAA=");
        CRYPTOGRAM_EMPTY "the cryptogram is empty":
            Order |o| o.payload.object("paymentData").text("onlinePaymentCryptogram", "");
        ECI_NUMBER "the ECI is a number": Order |o| o.payload.object("paymentData").set("eciIndicator", "7");
        EMV_WITH_CRYPTOGRAM "the payload says EMV and holds a cryptogram":
            Order |o| o.payload.text("paymentDataType", "EMV");
        EMV_NOT_BASE64 "the chip data is not base64": Order |o| {
            payload::emv(&mut o.payload, b"", None);
            o.payload.object("paymentData").text("emvData", "not base64!");
        };
        CRYPTOGRAM_WITH_EMV "the payload says 3DSecure and holds chip data": Order |o| {
            payload::emv(&mut o.payload, b"\x9F\x26\x08ABCDEFGH", None);
            o.payload.text("paymentDataType", "3DSecure");
        };
    }
}

/// Encrypts what this makes of the payload's JSON.
fn raw(order: &mut Order, by: fn(String) -> String) {
    order.raw_payload = Some(by(order.payload.to_string()).into_bytes());
}

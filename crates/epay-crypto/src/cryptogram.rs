//! What is encrypted, byte for byte: `{"hpan":…,"expDate":…,"cvc":…,"terminalId":…}`, PKCS#1 v1.5, padded base64.
//!
//! PKCS#1 v1.5 is weaker than OAEP, and what the bank decrypts (`observed` in the bank's own library and in many
//! clients; the page says only "a public and RSA key"). The bank is the one who must not be an oracle.

use crate::{
    ApplePayToken, Card, DecryptedApplePay, ExpiryFormat, GooglePayToken, PublicKey, SealError,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use epay_domain::{SealedMethod, TerminalId};
use zeroize::Zeroizing;

/// Room for the longest plaintext there is (19 digits, 6, 4 and a UUID make 114 bytes), so that the buffer never
/// grows and leaves no copy behind.
const ROOM: usize = 128;

impl PublicKey {
    /// Seals a card. Each call gives another text for the same card, because the padding is random.
    ///
    /// Source: bank page "cryptogram payment", `documented`.
    pub fn seal_card(&self, card: Card, terminal: &TerminalId) -> Result<SealedMethod, SealError> {
        let expiry = card.expiry.text(ExpiryFormat::Mmyy);
        let plaintext = plaintext(card.number.digits(), &expiry, card.cvc.digits(), terminal);
        Ok(SealedMethod::card(self.seal(&plaintext)?))
    }

    /// Seals Apple Pay opened by the merchant: the device number in the card's place, no code, and Apple's payment
    /// cryptogram beside it.
    ///
    /// Source: bank page "Apple Pay by API", `documented`; that `hpan` is the device number and not the literal
    /// `AppleToken` of the sample is `assumed`, and so is `format` whatever you choose (see [`ExpiryFormat`]).
    pub fn seal_apple_pay(
        &self,
        apple_pay: DecryptedApplePay,
        terminal: &TerminalId,
        format: ExpiryFormat,
    ) -> Result<SealedMethod, SealError> {
        let plaintext =
            plaintext(apple_pay.dpan.digits(), &apple_pay.expiry.text(format), "", terminal);
        let eci = apple_pay.eci.map(|eci| Zeroizing::new(eci.as_str().to_owned()));
        Ok(SealedMethod::apple_pay(
            self.seal(&plaintext)?,
            apple_pay.payment_cryptogram.into_text(),
            eci,
        ))
    }

    /// Seals Apple Pay opened by the bank: placeholders in the card's place, and Apple's encrypted token beside them.
    ///
    /// Source: the bank's own iOS library, `observed`; no page describes it.
    pub fn seal_apple_pay_token(
        &self,
        token: ApplePayToken,
        terminal: &TerminalId,
    ) -> Result<SealedMethod, SealError> {
        let plaintext = plaintext("AppleToken", "expToken", "", terminal);
        Ok(SealedMethod::apple_pay_token(self.seal(&plaintext)?, token.0.into_text()))
    }

    /// Seals Google Pay opened by the bank: placeholders in the card's place, and Google's token beside them, as with
    /// Apple's. No page and no client is known to tell how it is done (`assumed`).
    pub fn seal_google_pay_token(
        &self,
        token: GooglePayToken,
        terminal: &TerminalId,
    ) -> Result<SealedMethod, SealError> {
        let plaintext = plaintext("GoogleToken", "expToken", "", terminal);
        Ok(SealedMethod::google_pay_token(self.seal(&plaintext)?, token.0.into_text()))
    }

    fn seal(&self, plaintext: &str) -> Result<String, SealError> {
        Ok(STANDARD.encode(self.key.encrypt(plaintext.as_bytes())?))
    }
}

/// Nothing is escaped because nothing can need it: digits, a UUID and our own literals.
fn plaintext(hpan: &str, exp_date: &str, cvc: &str, terminal: &TerminalId) -> Zeroizing<String> {
    let mut json = Zeroizing::new(String::with_capacity(ROOM));
    for part in [
        r#"{"hpan":""#,
        hpan,
        r#"","expDate":""#,
        exp_date,
        r#"","cvc":""#,
        cvc,
        r#"","terminalId":""#,
        terminal.as_str(),
        r#""}"#,
    ] {
        json.push_str(part);
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CardNumber, Cvc, Eci, Expiry, SealErrorKind, Secret};
    use epay_domain::{Exposed, Money, ReplayKey};
    use rsa::pkcs8::DecodePrivateKey;

    fn terminal() -> TerminalId {
        TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap()
    }

    fn key() -> PublicKey {
        PublicKey::parse(include_bytes!("../tests/keys/bank.public.pem")).unwrap()
    }

    /// The key on every backend of this build.
    fn keys() -> Vec<PublicKey> {
        vec![
            key(),
            #[cfg(feature = "aws-lc")]
            key().by_rsa(),
        ]
    }

    /// What the bank sees, less the terminal that every plaintext ends with. Only tests do private-key operations.
    fn open(cryptogram: &str) -> String {
        let key = rsa::PrivateKey::from_pkcs8_pem(include_str!("../tests/keys/bank.private.pem"))
            .unwrap();
        let plaintext = key.pkcs1v15_decrypt(&STANDARD.decode(cryptogram).unwrap()).unwrap();
        let json = String::from_utf8(plaintext).unwrap();
        let terminal = r#","terminalId":"67e34d63-102f-4bd1-898e-370781d0074d"}"#;
        json.strip_suffix(terminal)
            .unwrap_or_else(|| panic!("{json} is for another terminal"))
            .to_owned()
    }

    fn card(number: &str, expiry: Expiry, cvc: &str) -> Card {
        Card::new(CardNumber::new(number).unwrap(), expiry, Cvc::new(cvc).unwrap())
    }

    fn check_card(card: impl Fn() -> Card, json: &str) {
        for key in keys() {
            let sealed = key.seal_card(card(), &terminal()).unwrap();
            let Exposed::Card { cryptogram } = sealed.expose() else { panic!("{sealed:?}") };
            assert_eq!(open(cryptogram), json);
        }
    }

    #[test]
    fn a_card_is_written_as_the_banks_page_shows() {
        // The published test cards.
        check_card(
            || card("4405 6397 0401 5096", Expiry::parse_mmyy("01/27").unwrap(), "321"),
            r#"{"hpan":"4405639704015096","expDate":"0127","cvc":"321""#,
        );
        check_card(
            || card("377514500004820", Expiry::new(2028, 1, Some(15)).unwrap(), "0198"),
            r#"{"hpan":"377514500004820","expDate":"0128","cvc":"0198""#,
        );
    }

    fn check_apple_pay(format: ExpiryFormat, eci: Option<&str>, json: &str) {
        for key in keys() {
            let opened = DecryptedApplePay::new(
                CardNumber::new("4405639704015096").unwrap(),
                Expiry::parse_yymmdd("270115").unwrap(),
                Secret::new("AAECAwQFBgcICQoLDA0ODxAREhM="),
                eci.map(|eci| Eci::new(eci).unwrap()),
                ReplayKey::new([7; 32]),
                Money::tenge(5_000),
            );
            let sealed = key.seal_apple_pay(opened, &terminal(), format).unwrap();
            let Exposed::ApplePay { cryptogram, payment_cryptogram, eci: sent } = sealed.expose()
            else {
                panic!("{sealed:?}")
            };
            assert_eq!(open(cryptogram), json);
            assert_eq!((payment_cryptogram, sent), ("AAECAwQFBgcICQoLDA0ODxAREhM=", eci));
        }
    }

    #[test]
    fn apple_pay_opened_by_the_merchant_has_the_device_number_and_no_code() {
        check_apple_pay(
            ExpiryFormat::Yymmdd,
            Some("05"),
            r#"{"hpan":"4405639704015096","expDate":"270115","cvc":"""#,
        );
        check_apple_pay(
            ExpiryFormat::Ddmmyy,
            None,
            r#"{"hpan":"4405639704015096","expDate":"150127","cvc":"""#,
        );
    }

    #[test]
    fn apple_pay_opened_by_the_bank_has_placeholders_and_the_token_untouched() {
        let token = r#"{ "version":"EC_v1", "data" : "…" }"#;
        for key in keys() {
            let sealed =
                key.seal_apple_pay_token(ApplePayToken::new(token.into()), &terminal()).unwrap();
            let Exposed::ApplePayToken { cryptogram, payment_data } = sealed.expose() else {
                panic!("{sealed:?}")
            };
            assert_eq!(open(cryptogram), r#"{"hpan":"AppleToken","expDate":"expToken","cvc":"""#);
            assert_eq!(payment_data, token);
        }
    }

    #[test]
    fn google_pay_has_placeholders_and_the_token_untouched() {
        let token = r#"{ "protocolVersion":"ECv2", "signedMessage" : "…" }"#;
        for key in keys() {
            let sealed = key.seal_google_pay_token(GooglePayToken::new(token), &terminal());
            let sealed = sealed.unwrap();
            let Exposed::GooglePayToken { cryptogram, token: passed_on } = sealed.expose() else {
                panic!("{sealed:?}")
            };
            assert_eq!(open(cryptogram), r#"{"hpan":"GoogleToken","expDate":"expToken","cvc":"""#);
            assert_eq!(passed_on, token);
        }
    }

    #[test]
    fn a_cryptogram_is_684_characters_of_padded_base64_and_never_the_same() {
        for key in keys() {
            let one = key.seal("{}").unwrap();
            assert_eq!(one.len(), 684);
            let (padding, text) = (&one[683..], &one[..683]);
            assert_eq!(padding, "=");
            assert!(
                text.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'),
                "{text}"
            );
            assert_ne!(key.seal("{}").unwrap(), one);
        }
    }

    #[test]
    fn the_plaintext_is_json_whatever_its_parts() {
        let json: serde_json::Value =
            serde_json::from_str(&plaintext("1", "2", "3", &terminal())).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"hpan": "1", "expDate": "2", "cvc": "3", "terminalId": terminal().as_str()})
        );
    }

    #[test]
    fn the_longest_plaintext_fits_without_growing() {
        let longest = plaintext("6304000000000000000", "270131", "0198", &terminal());
        assert_eq!(longest.len(), 114);
        assert_eq!(longest.capacity(), ROOM);
    }

    #[test]
    fn a_text_is_at_most_eleven_bytes_shorter_than_the_key() {
        for key in keys() {
            assert_eq!(key.seal(&"x".repeat(512 - 11)).unwrap().len(), 684);
            let error = key.seal(&"x".repeat(512 - 10)).unwrap_err();
            assert_eq!(error.kind(), SealErrorKind::TooLong);
            assert_eq!(error.to_string(), "the text to seal is too long for the bank's key");
        }
    }
}

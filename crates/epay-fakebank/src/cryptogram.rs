//! A cryptogram is opened, checked and masked in one breath: only the mask and what the issuer will do leave this file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    cards::{self, TestCard, Verdict},
    keys::BankKey,
    refusal::Refusal,
    settings::{ExpiryRule, Switches},
};

/// The payer's means of payment as the bank remembers it: no number, no expiry, no CVC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    pub(crate) mask: String,
    pub(crate) scheme: &'static str,
    pub(crate) verdict: Verdict,
    pub(crate) method: Method,
    pub(crate) expiry: ExpiryForm,
    /// The id of the card, where the bank keeps it.
    pub(crate) saved_as: Option<String>,
}

/// How the payer paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A card number.
    Card,
    /// Apple Pay, decrypted by the merchant (bank-wire mode A, documented).
    ApplePayDecrypted,
    /// Apple Pay, decrypted by the bank (mode B, observed in the bank's iOS SDK).
    ApplePayToken,
    /// Google Pay, decrypted by the bank (assumed).
    GooglePayToken,
    /// A card that the bank keeps.
    SavedCard,
}

/// Which of the disputed expiry forms the cryptogram carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryForm {
    /// `MMYY`.
    FourDigits,
    /// Apple's `YYMMDD` or the page's `DDMMYY`: six digits do not say which.
    SixDigits,
    /// The literal `expToken`.
    Literal,
}

impl Instrument {
    /// A card that needs no cryptogram, for tests of the typed door that must not pay for RSA; `None` without a right
    /// Luhn digit.
    pub fn card(pan: &str) -> Option<Self> {
        Self::of(pan, &[])
    }

    fn of(pan: &str, own: &[TestCard]) -> Option<Self> {
        let own = own.iter().find(|card| card.number == pan);
        cards::luhn(pan).then(|| Self {
            mask: cards::mask(pan),
            scheme: cards::scheme(pan),
            verdict: own.map_or_else(|| cards::verdict_of_card(pan), |card| card.verdict),
            method: Method::Card,
            expiry: ExpiryForm::FourDigits,
            saved_as: None,
        })
    }
}

/// The wallet's fields that came beside the cryptogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wallet<'a> {
    /// None: a card.
    None,
    /// `cryptogramApplePay`: Apple's decrypted payment cryptogram, base64.
    Decrypted(&'a str),
    /// `applePay`: the token object, still encrypted.
    Token,
    /// `cryptogramGooglePay`: Google's token, still encrypted, as it is or as base64.
    Google(&'a str),
}

#[derive(Deserialize)]
struct Plain<'a> {
    // Borrowed from the buffer that is wiped; a copy is made only if a client escapes digits.
    #[serde(borrow)]
    hpan: Cow<'a, str>,
    #[serde(borrow, rename = "expDate")]
    expiry: Cow<'a, str>,
    #[serde(borrow)]
    cvc: Cow<'a, str>,
    #[serde(borrow, rename = "terminalId")]
    terminal: Cow<'a, str>,
}

pub(crate) fn open(
    key: &BankKey,
    cryptogram: &str,
    wallet: Wallet<'_>,
    terminal: &str,
    switches: &Switches,
    own: &[TestCard],
) -> Result<Instrument, Refusal> {
    if let Wallet::Google(token) = wallet {
        google_token(token)?;
        if cryptogram.is_empty() {
            return Ok(opened_by_bank("GoogleToken", Method::GooglePayToken, switches));
        }
    }
    let buffer = key.open(cryptogram).ok_or(Refusal::CRYPTOGRAM)?;
    let plain: Plain<'_> = serde_json::from_slice(&buffer).map_err(|_| Refusal::CRYPTOGRAM)?;
    if !plain.terminal.eq_ignore_ascii_case(terminal) {
        return Err(Refusal::rule(
            464,
            "Terminal of the cryptogram is not the terminal of the token",
        ));
    }
    match wallet {
        Wallet::Token => bank_decrypted(&plain, "AppleToken", Method::ApplePayToken, switches),
        Wallet::Google(_) => {
            bank_decrypted(&plain, "GoogleToken", Method::GooglePayToken, switches)
        }
        Wallet::Decrypted(apple) => merchant_decrypted(&plain, apple, switches, own),
        Wallet::None => typed(&plain.hpan, &plain.expiry, &plain.cvc, switches, own),
    }
}

/// A card as its payer has it.
pub(crate) fn typed(
    pan: &str,
    expiry: &str,
    cvc: &str,
    switches: &Switches,
    own: &[TestCard],
) -> Result<Instrument, Refusal> {
    let instrument = Instrument::of(pan, own).ok_or(Refusal::rule(459, cards::message(459)))?;
    let form = expiry_form(expiry)
        .filter(|form| switches.expiry == ExpiryRule::FourOrSix || *form == ExpiryForm::FourDigits)
        .ok_or(Refusal::rule(457, cards::message(457)))?;
    let cvc_is_right = matches!(cvc.len(), 3 | 4) && cvc.bytes().all(|byte| byte.is_ascii_digit());
    if !cvc_is_right {
        return Err(Refusal::rule(459, "Check the CVC"));
    }
    if switches.check_card_details && !cards::details_match(pan, expiry, cvc) {
        return Err(Refusal::rule(459, "Expiry or CVC is not the published one"));
    }
    let card = own.iter().find(|card| card.number == pan);
    if card.is_some_and(|card| !card.is_taken_with(expiry, cvc)) {
        return Err(Refusal::rule(459, "Expiry or CVC is not this card's"));
    }
    Ok(Instrument { expiry: form, ..instrument })
}

fn merchant_decrypted(
    plain: &Plain<'_>,
    apple: &str,
    switches: &Switches,
    own: &[TestCard],
) -> Result<Instrument, Refusal> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    // Apple's onlinePaymentCryptogram is base64 of about 20 bytes; the page only says "decrypted cryptogram".
    if !STANDARD.decode(apple).is_ok_and(|bytes| (16..=256).contains(&bytes.len())) {
        return Err(Refusal::rule(477, "cryptogramApplePay is not base64 of a payment cryptogram"));
    }
    let instrument =
        Instrument::of(&plain.hpan, own).ok_or(Refusal::rule(459, cards::message(459)))?;
    let expiry = expiry_form(&plain.expiry)
        .filter(|form| switches.expiry == ExpiryRule::FourOrSix || *form == ExpiryForm::SixDigits)
        .ok_or(Refusal::rule(457, cards::message(457)))?;
    if !plain.cvc.is_empty() {
        return Err(Refusal::rule(459, "Apple Pay has no CVC"));
    }
    Ok(Instrument { expiry, method: Method::ApplePayDecrypted, ..instrument })
}

fn bank_decrypted(
    plain: &Plain<'_>,
    literal: &'static str,
    method: Method,
    switches: &Switches,
) -> Result<Instrument, Refusal> {
    if plain.hpan != literal || plain.expiry != "expToken" || !plain.cvc.is_empty() {
        return Err(Refusal::rule(
            477,
            "With a token for the bank the cryptogram carries AppleToken or GoogleToken, and expToken",
        ));
    }
    Ok(opened_by_bank(literal, method, switches))
}

/// Nobody here has the key of a token, so the switch and the sum say what becomes of it.
fn opened_by_bank(mask: &'static str, method: Method, switches: &Switches) -> Instrument {
    let asks_payer = method == Method::GooglePayToken && switches.google_pay_three_ds;
    Instrument {
        mask: mask.to_owned(),
        scheme: "",
        verdict: if asks_payer { Verdict::ThreeDs } else { Verdict::Approve },
        method,
        expiry: ExpiryForm::Literal,
        saved_as: None,
    }
}

/// What Google signs for gateways (documented by Google): a mistaken text, such as all of `paymentData`, is told.
fn google_token(token: &str) -> Result<(), Refusal> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Token {
        #[serde(rename = "protocolVersion")]
        _version: String,
        #[serde(rename = "signedMessage")]
        _message: String,
    }
    let packed = STANDARD.decode(token).unwrap_or_default();
    let text = if packed.is_empty() { token.as_bytes() } else { &packed };
    let read = serde_json::from_slice::<Token>(text);
    read.map(drop)
        .map_err(|_| Refusal::rule(477, "cryptogramGooglePay is not tokenizationData.token"))
}

fn expiry_form(text: &str) -> Option<ExpiryForm> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match text.len() {
        4 => Some(ExpiryForm::FourDigits),
        6 => Some(ExpiryForm::SixDigits),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{settings::SANDBOX_TERMINAL, testing::seal};

    const APPLE: &str = "AMC5tLMnV5S3AnLbsGPMAoABFA==";
    const GOOGLE: &str = r#"{"signature":"c2ln","protocolVersion":"ECv2","signedMessage":"{}"}"#;

    fn plain(pan: &str, expiry: &str, cvc: &str) -> String {
        format!(
            r#"{{"hpan":"{pan}","expDate":"{expiry}","cvc":"{cvc}","terminalId":"{SANDBOX_TERMINAL}"}}"#
        )
    }

    fn check(
        plain: &str,
        wallet: Wallet<'_>,
        switches: &Switches,
    ) -> Result<(Method, ExpiryForm), u32> {
        open(&BankKey::fixed(), &seal(plain), wallet, SANDBOX_TERMINAL, switches, &[])
            .map(|instrument| (instrument.method, instrument.expiry))
            .map_err(|refusal| refusal.code())
    }

    #[test]
    fn each_mode_takes_its_own_form_and_no_other() {
        let lenient = Switches::default();
        let strict = Switches { expiry: ExpiryRule::CardFourAppleSix, ..Switches::default() };
        let details = Switches { check_card_details: true, ..Switches::default() };
        let (four, six) = (ExpiryForm::FourDigits, ExpiryForm::SixDigits);
        let apple = Wallet::Decrypted(APPLE);
        let cases = [
            (
                plain(cards::VISA_OK, "0127", "321"),
                Wallet::None,
                &lenient,
                Ok((Method::Card, four)),
            ),
            (
                plain(cards::VISA_OK, "270131", "321"),
                Wallet::None,
                &lenient,
                Ok((Method::Card, six)),
            ),
            (plain(cards::VISA_OK, "270131", "321"), Wallet::None, &strict, Err(457)),
            (plain(cards::VISA_OK, "01/27", "321"), Wallet::None, &lenient, Err(457)),
            (plain(cards::VISA_OK, "01270", "321"), Wallet::None, &lenient, Err(457)),
            (plain(cards::VISA_OK, "0127", ""), Wallet::None, &lenient, Err(459)),
            (plain(cards::VISA_OK, "0127", "32x"), Wallet::None, &lenient, Err(459)),
            (plain(cards::VISA_OK, "0128", "321"), Wallet::None, &details, Err(459)),
            (
                plain(cards::VISA_OK, "0127", "321"),
                Wallet::None,
                &details,
                Ok((Method::Card, four)),
            ),
            (plain("4405639704015097", "0127", "321"), Wallet::None, &lenient, Err(459)),
            (plain("AppleToken", "expToken", ""), Wallet::None, &lenient, Err(459)),
            (
                plain(cards::VISA_OK, "270131", ""),
                apple,
                &lenient,
                Ok((Method::ApplePayDecrypted, six)),
            ),
            (
                plain(cards::VISA_OK, "0127", ""),
                apple,
                &lenient,
                Ok((Method::ApplePayDecrypted, four)),
            ),
            (plain(cards::VISA_OK, "0127", ""), apple, &strict, Err(457)),
            (plain(cards::VISA_OK, "270131", "321"), apple, &lenient, Err(459)),
            (
                plain(cards::VISA_OK, "270131", ""),
                Wallet::Decrypted("Decrypted cryptogram"),
                &lenient,
                Err(477),
            ),
            (plain(cards::VISA_OK, "270131", ""), Wallet::Decrypted("AAAA"), &lenient, Err(477)),
            (
                plain("AppleToken", "expToken", ""),
                Wallet::Token,
                &lenient,
                Ok((Method::ApplePayToken, ExpiryForm::Literal)),
            ),
            (plain(cards::VISA_OK, "0127", ""), Wallet::Token, &lenient, Err(477)),
            (
                plain("GoogleToken", "expToken", ""),
                Wallet::Google(GOOGLE),
                &lenient,
                Ok((Method::GooglePayToken, ExpiryForm::Literal)),
            ),
            (plain("AppleToken", "expToken", ""), Wallet::Google(GOOGLE), &lenient, Err(477)),
            (plain("GoogleToken", "expToken", ""), Wallet::Token, &lenient, Err(477)),
            (plain("GoogleToken", "expToken", ""), Wallet::Google("{}"), &lenient, Err(477)),
            ("not json".to_owned(), Wallet::None, &lenient, Err(477)),
            ("{}".to_owned(), Wallet::None, &lenient, Err(477)),
        ];
        for (plain, wallet, switches, expected) in cases {
            assert_eq!(check(&plain, wallet, switches), expected, "{plain} {wallet:?}");
        }
    }

    #[test]
    fn another_terminal_inside_is_refused() {
        let sealed = seal(&plain(cards::VISA_OK, "0127", "321"));
        let opened =
            open(&BankKey::fixed(), &sealed, Wallet::None, "another", &Switches::default(), &[]);
        assert_eq!(opened.map_err(|refusal| refusal.code()), Err(464));
    }

    #[test]
    fn pretty_printed_and_reordered_json_is_read() {
        let text = format!(
            "{{\n \"cvc\": \"321\", \"terminalId\": \"{}\",\n \"hpan\": \"{}\", \"expDate\": \"0127\" }}",
            SANDBOX_TERMINAL.to_uppercase(),
            cards::VISA_OK
        );
        assert_eq!(
            check(&text, Wallet::None, &Switches::default()),
            Ok((Method::Card, ExpiryForm::FourDigits))
        );
    }

    #[test]
    fn nothing_but_the_mask_is_kept() {
        let sealed = seal(&plain(cards::VISA_OK, "0127", "321"));
        let opened = open(
            &BankKey::fixed(),
            &sealed,
            Wallet::None,
            SANDBOX_TERMINAL,
            &Switches::default(),
            &[],
        )
        .unwrap();
        assert_eq!(opened.mask, "440563...5096");
        assert!(!format!("{opened:?}").contains(cards::VISA_OK));
    }
}

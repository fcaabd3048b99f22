//! Everything the fake bank believes about the real one, each belief with its evidence and the switch that reverses it.

use std::fmt;

use serde::Serialize;

/// One belief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What the fake bank does.
    pub what: &'static str,
    /// How well that is known of the real bank.
    pub evidence: Evidence,
    /// The field of [`Switches`](crate::Switches) that does it otherwise, if there is one.
    pub switch: Option<&'static str>,
}

/// How well something is known. No live call to the bank was ever made for this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The bank's own pages say it.
    Documented,
    /// The bank's iOS SDK or clients of other people do it.
    Observed,
    /// Nobody has said it; it is our guess.
    Assumed,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Assumed => "assumed",
        })
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<10}  {}", self.evidence, self.what)?;
        self.switch.map_or(Ok(()), |switch| write!(f, " [{switch}]"))
    }
}

use Evidence::{Assumed, Documented, Observed};

const fn fact(what: &'static str, evidence: Evidence) -> Fact {
    Fact { what, evidence, switch: None }
}

const fn switched(what: &'static str, evidence: Evidence, switch: &'static str) -> Fact {
    Fact { what, evidence, switch: Some(switch) }
}

/// The whole list.
pub const fn facts() -> &'static [Fact] {
    FACTS
}

const FACTS: &[Fact] = &[
    // Tokens.
    fact("the token form is urlencoded or multipart", Observed),
    fact("and may be a JSON object, where its header says so", Assumed),
    fact("a payment whose body is not JSON does not use up its token", Assumed),
    fact("expires_in is a string, 1200", Observed),
    fact(
        "each payment needs a token of its own, asked for with invoiceID, amount, currency and terminal",
        Documented,
    ),
    fact(
        "a payment token pays only what it was asked for, once; another payment is refused with 400 and code 100",
        Assumed,
    ),
    fact("charge, cancel, refund and status take a token without payment fields", Documented),
    fact(
        "charge, cancel and refund take a token without a terminal, and one with a terminal only for its operations",
        Assumed,
    ),
    switched(
        "a payment's own token serves its status, charge, cancel and refund later",
        Observed,
        "token_reuse",
    ),
    switched(
        "what clients do and no page promises is taken: casing, amounts as text, a charge's amount as a form",
        Observed,
        "strict",
    ),
    fact("a wrong client is answered 401 in the shape of RFC 6749", Assumed),
    fact(
        "a missing, unknown, expired or used token is answered 401 with code and message, and nothing is done",
        Assumed,
    ),
    // Cryptogram.
    fact("the key is RSA-4096, served as PEM SubjectPublicKeyInfo", Observed),
    fact(
        "the cryptogram is padded base64 of RSAES-PKCS1-v1_5 over JSON with hpan, expDate, cvc and terminalId",
        Observed,
    ),
    fact("the key cryptogram is read in Latin and with a Cyrillic first letter", Observed),
    fact("JSON keys of requests are read in any casing, amounts as numbers or strings", Assumed),
    fact(
        "a cryptogram that cannot be read is refused with 477, one for another terminal with 464",
        Assumed,
    ),
    switched("expDate is MMYY for cards; for Apple Pay six digits or four", Assumed, "expiry"),
    switched("a test card is taken with any expiry and CVC", Assumed, "check_card_details"),
    // Payments.
    fact(
        "Apple Pay by API: DPAN in the cryptogram, cryptogramApplePay beside it, paymentType ApplePay",
        Documented,
    ),
    fact(
        "Apple Pay of the iOS SDK: the literals AppleToken and expToken, the token as the object applePay",
        Observed,
    ),
    switched(
        "Google Pay: its token in cryptogramGooglePay, paymentType googlePay; a client had 3-D Secure after PAN_ONLY",
        Observed,
        "google_pay_three_ds",
    ),
    fact(
        "that token is opened by the bank, comes as it is or as base64, and a cryptogram beside it has GoogleToken",
        Assumed,
    ),
    fact("an invoice number is 6 to 15 digits", Documented),
    switched(
        "an invoice number is unique on its terminal, its last six digits too",
        Documented,
        "dedupe",
    ),
    fact("a used invoice number is refused with 400 and code 477", Assumed),
    fact("a description has at most 125 bytes", Documented),
    fact("GET terminals/{id} tells by singleMessageScheme whether an approval captures", Observed),
    fact("the terminal, not the request, decides whether an approval captures or holds", Observed),
    switched("a success tells its status", Observed, "reply_shape"),
    fact(
        "a refusal is 400 with code, message, invoiceId, accountId and empty id and reference",
        Documented,
    ),
    fact("a refused payment is shown by status as REJECT", Observed),
    fact("a zero amount with paymentType cardVerification ends as VERIFIED", Observed),
    fact("cardID names the card of a payment that went through, kept or not", Assumed),
    fact("a card is kept where cardSave says so, under the accountId of its payment", Documented),
    fact("cards/auth takes paymentType cardId, and cardId as an object with id", Observed),
    fact("any terminal of the merchant takes a card that one of them has kept", Assumed),
    fact("a card that was deactivated, or is another merchant's, is refused with 522", Assumed),
    fact("an account without cards is answered 400 with code 1373", Assumed),
    switched(
        "a saved card asks for no 3-D Secure: a page says so, a client that the terminal decides",
        Documented,
        "saved_card_three_ds",
    ),
    switched("amount is only the card part, amountBonus the rest", Observed, "bonus_minor"),
    switched(
        "amounts of 1000 and more that end in ccc.07 decline with code ccc: ours alone",
        Assumed,
        "magic_amounts",
    ),
    switched("data comes back in status as it was sent, and in callbacks", Assumed, "echo_data"),
    // The pay form.
    fact(
        "a shop's page loads payform/payment-api.js, which has halyk.pay and halyk.showPaymentWidget",
        Documented,
    ),
    fact(
        "params is LZString.compressToEncodedURIComponent of urlencoded names, where auth[access_token] is the token's",
        Observed,
    ),
    fact("in a frame the form tells the page around it {success}", Observed),
    fact("closing the frame is {success: false} for the page's callback", Assumed),
    fact("an order that was declined at the form is over, and its token used", Assumed),
    fact("the form offers the cards that are kept under the accountId of its params", Assumed),
    fact("the form keeps a card where cardSave says so and its payer lets it", Assumed),
    // 3-D Secure.
    fact("secure3D carries paReq, md and action; PaRes and MD come back to TermUrl", Documented),
    switched(
        "confirm answers with a redirect: 302 to the success or the error page",
        Assumed,
        "confirm_reply",
    ),
    switched("confirm works without a token", Assumed, "confirm_without_token"),
    fact(
        "a browser may bring PaRes and MD to payments/cards/confirmPayment?Access= by itself, and is sent on",
        Observed,
    ),
    fact("a bad PaRes fails the payment with 877, the payer's refusal with 499", Assumed),
    fact("a challenge that the bank lets lapse is FAILED with 499", Assumed),
    fact("FINGERPRINT is a status before the challenge", Observed),
    fact(
        "a payment at FINGERPRINT goes on without the merchant, or lapses like a challenge",
        Assumed,
    ),
    // Operations.
    fact("charge takes its amount from the query or the body, and both only if equal", Documented),
    fact("a partial charge releases the rest of the hold", Assumed),
    fact("cancel needs AUTH, charge needs AUTH, refund needs CHARGE", Documented),
    fact("a refund is at least 10", Documented),
    switched(
        "an operation in the wrong state is refused with 400 and code 100",
        Documented,
        "wrong_state_code",
    ),
    switched("success of charge, cancel and refund has an empty body", Documented, "success_body"),
    switched(
        "a second refund with the same externalID is another refund",
        Assumed,
        "external_id_dedupes",
    ),
    switched(
        "after a partial refund status says CHARGE with the remainder",
        Assumed,
        "refund_report",
    ),
    fact("a hold the bank lets lapse is CANCEL_OLD", Observed),
    // Status.
    fact("createdDate is RFC 3339 at +06:00", Observed),
    fact("resultCode is a string: 100 found, 102 not found, 104, 106, 107, 109", Observed),
    switched("every resultCode comes with HTTP 200", Assumed, "status_errors_as_400"),
    fact("orgAmount is what was authorised at first, payoutAmount what went back", Assumed),
    fact("reasonCode and statusID are strings, secure is a boolean", Observed),
    switched("a booked payment is visible at once", Assumed, "visible_after"),
    switched("an invisible payment is not found", Assumed, "invisible_as"),
    // Callbacks.
    fact("postLink and failurePostLink are unsigned JSON, sent once", Assumed),
    fact("secret_hash of the token form comes back in postLink", Documented),
    fact("terminal of a callback is the terminal's UUID", Assumed),
    switched(
        "secret_hash does not come back in failurePostLink",
        Assumed,
        "secret_hash_on_failure",
    ),
    switched("charge, cancel and refund send no callback", Assumed, "callback_on_operations"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::settings::Switches;

    #[test]
    fn a_fact_is_printed_as_one_line() {
        let fact = switched("it rains", Assumed, "umbrella");
        assert_eq!(fact.to_string(), "assumed     it rains [umbrella]");
        assert_eq!(super::fact("it rains", Documented).to_string(), "documented  it rains");
    }

    #[test]
    fn every_switch_has_its_fact_and_every_fact_its_switch() {
        let switches = serde_json::to_value(Switches::default()).unwrap();
        let switches: BTreeSet<&str> =
            switches.as_object().unwrap().keys().map(String::as_str).collect();
        let named: BTreeSet<&str> = facts().iter().filter_map(|fact| fact.switch).collect();
        assert_eq!(named, switches);
    }
}

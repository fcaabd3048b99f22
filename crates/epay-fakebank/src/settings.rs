//! The settings chosen before the bank opens: seed, key, clients, terminals; and the switches that
//! can be changed while it runs.

use serde::{Deserialize, Serialize};

use crate::{cards::TestCard, keep::Keep, keys::BankKey, secret::Secret};

/// The published sandbox client of the bank's page, accepted in any casing because the page prints `Test`.
pub const SANDBOX_CLIENT: &str = "test";
/// The published sandbox secret of the bank's page.
pub const SANDBOX_SECRET: &str = "yF587AV9Ms94qN2QShFzVR3vFnWkhjbAK3sG";
/// The published sandbox terminal; here it is one-stage: an approval is captured at once.
pub const SANDBOX_TERMINAL: &str = "67e34d63-102f-4bd1-898e-370781d0074d";
/// A terminal of the fake bank's own, of the same client, two-stage: an approval is a hold.
pub const TWO_STAGE_TERMINAL: &str = "2a5e0000-fa4e-4ba2-8a1d-000000000002";

/// What a bank is opened with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Decides every id, token and reference; the same seed and requests give the same answers.
    pub seed: u64,
    /// The RSA pair that opens cryptograms.
    pub key: BankKey,
    /// Who may ask for tokens.
    pub clients: Vec<Client>,
    /// Where money goes to.
    pub terminals: Vec<Terminal>,
    /// The 3-D Secure page that `secure3D.action` points to.
    pub acs_url: String,
    /// The pages `confirm` redirects to; ends in `/`.
    pub payform_url: String,
    /// Cards beside those of [`cards`](crate::cards).
    pub cards: Vec<TestCard>,
    /// How much the books keep.
    pub keep: Keep,
    /// What the bank's documents leave open.
    pub switches: Switches,
}

impl Default for Settings {
    fn default() -> Self {
        let terminal = |id: &str, stages, acquirer_id: &str| Terminal {
            id: id.to_owned(),
            stages,
            acquirer_id: acquirer_id.to_owned(),
        };
        Self {
            seed: 0,
            key: BankKey::fixed(),
            clients: vec![Client {
                id: SANDBOX_CLIENT.to_owned(),
                secret: Secret::new(SANDBOX_SECRET),
                terminals: vec![SANDBOX_TERMINAL.to_owned(), TWO_STAGE_TERMINAL.to_owned()],
            }],
            terminals: vec![
                terminal(SANDBOX_TERMINAL, Stages::One, "98120001"),
                terminal(TWO_STAGE_TERMINAL, Stages::Two, "98120002"),
            ],
            acs_url: "http://fakebank.localhost/acs".to_owned(),
            payform_url: "https://epay.homebank.kz/payform/".to_owned(),
            cards: Vec::new(),
            keep: Keep::default(),
            switches: Switches::default(),
        }
    }
}

/// A merchant's OAuth client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Compared without regard to casing.
    pub id: String,
    /// Compared exactly.
    pub secret: Secret,
    /// The terminals this client may use.
    pub terminals: Vec<String>,
}

/// A merchant's terminal: how many stages a payment has is its property, not the request's (observed).
#[derive(Clone, Debug)]
pub struct Terminal {
    /// UUID, as in `terminalId`.
    pub id: String,
    /// Whether approval captures.
    pub stages: Stages,
    /// The acquirer's eight digits that status prints as `terminal`.
    pub acquirer_id: String,
}

/// How many steps it takes to capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stages {
    /// Approval captures: statusName CHARGE.
    One,
    /// Approval holds: statusName AUTH, then charge or cancel.
    Two,
}

/// What the documents leave open, one switch per question; [`facts`](crate::facts()) says which fact each belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Which invoice numbers are refused as already used.
    pub dedupe: Dedupe,
    /// How much a successful payment's answer tells.
    pub reply_shape: ReplyShape,
    /// How `confirm` sends the payer on.
    pub confirm_reply: ConfirmReply,
    /// Whether `confirm` works without a bearer token.
    pub confirm_without_token: bool,
    /// What charge, cancel and refund answer on success.
    pub success_body: SuccessBody,
    /// The code of a charge, cancel or refund in the wrong state: 100 is the page's sample, 477 a client's observation.
    pub wrong_state_code: u32,
    /// What status reports after a partial refund.
    pub refund_report: RefundReport,
    /// Whether a refund with a known `externalID` is answered with success and not done again.
    pub external_id_dedupes: bool,
    /// What comes back of a payment's `data`.
    pub echo_data: EchoData,
    /// For how many milliseconds a booked payment is invisible to status.
    pub visible_after: u64,
    /// What status says about an invisible payment.
    pub invisible_as: Invisible,
    /// Whether a `resultCode` other than 100 comes with HTTP 400 instead of 200.
    pub status_errors_as_400: bool,
    /// The part of every payment that is paid in bonuses, in minor units; `amount` then carries the rest.
    pub bonus_minor: u64,
    /// Whether charge, cancel and refund also send a postLink.
    pub callback_on_operations: bool,
    /// Whether `secret_hash` is echoed in failurePostLink too.
    pub secret_hash_on_failure: bool,
    /// Which expiry forms a cryptogram may carry.
    pub expiry: ExpiryRule,
    /// Whether a saved card asks for what a new one would: 3-D Secure, the payer's device. Never where the payer is not
    /// there.
    pub saved_card_three_ds: bool,
    /// Whether a payment by Google Pay asks for 3-D Secure, as with a card that is no device's (`PAN_ONLY`).
    pub google_pay_three_ds: bool,
    /// Whether a published test card must come with its published expiry and CVC.
    pub check_card_details: bool,
    /// Whether amounts that end in `ccc.07` choose the outcome.
    pub magic_amounts: bool,
    /// Whether a payment's token serves status, charge, cancel and refund too.
    pub token_reuse: bool,
    /// Whether what the documents do not promise is refused: keys in other spellings, amounts as text, forms where JSON is due.
    pub strict: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            dedupe: Dedupe::LastSix,
            reply_shape: ReplyShape::Full,
            confirm_reply: ConfirmReply::Redirect302,
            confirm_without_token: true,
            success_body: SuccessBody::Empty,
            wrong_state_code: 100,
            refund_report: RefundReport::ChargeRemainder,
            external_id_dedupes: false,
            echo_data: EchoData::Same,
            visible_after: 0,
            invisible_as: Invisible::NotFound,
            status_errors_as_400: false,
            bonus_minor: 0,
            callback_on_operations: false,
            secret_hash_on_failure: false,
            expiry: ExpiryRule::FourOrSix,
            saved_card_three_ds: false,
            google_pay_three_ds: false,
            check_card_details: false,
            magic_amounts: true,
            token_reuse: true,
            strict: false,
        }
    }
}

macro_rules! switch {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }
    };
}

switch! {
    /// Which invoice numbers are refused with code 477, per terminal.
    Dedupe {
        /// The same number.
        Strict,
        /// The same number, or the same last six digits (documented).
        LastSix,
        /// None: the same number books another operation.
        Off,
    }
}
switch! {
    /// How much the answer to a successful payment tells.
    ReplyShape {
        /// All fields seen by clients, `status` among them.
        Full,
        /// The sample of the bank's page: no status, no approval code.
        Minimal,
    }
}
switch! {
    /// How `confirm` sends the payer on; the page says "Redirect Http code 200".
    ConfirmReply {
        /// 302 with a Location.
        Redirect302,
        /// 200 with a page that moves on by itself.
        Page200,
        /// 200 `{"code":0,…}` or 400 `{"code":…,"message":…}`.
        Json,
    }
}
switch! {
    /// What charge, cancel and refund answer on success; the page says only "Http status 200".
    SuccessBody {
        /// Nothing.
        Empty,
        /// `{"code":0,"message":"success"}`.
        JsonCode0,
    }
}
switch! {
    /// What status reports after a partial refund; after a full one `statusName` is always REFUND (documented), the sums are as here.
    RefundReport {
        /// CHARGE, `amount` = captured, `payoutAmount` = 0: as if nothing had happened.
        ChargeOriginal,
        /// CHARGE, `amount` = captured − refunded, `payoutAmount` = refunded: the page's sample 22.22 / 12.22 / 10.
        ChargeRemainder,
        /// REFUND, `amount` = captured, `payoutAmount` = refunded.
        RefundTotal,
        /// REFUND, `amount` = captured, `payoutAmount` = null.
        RefundNoSum,
    }
}
switch! {
    /// What comes back of a payment's `data`, in status and callbacks.
    EchoData {
        /// The text as it was sent.
        Same,
        /// Nothing.
        Nothing,
        /// A text that another payment was sent with: an attempt of zeros.
        Anothers,
    }
}
switch! {
    /// What status says about a payment it does not see yet.
    Invisible {
        /// 102, invoice not found.
        NotFound,
        /// 107, in progress.
        InProgress,
    }
}
switch! {
    /// Which expiry forms a cryptogram may carry; the page prints `DDMMYY` for Apple, MMYY elsewhere.
    ExpiryRule {
        /// Four or six digits for any card; the operation records which.
        FourOrSix,
        /// Four digits only for a card, six only for Apple Pay.
        CardFourAppleSix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_are_json_with_defaults_and_refuse_a_misspelling() {
        let parsed: Switches =
            serde_json::from_str(r#"{"refund_report":"refund_no_sum","bonus_minor":150}"#).unwrap();
        assert_eq!(parsed.refund_report, RefundReport::RefundNoSum);
        assert_eq!(parsed.bonus_minor, 150);
        assert_eq!(parsed.dedupe, Dedupe::LastSix);
        assert!(serde_json::from_str::<Switches>(r#"{"refund_raport":"refund_no_sum"}"#).is_err());
    }

    #[test]
    fn debug_of_settings_shows_no_secret() {
        assert!(!format!("{:?}", Settings::default()).contains(SANDBOX_SECRET));
    }
}

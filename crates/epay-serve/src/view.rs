//! An order as the merchant API and the webhooks show it: one shape, whose words stay.

use crate::config::Config;
use epay::{ActsNext, Attempt, Decline, NextCall, Notification, PayerCharged, PaymentStatus};
use epay_domain::State;
use serde::Serialize;
use utoipa::ToSchema;

/// An order and its current state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Order {
    /// The shop's name for the order.
    pub(crate) order: String,
    /// The sum to pay, in minor units: 500000 is 5000.00 tenge.
    pub(crate) amount_minor: u64,
    /// ISO 4217.
    #[schema(example = "KZT")]
    pub(crate) currency: String,
    pub(crate) status: Status,
    pub(crate) payer_charged: Charged,
    pub(crate) acts_next: Acts,
    pub(crate) next_call: Call,
    /// The sum captured and not refunded. Absent while it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) net_captured_minor: Option<u64>,
    /// The sum refunded. Absent before anything is captured, and while it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refunded_minor: Option<u64>,
    /// The bank's number for the present attempt.
    #[schema(example = "100000001")]
    pub(crate) invoice: String,
    /// The card as the bank masks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) card: Option<String>,
    /// The bank's reference number (RRN), for the accountant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    /// The bank's approval code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval_code: Option<String>,
    /// The reason of the bank's decline, if it declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decline: Option<DeclineView>,
    /// The payer's page, to pay and to see the order's state. The link expires in a day; `PUT` or `GET` returns another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) checkout_url: Option<String>,
    /// The payment's page in the console, for an operator; absent without a console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeline: Option<String>,
    /// The page of 3-D Secure for an app's web view; it ends at the shop's return address. Present only while 3-D Secure
    /// is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirm_url: Option<String>,
}

/// A decline, by the bank's code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeclineView {
    #[schema(example = 484)]
    pub(crate) code: i64,
    pub(crate) meaning: &'static str,
}

impl From<Decline> for DeclineView {
    fn from(decline: Decline) -> DeclineView {
        DeclineView { code: decline.code(), meaning: decline.meaning() }
    }
}

fn refunded(state: State) -> Option<u64> {
    match state {
        State::Captured { refunded, .. } => refunded.map(|money| money.minor()),
        _ => None,
    }
}

/// The status of an order. `unknown` is no error: nobody knows yet, and the service finds out.
#[derive(Clone, Copy, Debug, Serialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    New,
    AwaitingPayer,
    Unknown,
    Held,
    Paid,
    Refunded,
    Voided,
    Declined,
    Verified,
    NotExecuted,
    Abandoned,
    Disputed,
}

/// Whether the payer was charged.
#[derive(Clone, Copy, Debug, Serialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Charged {
    No,
    Yes,
    Held,
    NotKnownYet,
}

/// The party who acts next. `nobody`: the service checks the status by itself, or the order is finished.
#[derive(Clone, Copy, Debug, Serialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Acts {
    Payer,
    Shop,
    Person,
    Nobody,
}

/// The next call or action: `checkout` sends the payer to `checkout_url`; `check` is a GET later, and never another
/// payment; `capture_or_void`; `ship`; `person` needs an operator, in the console or with `epay payments`; `nothing`.
#[derive(Clone, Copy, Debug, Serialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Call {
    Checkout,
    Check,
    CaptureOrVoid,
    Ship,
    Person,
    Nothing,
}

/// Where an operator sees an attempt, if there are operators.
#[derive(Clone, Default)]
pub(crate) struct Timelines(Option<String>);

impl Timelines {
    pub(crate) fn of(config: &Config, shop: &str) -> Timelines {
        let public_url = config.file.public_url.trim_end_matches('/');
        let there = !config.file.operators.is_empty();
        Timelines(there.then(|| format!("{public_url}/console/shops/{shop}")))
    }

    pub(crate) fn page_of(&self, invoice: &str) -> Option<String> {
        self.0.as_ref().map(|all| format!("{all}/{invoice}"))
    }
}

impl Order {
    pub(crate) fn of(attempt: &Attempt, timelines: &Timelines) -> Order {
        let (payment, answer) = (attempt.payment(), attempt.answer());
        let details = payment.details();
        Order {
            order: attempt.order().as_str().to_owned(),
            amount_minor: payment.ordered().minor(),
            currency: payment.ordered().currency().code().to_owned(),
            status: answer.status.into(),
            payer_charged: answer.payer_charged.into(),
            acts_next: answer.acts_next.into(),
            next_call: answer.next_call.into(),
            net_captured_minor: attempt.net_captured().map(|money| money.minor()),
            refunded_minor: refunded(payment.state()),
            invoice: attempt.invoice().as_str().to_owned(),
            card: details.card_mask.map(|card| card.as_str().to_owned()),
            reference: details.reference.map(|text| text.as_str().to_owned()),
            approval_code: details.approval_code.map(|text| text.as_str().to_owned()),
            decline: payment.decline().map(Into::into),
            checkout_url: None,
            timeline: timelines.page_of(attempt.invoice().as_str()),
            confirm_url: None,
        }
    }
}

/// What a webhook and the feed call it.
pub(crate) fn event_name(notification: &Notification) -> String {
    format!("payment.{}", notification.kind().name())
}

impl From<PaymentStatus> for Status {
    fn from(status: PaymentStatus) -> Status {
        match status {
            PaymentStatus::New => Status::New,
            PaymentStatus::AwaitingPayer => Status::AwaitingPayer,
            PaymentStatus::Unknown => Status::Unknown,
            PaymentStatus::Held => Status::Held,
            PaymentStatus::Paid => Status::Paid,
            PaymentStatus::Refunded => Status::Refunded,
            PaymentStatus::Voided => Status::Voided,
            PaymentStatus::Declined => Status::Declined,
            PaymentStatus::Verified => Status::Verified,
            PaymentStatus::NotExecuted => Status::NotExecuted,
            PaymentStatus::Abandoned => Status::Abandoned,
            PaymentStatus::Disputed => Status::Disputed,
        }
    }
}

impl From<PayerCharged> for Charged {
    fn from(charged: PayerCharged) -> Charged {
        match charged {
            PayerCharged::No => Charged::No,
            PayerCharged::Yes => Charged::Yes,
            PayerCharged::Held => Charged::Held,
            PayerCharged::NotKnownYet => Charged::NotKnownYet,
        }
    }
}

impl From<ActsNext> for Acts {
    fn from(acts: ActsNext) -> Acts {
        match acts {
            ActsNext::Payer => Acts::Payer,
            ActsNext::Shop => Acts::Shop,
            ActsNext::Person => Acts::Person,
            ActsNext::Nobody => Acts::Nobody,
        }
    }
}

impl From<NextCall> for Call {
    fn from(call: NextCall) -> Call {
        match call {
            NextCall::Pay | NextCall::ShowForm | NextCall::HandOver => Call::Checkout,
            NextCall::CheckStatus => Call::Check,
            NextCall::CaptureOrVoid => Call::CaptureOrVoid,
            NextCall::Ship => Call::Ship,
            NextCall::PayAgain => Call::Nothing,
            // Whatever comes new is looked at by somebody before a program acts on it.
            _ => Call::Person,
        }
    }
}

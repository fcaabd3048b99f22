//! What shops do with payments, each as the few acts a shop would repeat.

use epay::{Money, PaymentStatus};
use epay_testkit::fakebank::{PayerChoice, Switches, cards};
use std::time::Duration;

/// No float of 32 bits can hold it.
pub(crate) const PRICE: Money = Money::tiyn(1_234_567_89);
const PART: Money = Money::tiyn(1_000_000_10);
const REST: Money = Money::tiyn(34_567_79);

/// How the payer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    Card(&'static str),
    /// Apple's token as it came from the device, for the bank to open.
    Token,
    /// Google's token, for the bank to open.
    Google,
    /// Apple's token, opened by the shop.
    Opened,
}

/// What a shop does and, when it was interrupted, does again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The payer pays this order; a 3-D Secure question is answered as they choose, or left open.
    Pay(&'static str, Means, Option<PayerChoice>),
    /// The payer of this order is handed over, and does this at the bank's form with the card of this
    /// number.
    AtTheForm(&'static str, &'static str, AtTheForm),
    Capture(Money),
    Void,
    /// The step's name, and the sum.
    Refund(&'static str, Money),
    /// What the bank has posted comes in, and with it what somebody else made up, for and against.
    Callbacks,
}

/// What a payer does who was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtTheForm {
    Pays,
    PaysAtTheLastSecond,
    Leaves,
}

/// How long the fake bank's tokens live.
pub(crate) const A_TOKEN_LIVES: Duration = Duration::from_secs(1_200);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Flow {
    pub(crate) name: &'static str,
    pub(crate) two_stages: bool,
    pub(crate) acts: &'static [Act],
    /// How the order stands when all is done.
    pub(crate) end: PaymentStatus,
    /// What the bank does not do as usual.
    pub(crate) switches: fn(&mut Switches),
    /// The bank books another sum than it was asked for.
    pub(crate) misbooks: bool,
    /// Somebody on the wire sends each payment twice.
    pub(crate) doubles: bool,
    /// How long the shop goes on looking, at least.
    pub(crate) watched: Duration,
    /// The log is in PostgreSQL.
    pub(crate) in_postgres: bool,
}

const ORDER: &str = "order-17";
const VISA: Act = Act::Pay(ORDER, Means::Card(cards::VISA_OK), None);
const CHALLENGED: Means = Means::Card(cards::THREE_DS);

const fn one_stage(name: &'static str, acts: &'static [Act], end: PaymentStatus) -> Flow {
    let switches = |_: &mut Switches| {};
    Flow {
        name,
        two_stages: false,
        acts,
        end,
        switches,
        misbooks: false,
        doubles: false,
        watched: Duration::ZERO,
        in_postgres: false,
    }
}

const fn two_stages(name: &'static str, acts: &'static [Act], end: PaymentStatus) -> Flow {
    Flow { two_stages: true, ..one_stage(name, acts, end) }
}

/// The flows of every shop.
pub(crate) const FLOWS: &[Flow] = &[
    one_stage("a card, one stage", &[VISA], PaymentStatus::Paid),
    two_stages("a card, two stages, charged", &[VISA, Act::Capture(PRICE)], PaymentStatus::Paid),
    two_stages("a card, charged in part", &[VISA, Act::Capture(PART)], PaymentStatus::Paid),
    two_stages("a hold, released", &[VISA, Act::Void], PaymentStatus::Voided),
    one_stage(
        "3-D Secure, answered",
        &[Act::Pay(ORDER, CHALLENGED, Some(PayerChoice::Approve))],
        PaymentStatus::Paid,
    ),
    one_stage(
        "3-D Secure, refused by the payer",
        &[Act::Pay(ORDER, CHALLENGED, Some(PayerChoice::Decline))],
        PaymentStatus::Declined,
    ),
    one_stage(
        "3-D Secure, left, and paid anew",
        &[Act::Pay(ORDER, CHALLENGED, None), VISA],
        PaymentStatus::Paid,
    ),
    one_stage(
        "Apple Pay, opened by the bank",
        &[Act::Pay(ORDER, Means::Token, None)],
        PaymentStatus::Paid,
    ),
    one_stage(
        "Google Pay, opened by the bank",
        &[Act::Pay(ORDER, Means::Google, None)],
        PaymentStatus::Paid,
    ),
    one_stage(
        "Apple Pay, opened by the shop",
        &[Act::Pay(ORDER, Means::Opened, None)],
        PaymentStatus::Paid,
    ),
    one_stage(
        "handed over, and paid at the form",
        &[Act::AtTheForm(ORDER, cards::VISA_OK, AtTheForm::Pays), Act::Callbacks],
        PaymentStatus::Paid,
    ),
    two_stages(
        "handed over, 3-D Secure at the form, charged",
        &[Act::AtTheForm(ORDER, cards::THREE_DS, AtTheForm::Pays), Act::Capture(PRICE)],
        PaymentStatus::Paid,
    ),
    one_stage(
        "handed over, and paid at the last second",
        &[Act::AtTheForm(ORDER, cards::VISA_OK, AtTheForm::PaysAtTheLastSecond)],
        PaymentStatus::Paid,
    ),
    one_stage(
        "handed over, and declined",
        &[Act::AtTheForm(ORDER, cards::INSUFFICIENT_FUNDS, AtTheForm::Pays)],
        PaymentStatus::Declined,
    ),
    one_stage(
        "handed over, left, and paid anew",
        &[Act::AtTheForm(ORDER, cards::VISA_OK, AtTheForm::Leaves), VISA],
        PaymentStatus::Paid,
    ),
    one_stage("a refund of all", &[VISA, Act::Refund("refund-1", PRICE)], PaymentStatus::Refunded),
    one_stage(
        "a refund in two parts",
        &[VISA, Act::Refund("refund-1", PART), Act::Refund("refund-2", REST)],
        PaymentStatus::Paid,
    ),
    one_stage("a payment with its callbacks", &[VISA, Act::Callbacks], PaymentStatus::Paid),
    one_stage(
        "a decline with its callbacks",
        &[Act::Pay(ORDER, Means::Card(cards::INSUFFICIENT_FUNDS), None), Act::Callbacks],
        PaymentStatus::Declined,
    ),
];

/// The same bank on a bad day.
pub(crate) const BAD_DAYS: &[Flow] = &[
    Flow {
        switches: |switches| switches.visible_after = 2 * 60 * 1_000,
        watched: Duration::from_secs(4 * 60),
        ..one_stage("a bank that sees its payments late", &[VISA], PaymentStatus::Paid)
    },
    Flow {
        switches: |switches| switches.visible_after = 9 * 60 * 1_000,
        watched: Duration::from_secs(20 * 60),
        ..one_stage(
            "a bank that sees its payments after the not-found window",
            &[VISA],
            PaymentStatus::Paid,
        )
    },
    Flow {
        switches: |switches| switches.bonus_minor = 4_567_89,
        ..one_stage("a payer who pays a part with bonus", &[VISA], PaymentStatus::Paid)
    },
    Flow {
        misbooks: true,
        ..one_stage("a bank that takes another sum", &[VISA], PaymentStatus::Disputed)
    },
    Flow {
        doubles: true,
        ..one_stage("a wire that sends payments twice", &[VISA], PaymentStatus::Paid)
    },
    one_stage(
        "two orders",
        &[VISA, Act::Pay("order-18", Means::Card(cards::VISA_OK), None)],
        PaymentStatus::Paid,
    ),
];

impl Act {
    /// The order that is paid.
    pub(crate) fn order(&self) -> Option<&'static str> {
        match self {
            Act::Pay(order, ..) | Act::AtTheForm(order, ..) => Some(order),
            Act::Capture(_) | Act::Void | Act::Refund(..) | Act::Callbacks => None,
        }
    }

    /// The shop's name for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Act::Pay(order, ..) | Act::AtTheForm(order, ..) => order,
            Act::Capture(_) => "charge",
            Act::Void => "cancel",
            Act::Refund(name, _) => name,
            Act::Callbacks => "callbacks",
        }
    }

    /// How much is to go back, in minor units.
    pub(crate) fn gives_back(&self) -> u64 {
        if let Act::Refund(_, sum) = self { sum.minor() } else { 0 }
    }
}

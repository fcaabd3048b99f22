//! Events that a run of many seeds must reach at least once; a run that misses one proves less than
//! it claims.

use epay::{NotificationKind, PayErrorKind, PaymentStatus};
use epay_domain::{Event, EventKind, Refusal, Stored};
use epay_fakebank::Method;

use crate::world::World;

macro_rules! named {
    ($(#[$doc:meta])* $function:ident($type:ident) { $($variant:pat => $name:literal),+ $(,)? } $list:ident) => {
        $(#[$doc])*
        pub(crate) fn $function(value: $type) -> &'static str {
            match value { $($variant => $name),+ }
        }
        const $list: &[&str] = &[$($name),+];
    };
}

named! {
    /// What the shop is told.
    notification(NotificationKind) {
        NotificationKind::Captured => "told captured",
        NotificationKind::Held => "told held",
        NotificationKind::Voided => "told voided",
        NotificationKind::Refunded => "told refunded",
        NotificationKind::Declined => "told declined",
        NotificationKind::NotExecuted => "told not executed",
        NotificationKind::NeedsAttention => "told that a person has to look",
        _ => "told something else",
    }
    NOTIFICATIONS
}

/// Why nothing was asked.
pub(crate) fn refusal(kind: PayErrorKind) -> &'static str {
    match kind {
        PayErrorKind::AmountChanged => "refused: another sum",
        PayErrorKind::NoSuchAttempt => "refused: no such attempt",
        PayErrorKind::TooEarly => "refused: too early",
        PayErrorKind::NoAnswer => "refused: the bank does not answer",
        PayErrorKind::ForeignReturn => "refused: a foreign return",
        PayErrorKind::ReturnExpired => "refused: an expired return",
        PayErrorKind::Store => "refused: the store fails",
        PayErrorKind::Refused(refusal) => refused(refusal),
        _ => "refused: something else",
    }
}

const ERRORS: &[&str] = &[
    "refused: another sum",
    "refused: no such attempt",
    "refused: too early",
    "refused: the bank does not answer",
    "refused: a foreign return",
    "refused: an expired return",
    "refused: the store fails",
];

named! {
    refused(Refusal) {
        Refusal::Unanswered => "refused: an earlier ask is open",
        Refusal::NotHeld => "refused: not held",
        Refusal::NotCaptured => "refused: not captured",
        Refusal::Contradicted => "refused: contradicted",
        Refusal::TransactionUnclear => "refused: several operations",
        Refusal::StepUsed => "refused: the name is used",
        Refusal::Amount => "refused: the sum",
        Refusal::NotDead => "refused: not dead",
        Refusal::NothingToEnd => "refused: nothing to end",
        _ => "refused: another reason",
    }
    REFUSALS
}

/// What no scenario here can bring about: cards are not verified, no bank gives back more than it took, and
/// these lists end in a name for what does not exist yet.
const NEVER: &[&str] =
    &["verified", "told something else", "refused: something else", "refused: another reason"];

/// Everything beside the faults that must happen sometimes.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    const OTHERS: &[&str] = &[
        "Apple Pay opened by the bank",
        "Apple Pay opened by the shop",
        "Google Pay opened by the bank",
        "a card that the bank keeps",
        "a callback makes it due",
        "a callback is postponed",
        "a callback is nobody's",
        "a device is recognised",
        "a payer is handed over",
        "types a card at the bank's form",
        "the bank's form takes no card",
        "3-D Secure at the bank's form",
        "an order is reopened",
        "an order that was over is paid anew",
        "a step is done",
        "a step is refused",
        "a step is not sent",
        "a step is given up",
        "a step is superseded",
        "a step is unknown",
        "a second attempt",
        "an ask never left",
        "an ask is unanswered",
        "a wait is given up",
        "an operation is chosen",
        "a contradiction is acknowledged",
        "a late success is settled by the machine",
        "a person ends what is stuck",
        "what was not done is asked for anew",
    ];
    let lists = [NOTIFICATIONS, ERRORS, REFUSALS, CONTRADICTIONS, OTHERS];
    let statuses = PaymentStatus::ALL.into_iter().map(PaymentStatus::name);
    let others = lists.into_iter().flatten().copied();
    statuses.chain(others).filter(|name| !NEVER.contains(name))
}

const CONTRADICTIONS: &[&str] = &[
    "other_invoice",
    "other_terminal",
    "other_currency",
    "two_transactions",
    "not_ours",
    "number_taken",
    "wrong_amount",
    "declined_yet_moved",
    "two_captured_sums",
    "capture_not_shown",
    "void_not_shown",
    "late_success",
    "not_found_though_named",
];

/// What an append has brought about.
pub(crate) fn written(world: &World, before: &Stored, after: &Stored, events: &[Event]) {
    let mut raised = after.payment.contradictions();
    if !raised.is_empty() {
        let was = before.payment.contradictions();
        raised.retain(|it| !was.contains(it));
    }
    for contradiction in raised {
        world.sometimes(contradiction.name());
    }
    if before.payment.status() != after.payment.status() {
        world.sometimes(after.payment.status().name());
    }
    if before.previous.is_some()
        && events.iter().any(|event| matches!(event.kind, EventKind::Asked(_)))
    {
        world.sometimes("a second attempt");
    }
    for event in events {
        match &event.kind {
            EventKind::NotSent { .. } => world.sometimes("an ask never left"),
            EventKind::Unanswered(_) => world.sometimes("an ask is unanswered"),
            EventKind::GivenUp(..) => world.sometimes("a wait is given up"),
            EventKind::Chosen { .. } => world.sometimes("an operation is chosen"),
            EventKind::Acknowledged(_, note) if note.as_str().contains("late") => {
                world.sometimes("a late success is settled by the machine");
            }
            EventKind::Acknowledged(..) => world.sometimes("a contradiction is acknowledged"),
            _ => {}
        }
    }
}

/// By what means the bank was paid.
pub(crate) fn was_paid(world: &World) {
    let methods: Vec<_> =
        world.with(|inner| inner.bank.ledger().iter().map(|it| it.method).collect());
    for method in methods {
        match method {
            Method::Card => {}
            Method::SavedCard => world.sometimes("a card that the bank keeps"),
            Method::ApplePayDecrypted => world.sometimes("Apple Pay opened by the shop"),
            Method::ApplePayToken => world.sometimes("Apple Pay opened by the bank"),
            Method::GooglePayToken => world.sometimes("Google Pay opened by the bank"),
        }
    }
}

pub(crate) fn is_told(world: &World, kind: NotificationKind) {
    world.sometimes(notification(kind));
}

//! The rules that keep a payment right, each broken once from outside: whoever judges has to notice every one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use epay::MemoryStore;
use epay_testkit::conformance;
use epay_testkit::judge::Kind::{
    ChargedTwice, Contradicted, Differs, NotNotified, NotifiedTwice, NotifiedUntrue, OnlyAtBank,
    OnlyInLog, RefundedTooMuch, SaidNotCharged, SentAgain,
};

use crate::broken::BrokenLog;
use crate::crash_points::{CrashPoints, How};
use crate::flows::{BAD_DAYS, FLOWS, Flow};
use crate::judge::{Complaint, Kind};
use crate::matrix::{disturbances, on_all_cores};
use crate::script::run;

/// One broken rule, or one accident that others have had. Each breaks a port from outside (the bank, the log, the wire,
/// the handler, the clock), and nothing in the library knows of it.
///
/// What no wrapper of a port can break is not here, for a test of it could not fail:
/// - that the log holds no card (R8): `PaymentStore` is given none, so no log can keep one;
/// - that nothing is asked again inside the library (R4): there is no retry to switch on, so the wrappers below retry
///   in its place;
/// - that a status check comes before a new attempt (R2): `pay` looks by itself, so what is broken is what it rests on, namely the
///   one attempt of an order, and the bank's word that an attempt is dead;
/// - that the oldest unknown payment is looked at first, and not too many a second (R12): a matter of order and of load,
///   about which no ledger can complain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// R1: the log answers that it has the intent, and writes it only with what was heard.
    IntentNotWrittenFirst,
    /// R1: the log answers before it has written.
    AnsweredBeforeWritten,
    /// R2, killbill 1015: an order may be paid again while its first attempt is unknown.
    AttemptWithoutProof,
    /// R2, adyen-commercetools 1305: the order's name changes with every try.
    VolatileOrderName,
    /// R2: a token that can be paid with once is not remembered.
    ReplayKeyForgotten,
    /// R3: that the bank does not find a payment counts as proof that there is none, and no not-found window is waited for.
    NotFoundIsAbsence,
    /// R4, stripe-node 2808: a call whose connection was reset is sent again.
    ResentOnReset,
    /// R4: a reset is reported as "no byte left", and so the gateway sends again.
    ResetAsNotSent,
    /// R4: a refund whose answer was lost is asked again.
    RefundSentAgain,
    /// R5: a callback that says "ok" is taken for the bank's status.
    HintIsTruth,
    /// R5: a callback that says "error" fails the payment.
    ErrorCallbackFails,
    /// R6, EX-1001: 477, "exists already", is read as a decline.
    ExistsAlreadyIsDeclined,
    /// R6, hyperswitch 2380: no answer is read as a failure.
    UnknownIsFailed,
    /// R6: no answer is read as a success.
    UnknownIsTaken,
    /// R6, hyperswitch-prism 1658: a status query that finds the bank in maintenance overwrites what was authorised.
    MaintenanceIsFailure,
    /// R7: the bank took another sum than was ordered, and nobody compares.
    SumNotCompared,
    /// R7: the bonus part of a sum is left out.
    BonusLeftOut,
    /// R7: sums are read as binary fractions.
    SumsAsFloats,
    /// R8: the sealed card is kept, and handed in again when the bank does not find the payment.
    SealedCardKept,
    /// R9, woocommerce-gateway-stripe 683: the payer's return and another one at the same time both write, and both confirm.
    NoCompareAndSwap,
    /// R9: whoever lost a lease may still write.
    LeaseWithoutFencing,
    /// R10: the shop is told of money before the log knows of it.
    ToldBeforeWritten,
    /// R10: a notification counts as delivered before it is.
    MarkedBeforeDelivered,
    /// R10: a notification is told when it is true no longer.
    ToldFromTheBacklog,
    /// R10: the same notification has another name each time.
    NotificationWithoutAName,
    /// R11: a deadline is measured by the wall clock, which was put back.
    DeadlineByTheWallClock,
    /// R12: after a few status checks nobody looks any more.
    ScheduleGivesUp,
    /// EX-1001: a failed payment stays failed, whatever the bank says later.
    FailedForEver,
    /// ePay E2: two counters give out invoice numbers with the same last six digits.
    LastSixCollision,
}

/// Who has to notice.
enum Detector {
    /// The judge of the runs: of the flow of this name, undisturbed.
    Plain(&'static str),
    /// The judge of the runs: of the flow of this name, when this happens to it somewhere.
    Runs(&'static str, How),
    /// The suite that every store has to pass.
    Suite,
}

use Detector::{Plain, Runs, Suite};
use How::{CrashedAndLeft, CrashedAndRepeated as Repeated, Cut, Overtaken, Silent};
use Kind::Books;

/// Each bug, where it is looked for, and what is complained about, in words.
const PLANTED: &[(Bug, Detector, Kind, &str)] = &[
    (
        Bug::IntentNotWrittenFirst,
        Runs("a card, one stage", Repeated),
        Books(SentAgain),
        "Cryptopay",
    ),
    (Bug::AnsweredBeforeWritten, Runs("a refund of all", Repeated), Books(SentAgain), "Refund"),
    (Bug::AttemptWithoutProof, Runs(LATE, Cut), Books(ChargedTwice), "2 operations"),
    (
        Bug::VolatileOrderName,
        Runs("a card, one stage", Repeated),
        Books(ChargedTwice),
        "2 operations",
    ),
    (Bug::ReplayKeyForgotten, Suite, Kind::Nonconforming, "orders with one replay key"),
    (Bug::NotFoundIsAbsence, Runs(LATE, Cut), Books(ChargedTwice), "2 operations"),
    (Bug::ResentOnReset, Runs("a card, one stage", Cut), Books(SentAgain), "Cryptopay"),
    (Bug::ResetAsNotSent, Runs("a card, one stage", Cut), Books(SentAgain), "Cryptopay"),
    (
        Bug::RefundSentAgain,
        Runs("a refund in two parts", Cut),
        Books(RefundedTooMuch),
        "went back as refund-2",
    ),
    (Bug::HintIsTruth, Plain("a decline with its callbacks"), Books(OnlyInLog), "REJECT"),
    (
        Bug::ErrorCallbackFails,
        Plain("a payment with its callbacks"),
        Books(Contradicted),
        "DeclinedYetMoved",
    ),
    (
        Bug::ExistsAlreadyIsDeclined,
        Plain("a wire that sends payments twice"),
        Books(SaidNotCharged),
        "CHARGE",
    ),
    (Bug::UnknownIsFailed, Runs("a card, one stage", Cut), Books(SaidNotCharged), "CHARGE"),
    (
        Bug::UnknownIsTaken,
        Runs("a card, one stage", Cut),
        Books(OnlyInLog),
        "nothing at the bank, and paid in the log",
    ),
    (
        Bug::MaintenanceIsFailure,
        Runs("a card, one stage", Cut),
        Books(Contradicted),
        "DeclinedYetMoved",
    ),
    (Bug::SumNotCompared, Plain("a bank that takes another sum"), Books(Differs), "captured: ours"),
    (
        Bug::BonusLeftOut,
        Plain("a payer who pays a part with bonus"),
        Books(Differs),
        "captured: ours 1230000.00",
    ),
    (Bug::SumsAsFloats, Plain("a card, one stage"), Books(Differs), "captured: ours 1234567.90"),
    (Bug::SealedCardKept, Plain(LATE), Books(SentAgain), "Cryptopay"),
    (Bug::NoCompareAndSwap, Runs("3-D Secure, answered", Overtaken), Books(SentAgain), "Confirm"),
    (
        Bug::LeaseWithoutFencing,
        Suite,
        Kind::Nonconforming,
        "an append onto a version that is not there",
    ),
    (Bug::ToldBeforeWritten, Plain("a card, one stage"), Books(NotifiedTwice), "is shipped as"),
    (
        Bug::MarkedBeforeDelivered,
        Runs("a card, one stage", Repeated),
        Books(NotNotified),
        "the shop never heard it",
    ),
    (
        Bug::ToldFromTheBacklog,
        Plain("a card, two stages, charged"),
        Books(NotifiedUntrue),
        "100000001-2-held",
    ),
    (
        Bug::NotificationWithoutAName,
        Runs("a card, one stage", CrashedAndLeft),
        Books(NotifiedTwice),
        "is shipped as",
    ),
    (Bug::DeadlineByTheWallClock, Runs("a card, one stage", Silent), Kind::NeverEnds, "Pay"),
    (Bug::ScheduleGivesUp, Plain(LATE), Kind::NeverSettles, "Paid"),
    (
        Bug::FailedForEver,
        Runs(AFTER_THE_WINDOW, CrashedAndLeft),
        Books(OnlyAtBank),
        "abandoned in the log",
    ),
    (Bug::LastSixCollision, Plain("two orders"), Kind::Waited, "order-18"),
];

const LATE: &str = "a bank that sees its payments late";
const AFTER_THE_WINDOW: &str = "a bank that sees its payments after the not-found window";

fn flow(name: &str) -> &'static Flow {
    FLOWS.iter().chain(BAD_DAYS).find(|flow| flow.name == name).unwrap()
}

/// The first complaint of this kind and in these words, and in which run it was; `None` where nobody complains so.
fn first_complaint(bug: Bug, detector: &Detector, kind: Kind, words: &str) -> Option<String> {
    let (name, how) = match *detector {
        Plain(name) => (name, None),
        Runs(name, how) => (name, Some(how)),
        Suite => return refused_by_the_suite(bug).filter(|said| said.contains(words)),
    };
    let (all, undisturbed) = disturbances(flow(name), Some(bug));
    let so =
        |complaint: &Complaint| complaint.kind == kind && complaint.to_string().contains(words);
    let Some(how) = how else {
        let complaint = undisturbed.into_iter().find(so);
        return complaint.map(|complaint| format!("{name}, undisturbed: {complaint}"));
    };
    all.into_iter().filter(|disturbance| disturbance.how == how).zip(1..).find_map(
        |(disturbance, runs)| {
            let complaints =
                run(flow(name), Some(bug), &CrashPoints::at(disturbance.crossing, how)).complaints;
            let complaint = complaints.into_iter().find(so)?;
            Some(format!("{name}, {how:?} at run {runs}, {}: {complaint}", disturbance.place))
        },
    )
}

/// What the suite says of a log that is as it should be but for the bug.
fn refused_by_the_suite(bug: Bug) -> Option<String> {
    let judging = || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let make = async || BrokenLog::new(Arc::new(MemoryStore::default()), bug);
        runtime.block_on(conformance::store(make));
    };
    let panic = catch_unwind(AssertUnwindSafe(judging)).err()?;
    let said = panic.downcast_ref::<String>().cloned();
    said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()))
}

#[test]
fn each_planted_bug_is_complained_about() {
    let unnoticed = on_all_cores(PLANTED, |(bug, detector, kind, words)| {
        match first_complaint(*bug, detector, *kind, words) {
            Some(complaint) => {
                eprintln!("{bug:?}: {}", complaint.lines().next().unwrap_or_default());
                None
            }
            None => Some(format!("{bug:?} ({kind:?}, {words})")),
        }
    });
    let unnoticed: Vec<String> = unnoticed.into_iter().flatten().collect();
    assert!(unnoticed.is_empty(), "nobody complained about {}", unnoticed.join(", "));
}

/// The wrappers alone are not what is complained about: here is one with a bug that a flow has no use for.
#[test]
fn a_bug_that_a_flow_never_meets_is_not_complained_about() {
    let (_, complaints) = disturbances(flow("a card, one stage"), Some(Bug::FailedForEver));
    assert!(complaints.is_empty(), "{complaints:?}");
    assert_eq!(refused_by_the_suite(Bug::HintIsTruth), None);
}

//! The rules that keep a payment right, each broken once from outside: whoever judges has to notice every one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use epay::MemoryStore;
use epay_testkit::conformance;

use crate::broken::BrokenLog;
use crate::flows::{BAD_DAYS, FLOWS, Flow};
use crate::judge::{Complaint, Kind};
use crate::matrix::disturbances;
use crate::script::run;
use crate::trip::{How, Trip};

/// One broken rule, or one accident that others have had. Each breaks a port from outside (the bank, the log, the wire,
/// the listener, the clock), and nothing in the library knows of it.
///
/// What no wrapper of a port can break is not here, for a test of it could not fail:
/// - that the log holds no card (R8): `PaymentStore` is given none, so no log can keep one;
/// - that nothing is asked again inside the library (R4): there is no retry to switch on, so the wrappers below retry
///   in its place;
/// - that a look comes before a new attempt (R2): `pay` looks by itself, so what is broken is what it rests on, namely the
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
    /// R3: that the bank does not find a payment counts as proof that there is none, and no fence is waited for.
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
    /// R10: news counts as delivered before it is.
    MarkedBeforeDelivered,
    /// R10: the same news has another name each time.
    NewsWithoutAName,
    /// R11: a deadline is measured by the wall clock, which was put back.
    DeadlineByTheWallClock,
    /// R12: after a few looks nobody looks any more.
    ScheduleGivesUp,
    /// EX-1001: a failed payment stays failed, whatever the bank says later.
    FailedForEver,
    /// ePay E2: two counters give out invoice numbers with the same last six digits.
    LastSixCollision,
}

/// Who has to notice.
enum Court {
    /// The judge of the runs: of the flow of this name, undisturbed.
    Plain(&'static str),
    /// The judge of the runs: of the flow of this name, when this happens to it somewhere.
    Runs(&'static str, How),
    /// The suite that every store has to pass, by the sentence it complains with.
    Suite(&'static str),
}

use Court::{Plain, Runs, Suite};

/// Each bug, where it is looked for, and the first complaint about it.
const PLANTED: &[(Bug, Court, Kind)] = &[
    (Bug::IntentNotWrittenFirst, Runs("a card, one stage", How::CrashedAndRepeated), Kind::AskedTwice),
    (Bug::AnsweredBeforeWritten, Runs("a refund of all", How::CrashedAndRepeated), Kind::AskedTwice),
    (Bug::AttemptWithoutProof, Runs("a bank that sees its payments late", How::Cut), Kind::TakenTwice),
    (Bug::VolatileOrderName, Runs("a card, one stage", How::CrashedAndRepeated), Kind::TakenTwice),
    (Bug::ReplayKeyForgotten, Suite("replay"), Kind::Nonconforming),
    (Bug::NotFoundIsAbsence, Runs("a bank that sees its payments late", How::Cut), Kind::TakenTwice),
    (Bug::ResentOnReset, Runs("a card, one stage", How::Cut), Kind::AskedTwice),
    (Bug::ResetAsNotSent, Runs("a card, one stage", How::Cut), Kind::AskedTwice),
    (Bug::RefundSentAgain, Runs("a refund in two parts", How::Cut), Kind::RefundedTooMuch),
    (Bug::HintIsTruth, Plain("a decline with its callbacks"), Kind::NotKnown),
    (Bug::ErrorCallbackFails, Plain("a payment with its callbacks"), Kind::NotKnown),
    (Bug::ExistsAlreadyIsDeclined, Plain("a wire that sends payments twice"), Kind::SaidNotCharged),
    (Bug::UnknownIsFailed, Runs("a card, one stage", How::Cut), Kind::SaidNotCharged),
    (Bug::UnknownIsTaken, Runs("a card, one stage", How::Cut), Kind::TakenNowhere),
    (Bug::MaintenanceIsFailure, Runs("a card, one stage", How::Cut), Kind::NotKnown),
    (Bug::SumNotCompared, Plain("a bank that takes another sum"), Kind::NotKnown),
    (Bug::BonusLeftOut, Plain("a payer who pays a part with bonus"), Kind::Waited),
    (Bug::SumsAsFloats, Plain("a card, one stage"), Kind::Waited),
    (Bug::SealedCardKept, Runs("a bank that sees its payments late", How::Cut), Kind::AskedTwice),
    (Bug::NoCompareAndSwap, Runs("3-D Secure, answered", How::Overtaken), Kind::AskedTwice),
    (Bug::LeaseWithoutFencing, Suite("a version that is not there"), Kind::Nonconforming),
    (Bug::ToldBeforeWritten, Plain("a card, one stage"), Kind::ToldTwice),
    (Bug::MarkedBeforeDelivered, Runs("a card, one stage", How::CrashedAndRepeated), Kind::NotTold),
    (Bug::NewsWithoutAName, Runs("a card, one stage", How::CrashedAndLeft), Kind::ToldTwice),
    (Bug::DeadlineByTheWallClock, Runs("a card, one stage", How::Silent), Kind::NeverEnds),
    (Bug::ScheduleGivesUp, Runs("a bank that sees its payments late", How::Cut), Kind::NeverSettles),
    (
        Bug::FailedForEver,
        Runs("a bank that sees its payments after the fence", How::CrashedAndLeft),
        Kind::FailedYetTaken,
    ),
    (Bug::LastSixCollision, Plain("two orders"), Kind::Waited),
];

fn flow(name: &str) -> &'static Flow {
    FLOWS.iter().chain(BAD_DAYS).find(|flow| flow.name == name).unwrap()
}

/// The first complaint of this kind, and in which run it was; `None` where nobody complains so.
fn first_complaint(bug: Option<Bug>, court: &Court, kind: Kind) -> Option<String> {
    let (name, how) = match *court {
        Plain(name) => (name, None),
        Runs(name, how) => (name, Some(how)),
        Suite(sentence) => return refused_by_the_suite(bug?, sentence),
    };
    let (all, undisturbed) = disturbances(flow(name), bug);
    let of_this_kind = |complaints: Vec<Complaint>| complaints.into_iter().find(|complaint| complaint.kind == kind);
    let Some(how) = how else {
        return of_this_kind(undisturbed).map(|complaint| format!("{name}, undisturbed: {complaint}"));
    };
    all.into_iter().filter(|disturbance| disturbance.how == how).zip(1..).find_map(|(disturbance, runs)| {
        let complaints = run(flow(name), bug, &Trip::at(disturbance.crossing, how)).complaints;
        let complaint = of_this_kind(complaints)?;
        Some(format!("{name}, {how:?} at run {runs}, {}: {complaint}", disturbance.place))
    })
}

fn refused_by_the_suite(bug: Bug, sentence: &str) -> Option<String> {
    let judging = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let make = async || BrokenLog::new(Arc::new(MemoryStore::default()), bug);
        runtime.block_on(conformance::store(make));
    };
    let panic = catch_unwind(AssertUnwindSafe(judging)).err()?;
    let said = panic.downcast_ref::<String>().cloned();
    let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned())).unwrap_or_default();
    said.contains(sentence).then_some(said)
}

#[test]
fn each_planted_bug_is_complained_about() {
    let mut unnoticed = Vec::new();
    for (bug, court, kind) in PLANTED {
        match first_complaint(Some(*bug), court, *kind) {
            Some(complaint) => eprintln!("{bug:?}: {}", complaint.lines().next().unwrap_or_default()),
            None => unnoticed.push(format!("{bug:?} ({kind:?})")),
        }
    }
    assert!(unnoticed.is_empty(), "nobody complained about {}", unnoticed.join(", "));
}

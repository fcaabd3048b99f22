//! The rules that keep a payment right, each broken once from outside: whoever judges has to notice every one.

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
#[expect(dead_code, reason = "the list is older than the tests")]
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

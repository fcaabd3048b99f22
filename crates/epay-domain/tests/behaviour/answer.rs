//! Was the payer charged, who acts next, what is to be called: one answer for each place a payment can be at.

use crate::story::*;
use epay_domain::ActsNext::{Nobody, Payer, Person, Shop};
use epay_domain::PayerCharged::{Held, No, NotKnownYet, Yes};
use epay_domain::*;

#[track_caller]
fn check_answer(
    story: &[Line],
    status: PaymentStatus,
    charged: PayerCharged,
    acts: ActsNext,
    call: NextCall,
) {
    let answer = payment(story).answer(FulfilOn::Status);
    assert_eq!(
        (answer.status, answer.payer_charged, answer.acts_next, answer.next_call),
        (status, charged, acts, call),
        "{story:#?}"
    );
}

#[test]
fn each_status_has_its_answer() {
    use NextCall::*;
    let named = |id| named(id, Observation::status(captured(ORDERED)));
    let wrong = after(&asked(), &[status(captured(Money::tenge(90)))]);
    let declined_late = after(&paid(), &[status(declined())]);
    let closed = after(&at_the_issuer(), &[ask(NEVER_CONFIRMED)]);
    let abandoned = after(&after(&asked(), &not_found_for(24)), &[ask(abandon(DAY))]);
    for (story, status, charged, acts, call) in [
        (vec![], PaymentStatus::New, No, Shop, Pay),
        (asked(), PaymentStatus::Unknown, NotKnownYet, Nobody, CheckStatus),
        (at_the_issuer(), PaymentStatus::AwaitingPayer, No, Payer, ShowForm),
        (
            after(&at_the_issuer(), &[ask(Command::Confirm), lost()]),
            PaymentStatus::Unknown,
            NotKnownYet,
            Nobody,
            CheckStatus,
        ),
        (held(), PaymentStatus::Held, Held, Shop, CaptureOrVoid),
        (after(&asked(), &[status(captured(ORDERED))]), PaymentStatus::Paid, Yes, Shop, Ship),
        // By a reply alone: charged, and not yet a reason to ship.
        (paid(), PaymentStatus::Unknown, Yes, Nobody, CheckStatus),
        (
            after(&paid(), &[status(refunded(ORDERED, ORDERED))]),
            PaymentStatus::Refunded,
            No,
            Nobody,
            PayAgain,
        ),
        (
            after(&held(), &[status(Fact::Voided(VoidReason::Lapsed))]),
            PaymentStatus::Voided,
            No,
            Nobody,
            PayAgain,
        ),
        (after(&asked(), &[reply(Fact::Verified)]), PaymentStatus::Verified, No, Nobody, PayAgain),
        (after(&asked(), &[reply(declined())]), PaymentStatus::Declined, No, Payer, Pay),
        (after(&asked(), &[unsent()]), PaymentStatus::NotExecuted, No, Payer, Pay),
        (closed.clone(), PaymentStatus::NotExecuted, No, Payer, Pay),
        // Not charged as far as the bank knows; nobody can promise it.
        (abandoned, PaymentStatus::Abandoned, NotKnownYet, Payer, Pay),
        (after(&asked(), &[ask(by_person())]), PaymentStatus::Abandoned, NotKnownYet, Payer, Pay),
        // A wrong sum was charged all the same.
        (wrong, PaymentStatus::Disputed, Yes, Person, Acknowledge),
        (declined_late, PaymentStatus::Disputed, NotKnownYet, Person, Acknowledge),
        (
            after(&asked(), &[named("t1"), named("t2")]),
            PaymentStatus::Disputed,
            NotKnownYet,
            Person,
            ChooseTransaction,
        ),
        // Closed, and the bank said yes: held or taken.
        (
            after(&closed, &[reply(Fact::Approved)]),
            PaymentStatus::Disputed,
            NotKnownYet,
            Person,
            Acknowledge,
        ),
        (
            after(&at_the_issuer(), &[status(Fact::Approved)]),
            PaymentStatus::AwaitingPayer,
            NotKnownYet,
            Payer,
            ShowForm,
        ),
        // The form is shown, and the bank may go on to a hold without it.
        (
            after(&at_the_issuer(), &[status(Fact::AwaitingPayer(PayerStep::Fingerprint))]),
            PaymentStatus::AwaitingPayer,
            NotKnownYet,
            Payer,
            ShowForm,
        ),
        // A step that waits.
        (
            after(&held(), &[ask(capture("c1", ORDERED)), lost()]),
            PaymentStatus::Unknown,
            Held,
            Nobody,
            CheckStatus,
        ),
        // Never asked by this log, and yet the bank knows it: not to be asked again.
        (vec![status(Fact::Approved)], PaymentStatus::Unknown, NotKnownYet, Nobody, CheckStatus),
    ] {
        check_answer(&story, status, charged, acts, call);
    }
}

#[test]
fn a_shop_may_ship_on_the_reply_and_a_status_settles_it_either_way() {
    let by_reply = payment(&paid()).answer(FulfilOn::Reply);
    assert_eq!((by_reply.status, by_reply.next_call), (PaymentStatus::Paid, NextCall::Ship));
    let confirmed = payment(&after(&paid(), &[status(captured(ORDERED))]));
    assert_eq!(confirmed.answer(FulfilOn::Status), confirmed.answer(FulfilOn::Reply));
}

#[test]
fn a_capture_that_the_bank_widened_is_no_failure() {
    // We asked for a part, the answer was lost, and the bank took all.
    let part = Money::tenge(60);
    let story = after(&held(), &[ask(capture("c1", part)), lost(), status(captured(ORDERED))]);
    check_answer(&story, PaymentStatus::Disputed, Yes, Person, NextCall::Acknowledge);
    let (_, step) = payment(&story).step(&step("c1")).unwrap();
    assert_eq!(step, StepStatus::Superseded);
}

#[test]
fn an_answer_is_words() {
    let words = [No, Yes, Held, NotKnownYet].map(|it| it.to_string());
    assert_eq!(words, ["no", "yes", "held", "not known yet"]);
    let words = [Payer, Shop, Person, Nobody].map(|it| it.to_string());
    assert_eq!(words, ["payer", "shop", "person", "nobody"]);
    use NextCall::*;
    let calls =
        [Pay, ShowForm, CheckStatus, CaptureOrVoid, Ship, ChooseTransaction, Acknowledge, PayAgain];
    let words: std::collections::BTreeSet<String> = calls.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), calls.len());
}

//! A pair that cannot both be true, or money in the wrong place, raises a flag for a person, and still records the money.

use crate::story::*;
use epay_domain::*;

#[track_caller]
fn check_flags(story: &[Line], expected: &[Flag]) {
    let flags: Vec<Flag> = payment(story).flags().iter().collect();
    assert_eq!(flags, expected, "{story:#?}");
    assert_eq!(
        payment(story).status() == PaymentStatus::Disputed,
        !expected.is_empty(),
        "{story:#?}"
    );
}

/// The same whichever of the two comes first.
#[track_caller]
fn check_pair(start: &[Line], pair: [Line; 2], expected: &[Flag]) {
    let [first, second] = pair;
    check_flags(&after(start, &[first.clone(), second.clone()]), expected);
    check_flags(&after(start, &[second, first]), expected);
}

fn status_of(fact: Fact) -> Observation {
    Observation::status(fact)
}

#[test]
fn declined_and_yet_moved() {
    for moved in
        [Fact::Verified, Fact::Authorized, Fact::Voided(VoidReason::Lapsed), captured(ORDERED)]
    {
        for (one, other) in [
            (reply as fn(Fact) -> Line, status as fn(Fact) -> Line),
            (status, reply),
            (status, status),
        ] {
            check_pair(
                &asked(),
                [one(declined()), other(moved.clone())],
                &[Flag::DeclinedYetMoved],
            );
        }
    }
}

#[test]
fn voided_and_yet_taken() {
    check_pair(
        &held(),
        [status(Fact::Voided(VoidReason::Requested)), status(captured(ORDERED))],
        &[Flag::VoidedYetCaptured],
    );
    check_pair(
        &held(),
        [status(Fact::Voided(VoidReason::Requested)), status(Fact::Authorized)],
        &[],
    );
}

#[test]
fn an_unsure_decline_is_no_contradiction() {
    check_pair(&asked(), [reply(unsure()), status(captured(ORDERED))], &[]);
    check_pair(
        &asked(),
        [reply(Fact::Declined(Decline::as_hint(484))), status(Fact::Authorized)],
        &[],
    );
}

#[test]
fn two_captured_sums_and_a_wrong_one() {
    let less = Money::kzt(90_00);
    check_flags(&after(&asked(), &[reply(captured(less))]), &[Flag::WrongAmount]);
    check_flags(&after(&asked(), &[status(captured(Money::kzt(110_00)))]), &[Flag::WrongAmount]);
    check_pair(
        &asked(),
        [reply(captured(less)), status(captured(ORDERED))],
        &[Flag::TwoCapturedSums],
    );
    check_pair(
        &asked(),
        [status(captured(less)), status(captured(ORDERED))],
        &[Flag::TwoCapturedSums],
    );
}

#[test]
fn the_right_sum_is_what_we_asked_to_capture() {
    let part = Money::kzt(60_00);
    let capturing = after(&held(), &[ask(capture("c1", part))]);
    check_flags(&after(&capturing, &[status(captured(part))]), &[]);
    check_flags(&after(&capturing, &[status(captured(ORDERED))]), &[Flag::WrongAmount]);
    check_flags(&after(&capturing, &[unsent(), status(captured(ORDERED))]), &[]);
    check_flags(
        &after(&capturing, &[reply(refused("c1", 487)), status(captured(part))]),
        &[Flag::WrongAmount],
    );
}

#[test]
fn a_sum_that_was_not_ordered() {
    let less = Some(BankAmount::card_only(Money::kzt(99_99)));
    for fact in [Fact::Approved, challenge(), Fact::Authorized, Fact::Verified] {
        check_flags(
            &after(&asked(), &[seen(Observation { amount: less, ..Observation::reply(fact) })]),
            &[Flag::WrongAmount],
        );
    }
    // A declined or unknown payment took nothing, so its sum harms nobody.
    for fact in [Fact::InProgress, Fact::NotFound, declined()] {
        check_flags(
            &after(&asked(), &[seen(Observation { amount: less, ..Observation::reply(fact) })]),
            &[],
        );
    }
}

#[test]
fn another_invoice_teaches_nothing() {
    let other =
        Observation { invoice: InvoiceId::new("999999").ok(), ..status_of(captured(ORDERED)) };
    let story = after(&asked(), &[seen(other)]);
    check_flags(&story, &[Flag::OtherInvoice]);
    assert_eq!(payment(&story).state(), State::New);
    let ours =
        Observation { invoice: Some(opened().invoice().clone()), ..status_of(captured(ORDERED)) };
    check_flags(&after(&asked(), &[seen(ours)]), &[]);
}

#[test]
fn another_terminal_still_records_the_money() {
    let elsewhere = TerminalId::new("00000000-0000-0000-0000-000000000000").ok();
    let story = after(
        &asked(),
        &[seen(Observation { terminal: elsewhere, ..status_of(captured(ORDERED)) })],
    );
    check_flags(&story, &[Flag::OtherTerminal]);
    assert!(matches!(payment(&story).state(), State::Captured { .. }));
    let ours =
        Observation { terminal: Some(opened().terminal().clone()), ..status_of(captured(ORDERED)) };
    check_flags(&after(&asked(), &[seen(ours)]), &[]);
}

#[test]
fn sums_of_another_currency_are_not_read() {
    let dollars = Money::new(100_00, Currency::USD);
    let named = Observation { currency: Some(Currency::USD), ..status_of(Fact::Authorized) };
    check_flags(&after(&asked(), &[seen(named)]), &[Flag::OtherCurrency]);

    let captured = after(&asked(), &[status(captured(dollars))]);
    check_flags(&captured, &[Flag::OtherCurrency]);
    assert_eq!(
        payment(&captured).state(),
        State::Captured { captured: None, refunded: Some(Money::kzt(0)) }
    );

    let given_back = after(&paid(), &[status(refunded(ORDERED, dollars))]);
    check_flags(&given_back, &[Flag::OtherCurrency]);
    assert_eq!(
        payment(&given_back).state(),
        State::Captured { captured: Some(ORDERED), refunded: None }
    );

    let amount = Some(BankAmount::card_only(dollars));
    check_flags(
        &after(&asked(), &[seen(Observation { amount, ..status_of(declined()) })]),
        &[Flag::OtherCurrency],
    );
}

#[test]
fn two_operations_for_one_invoice() {
    let named = |id| {
        seen(Observation {
            transaction: TransactionId::new(id).ok(),
            ..status_of(Fact::Authorized)
        })
    };
    check_pair(&asked(), [named("t1"), named("t2")], &[Flag::OtherTransaction]);
    check_pair(&asked(), [named("t1"), named("t1")], &[]);
}

#[test]
fn more_given_back_than_taken() {
    check_flags(
        &after(&paid(), &[status(refunded(ORDERED, Money::kzt(100_01)))]),
        &[Flag::OverRefunded],
    );
    check_flags(&after(&paid(), &[status(refunded(ORDERED, ORDERED))]), &[]);
}

#[test]
fn a_success_after_closing_is_never_ignored() {
    let closed = after(&at_the_issuer(), &[ask(NEVER_CONFIRMED)]);
    let abandoned = after(
        &asked(),
        &[status(Fact::NotFound), wait(DAY), status(Fact::NotFound), ask(abandon(DAY))],
    );
    let not_sent = after(&asked(), &[unsent()]);
    for start in [closed, abandoned, not_sent] {
        for success in [Fact::Approved, Fact::Authorized, captured(ORDERED)] {
            check_flags(&after(&start, &[status(success)]), &[Flag::LateSuccess]);
        }
        // What took nothing and holds nothing confirms that it is dead.
        for end in [Fact::NotFound, Fact::InProgress, declined(), Fact::Voided(VoidReason::Lapsed)]
        {
            check_flags(&after(&start, &[status(end)]), &[]);
        }
    }
}

#[test]
fn a_flag_blocks_the_capture_but_not_the_ways_back() {
    let elsewhere = TerminalId::new("00000000-0000-0000-0000-000000000000").ok();
    let odd = |fact| seen(Observation { terminal: elsewhere.clone(), ..status_of(fact) });
    let (flagged_hold, now) = told(&after(&asked(), &[odd(Fact::Authorized)]));
    assert_eq!(flagged_hold.decide(capture("c1", ORDERED), now), Err(Refusal::Flagged));
    assert!(flagged_hold.decide(void("v1"), now).is_ok());
    let (flagged_capture, now) = told(&after(&asked(), &[odd(captured(ORDERED))]));
    assert!(flagged_capture.decide(refund("r1", ORDERED), now).is_ok());
}

#[test]
fn a_person_ends_the_flags_raised_so_far_and_no_others() {
    let flagged = after(&asked(), &[status(captured(Money::kzt(90_00)))]);
    let seen_by_a_person = after(&flagged, &[ask(Command::Acknowledge(note()))]);
    check_flags(&seen_by_a_person, &[]);
    check(&seen_by_a_person, PaymentStatus::Paid);
    check_flags(&after(&seen_by_a_person, &[status(captured(Money::kzt(90_00)))]), &[]);
    let contradicted = after(&seen_by_a_person, &[status(declined())]);
    check_flags(&contradicted, &[Flag::DeclinedYetMoved]);
    check_flags(&after(&contradicted, &[ask(Command::Acknowledge(note()))]), &[]);
}

#[test]
fn every_flag_says_something_else() {
    let all = [
        Flag::OtherInvoice,
        Flag::OtherTerminal,
        Flag::OtherCurrency,
        Flag::OtherTransaction,
        Flag::WrongAmount,
        Flag::DeclinedYetMoved,
        Flag::VoidedYetCaptured,
        Flag::TwoCapturedSums,
        Flag::OverRefunded,
        Flag::LateSuccess,
    ];
    let words: std::collections::BTreeSet<String> = all.iter().map(Flag::to_string).collect();
    assert_eq!(words.len(), all.len());
    let none = payment(&paid()).flags();
    assert!(all.iter().all(|flag| !none.contains(*flag)));
    assert_eq!(format!("{none:?}"), "{}");
    assert_eq!(
        format!("{:?}", payment(&after(&paid(), &[status(declined())])).flags()),
        "{DeclinedYetMoved}"
    );
}

//! Two facts that cannot both be true, or money in the wrong place, are a contradiction for a person, and the money is
//! recorded all the same.

use crate::story::*;
use epay_domain::*;

#[track_caller]
pub(crate) fn check_up(story: &[Line], expected: &[&str]) {
    let payment = payment(story);
    let up = payment.contradictions();
    let names: Vec<&str> = up.iter().map(Contradiction::name).collect();
    assert_eq!(names, expected, "{story:#?}");
    assert_eq!(payment.is_contradicted(), !expected.is_empty(), "{story:#?}");
    assert_eq!(payment.status() == PaymentStatus::Disputed, !expected.is_empty(), "{story:#?}");
}

/// The same whichever of the two comes first.
#[track_caller]
fn check_pair(start: &[Line], pair: [Line; 2], expected: &[&str]) {
    let [first, second] = pair;
    check_up(&after(start, &[first.clone(), second.clone()]), expected);
    check_up(&after(start, &[second, first]), expected);
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
            check_pair(&asked(), [one(declined()), other(moved.clone())], &["declined_yet_moved"]);
        }
    }
}

#[test]
fn voided_and_yet_taken() {
    check_pair(
        &held(),
        [status(Fact::Voided(VoidReason::Requested)), status(captured(ORDERED))],
        &["voided_yet_captured"],
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
    let less = Money::tiyn(90_00);
    check_up(&after(&asked(), &[reply(captured(less))]), &["wrong_amount"]);
    check_up(&after(&asked(), &[status(captured(Money::tiyn(110_00)))]), &["wrong_amount"]);
    check_pair(
        &asked(),
        [reply(captured(less)), status(captured(ORDERED))],
        &["two_captured_sums", "wrong_amount"],
    );
    check_pair(
        &asked(),
        [status(captured(less)), status(captured(ORDERED))],
        &["two_captured_sums", "wrong_amount"],
    );
}

#[test]
fn the_right_sum_is_what_we_asked_to_capture() {
    let part = Money::tiyn(60_00);
    let capturing = after(&held(), &[ask(capture("c1", part))]);
    check_up(&after(&capturing, &[status(captured(part))]), &[]);
    check_up(&after(&capturing, &[status(captured(ORDERED))]), &["wrong_amount"]);
    check_up(&after(&capturing, &[unsent(), status(captured(ORDERED))]), &[]);
    check_up(
        &after(&capturing, &[reply(refused("c1", 487)), status(captured(part))]),
        &["wrong_amount"],
    );
}

#[test]
fn a_sum_that_was_not_ordered() {
    let less = Some(BankAmount::card_only(Money::tiyn(99_99)));
    for fact in [Fact::Approved, challenge(), Fact::Authorized] {
        check_up(
            &after(&asked(), &[seen(Observation { amount: less, ..Observation::reply(fact) })]),
            &["wrong_amount"],
        );
    }
    // A declined or unknown payment took nothing, so its sum harms nobody.
    for fact in [Fact::InProgress, Fact::NotFound, declined(), Fact::Verified] {
        check_up(
            &after(&asked(), &[seen(Observation { amount: less, ..Observation::reply(fact) })]),
            &[],
        );
    }
}

#[test]
fn another_invoice_teaches_nothing() {
    let other =
        Observation { invoice: Some(BankText::new("999999")), ..status_of(captured(ORDERED)) };
    let story = after(&asked(), &[seen(other)]);
    check_up(&story, &["other_invoice"]);
    assert_eq!(payment(&story).state(), State::New);
    let named = Some(BankText::new(opened().invoice().as_str()));
    let ours = Observation { invoice: named, ..status_of(captured(ORDERED)) };
    check_up(&after(&asked(), &[seen(ours)]), &[]);
}

#[test]
fn another_terminal_still_records_the_money() {
    let elsewhere = TerminalId::new("00000000-0000-0000-0000-000000000000").ok();
    let story = after(
        &asked(),
        &[seen(Observation { terminal: elsewhere, ..status_of(captured(ORDERED)) })],
    );
    check_up(&story, &["other_terminal"]);
    assert!(matches!(payment(&story).state(), State::Captured { .. }));
    let ours =
        Observation { terminal: Some(opened().terminal().clone()), ..status_of(captured(ORDERED)) };
    check_up(&after(&asked(), &[seen(ours)]), &[]);
}

#[test]
fn sums_of_another_currency_count_for_nothing() {
    let dollars = Money::new(100_00, Currency::USD);
    let named = Observation { currency: Some(Currency::USD), ..status_of(Fact::Authorized) };
    check_up(&after(&asked(), &[seen(named)]), &["other_currency"]);

    let captured = after(&asked(), &[status(captured(dollars))]);
    check_up(&captured, &["other_currency", "wrong_amount"]);
    assert_eq!(
        payment(&captured).state(),
        State::Captured { captured: None, refunded: Some(Money::tiyn(0)) }
    );

    let given_back = after(&paid(), &[status(refunded(ORDERED, dollars))]);
    check_up(&given_back, &["other_currency"]);
    assert_eq!(
        payment(&given_back).state(),
        State::Captured { captured: Some(ORDERED), refunded: None }
    );

    let amount = Some(BankAmount::card_only(dollars));
    check_up(
        &after(&asked(), &[seen(Observation { amount, ..status_of(declined()) })]),
        &["other_currency"],
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
    check_pair(&asked(), [named("t1"), named("t2")], &["two_transactions"]);
    check_pair(&asked(), [named("t1"), named("t1")], &[]);
    assert_eq!(
        payment(&after(&asked(), &[named("t2"), named("t1")])).contradictions(),
        [Contradiction::TwoTransactions { ids: vec![transaction("t1"), transaction("t2")] }]
    );
}

#[test]
fn more_given_back_than_taken() {
    check_up(
        &after(&paid(), &[status(refunded(ORDERED, Money::tiyn(100_01)))]),
        &["over_refunded"],
    );
    check_up(&after(&paid(), &[status(refunded(ORDERED, ORDERED))]), &[]);
}

#[test]
fn a_refund_told_without_its_sum_confirms_none_that_was_asked_for_later() {
    let untold = Fact::Captured { captured: Some(ORDERED), refunded: Refunds::SumNotTold };
    let (part, rest) = (Money::tenge(40), Money::tenge(60));
    let first = [ask(refund("r1", part)), reply(accepted("r1")), status(untold.clone())];
    let second = [ask(refund("r2", rest)), reply(accepted("r2")), status(untold)];
    let story = after(&after(&paid(), &first), &second);
    check(&story, PaymentStatus::Refunded);
    assert!(!payment(&story).given_back_by_status());
    let total = after(&story, &[status(refunded(ORDERED, ORDERED))]);
    assert!(payment(&total).given_back_by_status());
}

#[test]
fn a_success_after_closing_is_never_ignored() {
    let closed = after(&at_the_issuer(), &[ask(NEVER_CONFIRMED)]);
    let abandoned = after(&after(&asked(), &not_found_for(24)), &[ask(abandon(DAY))]);
    let ended = after(&asked(), &[lost(), ask(by_person())]);
    for start in [closed, abandoned, ended] {
        for success in [Fact::Approved, Fact::Authorized, captured(ORDERED)] {
            check_up(&after(&start, &[status(success)]), &["late_success"]);
        }
        // What took nothing and holds nothing confirms that it is dead.
        for end in [Fact::NotFound, Fact::InProgress, declined(), Fact::Voided(VoidReason::Lapsed)]
        {
            check_up(&after(&start, &[status(end)]), &[]);
        }
    }
}

#[test]
fn a_contradiction_blocks_the_capture_but_not_the_ways_back() {
    let elsewhere = TerminalId::new("00000000-0000-0000-0000-000000000000").ok();
    let odd = |fact| seen(Observation { terminal: elsewhere.clone(), ..status_of(fact) });
    let (odd_hold, now) = told(&after(&asked(), &[odd(Fact::Authorized)]));
    assert_eq!(odd_hold.decide(capture("c1", ORDERED), now), Err(Refusal::Contradicted));
    assert!(odd_hold.decide(void("v1"), now).is_ok());
    let (odd_capture, now) = told(&after(&asked(), &[odd(captured(ORDERED))]));
    assert!(odd_capture.decide(refund("r1", ORDERED), now).is_ok());
}

#[test]
fn every_contradiction_has_a_name_and_says_something_else() {
    let money = Money::tenge(1);
    let moved = Moved { charged: PayerCharged::Yes, sum: Some(money) };
    let all = [
        Contradiction::OtherInvoice { named: BankText::new("999999") },
        Contradiction::OtherTerminal { named: opened().terminal().clone(), moved },
        Contradiction::OtherCurrency { named: Currency::USD, moved },
        Contradiction::TwoTransactions { ids: vec![transaction("t1"), transaction("t2")] },
        Contradiction::NotOurs { transaction: None },
        Contradiction::NumberTaken { moved },
        Contradiction::WrongAmount { told: money, moved },
        Contradiction::DeclinedYetMoved { decline: Decline::from_code(484), moved },
        Contradiction::VoidedYetCaptured,
        Contradiction::TwoCapturedSums { low: money, high: ORDERED },
        Contradiction::OverRefunded { captured: money, total: ORDERED },
        Contradiction::StepNotShown { accepted: StepKind::Capture(ORDERED), shown: money },
        Contradiction::StepNotShown { accepted: StepKind::Void, shown: money },
        Contradiction::StepNotShown { accepted: StepKind::Refund(ORDERED), shown: money },
        Contradiction::LateSuccess { transaction: None, moved },
        Contradiction::SentAfterAll { question: Question::Authorize, moved },
        Contradiction::NotFoundThoughNamed,
    ];
    let names: std::collections::BTreeSet<&str> = all.iter().map(Contradiction::name).collect();
    let words: std::collections::BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!((names.len(), words.len()), (all.len(), all.len()));
    for (charged, sum, end) in [
        (PayerCharged::NotKnownYet, None, "had an effect"),
        (PayerCharged::No, None, "had an effect (nothing taken)"),
        (PayerCharged::Held, None, "had an effect (held)"),
        (PayerCharged::Yes, None, "had an effect (taken)"),
        (PayerCharged::Yes, Some(money), "had an effect (1.00 KZT taken)"),
    ] {
        let late = Contradiction::LateSuccess { transaction: None, moved: Moved { charged, sum } };
        assert!(late.to_string().ends_with(end), "{late}");
    }
}

#[test]
fn it_says_how_far_the_money_went_as_far_as_it_was_told() {
    let elsewhere = TerminalId::new("00000000-0000-0000-0000-000000000000").ok();
    let odd = seen(Observation { terminal: elsewhere, ..status_of(Fact::InProgress) });
    let lapsed = Fact::Voided(VoidReason::Lapsed);
    let untold = Fact::Captured { captured: None, refunded: Refunds::NotTold };
    for (told, says) in [
        (vec![], ""),
        (vec![Fact::Approved], ""),
        (vec![Fact::Authorized], " (held)"),
        (vec![Fact::Verified], " (nothing taken)"),
        (vec![lapsed.clone()], " (nothing taken)"),
        (vec![Fact::Approved, lapsed.clone()], ""),
        (vec![Fact::Authorized, lapsed], " (held)"),
        (vec![untold], " (taken)"),
        (vec![captured(ORDERED)], " (100.00 KZT taken)"),
    ] {
        let told: Vec<Line> = told.into_iter().map(status).collect();
        let story = after(&after(&asked(), std::slice::from_ref(&odd)), &told);
        let up = payment(&story).contradictions().first().map(ToString::to_string);
        let expected =
            format!("an answer named another terminal, 00000000-0000-0000-0000-000000000000{says}");
        assert_eq!(up, Some(expected), "{story:#?}");
    }
}

#[test]
fn the_bank_had_the_number_before_we_asked() {
    let taken = after(&asked(), &[reply(Fact::NumberTaken)]);
    check_up(&taken, &["number_taken"]);
    let ours = |fact| seen(Observation { origin: Origin::Ours, ..Observation::status(fact) });
    // Unless an operation there says that it is ours: then our own ask arrived twice.
    check_up(&after(&taken, &[ours(Fact::Authorized)]), &[]);
    check_up(&after(&asked(), &[ours(Fact::Authorized), reply(Fact::NumberTaken)]), &[]);
    check_up(&after(&taken, &[status(captured(ORDERED))]), &["number_taken"]);
}

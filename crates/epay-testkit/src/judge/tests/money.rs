//! Money that is there twice, or in one book only.

use Kind::{
    BrokenLog, ChargedTwice, Contradicted, Differs, NeverArrived, NotInLog, NotNotified,
    NotifiedTwice, OnlyAtBank, OnlyInLog, RefundedTooMuch, SaidNotCharged, SaidPaid, SentAgain,
    Unknown,
};
use NotificationKind::{Declined, Held, NeedsAttention, Refunded, Voided};
use epay_domain::{Decline, Note, StepId, TransactionId, VoidReason};

use super::*;

/// The order's second attempt, as the bank, the wire, our log and the shop have it.
fn second(
    books: &mut Books,
    history: &[(u64, Status)],
    known: EventKind,
    (kind, status): (NotificationKind, PaymentStatus),
) {
    let story = [EventKind::Asked(Command::Authorize), known, notified(kind, 2)];
    let line_at_bank = operation("100002", history);
    let sums = (line_at_bank.captured > 0).then_some((100_00, line_at_bank.refunded));
    books.ledger.push(line_at_bank);
    books.wire.push(call(Endpoint::Cryptopay, "100002"));
    books.log.push(attempt("100002", "order-1", &soon(story)));
    told_to(books).push(line("100002", 2, kind, status, sums));
}

#[test]
fn a_second_charge_of_an_order_is_found() {
    let is_paid = (Captured, PaymentStatus::Paid);
    let twice = |books: &mut Books| second(books, &[(5, Status::Charge)], charged(0), is_paid);
    // Twice the money, two at the same time, and shipped twice.
    check_with(twice, &[ChargedTwice, ChargedTwice, NotifiedTwice]);
    // Before all is quiet, the sum is nobody's mistake.
    check_with(
        |books| {
            twice(books);
            books.at_rest = false;
        },
        &[ChargedTwice, NotifiedTwice],
    );
    let (held, is_held) = (told(Fact::Authorized), (Held, PaymentStatus::Held));
    check_with(
        |books| second(books, &[(5, Status::Auth)], held, is_held),
        &[ChargedTwice, ChargedTwice],
    );
    // Gone by now, and yet it was there at the same time.
    let gone = told(Fact::Voided(VoidReason::Requested));
    let history = [(5, Status::Auth), (9, Status::Cancel)];
    let is_void = (Voided, PaymentStatus::Voided);
    check_with(|books| second(books, &history, gone, is_void), &[ChargedTwice]);
    // The shop lets it be paid anew only after it was given back.
    check_with(
        |books| {
            let again = EventKind::Reopened(Note::new("the payer wants it").unwrap());
            let mut story = soon([EventKind::Asked(Command::Authorize), charged(100_00)]);
            story.extend(soon([notified(Captured, 2), notified(Refunded, 2), again]));
            books.log = vec![attempt("100001", "order-1", &story)];
            books.ledger = vec![operation("100001", &[(1, Status::Charge), (3, Status::Refund)])];
            let all = Some((100_00, 100_00));
            told_to(books).push(line("100001", 2, Refunded, PaymentStatus::Refunded, all));
            twice(books);
        },
        &[],
    );
}

#[test]
fn one_after_the_other_is_no_second_charge() {
    let gone = told(Fact::Voided(VoidReason::Requested));
    let history = [(0, Status::Auth), (1, Status::Cancel)];
    check_with(|books| second(books, &history, gone, (Voided, PaymentStatus::Voided)), &[]);
}

#[test]
fn what_surfaces_after_the_window_is_a_late_success() {
    let late = |closed: Option<EventKind>| {
        let mut story = not_found(0..=24);
        let flagged = notified(NeedsAttention, 28);
        story.extend(closed.into_iter().chain([charged(0), flagged]).map(|kind| (DAY, kind)));
        let mut books = paid();
        books.ledger.push(operation("100002", &[(1, Status::Charge)]));
        books.wire.push(call(Endpoint::Cryptopay, "100002"));
        books.log.push(attempt("100002", "order-1", &story));
        books.promises.push(promise("100002", Said::NotCharged));
        told_to(&mut books).push(line("100002", 28, NeedsAttention, PaymentStatus::Disputed, None));
        books
    };
    // It is there twice until somebody gives it back, and that is known.
    check_apart(&late(Some(abandoned())), &[], &[ChargedTwice, Contradicted]);
    // Nobody had declared it dead.
    check(&late(None), &[ChargedTwice, ChargedTwice, SaidNotCharged, NotNotified]);
}

#[test]
fn money_that_only_one_book_has_is_found() {
    let elsewhere = |books: &mut Books| books.wire.push(call(Endpoint::Cryptopay, "100009"));
    check_with(
        |books| {
            elsewhere(books);
            books.ledger.push(operation("100009", &[(3, Status::Charge)]));
        },
        &[NotInLog, NotInLog],
    );
    check_with(elsewhere, &[NotInLog]);
    check_with(|books| books.ledger[0].captured = 99_00, &[Differs]);
    check_with(|books| books.ledger[0].refunded = 1, &[Differs]);
    check_with(|books| books.ledger[0].status = Status::Auth, &[ChargedTwice, Differs]);
    check_with(|books| books.ledger.clear(), &[OnlyInLog, SaidPaid]);
    check_with(|books| books.orders.clear(), &[ChargedTwice]);
    check_with(|books| books.promises.push(promise("100009", Said::NotCharged)), &[NotInLog]);
    check_with(|books| books.log[0].events.truncate(1), &[BrokenLog]);
    let story = [
        EventKind::Asked(Command::Authorize),
        told(Fact::Declined(Decline::by_status(484))),
        notified(Declined, 2),
    ];
    let declined = |books: &mut Books| {
        books.log = vec![attempt("100001", "order-1", &soon(story.clone()))];
        let told = line("100001", 2, Declined, PaymentStatus::Declined, None);
        books.notifications = Some(vec![told]);
        books.promises.clear();
    };
    check_with(declined, &[OnlyAtBank]);
    check_with(
        |books| {
            declined(books);
            books.ledger[0].status = Status::Refund;
            books.ledger[0].refunded = books.ledger[0].captured;
        },
        &[Differs],
    );
}

#[test]
fn each_field_that_differs_is_found() {
    check_with(|books| books.ledger[0].terminal = "another".to_owned(), &[Differs]);
    check_with(|books| books.ledger[0].currency = "USD".to_owned(), &[Differs]);
    check_with(|books| books.ledger[0].ordered += 1, &[Differs]);
    let mut seen = Observation::status(Fact::Authorized);
    seen.transaction = Some(TransactionId::new("operation-of-100001").unwrap());
    let held = [EventKind::Asked(Command::Authorize), EventKind::Observed(seen), notified(Held, 2)];
    let mut books = paid();
    books.log = vec![attempt("100001", "order-1", &soon(held))];
    books.ledger = vec![operation("100001", &[(1, Status::Auth)])];
    books.notifications = Some(vec![line("100001", 2, Held, PaymentStatus::Held, None)]);
    books.promises = vec![promise("100001", Said::Held)];
    check(&books, &[]);
    books.ledger[0].id = "another".to_owned();
    check(&books, &[Differs]);
    books.ledger[0].id = "operation-of-100001".to_owned();
    books.ledger[0].held -= 1;
    check(&books, &[Differs]);
    books.ledger[0].held += 1;
    books.promises = vec![promise("100001", Said::Paid)];
    check(&books, &[SaidPaid]);
}

/// `refund-1` of 30 is done, as our log says.
fn refunded() -> Books {
    let step = StepId::new("refund-1").unwrap();
    let story = [
        EventKind::Asked(Command::Authorize),
        charged(0),
        notified(Captured, 2),
        EventKind::Asked(Command::Refund(step.clone(), Money::tiyn(30_00))),
        told(Fact::StepAccepted(step)),
        notified(NotificationKind::Refunded, 5),
    ];
    let mut books = paid();
    books.log = vec![attempt("100001", "order-1", &soon(story))];
    books.wire.push(call(Endpoint::Refund, "operation-of-100001"));
    books.ledger[0].refunds = vec![refund("refund-1", 30_00)];
    books.ledger[0].refunded = 30_00;
    let sums = Some((100_00, 30_00));
    told_to(&mut books).push(line("100001", 5, Refunded, PaymentStatus::Paid, sums));
    books
}

#[test]
fn a_refund_that_nobody_asked_for_is_found() {
    check(&refunded(), &[]);
    let with = |refunds: Vec<RefundLine>| {
        let mut books = refunded();
        books.ledger[0].refunds = refunds;
        books
    };
    let twice = vec![refund("refund-1", 15_00), refund("refund-1", 15_00)];
    check(&with(twice), &[]);
    check(&with(vec![refund("refund-1", 30_00); 2]), &[RefundedTooMuch]);
    check(&with(vec![refund("refund-1", 31_00)]), &[RefundedTooMuch]);
    check(&with(vec![refund("refund-2", 30_00)]), &[RefundedTooMuch, Differs]);
    // In the bank's own portal, where it has no name.
    let by_hand = RefundLine { external_id: None, ..refund("", 30_00) };
    check(&with(vec![by_hand]), &[]);
    let mut untold = refunded();
    untold.ledger[0].refunded = 40_00;
    check(&untold, &[Differs]);
    untold.tells_refunds = false;
    check(&untold, &[]);
    untold.ledger[0].refunded = 20_00;
    check(&untold, &[Differs]);
}

#[test]
fn what_no_call_has_made_is_the_banks_own_and_stands_apart() {
    let stranger = |books: &mut Books| {
        let id = "of-somebody-else".to_owned();
        books.ledger.push(LedgerLine { id, ..operation("100001", &[(1, Status::Charge)]) });
        check_apart(books, &[], &[OnlyAtBank]);
        // It was there before we asked.
        books.ledger.remove(0);
        books.wire[0].at = Millis(2);
    };
    let mut books = paid();
    stranger(&mut books);
    check_apart(&books, &[OnlyInLog, SaidPaid], &[OnlyAtBank]);
}

#[test]
fn what_differs_because_of_an_open_contradiction_stands_apart() {
    let story = [
        EventKind::Asked(Command::Authorize),
        told(Fact::Captured { captured: Some(Money::tiyn(120_00)), refunded: Refunds::NotTold }),
        notified(NeedsAttention, 2),
    ];
    let mut books = paid();
    books.log = vec![attempt("100001", "order-1", &soon(story.clone()))];
    let flagged = line("100001", 2, NeedsAttention, PaymentStatus::Disputed, None);
    books.notifications = Some(vec![flagged]);
    check_apart(&books, &[], &[Differs, Contradicted]);
    let open = books.log[0].stored.payment.contradictions();
    // A person has looked into it, and what they said need not make the books agree.
    let note = Note::new("the bank's cabinet says so").unwrap();
    let judged = EventKind::Acknowledged(open, note);
    books.log = vec![attempt("100001", "order-1", &soon(story.into_iter().chain([judged])))];
    let sums = Some((120_00, 0));
    let told = line("100001", 2, Captured, PaymentStatus::Paid, sums);
    told_to(&mut books).push(told);
    check_apart(&books, &[], &[Differs]);
}

#[test]
fn a_question_without_an_answer_is_found() {
    let mut books = paid();
    let story = soon([
        EventKind::Asked(Command::Authorize),
        EventKind::Unanswered(Some(Question::Authorize)),
    ]);
    books.log = vec![attempt("100001", "order-1", &story)];
    books.notifications = Some(vec![]);
    books.promises.clear();
    check(&books, &[OnlyAtBank, Unknown]);
    books.at_rest = false;
    check(&books, &[]);
}

#[test]
fn a_promise_that_was_not_kept_is_found() {
    check_with(|books| books.promises.push(promise("100001", Said::NotCharged)), &[SaidNotCharged]);
    // What the bank had at that moment says more than what it has now.
    let then = |status| Some(vec![operation("100001", &[(2, status)])]);
    check_with(|books| books.promises[0].booked = then(Status::Charge), &[]);
    check_with(|books| books.promises[0].booked = then(Status::Auth), &[SaidPaid]);
    check_with(|books| books.promises[0].booked = Some(vec![]), &[SaidPaid]);
}

#[test]
fn a_call_that_was_sent_again_is_found_even_if_it_was_cut() {
    let sent = |endpoint, subject: &str| {
        let mut books = paid();
        books.wire.push(call(endpoint, subject));
        books
    };
    check(&sent(Endpoint::Cryptopay, "100001"), &[SentAgain]);
    check(&sent(Endpoint::Confirm, "operation-of-100001"), &[SentAgain]);
    check(&sent(Endpoint::Refund, "operation-of-100001"), &[SentAgain]);
    check(&sent(Endpoint::Cancel, "operation-of-somebody"), &[NotInLog]);
    let mut lost = sent(Endpoint::Status, "100001");
    lost.wire.remove(0);
    lost.ledger.clear();
    lost.promises.clear();
    check(&lost, &[OnlyInLog]);
    lost.all_arrive = true;
    check(&lost, &[NeverArrived, OnlyInLog]);
    let ask = |step: &StepId| EventKind::Asked(Command::Refund(step.clone(), Money::tiyn(10_00)));
    let step = StepId::new("refund-1").unwrap();
    let never = not_sent(Question::Step(step.clone()));
    let mut story = vec![EventKind::Asked(Command::Authorize), charged(0), notified(Captured, 2)];
    story.extend([ask(&step), never]);
    let mut books = paid();
    books.log = vec![attempt("100001", "order-1", &soon(story.clone()))];
    check(&books, &[]);
    books.wire.push(call(Endpoint::Refund, "operation-of-100001"));
    check(&books, &[SentAgain]);
    // What never left may be asked again; what may have left may not, whatever our log says.
    let asks = |more: &[EventKind]| {
        let story = story.iter().chain(more).cloned();
        attempt("100001", "order-1", &soon(story)).asks()
    };
    assert_eq!(asks(&[]), [Endpoint::Cryptopay]);
    let both = [Endpoint::Cryptopay, Endpoint::Refund];
    assert_eq!(asks(&[ask(&step)]), both);
    assert_eq!(asks(&[ask(&step), ask(&step)]), both);
}

#[test]
fn a_call_about_an_operation_that_a_bank_names_for_two_attempts_is_theirs_who_have_asked() {
    let named = |id: &str, fact: Fact, source: fn(Fact) -> Observation| {
        let transaction = TransactionId::new(id).ok();
        EventKind::Observed(Observation { transaction, ..source(fact) })
    };
    let (asked, decline) = (EventKind::Asked(Command::Authorize), Decline::by_status(484));
    let first = [asked.clone(), named("for-both", Fact::Declined(decline), Observation::status)];
    let ours = "operation-of-100002";
    let capture = Command::Capture(StepId::new("capture-1").unwrap(), AMOUNT);
    let held = |id, source| named(id, Fact::Authorized, source);
    let mut second = vec![asked, held("for-both", Observation::reply)];
    second.extend([EventKind::Asked(capture), held(ours, Observation::status)]);
    second.push(EventKind::Chosen {
        transaction: TransactionId::new(ours).unwrap(),
        among: ["for-both", ours].map(|id| TransactionId::new(id).unwrap()).into(),
        note: Note::new("the portal shows it").unwrap(),
    });
    let log = |of: &[(&str, &[EventKind])]| {
        of.iter().map(|(it, story)| attempt(it, "order-1", &soon(story.to_vec()))).collect()
    };
    let mut books = Books::of(
        vec![operation("100002", &[(2, Status::Auth)])],
        ["100001", "100002"].map(|it| call(Endpoint::Cryptopay, it)).into(),
        log(&[("100001", &first), ("100002", &second)]),
    );
    books.at_rest = false;
    check(&books, &[]);
    books.wire.push(call(Endpoint::Charge, "for-both"));
    check(&books, &[]);
    // What nobody has asked for is found, and so is what was sent again, whoever was told of it.
    for (endpoint, subject) in [
        (Endpoint::Charge, "for-both"),
        (Endpoint::Charge, ours),
        (Endpoint::Refund, "for-both"),
        (Endpoint::Cancel, ours),
    ] {
        let mut again = books.clone();
        again.wire.push(call(endpoint, subject));
        check(&again, &[SentAgain]);
        again.log.remove(0);
        again.wire.remove(0);
        check(&again, &[SentAgain]);
    }
    // Nor does it hide in the account of the other one.
    let unsent = [second[0].clone(), second[1].clone()];
    books.log = log(&[("100001", &first), ("100002", &unsent)]);
    check(&books, &[SentAgain]);
}

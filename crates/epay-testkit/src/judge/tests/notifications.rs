//! Notifications that were delivered wrongly, or not at all.

use Kind::{NotInLog, NotNotified, NotifiedTwice, NotifiedUntrue};
use NotificationKind::{Declined, Held, Refunded};

use super::*;

#[test]
fn a_notification_that_is_missing_or_says_something_else_is_found() {
    let with = |change: fn(&mut Vec<NotificationLine>)| {
        let mut books = paid();
        change(told_to(&mut books));
        books
    };
    check(&with(Vec::clear), &[NotNotified]);
    check(&with(|lines| lines[1].order = "order-2".to_owned()), &[NotifiedTwice]);
    let sums = |line: &mut NotificationLine| line.captured = Some(1);
    let mut books = paid();
    told_to(&mut books).iter_mut().for_each(sums);
    check(&books, &[NotNotified]);
    // The same money under two names.
    let twice = with(|lines| lines.push(shipped("100001", 3)));
    check(&twice, &[NotifiedTwice, NotifiedTwice]);
    let declined =
        |lines: &mut Vec<_>| lines.push(line("100009", 2, Declined, PaymentStatus::Declined, None));
    check(&with(declined), &[NotInLog]);
    check_with(|books| books.log[0].stored.schedule.next_notify_at = Some(START), &[NotNotified]);
    check_with(
        |books| {
            books.log[0].stored.schedule.next_notify_at = Some(START);
            books.at_rest = false;
        },
        &[],
    );
    let twice = [EventKind::Asked(Command::Authorize), charged(0)];
    let twice = twice.into_iter().chain([notified(Captured, 2), notified(Captured, 1)]);
    check_with(
        |books| {
            books.log = vec![attempt("100001", "order-1", &soon(twice))];
            told_to(books).push(shipped("100001", 1));
        },
        &[NotifiedTwice, NotifiedTwice, NotNotified],
    );
    // Where nobody listens, nobody is told.
    check_with(|books| books.notifications = None, &[]);
}

#[test]
fn a_notification_that_was_not_true_when_it_came_is_found() {
    for status in [PaymentStatus::Disputed, PaymentStatus::Unknown, PaymentStatus::Refunded] {
        check_with(
            |books| told_to(books).push(NotificationLine { status, ..shipped("100001", 2) }),
            &[NotifiedUntrue],
        );
    }
    check_with(
        |books| told_to(books).iter_mut().for_each(|line| line.refunded = Some(100_00)),
        &[NotifiedUntrue, NotifiedUntrue, NotNotified],
    );
    // What was true and was not written down, and is so no longer, is nobody's mistake.
    check_with(
        |books| told_to(books).push(line("100001", 1, Held, PaymentStatus::Held, None)),
        &[],
    );
    // By the bank's books, where somebody looked.
    let then = |history: &[(u64, Status)]| Some(vec![operation("100001", history)]);
    for (booked, expected) in [
        (then(&[(2, Status::Charge)]), &[][..]),
        (then(&[(2, Status::Auth)]), &[NotifiedUntrue]),
        (then(&[(2, Status::Refund)]), &[NotifiedUntrue]),
        (Some(vec![]), &[NotifiedUntrue]),
    ] {
        check_with(|books| told_to(books)[0].booked = booked, expected);
    }
}

#[test]
fn what_was_given_back_before_the_shop_heard_of_it_is_not_shipped() {
    let story =
        soon([EventKind::Asked(Command::Authorize), charged(100_00), notified(Refunded, 2)]);
    let mut books = paid();
    books.ledger = vec![operation("100001", &[(1, Status::Charge), (2, Status::Refund)])];
    books.log = vec![attempt("100001", "order-1", &story)];
    let sums = Some((100_00, 100_00));
    let given_back = line("100001", 2, Refunded, PaymentStatus::Refunded, sums);
    books.notifications = Some(vec![given_back]);
    check(&books, &[]);
}

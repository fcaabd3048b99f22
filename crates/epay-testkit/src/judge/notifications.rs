//! Checks the notifications: each was true when delivered, under one id, and the end of every
//! attempt was notified.

use std::collections::{BTreeMap, BTreeSet};

use epay_domain::{EventKind, NotificationKind, PaymentStatus, State};
use epay_fakebank::{LedgerLine, Status};

use super::{Account, Attempt, Books, Kind, NotificationLine, Verdict, sums};

pub(super) fn judge(
    books: &Books,
    lines: &[NotificationLine],
    accounts: &BTreeMap<&str, Account<'_>>,
    verdict: &mut Verdict,
) {
    let mut told: BTreeMap<&str, &NotificationLine> = BTreeMap::new();
    for line in lines {
        let first = *told.entry(&line.id).or_insert(line);
        // Its sums are those of the moment, each time it comes.
        let same = (first.kind, &first.order) == (line.kind, &line.order);
        if !same || first.invoice != line.invoice {
            let what = format!("told as {first:?} and as {line:?}");
            verdict.complain(false, Kind::NotifiedTwice, &line.id, what);
        }
    }
    let mut shipped: BTreeMap<&str, (usize, BTreeSet<&str>, bool)> = BTreeMap::new();
    for (invoice, account) in accounts {
        for line in &account.notifications {
            if !is_present(line) || !was_so(line, account) {
                let what = format!("untrue when it came: {line:?}");
                verdict.complain(account.in_doubt, Kind::NotifiedUntrue, &line.id, what);
            }
        }
        names(invoice, account, verdict);
        let Some(attempt) = account.attempt else {
            if !account.notifications.is_empty() {
                verdict.complain(false, Kind::NotInLog, invoice, "the shop was told of it");
            }
            continue;
        };
        if books.at_rest
            && let Err(missing) = complete(attempt, account)
        {
            verdict.complain(false, Kind::NotNotified, invoice, missing);
        }
        let (allowed, ids, in_doubt) =
            shipped.entry(attempt.stored.order.as_str()).or_insert((1, BTreeSet::new(), false));
        *allowed += usize::from(account.reopened);
        *in_doubt |= account.in_doubt;
        let captured = |line: &&&NotificationLine| line.kind == NotificationKind::Captured;
        ids.extend(account.notifications.iter().filter(captured).map(|line| line.id.as_str()));
    }
    for (order, (_, ids, in_doubt)) in
        shipped.into_iter().filter(|(_, (allowed, ids, _))| ids.len() > *allowed)
    {
        let what = format!("is shipped as {ids:?}");
        verdict.complain(in_doubt, Kind::NotifiedTwice, order, what);
    }
}

/// The same has one name, but for what a person is called to again.
fn names(invoice: &str, account: &Account<'_>, verdict: &mut Verdict) {
    let mut names = BTreeMap::new();
    for line in &account.notifications {
        let first = *names.entry((line.kind, line.captured, line.refunded)).or_insert(&line.id);
        if *first != line.id && line.kind != NotificationKind::NeedsAttention {
            let what = format!("{} is told as {first} and as {}", line.kind, line.id);
            verdict.complain(account.in_doubt, Kind::NotifiedTwice, invoice, what);
        }
    }
}

/// Whether the attempt stood as the notification says when it came: nothing is shipped that is
/// contradicted, not known, or given back.
fn is_present(line: &NotificationLine) -> bool {
    use PaymentStatus as Is;
    let stood: &[PaymentStatus] = match line.kind {
        NotificationKind::Held => &[Is::Held],
        NotificationKind::Captured => &[Is::Paid],
        NotificationKind::Refunded => &[Is::Paid, Is::Refunded],
        NotificationKind::Voided => &[Is::Voided],
        NotificationKind::Verified => &[Is::Verified],
        NotificationKind::Declined => &[Is::Declined],
        NotificationKind::NotExecuted => &[Is::NotExecuted, Is::Abandoned],
        // A payer who has taken longer than anybody waits is a person's to look after, too, and so is
        // a void that no status has confirmed.
        NotificationKind::NeedsAttention => {
            &[Is::Disputed, Is::Unknown, Is::AwaitingPayer, Is::Voided]
        }
        _ => &[],
    };
    let given_back = line.captured.is_some() && line.captured == line.refunded;
    stood.contains(&line.status) && !(line.kind == NotificationKind::Captured && given_back)
}

/// Whether the bank's books said it then, where somebody looked.
fn was_so(line: &NotificationLine, account: &Account<'_>) -> bool {
    let Some(booked) = &line.booked else { return true };
    let booked: Option<&LedgerLine> = booked.last();
    let status = booked.map(|booked| booked.status);
    let taken = matches!(status, Some(Status::Charge | Status::Refund));
    let (captured, refunded) = booked.map_or((0, 0), |it| (it.captured, it.refunded));
    match line.kind {
        NotificationKind::Held => status == Some(Status::Auth),
        NotificationKind::Captured => taken && refunded < captured,
        NotificationKind::Refunded => taken && refunded > 0,
        NotificationKind::Voided => matches!(status, Some(Status::Cancel | Status::CancelOld)),
        NotificationKind::Verified => status == Some(Status::Verified),
        NotificationKind::Declined => matches!(status, Some(Status::Reject | Status::Failed)),
        // That a late bank may show it after all is what a not-found window is for.
        NotificationKind::NotExecuted => {
            account.declared_dead || !matches!(status, Some(Status::Charge | Status::Auth))
        }
        _ => true,
    }
}

/// Whether the shop knows how the attempt ended, and whatever our log says that it was told.
fn complete(attempt: &Attempt, account: &Account<'_>) -> Result<(), String> {
    let (state, lines) = (account.state.unwrap_or(State::New), &account.notifications);
    let mut captured = None;
    for event in &attempt.events {
        let EventKind::Notified { kind, through } = event.kind else { continue };
        let id = format!("{}-{through}-{kind}", attempt.invoice());
        if lines.iter().all(|line| line.id != id) {
            return Err(format!("our log says that {id} was told, and the shop never heard it"));
        }
        // Two processes may deliver the same at the same time, and both write it down.
        if kind == NotificationKind::Captured && *captured.get_or_insert(through) != through {
            return Err("our log says that captured was told more than once".to_owned());
        }
    }
    if attempt.stored.schedule.next_notify_at.is_some() {
        return Err("something is still to be told".to_owned());
    }
    use NotificationKind as Kind;
    let kinds: &[NotificationKind] = match state {
        _ if !account.open.is_empty() => &[Kind::NeedsAttention],
        State::Captured { captured: Some(captured), refunded: Some(refunded) } => {
            // What was given back in full before the shop heard of it is not shipped.
            match (refunded.is_zero(), refunded == captured) {
                (true, _) => &[Kind::Captured],
                (_, true) => &[Kind::Refunded],
                (_, false) => &[Kind::Captured, Kind::Refunded],
            }
        }
        State::Captured { .. } => &[Kind::NeedsAttention],
        State::Authorized => &[Kind::Held],
        State::Voided(_) => &[Kind::Voided],
        State::Verified => &[Kind::Verified],
        State::Declined => &[Kind::Declined],
        State::Closed(_) => &[Kind::NotExecuted],
        State::New => &[],
    };
    if let Some(kind) = kinds.iter().find(|kind| lines.iter().all(|line| line.kind != **kind)) {
        return Err(format!("the shop was never told that it is {kind}"));
    }
    if matches!(state, State::Captured { .. }) && account.open.is_empty() {
        // Its lines are in no order, so the furthest is the last.
        let of_kind = |line: &&&NotificationLine| kinds.last() == Some(&line.kind);
        let heard = lines.iter().filter(of_kind).map(|line| (line.captured, line.refunded)).max();
        if heard != Some(sums(state)) {
            let ours = sums(state);
            return Err(format!("the shop was told the sums {heard:?}, and our log has {ours:?}"));
        }
    }
    Ok(())
}

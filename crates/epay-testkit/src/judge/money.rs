//! Where the money is: nobody is charged twice, and the bank's ledger and our log say the same of every attempt.

use std::{collections::BTreeMap, fmt::Display};

use epay_domain::{Money, Payment, State, StepKind, StepStatus, VoidReason};
use epay_fakebank::{LedgerLine, Status};

use super::{Account, Books, Kind, Promise, Said, Verdict};

pub(super) fn judge(books: &Books, invoice: &str, account: &Account<'_>, verdict: &mut Verdict) {
    let in_doubt = account.in_doubt;
    for (line, known) in &account.strangers {
        let known = known.map_or(String::new(), |known| format!("; our log has it as {known}"));
        let what = format!("{} that no call made{known}", at_the_bank(Some(line)));
        verdict.complain(true, Kind::OnlyAtBank, invoice, what);
    }
    for promise in &account.promises {
        if let Some(kind) = broken(promise, account) {
            let what = format!("said {:?}: {}", promise.said, at_the_bank(account.ours));
            verdict.complain(in_doubt, kind, invoice, what);
        }
    }
    let (Some(attempt), Some(state)) = (account.attempt, account.state) else {
        if let Some(line) = account.operations.first() {
            verdict.complain(false, Kind::NotInLog, invoice, at_the_bank(Some(line)));
        }
        return;
    };
    let payment = &attempt.stored.payment;
    for line in &account.operations {
        refunds(line, payment, verdict);
    }
    let disagree = |kind, verdict: &mut Verdict| {
        let what = format!("{}, and {} in the log", at_the_bank(account.ours), payment.status());
        verdict.complain(in_doubt, kind, invoice, what);
    };
    match account.ours {
        None if has_moved(state) => disagree(Kind::OnlyInLog, verdict),
        Some(line) if books.at_rest => match disagreement(line, state) {
            Some(kind) => disagree(kind, verdict),
            None => {
                for what in differences(books, line, payment, state) {
                    verdict.complain(in_doubt, Kind::Differs, invoice, what);
                }
            }
        },
        _ => {}
    }
}

/// As the bank has it, in words.
fn at_the_bank(line: Option<&LedgerLine>) -> String {
    match line {
        Some(LedgerLine { status, captured, refunded, .. }) => {
            format!("{} with {captured} less {refunded} at the bank", status.name())
        }
        None => "nothing at the bank".to_owned(),
    }
}

fn has_moved(state: State) -> bool {
    matches!(state, State::Authorized | State::Voided(_) | State::Captured { .. } | State::Verified)
}

/// In which way they do not say the same of the money, sums aside.
fn disagreement(line: &LedgerLine, state: State) -> Option<Kind> {
    use Status::{
        Auth, Cancel, CancelOld, Charge, Failed, Fingerprint, New, Refund, Reject, ThreeDs,
        Verified,
    };
    let there = line.status == Auth || line.captured > line.refunded;
    let here = match state {
        State::Authorized => true,
        State::Captured { captured, refunded } => captured.is_none() || captured != refunded,
        _ => false,
    };
    match (line.status, state) {
        (Charge | Refund, State::Captured { .. })
        | (Auth, State::Authorized)
        | (Cancel, State::Voided(VoidReason::Requested))
        | (CancelOld, State::Voided(VoidReason::Lapsed))
        | (Verified, State::Verified)
        | (Reject | Failed, State::Declined)
        // Asked and not answered, or ended by us with the proof that `closed` looks for: nothing was taken for it.
        | (New | Fingerprint | ThreeDs, State::New)
        | (New | Fingerprint | ThreeDs | Reject | Failed, State::Closed(_)) => None,
        _ if there && !has_moved(state) => Some(Kind::OnlyAtBank),
        _ if here && !there => Some(Kind::OnlyInLog),
        _ => Some(Kind::Differs),
    }
}

/// What is not the same where both say the same of the money.
fn differences(books: &Books, line: &LedgerLine, payment: &Payment, state: State) -> Vec<String> {
    let mut all = Vec::new();
    let ordered = payment.ordered();
    let money = |minor| Money::new(minor, ordered.currency());
    if let Some(transaction) = payment.transaction() {
        unless_same(&mut all, "operation", Some(transaction.as_str()), &line.id);
    }
    if !payment.terminal().as_str().eq_ignore_ascii_case(&line.terminal) {
        unless_same(&mut all, "terminal", Some(payment.terminal().as_str()), &line.terminal);
    }
    unless_same(&mut all, "currency", Some(ordered.currency().code()), &line.currency);
    unless_same(&mut all, "ordered", Some(ordered), money(line.ordered));
    match state {
        State::Authorized | State::Voided(_) => {
            unless_same(&mut all, "held", Some(ordered), money(line.held));
        }
        State::Captured { captured, refunded } => {
            unless_same(&mut all, "captured", captured, money(line.captured));
            // What nobody tells and a person gave up on is not counted; nothing is that was not done.
            let less = refunded.is_none_or(|sum| sum.minor() <= line.refunded);
            if books.tells_refunds || !less {
                unless_same(&mut all, "refunded", refunded, money(line.refunded));
            }
        }
        State::New | State::Declined | State::Verified | State::Closed(_) => {}
    }
    // A refund without a name was made in the bank's own portal, and may be what answered ours.
    let named = line.refunds.iter().all(|refund| refund.external_id.is_some());
    for (step, status) in payment.steps() {
        let name = step.id().as_str();
        let is_there = line.refunds.iter().any(|it| it.external_id.as_deref() == Some(name));
        let is_done = matches!(step.kind(), StepKind::Refund(_)) && status == StepStatus::Accepted;
        if is_done && named && !is_there {
            all.push(format!("refund {name}: ours done, the bank's not"));
        }
    }
    all
}

fn unless_same<T: PartialEq + Display>(
    all: &mut Vec<String>,
    what: &str,
    ours: Option<T>,
    bank: T,
) {
    match ours {
        Some(ours) if ours == bank => {}
        Some(ours) => all.push(format!("{what}: ours {ours}, the bank's {bank}")),
        None => all.push(format!("{what}: ours not known, the bank's {bank}")),
    }
}

/// Under each name that is ours at most what was asked under it went back, and once.
fn refunds(line: &LedgerLine, payment: &Payment, verdict: &mut Verdict) {
    for (at, refund) in line.refunds.iter().enumerate() {
        let Some(name) = refund.external_id.as_deref() else { continue };
        let step = payment.steps().find(|(step, _)| step.id().as_str() == name);
        let asked = step.map_or(0, |(step, _)| match step.kind() {
            StepKind::Refund(sum) => sum.minor(),
            StepKind::Capture(_) | StepKind::Void => 0,
        });
        let before = line.refunds.iter().take(at);
        let earlier = before.filter(|it| it.external_id.as_deref() == Some(name));
        let given: u64 = earlier.chain([refund]).map(|it| it.amount).sum();
        if given > asked {
            let what = format!("{given} of {asked} went back as {name}");
            verdict.complain(false, Kind::RefundedTooMuch, &line.invoice, what);
        }
    }
}

/// In which way it was not kept.
fn broken(promise: &Promise, account: &Account<'_>) -> Option<Kind> {
    let is_so = |then: fn(&LedgerLine) -> bool, ever: fn(&LedgerLine) -> bool| match &promise.booked
    {
        Some(booked) => booked.iter().any(then),
        None => account.operations.iter().any(|line| ever(line)),
    };
    let kept = match promise.said {
        _ if account.attempt.is_none() => return Some(Kind::NotInLog),
        Said::Paid => is_so(|line| line.status == Status::Charge, |line| line.captured > 0),
        Said::Held => is_so(|line| line.status == Status::Auth, |line| alive(line).is_some()),
        // What surfaces after it was declared dead is a late success.
        Said::NotCharged if account.declared_dead => true,
        Said::NotCharged => {
            let moved = account.operations.iter().any(|line| alive(line).is_some());
            return moved.then_some(Kind::SaidNotCharged);
        }
    };
    (!kept).then_some(Kind::SaidPaid)
}

/// Each order's money is there once.
pub(super) fn orders(books: &Books, accounts: &BTreeMap<&str, Account<'_>>, verdict: &mut Verdict) {
    let mut orders: BTreeMap<&str, Vec<(&LedgerLine, &Account<'_>)>> = BTreeMap::new();
    for account in accounts.values() {
        let Some(attempt) = account.attempt else { continue };
        let lines = account.operations.iter().map(|line| (*line, account));
        orders.entry(attempt.stored.order.as_str()).or_default().extend(lines);
    }
    for (order, lines) in orders {
        let sum = |of: fn(&LedgerLine) -> u64| lines.iter().map(|(line, _)| of(line)).sum::<u64>();
        let held = |line: &LedgerLine| if line.status == Status::Auth { line.held } else { 0 };
        let (taken, returned) = (sum(|line| line.captured) + sum(held), sum(|line| line.refunded));
        let cost = books.orders.get(order).copied().unwrap_or(0);
        if books.at_rest && taken > cost + returned {
            let in_doubt = lines.iter().any(|(_, account)| account.in_doubt);
            let what = format!("taken or held {taken}, given back {returned}, ordered {cost}");
            verdict.complain(in_doubt, Kind::ChargedTwice, order, what);
        }
        for (at, (one, its)) in lines.iter().enumerate() {
            for (other, others) in lines.iter().skip(at + 1) {
                let expected = its.declared_dead || others.declared_dead;
                if !overlap(one, other) || expected && one.invoice != other.invoice {
                    continue;
                }
                let in_doubt = its.in_doubt || others.in_doubt;
                let what = format!("2 operations at the same time, {} and {}", one.id, other.id);
                verdict.complain(in_doubt, Kind::ChargedTwice, order, what);
            }
        }
    }
}

/// Whether both held or had the payer's money at the same time.
fn overlap(one: &LedgerLine, other: &LedgerLine) -> bool {
    match (alive(one), alive(other)) {
        (Some((from, until)), Some((later, end))) => from < end && later < until,
        _ => false,
    }
}

/// From when until when the operation held or had the payer's money.
fn alive(line: &LedgerLine) -> Option<(u64, u64)> {
    let at = |wanted: &[Status]| {
        line.history.iter().find(|(_, status)| wanted.contains(status)).map(|(at, _)| at.0)
    };
    let from = at(&[Status::Auth, Status::Charge])?;
    Some((from, at(&[Status::Cancel, Status::CancelOld, Status::Refund]).unwrap_or(u64::MAX)))
}

//! What the shop was told: each thing was true when it came, under one name, and how it ended is known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use epay_domain::{EventKind, NotificationKind, State};

use super::{Attempt, Books, NotificationLine, Verdict, Wrong};

pub(super) fn judge(books: &Books, verdict: &mut Verdict) {
    let mut told: BTreeMap<&str, &NotificationLine> = BTreeMap::new();
    for line in &books.notifications {
        let first = *told.entry(&line.id).or_insert(line);
        let same =
            |line: &NotificationLine| (line.order.clone(), line.invoice.clone(), line.kind.clone());
        if same(first) != same(line) {
            verdict.wrong(
                Wrong::Notification,
                &line.id,
                format!("told as {first:?} and as {line:?}"),
            );
        }
        if !is_present(line) {
            verdict.wrong(Wrong::Notification, &line.id, format!("untrue when it came: {line:?}"));
        }
    }
    let mut captured: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut by_invoice: HashMap<&str, Vec<&NotificationLine>> = HashMap::new();
    for line in &books.notifications {
        if line.kind == "captured" {
            captured.entry(&line.order).or_default().insert(&line.id);
        }
        by_invoice.entry(&line.invoice).or_default().push(line);
    }
    for (order, ids) in captured.into_iter().filter(|(_, ids)| ids.len() > 1) {
        verdict.wrong(Wrong::Notification, order, format!("captured more than once: {ids:?}"));
    }
    for attempt in &books.log {
        let lines = by_invoice.remove(attempt.invoice()).unwrap_or_default();
        if let Err(missing) = complete(attempt, &lines) {
            verdict.wrong(Wrong::Notification, attempt.invoice(), missing);
        }
    }
    for invoice in by_invoice.keys() {
        verdict.wrong(Wrong::Notification, *invoice, "told of an attempt that is not in our log");
    }
}

/// Whether the attempt stood as the notification says when it came: nothing is shipped that is
/// contradicted, not known, or given back.
fn is_present(line: &NotificationLine) -> bool {
    let stood: &[&str] = match line.kind.as_str() {
        "held" => &["held"],
        "captured" => &["paid"],
        "refunded" => &["paid", "refunded"],
        "voided" => &["voided"],
        "verified" => &["verified"],
        "declined" => &["declined"],
        "not_executed" => &["not executed", "abandoned"],
        // A payer who has taken longer than anybody waits is a person's to look after, too, and so is
        // a void that no status has confirmed.
        "needs_attention" => &["disputed", "unknown", "awaiting payer", "voided"],
        _ => &[],
    };
    let given_back = line.captured.is_some() && line.captured == line.refunded;
    stood.contains(&line.status.as_str()) && !(line.kind == "captured" && given_back)
}

/// Whether the shop knows how the attempt ended, and whatever our log says that it was told.
fn complete(attempt: &Attempt, lines: &[&NotificationLine]) -> Result<(), String> {
    let payment = &attempt.stored.payment;
    let mut told_captured = BTreeSet::new();
    for event in &attempt.events {
        let EventKind::Notified { kind, through } = event.kind else { continue };
        let id = format!("{}-{through}-{kind}", attempt.invoice());
        if lines.iter().all(|line| line.id != id) {
            return Err(format!("our log says that {id} was told, and the shop never heard it"));
        }
        // Two processes may deliver the same at the same time, and both write it down.
        if kind == NotificationKind::Captured {
            told_captured.insert(through);
        }
    }
    if told_captured.len() > 1 {
        return Err("our log says that captured was told more than once".to_owned());
    }
    if attempt.stored.schedule.next_notify_at.is_some() {
        return Err("something is still to be told".to_owned());
    }
    let kinds: &[&str] = match payment.state() {
        _ if payment.is_contradicted() => &["needs_attention"],
        State::Captured { captured: Some(captured), refunded: Some(refunded) } => {
            // What was given back in full before the shop heard of it is not shipped.
            match (refunded.is_zero(), refunded == captured) {
                (true, _) => &["captured"],
                (_, true) => &["refunded"],
                (_, false) => &["captured", "refunded"],
            }
        }
        State::Captured { .. } => &["needs_attention"],
        State::Authorized => &["held"],
        State::Voided(_) => &["voided"],
        State::Verified => &["verified"],
        State::Declined => &["declined"],
        State::Closed(_) => &["not_executed"],
        State::New => &[],
    };
    let last = |kind: &str| lines.iter().rev().find(|line| line.kind == kind);
    if let Some(missing) = kinds.iter().find(|kind| last(kind).is_none()) {
        return Err(format!("the shop was never told that it is {missing}"));
    }
    if let State::Captured { captured, refunded } = payment.state() {
        let sums = (captured.map(|sum| sum.minor()), refunded.map(|sum| sum.minor()));
        // Its lines are in files of several processes, so the furthest is the last.
        let of_kind =
            |line: &&&NotificationLine| kinds.last().is_some_and(|kind| line.kind == *kind);
        let heard = lines.iter().filter(of_kind).map(|line| (line.captured, line.refunded)).max();
        if !payment.is_contradicted() && heard != Some(sums) {
            return Err(format!("the shop was told the sums {heard:?}, and our log has {sums:?}"));
        }
    }
    Ok(())
}

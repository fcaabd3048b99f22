//! What the shop was told: everything that happened, each thing under one name and with one content.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use epay_domain::{EventKind, State};

use super::{Attempt, Books, NotificationLine, Verdict, Wrong};

pub(super) fn judge(books: &Books, verdict: &mut Verdict) {
    let mut told: BTreeMap<&str, &NotificationLine> = BTreeMap::new();
    for line in &books.notifications {
        let first = *told.entry(&line.id).or_insert(line);
        if first != line {
            verdict.wrong(
                Wrong::Notification,
                &line.id,
                format!("told as {first:?} and as {line:?}"),
            );
        }
    }
    let mut captured: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut by_invoice: HashMap<&str, Vec<(u64, &NotificationLine)>> = HashMap::new();
    for line in told.values() {
        if line.kind == "captured" {
            captured.entry(&line.order).or_default().insert(&line.id);
        }
        let number = line.id.rsplit_once('-').and_then(|(_, number)| number.parse().ok());
        by_invoice.entry(&line.invoice).or_default().push((number.unwrap_or(0), line));
    }
    for (order, ids) in captured.into_iter().filter(|(_, ids)| ids.len() > 1) {
        verdict.wrong(Wrong::Notification, order, format!("captured more than once: {ids:?}"));
    }
    for attempt in &books.log {
        let mut lines = by_invoice.remove(attempt.invoice()).unwrap_or_default();
        lines.sort_unstable_by_key(|(number, _)| *number);
        if let Err(missing) = complete(attempt, &lines) {
            verdict.wrong(Wrong::Notification, attempt.invoice(), missing);
        }
    }
    for invoice in by_invoice.keys() {
        verdict.wrong(Wrong::Notification, *invoice, "told of an attempt that is not in our log");
    }
}

/// Whether the shop knows how the attempt ended, and our log knows that it does.
fn complete(attempt: &Attempt, lines: &[(u64, &NotificationLine)]) -> Result<(), String> {
    let payment = &attempt.stored.payment;
    let told: BTreeSet<u64> = attempt
        .events
        .iter()
        .filter_map(
            |event| if let EventKind::Notified(number) = event.kind { Some(number) } else { None },
        )
        .collect();
    if let Some(number) = told.iter().find(|number| lines.iter().all(|(told, _)| told != *number)) {
        return Err(format!(
            "our log says that number {number} was told, and the shop never heard it"
        ));
    }
    if lines.last().map(|(number, _)| *number) > told.last().copied() {
        return Err("the shop heard something that our log does not know to be told".to_owned());
    }
    if attempt.stored.schedule.next_notify_at.is_some() {
        return Err("something is still to be told".to_owned());
    }
    let last =
        |kind: &str| lines.iter().rev().find(|(_, line)| line.kind == kind).map(|(_, line)| *line);
    let kinds: &[&str] = match payment.state() {
        _ if !payment.flags().is_empty() => &["flagged"],
        State::Captured { refunded: Some(refunded), .. } if !refunded.is_zero() => {
            &["captured", "refunded"]
        }
        State::Captured { .. } => &["captured"],
        State::Authorized => &["held"],
        State::Voided(_) | State::Verified => &["voided"],
        State::Declined => &["declined"],
        State::Closed(_) => &["not executed"],
        State::New => &[],
    };
    if let Some(missing) = kinds.iter().find(|kind| last(kind).is_none()) {
        return Err(format!("the shop was never told that it is {missing}"));
    }
    if let State::Captured { captured, refunded } = payment.state() {
        let sums = (captured.map(|sum| sum.minor()), refunded.map(|sum| sum.minor()));
        let heard = last(kinds.last().unwrap_or(&"")).map(|line| (line.captured, line.refunded));
        if payment.flags().is_empty() && heard != Some(sums) {
            return Err(format!("the shop was told the sums {heard:?}, and our log has {sums:?}"));
        }
    }
    Ok(())
}

//! The picture: every status, and what leads from one to another, found by walking.

use super::drive::*;
use core::time::Duration;
use epay_domain::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

const HEAD: &str = "\
## 0. The picture

*ask* and *end* are wishes, the rest is heard. Left out, to keep it readable: `Disputed`, where any contradiction leads and
from where a person leads back; and what a bank may say before it was asked, or after a verification.
";

/// Everything that can move a payment: the asks that are granted there, and what may be heard.
fn moves(payment: &Payment) -> Vec<(String, Payment)> {
    let wishes = [
        ("ask authorize", Command::Authorize),
        ("hand over", hand_over(0)),
        ("ask confirm", Command::Confirm),
        ("ask capture", Command::Capture(step("capture"), ORDERED)),
        ("ask void", Command::Void(step("void"))),
        ("ask refund", Command::Refund(step("refund"), ORDERED)),
        ("end the wait", Command::GiveUp(step("capture"), note())),
        ("end the wait", Command::GiveUp(step("void"), note())),
        ("end the wait", Command::GiveUp(step("refund"), note())),
        ("end as never asked", Command::Close(CloseReason::NeverAsked)),
        ("end as never confirmed", Command::Close(CloseReason::NeverConfirmed)),
        (
            "end as abandoned",
            Command::Close(CloseReason::Abandoned { not_found_window: Duration::ZERO }),
        ),
        ("end by a person", by_person()),
    ];
    let asked = wishes.into_iter().filter_map(|(name, wish)| {
        let event = payment.decide(wish, START).ok()?;
        Some((name.to_owned(), payment.clone().apply(&event)))
    });
    if matches!(payment.status(), PaymentStatus::New | PaymentStatus::Verified) {
        return asked.collect();
    }
    let in_full = ("captured and refunded", captured(Some(ORDERED), Refunds::Total(ORDERED)));
    let heard = facts()
        .into_iter()
        .chain([in_full])
        .map(|(name, fact)| (name.to_owned(), payment.clone().by_status(fact)));
    let unsent = ("not sent".to_owned(), payment.clone().heard(Err(Delivery::NotSent)));
    asked.chain(heard).chain([unsent]).collect()
}

pub(crate) fn print() -> String {
    // Two payments are at the same place when they show the same to everybody.
    let place = |payment: &Payment| {
        let answers: Vec<_> =
            payment.steps().map(|(step, answer)| (step.id().clone(), answer)).collect();
        let doubt = payment.pending().map(|it| (it.question, it.waits_for, it.not_found_for));
        let named = (payment.payer_step(), payment.challenge().is_some());
        format!("{:?} {doubt:?} {named:?} {answers:?}", payment.state())
    };
    let mut edges: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let (mut seen, mut open) = (BTreeSet::from([place(&opened())]), VecDeque::from([opened()]));
    while let Some(here) = open.pop_front() {
        for (by, there) in moves(&here) {
            if there.status() == PaymentStatus::Disputed {
                continue;
            }
            if there.status() != here.status() {
                edges.entry((status(&here), status(&there))).or_default().insert(by);
            }
            if seen.insert(place(&there)) {
                open.push_back(there);
            }
        }
    }
    let arrow = |((from, to), by): (&(String, String), &BTreeSet<String>)| {
        let by: Vec<&str> = by.iter().map(String::as_str).collect();
        format!("    {from} --> {to}: {}\n", by.join(" / "))
    };
    let arrows: String = edges.iter().map(arrow).collect();
    format!("{HEAD}\n```mermaid\nstateDiagram-v2\n    [*] --> New\n{arrows}```\n")
}

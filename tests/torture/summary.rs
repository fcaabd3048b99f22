//! What was played and what came of it, as one short table.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use epay_domain::{ClosedAs, State};
use epay_fakebank::End;
use epay_testkit::judge::{Books, Kind, Verdict};

use crate::{Wanted, stage::Tally};

pub(crate) fn print(
    wanted: &Wanted,
    books: &Books,
    tally: &Tally,
    verdict: &Verdict,
    busy: Duration,
    all: Duration,
) {
    let read = |count: &AtomicU64| count.load(Relaxed);
    let ended = |is: fn(State) -> bool| {
        books.log.iter().filter(|attempt| is(attempt.stored.payment.state())).count() as u64
    };
    let found = |kinds: &[Kind]| kinds.iter().map(|kind| verdict.count(*kind) as u64).sum();
    let notifications = books.notifications.as_ref().map_or(0, Vec::len) as u64;
    let spoilt = books.wire.iter().filter(|call| call.end != End::Answered).count() as u64;
    println!("seed {}: {} s busy, {} s in all", wanted.seed, busy.as_secs(), all.as_secs());
    for (figure, what) in [
        (books.orders.len() as u64, "orders"),
        (books.log.len() as u64, "attempts"),
        (read(&tally.kills), "kills"),
        (read(&tally.faults), "faults ordered"),
        (spoilt, "calls cut or spoilt"),
        (read(&tally.doubles), "double submissions"),
        (read(&tally.died), "asks that died with a worker"),
        (read(&tally.hung), "asks never answered"),
        (read(&tally.cut), "answers of the service cut off"),
        (read(&tally.out_of_order), "webhooks out of order"),
        (read(&tally.forged), "hints forged"),
        (read(&tally.lost), "hints lost"),
        (read(&tally.delivered), "hints delivered"),
        (books.wire.len() as u64, "calls at the bank"),
        (notifications, "notifications"),
        (ended(|state| matches!(state, State::Captured { .. })), "captured"),
        (ended(|state| matches!(state, State::Authorized)), "held"),
        (ended(|state| matches!(state, State::Voided(_))), "voided"),
        (ended(|state| state == State::Declined), "declined"),
        (ended(|state| state == State::Closed(ClosedAs::NotExecuted)), "not executed"),
        (
            ended(|state| state == State::Closed(ClosedAs::Abandoned)),
            "abandoned after the not-found window",
        ),
        (read(&tally.given_up), "refunds that a person ended"),
        (verdict.contradicted.len() as u64, "contradicted"),
        (found(&[Kind::ChargedTwice, Kind::RefundedTooMuch]), "doubles"),
        (
            found(&[
                Kind::NotInLog,
                Kind::OnlyAtBank,
                Kind::OnlyInLog,
                Kind::Differs,
                Kind::BrokenLog,
            ]),
            "lost",
        ),
        (found(&[Kind::Unknown]), "unknown"),
        (found(&[Kind::SentAgain]), "sent again"),
        (found(&[Kind::NoProof]), "without proof"),
        (
            found(&[Kind::NotifiedTwice, Kind::NotifiedUntrue, Kind::NotNotified]),
            "notifications wrong",
        ),
        (found(&[Kind::SaidPaid, Kind::SaidNotCharged]), "promises broken"),
    ] {
        println!("{figure:>8}  {what}");
    }
    for contradicted in &verdict.contradicted {
        println!("contradicted: {contradicted}");
    }
}

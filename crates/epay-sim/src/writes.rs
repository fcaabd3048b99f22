//! Checks each write to the log: an unknown payment stays scheduled, knowledge only grows, and the
//! end of a wait has its proof beside it.

use epay::StepId;
use epay_domain::{
    Command, Event, EventKind, Fact, Origin, Source, State, StepKind, StepStatus, Stored,
};

use crate::heal;
use crate::world::World;

/// Judges a write that the store has taken.
pub(crate) fn judge(
    world: &World,
    order: Option<usize>,
    before: &Stored,
    after: &Stored,
    events: &[Event],
) {
    let (was, is) = (&before.payment, &after.payment);
    let wrong = |rule: &str, what: &str| {
        world.complain(rule, order, format!("{}: {what}", is.invoice()));
    };
    if is.pending().is_some() && after.schedule.next_check_at.is_none() {
        wrong("NeverChecked", "it is unknown, and no check is planned");
    }
    for event in events {
        match &event.kind {
            EventKind::Asked(command) if asks_for_nothing(command) => {
                wrong("AskedForNothing", "zero is no sum");
            }
            EventKind::NotSent { question: Some(question), .. } => {
                let awaited = is.pending().is_some_and(|pending| pending.question == *question);
                if awaited && !is.is_contradicted() {
                    wrong("UnsentIsAwaited", "what never left is as if never asked");
                }
            }
            EventKind::GivenUp(step, note)
                if note.as_str() != heal::NOTE && !shows_nothing_done(before, step, events) =>
            {
                wrong("NoProof", "a step is given up, and no status shows it undone");
            }
            _ => {}
        }
    }
    let ruled = |event: &Event| {
        matches!(event.kind, EventKind::Acknowledged(..) | EventKind::Chosen { .. })
    };
    let lied = order.is_some_and(|order| world.with(|inner| inner.lied.contains(&order)));
    let sure = was.confirmed_by_status() && !lied && !events.iter().any(ruled);
    if sure && how_far(is.state()) < how_far(was.state()) {
        wrong("Forgotten", &format!("{:?} is {:?} now", was.state(), is.state()));
    }
}

fn asks_for_nothing(command: &Command) -> bool {
    match command {
        Command::Capture(_, sum) | Command::Refund(_, sum) | Command::RefundStated(_, sum, _) => {
            sum.is_zero()
        }
        _ => false,
    }
}

/// Whether the machine may give this step up: the status that was written with it says of our own hold
/// that it is still there; or the bank has accepted it, and no status shows it. A refund leaves no
/// such trace, so only a person gives one up.
fn shows_nothing_done(before: &Stored, step: &StepId, events: &[Event]) -> bool {
    let ours = before.payment.invoice().as_str();
    let still_held = |event: &Event| match &event.kind {
        EventKind::Observed(seen) => {
            seen.fact == Fact::Authorized
                && seen.source == Source::Status
                && seen.origin != Origin::Other
                && seen.invoice.as_ref().is_none_or(|named| named.as_str() == ours)
        }
        _ => false,
    };
    match before.payment.step(step) {
        Some((_, StepStatus::Accepted)) => true,
        Some((StepKind::Capture(_) | StepKind::Void, _)) => events.iter().any(still_held),
        Some((StepKind::Refund(_), _)) | None => false,
    }
}

/// How far the payment has come; it does not go back.
fn how_far(state: State) -> u8 {
    match state {
        State::New | State::Closed(_) => 0,
        State::Declined => 1,
        State::Verified => 2,
        State::Authorized => 3,
        State::Voided(_) => 4,
        State::Captured { .. } => 5,
    }
}

//! The fields that can be removed from an event without changing what it says of money.

use epay_domain::{Challenge, CloseReason, Command, Event, EventKind, Fact, Note, Observation};

/// The event without the texts of a 3-D Secure challenge: that there was one stays. `None` where it
/// holds none.
pub fn without_challenge(event: &Event) -> Option<Event> {
    let EventKind::Observed(seen @ Observation { fact: Fact::ThreeDsRequired(told), .. }) =
        &event.kind
    else {
        return None;
    };
    let nothing = Challenge { action: String::new(), pa_req: String::new(), md: String::new() };
    let seen = Observation { fact: Fact::ThreeDsRequired(nothing.clone()), ..seen.clone() };
    (*told != nothing).then_some(Event { kind: EventKind::Observed(seen), ..*event })
}

/// The event without what a person typed. `None` where it holds nothing of it.
pub fn without_notes(event: &Event) -> Option<Event> {
    let mut erased = event.clone();
    let note = match &mut erased.kind {
        EventKind::Asked(command) => match command {
            Command::RefundStated(_, _, note)
            | Command::Close(CloseReason::ByPerson(note))
            | Command::GiveUp(_, note)
            | Command::Acknowledge(_, note)
            | Command::ChooseTransaction(_, note)
            | Command::Reopen(note) => note,
            Command::Authorize
            | Command::HandOver { .. }
            | Command::Confirm
            | Command::Capture(..)
            | Command::Void(_)
            | Command::Refund(..)
            | Command::Close(_) => return None,
        },
        EventKind::Closed(CloseReason::ByPerson(note))
        | EventKind::GivenUp(_, note)
        | EventKind::Acknowledged(_, note)
        | EventKind::Chosen { note, .. }
        | EventKind::Reopened(note) => note,
        EventKind::NotSent { .. }
        | EventKind::Unanswered(_)
        | EventKind::Observed(_)
        | EventKind::Closed(_)
        | EventKind::Notified { .. } => return None,
    };
    if note.as_str().is_empty() {
        return None;
    }
    *note = Note::new("").ok()?;
    Some(erased)
}

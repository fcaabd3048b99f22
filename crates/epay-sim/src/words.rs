//! Describes events of the log in a few words, for a reader of a trace.

use epay_domain::{Event, EventKind, Fact};

/// Which kind of event, and of which fact.
pub(crate) fn kind(event: &Event) -> &'static str {
    match &event.kind {
        EventKind::Asked(_) => "asked",
        EventKind::NotSent { .. } => "not sent",
        EventKind::Unanswered(_) => "unanswered",
        EventKind::Closed(_) => "closed",
        EventKind::GivenUp(..) => "given up",
        EventKind::Acknowledged(..) => "acknowledged",
        EventKind::Chosen { .. } => "chosen",
        EventKind::Reopened(_) => "reopened",
        EventKind::Notified { kind, .. } => kind.name(),
        EventKind::Observed(seen) => match seen.fact {
            Fact::Captured { .. } => "captured",
            Fact::Authorized => "authorized",
            Fact::NotFound => "not found",
            Fact::InProgress => "in progress",
            Fact::AwaitingPayer(_) => "awaiting payer",
            Fact::ThreeDsRequired(_) => "3-D Secure",
            _ => "another fact",
        },
    }
}

/// What the event says; no more than a line, nothing random in it.
pub(crate) fn of(event: &Event) -> String {
    match &event.kind {
        EventKind::Asked(command) => format!("asks {}", short(command)),
        EventKind::NotSent { .. } => "knows that it never left".to_owned(),
        EventKind::Unanswered(_) => "got no answer".to_owned(),
        EventKind::Observed(seen) => format!("hears by {:?}: {}", seen.source, short(&seen.fact)),
        EventKind::Closed(reason) => format!("closes: {}", short(reason)),
        EventKind::GivenUp(step, _) => format!("gives {step} up"),
        EventKind::Acknowledged(what, _) => {
            let names: Vec<&str> = what.iter().map(epay::Contradiction::name).collect();
            format!("acknowledges {}", names.join(", "))
        }
        EventKind::Chosen { .. } => "chooses an operation".to_owned(),
        EventKind::Reopened(_) => "lets the order be paid anew".to_owned(),
        EventKind::Notified { kind, .. } => format!("has told: {kind}"),
    }
}

/// The first word of what it is, with its sums: a challenge is long, and a note says little.
fn short(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    match text.find(['{', '(']) {
        Some(at) if text.len() > 60 => text.get(..at).unwrap_or_default().trim().to_owned(),
        _ => text,
    }
}

//! What happened to an attempt, drawn: a line for us, one for the bank, one for people, and what went between
//! them. Each row is a picture and its sentence, so that it wraps on a phone and is read aloud.

use epay::Payment;
use epay::story::{self, Entry};
use epay_domain::{CloseReason, Event, EventKind, Source, Timestamp};
use maud::{Markup, html};
use std::time::Duration;

/// Where the lines stand.
const US: u8 = 14;
const BANK: u8 = 58;
const PEOPLE: u8 = 102;
/// How far down in its row something happens.
const AT: u8 = 16;
/// What took less needs no word.
const A_WHILE: Duration = Duration::from_secs(2);

pub(super) fn drawn(payment: &Payment, history: &[Event]) -> Markup {
    let mut before: Option<Timestamp> = None;
    html! {
        @if history.is_empty() { p.none { "Nothing yet: nobody has asked the bank." } }
        @else {
            ol.timeline {
                li.lanes aria-hidden="true" {
                    svg {
                        text x=(US) y="11" { "we" } text x=(BANK) y="11" { "bank" }
                        text x=(PEOPLE) y="11" { "people" }
                    }
                }
                @for event in history {
                    @let entry = Entry::of(event, payment.ordered());
                    @let waited = before.replace(entry.at).map(|before| entry.at.since(before));
                    li {
                        (row(&event.kind))
                        div {
                            b { (entry.who.label()) } " " span.what { (entry.text) }
                            div.when {
                                time { (entry.at) }
                                @if let Some(waited) = waited.filter(|waited| *waited >= A_WHILE) {
                                    " · " (story::age(waited)) " later"
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn row(kind: &EventKind) -> Markup {
    let what = match kind {
        EventKind::Asked(_) => arrow("asked", US, BANK),
        EventKind::Observed(seen) if seen.source == Source::Reply => arrow("reply", BANK, US),
        EventKind::Observed(_) => arrow("status", BANK, US),
        EventKind::Unanswered(_) => lost(BANK),
        EventKind::NotSent { .. } => lost(US),
        EventKind::Notified { .. } => arrow("notified", US, PEOPLE),
        EventKind::Closed(CloseReason::ByPerson(_))
        | EventKind::GivenUp(..)
        | EventKind::Acknowledged(..)
        | EventKind::Chosen { .. }
        | EventKind::Reopened(_) => html! {
            g.person { (line(PEOPLE, US)) circle cx=(PEOPLE) cy=(AT) r="5" {} }
        },
        EventKind::Closed(_) => html! {
            rect.closed x=(US - 5) y=(AT - 5) width="10" height="10" {}
        },
    };
    html! {
        svg aria-hidden="true" {
            @for lane in [US, BANK, PEOPLE] {
                line.lane x1=(lane) x2=(lane) y1="0" y2="100%" {}
            }
            (what)
        }
    }
}

fn line(from: u8, to: u8) -> Markup {
    html! { line x1=(from) x2=(to) y1=(AT) y2=(AT) {} }
}

fn arrow(class: &str, from: u8, to: u8) -> Markup {
    let back = if from < to { to - 7 } else { to + 7 };
    html! {
        g .(class) {
            (line(from, back))
            path d=(format!("M{to} {AT} L{back} {} L{back} {} Z", AT - 4, AT + 4)) {}
        }
    }
}

/// What left one of the two, or should have, and never came to the other.
fn lost(from: u8) -> Markup {
    let middle = (US + BANK) / 2;
    let cross = format!(
        "M{} {} L{} {} M{} {} L{} {}",
        middle - 4,
        AT - 4,
        middle + 4,
        AT + 4,
        middle - 4,
        AT + 4,
        middle + 4,
        AT - 4
    );
    html! { g.lost { (line(from, middle)) path d=(cross) {} } }
}

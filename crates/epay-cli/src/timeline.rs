//! Prints a story in a terminal, line by line: the events of a log, and the other speakers of the
//! demo.

use epay::story;
use epay_domain::{Event, Money, Timestamp};

use crate::foreign;

/// One line of a story. A terminal may get its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) who: Who,
    pub(crate) text: String,
}

/// Who did it, or whose word it is.
#[cfg_attr(not(feature = "fakebank"), expect(dead_code, reason = "some speak in the demo alone"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// As the log tells it.
    Log(story::Who),
    We,
    WeOpened,
    ThePayer,
    AHint,
    TheDemo,
}

impl Who {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Who::Log(who) => who.label(),
            Who::We => "we",
            Who::WeOpened => "we opened",
            Who::ThePayer => "the payer",
            Who::AHint => "a hint",
            Who::TheDemo => "the demo",
        }
    }
}

impl Entry {
    /// The line for an event of a payment over `ordered`.
    pub(crate) fn of(event: &Event, ordered: Money) -> Entry {
        let line = story::Entry::of(event, ordered);
        Entry { at: line.at, who: Who::Log(line.who), text: foreign::text(&line.text) }
    }
}

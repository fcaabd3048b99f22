//! The trace of a run, as a hash and on demand as text. Two runs of one scenario have the same.

use std::fmt;

/// Who does something, or to whom it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whoever pays.
    Payer,
    /// The shop: who ships, and who asks for steps.
    Shop,
    /// A process of the shop.
    Process(usize),
    /// The bank.
    Bank,
    /// A person at the shop, or in the bank's portal.
    Person,
    /// A stranger, the network, a clock.
    World,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Payer => f.write_str("payer"),
            Who::Shop => f.write_str("shop"),
            Who::Process(number) => write!(f, "process {number}"),
            Who::Bank => f.write_str("bank"),
            Who::Person => f.write_str("person"),
            Who::World => f.write_str("world"),
        }
    }
}

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Milliseconds since the run began.
    pub at: u64,
    /// About which order, where it is about one.
    pub order: Option<usize>,
    /// Who.
    pub from: Who,
    /// To whom.
    pub to: Who,
    /// What, in words.
    pub what: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.at / 1_000, self.at % 1_000);
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        write!(f, "{hours:>3}:{minutes:02}:{:02}.{millis:03}  ", seconds % 60)?;
        match self.order {
            Some(order) => write!(f, "order-{order:<3} ")?,
            None => f.write_str("          ")?,
        }
        write!(f, "{} → {}: {}", self.from, self.to, self.what)
    }
}

/// The trace of a run.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    lines: Option<Vec<Line>>,
}

impl Trace {
    pub(crate) fn new(in_words: bool) -> Trace {
        Trace { hash: 0xcbf2_9ce4_8422_2325, lines: in_words.then(Vec::new) }
    }

    /// Adds what happened: `key` goes into the hash, so nothing random is in it; the words are made
    /// where somebody reads them.
    pub(crate) fn push(
        &mut self,
        (at, order): (u64, Option<usize>),
        (from, to): (Who, Who),
        key: &[&str],
        words: impl FnOnce() -> String,
    ) {
        self.hash(&at.to_le_bytes());
        self.hash(&order.unwrap_or(usize::MAX).to_le_bytes());
        key.iter().for_each(|part| self.hash(part.as_bytes()));
        if let Some(lines) = &mut self.lines {
            lines.push(Line { at, order, from, to, what: words() });
        }
    }

    /// FNV-1a, 64 bits: the same on every machine and in every profile.
    fn hash(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub(crate) fn done(self) -> (u64, Vec<Line>) {
        (self.hash, self.lines.unwrap_or_default())
    }
}

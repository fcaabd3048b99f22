//! A flag says that two things we were told cannot both be true, or that money is not where it should be: a person looks.

use core::fmt;

/// What a person has to look at. A flag blocks capture and fulfilment, never void, refund or status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Flag {
    /// An answer named another invoice; it taught us nothing about this one.
    OtherInvoice = 1,
    /// An answer named another terminal.
    OtherTerminal = 1 << 1,
    /// An answer named another currency; its sums were not read.
    OtherCurrency = 1 << 2,
    /// Two operations at the bank for one invoice.
    OtherTransaction = 1 << 3,
    /// A sum that is neither what was ordered nor what we asked to capture.
    WrongAmount = 1 << 4,
    /// Declined, and yet held, taken or voided.
    DeclinedYetMoved = 1 << 5,
    /// Voided, and yet taken.
    VoidedYetCaptured = 1 << 6,
    /// Two different captured sums.
    TwoCapturedSums = 1 << 7,
    /// More refunded than captured.
    OverRefunded = 1 << 8,
    /// Closed as dead, and yet approved, held or taken.
    LateSuccess = 1 << 9,
}

impl Flag {
    const ALL: [Flag; 10] = [
        Flag::OtherInvoice,
        Flag::OtherTerminal,
        Flag::OtherCurrency,
        Flag::OtherTransaction,
        Flag::WrongAmount,
        Flag::DeclinedYetMoved,
        Flag::VoidedYetCaptured,
        Flag::TwoCapturedSums,
        Flag::OverRefunded,
        Flag::LateSuccess,
    ];

    /// One word for it, for lists, programs and the labels of metrics. It stays the same.
    pub const fn name(self) -> &'static str {
        match self {
            Flag::OtherInvoice => "other_invoice",
            Flag::OtherTerminal => "other_terminal",
            Flag::OtherCurrency => "other_currency",
            Flag::OtherTransaction => "other_transaction",
            Flag::WrongAmount => "wrong_amount",
            Flag::DeclinedYetMoved => "declined_yet_moved",
            Flag::VoidedYetCaptured => "voided_yet_captured",
            Flag::TwoCapturedSums => "two_captured_sums",
            Flag::OverRefunded => "over_refunded",
            Flag::LateSuccess => "late_success",
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Flag::OtherInvoice => "an answer named another invoice",
            Flag::OtherTerminal => "an answer named another terminal",
            Flag::OtherCurrency => "an answer named another currency",
            Flag::OtherTransaction => "two operations for one invoice",
            Flag::WrongAmount => "a sum that was neither ordered nor asked to be captured",
            Flag::DeclinedYetMoved => "declined, and yet held, taken or voided",
            Flag::VoidedYetCaptured => "voided, and yet taken",
            Flag::TwoCapturedSums => "two different captured sums",
            Flag::OverRefunded => "more refunded than captured",
            Flag::LateSuccess => "closed as dead, and yet approved, held or taken",
        })
    }
}

/// A set of flags.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(u16);

impl Flags {
    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `flag` is among them.
    pub fn contains(self, flag: Flag) -> bool {
        self.0 & flag as u16 != 0
    }

    /// The flags, in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.contains(*flag))
    }

    pub(crate) fn raise(&mut self, flag: Flag, when: bool) {
        if when {
            self.0 |= flag as u16;
        }
    }

    pub(crate) fn union(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    pub(crate) fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::String};

    #[test]
    fn a_flag_is_named_as_it_is_spelt() {
        for flag in Flag::ALL {
            let snake = |(at, c): (usize, char)| match c {
                'A'..='Z' if at > 0 => format!("_{}", c.to_ascii_lowercase()),
                _ => format!("{}", c.to_ascii_lowercase()),
            };
            let spelt: String = format!("{flag:?}").chars().enumerate().map(snake).collect();
            assert_eq!(flag.name(), spelt);
        }
    }
}

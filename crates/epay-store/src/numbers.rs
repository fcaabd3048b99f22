//! The invoice numbers that a log gives out: each once, and by default no last six digits twice.

use epay_domain::InvoiceId;

/// The bank tells invoices apart by their last six digits too, so there are this many.
pub(crate) const LAST_SIX: u64 = 1_000_000;

/// Which invoice numbers a log gives out.
///
/// The counter and the attempt are one write, so a number that a crash has left behind is one
/// nobody was given. All terminals of a log share the counter, which is more careful than the bank
/// asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceNumbers {
    /// `None` where there are none.
    pub(crate) first: Option<InvoiceId>,
    pub(crate) repeats: bool,
}

impl InvoiceNumbers {
    /// From `first` on, at most a million: the log answers
    /// [`OutOfInvoices`](epay_domain::StoreErrorKind::OutOfInvoices) before the last six digits come a second
    /// time, also those of another range of the same log, and where there is no greater number of
    /// the same length.
    ///
    /// A bank takes each number once, so start beyond the last one that was ever used on the
    /// terminal.
    pub fn starting_at(first: InvoiceId) -> InvoiceNumbers {
        InvoiceNumbers { first: Some(first), repeats: false }
    }

    /// All numbers of that length: after a million the last six digits come again. For a merchant
    /// whose bank has said that it is content with different invoice numbers.
    pub fn repeating_last_six(self) -> InvoiceNumbers {
        InvoiceNumbers { repeats: true, ..self }
    }

    /// None at all: for a log that another is [copied](crate::copy_log) into.
    pub fn none() -> InvoiceNumbers {
        InvoiceNumbers { first: None, repeats: false }
    }

    /// The last number of the range from `first` on, of which so `many` have different last six digits.
    pub(crate) fn last(&self, first: &InvoiceId, many: u64) -> String {
        let greatest = "9".repeat(first.as_str().len());
        match number(first.as_str()).checked_add(many.saturating_sub(1)) {
            Some(last) if !self.repeats && last <= number(&greatest) => last.to_string(),
            _ => greatest,
        }
    }
}

/// Digits as a number; at most fifteen, so there is room.
pub(crate) fn number(digits: &str) -> u64 {
    digits.parse().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_ends_before_the_last_six_digits_come_again() {
        for (first, last, repeating) in [
            ("100000001", "101000000", "999999999"),
            ("100000", "999999", "999999"),
            ("1000000", "1999999", "9999999"),
            ("999999", "999999", "999999"),
            ("999999999999999", "999999999999999", "999999999999999"),
            ("100000000000000", "100000000999999", "999999999999999"),
        ] {
            let first = InvoiceId::new(first).unwrap();
            let numbers = InvoiceNumbers::starting_at(first.clone());
            assert_eq!(numbers.last(&first, LAST_SIX), last, "{first}");
            let numbers = numbers.repeating_last_six();
            assert_eq!(numbers.last(&first, LAST_SIX), repeating, "{first}");
        }
    }
}

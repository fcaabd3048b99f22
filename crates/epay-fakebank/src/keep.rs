//! How much the bank's books remember: everything, or up to a limit; then the oldest entries are
//! dropped, many at a time.

use std::ops::{Deref, DerefMut};

use crate::{bank::Bank, time::Millis};

/// How much the books keep. By default all: a judge wants the whole ledger.
///
/// What is forgotten is unknown to every call, as if it had never been. Up to a quarter more is kept than was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// So many of the latest payments and saved cards; twice as many callbacks, four times as many tokens, eight times as many calls.
    pub payments: Option<usize>,
    /// What is younger, in milliseconds.
    pub millis: Option<u64>,
}

impl Keep {
    /// How many of the oldest go, where so many for a payment are kept, and so many of them are too old.
    fn surplus(self, len: usize, for_each_payment: usize, old: usize) -> usize {
        let most = self.payments.map(|payments| payments.saturating_mul(for_each_payment));
        let surplus = most.map_or(0, |most| len.saturating_sub(most)).max(old);
        // Those that stay are moved, so each time enough must go that this costs each entry little.
        if surplus > (len - surplus) / 4 { surplus } else { 0 }
    }
}

/// Entries in the order they came, each found by its number, which stays when older ones go.
#[derive(Clone, Debug)]
pub(crate) struct Book<T> {
    entries: Vec<T>,
    forgotten: usize,
}

impl<T> Default for Book<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), forgotten: 0 }
    }
}

impl<T> Book<T> {
    /// The number of the next entry.
    pub(crate) fn next_number(&self) -> usize {
        self.forgotten + self.entries.len()
    }

    /// The number of the first entry that is not forgotten.
    pub(crate) fn first_number(&self) -> usize {
        self.forgotten
    }

    pub(crate) fn push(&mut self, entry: T) {
        self.entries.push(entry);
    }

    pub(crate) fn by_number(&self, number: usize) -> Option<&T> {
        self.entries.get(number.checked_sub(self.forgotten)?)
    }

    pub(crate) fn by_number_mut(&mut self, number: usize) -> Option<&mut T> {
        self.entries.get_mut(number.checked_sub(self.forgotten)?)
    }

    /// Takes back what came since.
    pub(crate) fn truncate(&mut self, next_number: usize) {
        self.entries.truncate(next_number.saturating_sub(self.forgotten));
    }

    /// How many of the first are older than that, where the clock was never turned back.
    fn older_than(&self, moment: Option<Millis>, at: impl Fn(&T) -> Millis) -> usize {
        moment.map_or(0, |moment| self.entries.partition_point(|entry| at(entry) < moment))
    }

    /// Forgets the oldest.
    pub(crate) fn forget(&mut self, count: usize) -> impl Iterator<Item = T> + '_ {
        let count = count.min(self.entries.len());
        self.forgotten += count;
        self.entries.drain(..count)
    }
}

impl<T> Deref for Book<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.entries
    }
}

impl<T> DerefMut for Book<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.entries
    }
}

impl Bank {
    /// Forgets what need not be kept. Between two calls, so that none loses what it is about.
    pub(crate) fn tidy_up(&mut self, now: Millis) {
        let keep = self.settings.keep;
        if keep == Keep::default() {
            return;
        }
        let moment = keep.millis.map(|millis| Millis(now.0.saturating_sub(millis)));
        let booked = |it: &crate::Operation| it.history.first().map_or(now, |(at, _)| *at);
        let operations = self.ledger.book_of_operations();
        let old = operations.older_than(moment, booked);
        self.ledger.forget(keep.surplus(operations.len(), 1, old));
        let cards = self.saved_cards.all();
        let old = cards.older_than(moment, |card| card.created);
        self.saved_cards.forget(keep.surplus(cards.len(), 1, old));
        let old = self.callback_log.older_than(moment, |entry| entry.at);
        let surplus = keep.surplus(self.callback_log.len(), 2, old);
        self.callback_log.forget(surplus).for_each(drop);
        let old = self.wire.older_than(moment, |entry| entry.at);
        self.wire.forget(keep.surplus(self.wire.len(), 8, old)).for_each(drop);
        self.tokens.forget(keep.surplus(self.tokens.len(), 4, 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(book: &Book<u64>) -> Vec<u64> {
        book.iter().copied().collect()
    }

    #[test]
    fn an_entry_keeps_its_number_when_older_ones_go() {
        let mut book = Book::default();
        (0..10).for_each(|number| book.push(number));
        assert_eq!(book.forget(4).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(numbers(&book), [4, 5, 6, 7, 8, 9]);
        assert_eq!((book.by_number(3), book.by_number(4)), (None, Some(&4)));
        assert_eq!((book.first_number(), book.next_number()), (4, 10));
        book.truncate(8);
        assert_eq!(numbers(&book), [4, 5, 6, 7]);
        assert_eq!(book.forget(100).count(), 4);
        assert_eq!(book.next_number(), 8);
    }

    #[test]
    fn the_oldest_go_when_they_are_a_fifth_of_all() {
        let keep = Keep { payments: Some(100), millis: None };
        for (len, for_each, old, goes) in [
            (0, 1, 0, 0),
            (100, 1, 0, 0),
            (125, 1, 0, 0),
            (126, 1, 0, 26),
            (250, 2, 0, 0),
            (251, 2, 0, 51),
            (100, 1, 20, 0),
            (100, 1, 21, 21),
            (100, 1, 100, 100),
            (1, 1, 1, 1),
        ] {
            assert_eq!(keep.surplus(len, for_each, old), goes, "{len} {for_each} {old}");
        }
        assert_eq!(Keep::default().surplus(1_000_000, 1, 0), 0);
    }
}

//! Whatever order the answers of one history are written down in, and however often, it ends the same.

use crate::commute::View;
use crate::history::{Door, History, Line, ORDERED, script};
use epay_domain::*;
use proptest::prelude::*;

/// How many other orders each history is told in.
const ORDERS: u64 = 8;

/// Answers that were heard and are not yet written down, and the payment as it is written so far.
struct Retold<'a> {
    payment: Payment,
    waiting: Vec<&'a Event>,
    written: Vec<&'a Event>,
    choices: Choices,
}

/// A stream of choices from one number (SplitMix64), so that a failure prints one number.
struct Choices(u64);

impl Choices {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(below).unwrap()).unwrap()
    }
}

impl<'a> Retold<'a> {
    fn write(&mut self, event: &'a Event) -> Result<(), TestCaseError> {
        self.payment = self.payment.clone().apply(event);
        let up = self.payment.contradictions();
        prop_assert!(up.is_empty(), "{up:?} after {event:?}");
        Ok(())
    }

    /// A total shows those refunds that were asked for before it was heard. Written down only after the next one was asked
    /// for, it may be of that one, too, and shows neither (ADR 17).
    fn write_totals_before(&mut self, wished: &Event) -> Result<(), TestCaseError> {
        if matches!(wished.kind, EventKind::Asked(Command::Refund(..))) {
            while let Some(at) = self.waiting.iter().position(|event| tells_a_total(event)) {
                self.write_at(at)?;
            }
        }
        Ok(())
    }

    /// Writes one of the waiting answers down, and perhaps one again that was written before.
    fn write_any(&mut self) -> Result<(), TestCaseError> {
        let at = self.choices.next(self.waiting.len());
        self.write_at(at)
    }

    fn write_at(&mut self, at: usize) -> Result<(), TestCaseError> {
        let event = self.waiting.remove(at);
        self.write(event)?;
        self.written.push(event);
        if self.choices.next(3) == 0 {
            let again = self.choices.next(self.written.len());
            self.write(self.written[again])?;
        }
        Ok(())
    }
}

/// Tells the history again: each wish at its place, each answer at any time after it was heard; a total of refunds before
/// the next refund is asked for. A wish that is refused because an answer is not written yet waits for it, as a shop would.
fn retell(history: &History, choices: Choices) -> Result<Payment, TestCaseError> {
    let first = Payment::open(
        history.payment.invoice().clone(),
        ORDERED,
        history.payment.terminal().clone(),
    );
    let mut retold = Retold { payment: first, waiting: Vec::new(), written: Vec::new(), choices };
    for line in &history.lines {
        match line {
            Line::Heard(event) => {
                retold.waiting.push(event);
                while !retold.waiting.is_empty() && retold.choices.next(3) == 0 {
                    retold.write_any()?;
                }
            }
            Line::Asked(wished) => {
                retold.write_totals_before(wished)?;
                while !retold.waiting.is_empty() && !is_granted(&retold.payment, wished) {
                    retold.write_any()?;
                }
                if is_granted(&retold.payment, wished) {
                    retold.write(wished)?;
                } else {
                    // The wait for a step may be ended only while it is open: here it was answered in time.
                    prop_assert!(
                        matches!(wished.kind, EventKind::GivenUp(..)),
                        "refused: {wished:?}"
                    );
                }
            }
        }
    }
    while !retold.waiting.is_empty() {
        retold.write_any()?;
    }
    Ok(retold.payment)
}

fn tells_a_total(event: &Event) -> bool {
    let EventKind::Observed(seen) = &event.kind else { return false };
    matches!(seen.fact, Fact::Captured { refunded: Refunds::Total(_), .. })
}

fn is_granted(payment: &Payment, wished: &Event) -> bool {
    let wish = match &wished.kind {
        EventKind::Asked(wish) => wish.clone(),
        EventKind::Closed(reason) => Command::Close(reason.clone()),
        EventKind::GivenUp(step, note) => Command::GiveUp(step.clone(), note.clone()),
        other => panic!("no wish of a history: {other:?}"),
    };
    payment.decide(wish, wished.at).is_ok()
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn one_history_ends_the_same_in_every_order(script in script(), seed in any::<u64>()) {
        let history = script.play(Door::Counter);
        let straight = View::of(&history.payment);
        let up = history.payment.contradictions();
        prop_assert!(up.is_empty(), "{up:?}\n{history}");
        for order in 0..ORDERS {
            let retold = retell(&history, Choices(seed.wrapping_add(order))).map_err(|error| TestCaseError::fail(format!("{error}\n{history}")))?;
            prop_assert_eq!(&straight, &View::of(&retold), "{}", history);
        }
    }
}

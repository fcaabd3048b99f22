//! Whatever order the answers of one history are written down in, and however often, it ends the same.

use crate::commute::View;
use crate::history::{History, Line, ORDERED, script};
use epay_domain::*;
use proptest::{collection::vec, prelude::*, sample::Index};

/// Answers that were heard and are not yet written down, and the payment as it is written so far.
struct Retold<'a> {
    payment: Payment,
    waiting: Vec<&'a Event>,
    written: Vec<&'a Event>,
    choices: std::iter::Cycle<std::slice::Iter<'a, Index>>,
}

impl<'a> Retold<'a> {
    fn choose(&mut self, below: usize) -> usize {
        self.choices.next().unwrap().index(below)
    }

    fn write(&mut self, event: &'a Event) -> Result<(), TestCaseError> {
        self.payment = self.payment.clone().apply(event);
        prop_assert!(self.payment.flags().is_empty(), "{:?} after {event:?}", self.payment.flags());
        Ok(())
    }

    /// Writes one of the waiting answers down, and perhaps one again that was written before.
    fn write_any(&mut self) -> Result<(), TestCaseError> {
        let at = self.choose(self.waiting.len());
        let event = self.waiting.remove(at);
        self.write(event)?;
        self.written.push(event);
        if self.choose(3) == 0 {
            let again = self.choose(self.written.len());
            self.write(self.written[again])?;
        }
        Ok(())
    }
}

/// Tells the history again: each wish at its place, each answer at any time after it was heard. A wish that is refused
/// because an answer is not written yet waits for it, as a shop would.
fn retell(history: &History, choices: &[Index]) -> Result<Payment, TestCaseError> {
    let first = Payment::open(history.payment.invoice().clone(), ORDERED, history.payment.terminal().clone());
    let choices = choices.iter().cycle();
    let mut retold = Retold { payment: first, waiting: Vec::new(), written: Vec::new(), choices };
    for line in &history.lines {
        match line {
            Line::Heard(event) => {
                retold.waiting.push(event);
                while !retold.waiting.is_empty() && retold.choose(3) == 0 {
                    retold.write_any()?;
                }
            }
            Line::Asked(wished) => {
                while !retold.waiting.is_empty() && !is_granted(&retold.payment, wished) {
                    retold.write_any()?;
                }
                if is_granted(&retold.payment, wished) {
                    retold.write(wished)?;
                } else {
                    // The wait for a step may be ended only while it is open: here it was answered in time.
                    prop_assert!(matches!(wished.what, What::GaveUp(..)), "refused: {wished:?}");
                }
            }
        }
    }
    while !retold.waiting.is_empty() {
        retold.write_any()?;
    }
    Ok(retold.payment)
}

fn is_granted(payment: &Payment, wished: &Event) -> bool {
    let wish = match &wished.what {
        What::Asked(wish) => wish.clone(),
        What::Closed(closing) => Command::Close(*closing),
        What::GaveUp(step, note) => Command::GiveUp(step.clone(), note.clone()),
        other => panic!("no wish of a history: {other:?}"),
    };
    payment.decide(wish, wished.at).is_ok()
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn one_history_ends_the_same_in_every_order(script in script(), choices in vec(vec(any::<Index>(), 40), 8)) {
        let history = script.play();
        let straight = View::of(&history.payment);
        prop_assert!(history.payment.flags().is_empty(), "{:?}\n{history}", history.payment.flags());
        for choices in &choices {
            let retold = retell(&history, choices).map_err(|error| TestCaseError::fail(format!("{error}\n{history}")))?;
            prop_assert_eq!(&straight, &View::of(&retold), "{}", history);
            prop_assert_eq!(history.payment.transaction(), retold.transaction());
        }
    }
}

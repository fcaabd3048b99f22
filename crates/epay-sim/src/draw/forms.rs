//! Some payers pay at the bank's own form: at once, late, at the last second of their token, too late, or never.

use epay_fakebank::PayerChoice;

use super::{Draw, MINUTE, SECOND, chance, one};
use crate::scenario::{Act, Card, Deed, Order};

/// How long a token lives.
const LIFE: u64 = 20 * MINUTE;

impl Draw {
    /// At times the shop hands the payer over where it would have taken what they pay with. What else is
    /// done about the order is done all the same.
    pub(super) fn form(&mut self, number: usize, order: &Order, acts: &mut Vec<Act>) {
        let typed =
            matches!(order.card, Card::Good | Card::ThreeDs | Card::Declined | Card::Fingerprint);
        if !typed || !chance(&mut self.forms, 8) {
            return;
        }
        let (mut more, mut first) = (Vec::new(), true);
        for act in acts.iter_mut().filter(|act| act.order == number) {
            let Deed::Pay { card, .. } = act.deed else { continue };
            let hands_over = std::mem::take(&mut first) || chance(&mut self.forms, 50);
            if !hands_over {
                continue;
            }
            act.deed = Deed::HandOver;
            let mut does = |at: u64, deed: Deed| {
                more.push(Act { at, deed, dropped_after: None, ..act.clone() });
            };
            let card = card.unwrap_or(order.card);
            let Some(typed) = self.types_after() else { continue };
            does(act.at + typed, Deed::AtTheForm { card });
            if card == Card::ThreeDs && chance(&mut self.forms, 80) {
                let refuses = chance(&mut self.forms, 20);
                let choice = if refuses { PayerChoice::Decline } else { PayerChoice::Approve };
                let answers = act.at + typed + self.forms.u64(3 * SECOND..10 * MINUTE);
                does(answers, Deed::AnswersAtTheForm { choice });
            }
            // They load the page again, and at times try once more.
            if chance(&mut self.forms, 30) {
                let again = act.at + self.forms.u64(0..25 * MINUTE);
                does(again, Deed::HandOver);
                if chance(&mut self.forms, 50) {
                    let card = one(&mut self.forms, &[Card::Good, card]);
                    let later = self.forms.u64(SECOND..MINUTE);
                    does(again + later, Deed::AtTheForm { card });
                }
            }
        }
        acts.append(&mut more);
    }

    /// How long after they got the form they type their card, if they do.
    fn types_after(&mut self) -> Option<u64> {
        match self.forms.u8(0..10) {
            0 => None,
            1 => Some(LIFE + self.forms.u64(0..MINUTE)),
            2 | 3 => Some(LIFE - self.forms.u64(1..2 * SECOND)),
            4 => Some(self.forms.u64(3 * MINUTE..LIFE)),
            _ => Some(self.forms.u64(5 * SECOND..3 * MINUTE)),
        }
    }
}

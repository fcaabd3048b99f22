//! Faults that come together: a call that moves money gets no answer, and the checks that follow
//! are strange.

use super::{Draw, HOUR, MINUTE, chance, one};
use crate::scenario::{Order, Strike};
use crate::{Fault, Site};

/// Nobody can tell by these what was done.
const UNANSWERED: &[Fault] = &[
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::LostBefore,
    Fault::ErrorBefore,
    Fault::ErrorAfter,
    Fault::RefusedYetDone,
];

impl Draw {
    /// At times both come to one order.
    pub(super) fn pair(&mut self, number: usize, order: &Order, strikes: &mut Vec<Strike>) {
        let goes_on = |fault: &Fault| fault.lasts() && *fault != Fault::LostAfter;
        let strange: Vec<Fault> = self.faults.iter().copied().filter(goes_on).collect();
        if strange.is_empty() || !chance(&mut self.pairs, 20) {
            return;
        }
        let steps = [Site::Cryptopay, if order.two_stage { Site::Charge } else { Site::Refund }];
        let (fault, site) = (one(&mut self.pairs, UNANSWERED), one(&mut self.pairs, &steps));
        strikes.push(Strike { fault, site, order: number, after: 0, millis: 0 });
        let (fault, after) = (one(&mut self.pairs, &strange), self.pairs.u32(1..8));
        let millis = one(&mut self.pairs, &[20 * MINUTE, 2 * HOUR]);
        strikes.push(Strike { fault, site: Site::Status, order: number, after, millis });
    }

    /// Somebody ends what has a status that nobody knows, or tries to.
    pub(super) fn is_looked_into(&mut self) -> Option<u64> {
        let some = self.faults.contains(&Fault::UnknownStatus) && chance(&mut self.pairs, 10);
        some.then(|| self.pairs.u64(3 * MINUTE..20 * MINUTE))
    }
}

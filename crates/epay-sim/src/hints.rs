//! What must hold of hints: one about any payment that was asked about is taken, settled payments have a
//! small budget for those that prove nothing and take none of unknown money's, and a check that a hint
//! has asked for stands until it is made.

use std::collections::BTreeMap;

use epay::{Hint, HintOutcome, InvoiceId, PayError, TerminalId};
use epay_domain::{CheckClass, Clock, Stored, Timestamp};
use epay_http::Authenticity;
use pollster::block_on;

use crate::clock::{BEGIN, MachineClock};
use crate::world::World;

/// How many that prove nothing make a settled payment due within a second, with one to spare.
const SETTLED: usize = 2;
/// How many about unknown money are taken within a second, with two to spare.
const UNKNOWN: usize = 8;
const SECOND: u64 = 1_000;

/// What is known of hints.
#[derive(Default)]
pub(crate) struct Hints {
    taken: Vec<Taken>,
    /// When a check is due that a hint has asked for, until it begins.
    wanted: BTreeMap<String, Timestamp>,
}

struct Taken {
    by: (MachineClock, TerminalId),
    class: CheckClass,
    at: u64,
}

impl Hints {
    /// A check of it begins now.
    pub(crate) fn is_checked(&mut self, invoice: &str) {
        self.wanted.remove(invoice);
    }

    /// How many of this class one process has taken in the last second, with this one.
    fn takes(&mut self, by: (&MachineClock, &TerminalId), class: CheckClass, at: u64) -> usize {
        let by = (by.0.clone(), by.1.clone());
        self.taken.retain(|it| it.at + SECOND > at);
        self.taken.push(Taken { by: by.clone(), class, at });
        let same = |it: &&Taken| it.class == class && it.by.0.is_same(&by.0) && it.by.1 == by.1;
        self.taken.iter().filter(same).count()
    }
}

/// The payment that a hint names, as it stands.
pub(crate) fn about(world: &World, hint: &Hint) -> Option<(Stored, u64)> {
    let stored = block_on(world.store.load(hint.invoice.as_ref()?)).ok()??;
    Some((stored, world.time.millis()))
}

/// Judges what became of it.
pub(crate) fn judge(
    world: &World,
    by: (&MachineClock, &TerminalId),
    (hint, genuine): (&Hint, bool),
    before: Option<(Stored, u64)>,
    heard: &Result<HintOutcome, PayError>,
) {
    let Some(((before, since), (after, now))) = before.zip(about(world, hint)) else { return };
    let invoice = after.payment.invoice();
    let order = world.order_of(invoice.as_str());
    let wrong = |rule: &str, what: &str| world.complain(rule, order, format!("{invoice}: {what}"));
    if genuine && before.payment.asked_at().is_some() && matches!(heard, Ok(HintOutcome::NotOurs)) {
        wrong("HintNotTaken", "the bank's callback is taken for nobody's");
    }
    // What was written meanwhile may be somebody else's.
    if since != now {
        return;
    }
    let class = before.schedule.check_class;
    let unproven = hint.authenticity != Authenticity::Proven;
    match heard {
        Ok(HintOutcome::Postponed) if class == CheckClass::Unknown => {
            let many = unproven && world.with(|it| it.hints.takes(by, class, now)) > UNKNOWN;
            if !many {
                wrong("HintPostponed", "unknown money has to wait for settled payments");
            }
        }
        Ok(HintOutcome::Due) => {
            let moved = after.schedule != before.schedule;
            if unproven && moved {
                let count = world.with(|inner| inner.hints.takes(by, class, now));
                if class == CheckClass::Settled && count > SETTLED {
                    wrong("FloodOfChecks", "many settled payments are due by hints without proof");
                }
            }
            // One that proves nothing counts on what is planned, also where that is being put off.
            if moved || !unproven {
                wants(world, by.0, invoice, &after);
            }
        }
        _ => {}
    }
}

fn wants(world: &World, machine: &MachineClock, invoice: &InvoiceId, after: &Stored) {
    let soon = machine.now().unix_millis() + SECOND;
    let due = after.schedule.next_check_at.filter(|at| at.unix_millis() <= soon);
    if let Some(due) = due.filter(|_| !world.clocks_jump()) {
        world.with(|inner| inner.hints.wanted.insert(invoice.to_string(), due));
    }
}

/// Judges a write: what a hint has asked for is not put off by it.
pub(crate) fn written(world: &World, order: Option<usize>, after: &Stored) {
    let invoice = after.payment.invoice();
    let wanted = world.with(|inner| inner.hints.wanted.get(invoice.as_str()).copied());
    let Some(wanted) = wanted else { return };
    // Another hint may put it off by a second.
    let soon = BEGIN.unix_millis() + world.time.millis() + SECOND;
    let wanted = wanted.max(Timestamp::from_unix_millis(soon));
    if after.schedule.next_check_at.is_none_or(|at| at > wanted) {
        let what = format!("{invoice}: a check that a hint has asked for is put off");
        world.complain("HintForgotten", order, what);
        world.with(|inner| inner.hints.is_checked(invoice.as_str()));
    }
}

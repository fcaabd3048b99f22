//! What must hold of status checks: what is unknown is checked soon after it is due, nobody checks what
//! another is checking, and a token that the bank has refused is not shown to it again.

use std::collections::BTreeMap;

use bytes::Bytes;
use epay::InvoiceId;
use epay_domain::{CheckClass, Clock, Queue, Stored, Timestamp};
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};

use crate::call::Call;
use crate::clock::MachineClock;
use crate::world::{Inner, World};
use crate::{Act, Site};

/// How long a check of unknown money may wait after a reconciler could have seen that it is due.
const SOON: u64 = 5_000;
/// With so many calls under way the bank is slow, and who waits is not to blame.
const BUSY: usize = 16;

/// What is known of checks.
#[derive(Default)]
pub(crate) struct Checks {
    /// When the check of unknown money is due, and when that was written, in milliseconds of the run.
    planned: BTreeMap<InvoiceId, (Timestamp, u64)>,
    /// Who claimed it when, while nobody has written since.
    claimed: BTreeMap<String, Claim>,
    /// Which call, about which invoice, of which process.
    under_way: Vec<(u64, String, MachineClock)>,
    begun: u64,
    /// The token that was refused for a check of an invoice just now.
    refused: BTreeMap<String, String>,
    /// From when on no process has died, slept or jumped.
    calm_since: u64,
}

struct Claim {
    machine: MachineClock,
    at: u64,
    call: Option<u64>,
}

impl Checks {
    fn plan(&mut self, stored: &Stored, now: u64) {
        let invoice = stored.payment.invoice().clone();
        let schedule = &stored.schedule;
        let check = schedule.next_check_at.filter(|_| schedule.check_class == CheckClass::Unknown);
        match check.max(check.and(stored.leased_until)) {
            Some(due) => self.planned.insert(invoice, (due, now)),
            None => self.planned.remove(&invoice),
        };
    }

    /// Somebody has written.
    pub(crate) fn written(&mut self, stored: &Stored, now: u64) {
        self.claimed.remove(stored.payment.invoice().as_str());
        self.plan(stored, now);
    }

    /// What this order's claims began may have failed to be written.
    pub(crate) fn unsure(&mut self, invoices: &[String]) {
        self.claimed.retain(|invoice, _| !invoices.contains(invoice));
    }

    /// Until then a process is away, or a clock new.
    pub(crate) fn disturbed(&mut self, until: u64) {
        self.calm_since = self.calm_since.max(until);
    }

    /// How long, at this machine's clock, the check of `invoice` could have been begun.
    fn overdue(&self, invoice: &InvoiceId, machine: &MachineClock, now: u64) -> u64 {
        let Some((due, written)) = self.planned.get(invoice) else { return 0 };
        let due = machine.now().unix_millis().saturating_sub(due.unix_millis());
        due.min(now.saturating_sub(*written)).min(now.saturating_sub(self.calm_since))
    }
}

/// What a process was given to check.
pub(crate) fn claimed(world: &World, machine: &MachineClock, queue: Queue, all: &[Stored]) {
    if queue == Queue::Notifications {
        return world.with(|inner| {
            let now = world.time.millis();
            all.iter().for_each(|stored| inner.checks.plan(stored, now));
        });
    }
    let now = world.time.millis();
    for stored in all {
        let invoice = stored.payment.invoice();
        let (twice, late) = world.with(|inner| {
            let checks = &mut inner.checks;
            let late = queue == Queue::UnknownChecks && is_late(world, checks, invoice, machine);
            let claim = Claim { machine: machine.clone(), at: now, call: None };
            let before = checks.claimed.insert(invoice.to_string(), claim);
            let under_way =
                |call: u64| checks.under_way.iter().any(|(it, _, by)| *it == call && !by.is_dead());
            let twice = before.is_some_and(|before| {
                before.at > checks.calm_since && before.call.is_some_and(under_way)
            });
            checks.plan(stored, now);
            (twice, late)
        });
        let order = world.order_of(invoice.as_str());
        if twice && !world.clocks_jump() {
            let what = format!("{invoice} is given out while a check of it is under way");
            world.complain("CheckedTwiceAtOnce", order, what);
        }
        if late {
            world.complain("CheckedLate", order, format!("{invoice} was due for long"));
        }
    }
}

fn is_late(world: &World, checks: &Checks, invoice: &InvoiceId, machine: &MachineClock) -> bool {
    let pause = u64::try_from(world.pause.as_millis()).unwrap_or(u64::MAX);
    let overdue = checks.overdue(invoice, machine, world.time.millis());
    !world.is_healed() && overdue > pause + SOON
}

/// Before a clock is set, what waits in vain for a reconciler that lives.
pub(crate) fn waiting(world: &World) {
    let late: Vec<InvoiceId> = world.with(|inner| {
        let Inner { checks, processes, .. } = inner;
        let reconcilers = processes.iter().filter(|process| process.is_reconciling(world));
        let machines: Vec<_> = reconcilers.map(|it| &it.machine).collect();
        let is_late = |it: &&InvoiceId| machines.iter().any(|by| is_late(world, checks, it, by));
        checks.planned.keys().filter(is_late).cloned().collect()
    });
    for invoice in late {
        let order = world.order_of(invoice.as_str());
        world.complain("CheckedLate", order, format!("{invoice} is due for long"));
    }
}

/// A status call that is under way until this is dropped.
pub(crate) struct UnderWay<'a> {
    world: &'a World,
    call: u64,
    invoice: String,
    token: String,
}

/// A status call leaves.
pub(crate) fn begins<'a>(
    world: &'a World,
    call: &Call,
    machine: &MachineClock,
    request: &Request<Bytes>,
) -> Option<UnderWay<'a>> {
    if call.site != Site::Status {
        return None;
    }
    let token = request.headers().get(AUTHORIZATION).map(|it| it.as_bytes().to_vec());
    let token = String::from_utf8(token.unwrap_or_default()).unwrap_or_default();
    let (call_number, again) = world.with(|inner| {
        inner.hints.is_checked(&call.invoice);
        let now = world.time.millis();
        let checks = &mut inner.checks;
        checks.begun += 1;
        checks.under_way.push((checks.begun, call.invoice.clone(), machine.clone()));
        if checks.under_way.len() >= BUSY {
            checks.disturbed(now);
        }
        let claim = checks.claimed.get_mut(&call.invoice);
        if let Some(claim) = claim.filter(|it| it.call.is_none() && it.machine.is_same(machine)) {
            claim.call = Some(checks.begun);
        }
        (checks.begun, checks.refused.get(&call.invoice) == Some(&token))
    });
    // Whoever was dropped while they fetched another has none.
    let of = |act: &Act| Some(act.order) == call.order && act.dropped_after.is_some();
    if again && world.scenario.acts.iter().all(|act| !of(act)) {
        let what = format!("{} is asked about again by a token that was refused", call.invoice);
        world.complain("RefusedTokenKept", call.order, what);
    }
    Some(UnderWay { world, call: call_number, invoice: call.invoice.clone(), token })
}

impl UnderWay<'_> {
    /// The bank has taken the token, or has not. A check has one token replaced; where the next one is
    /// refused as well, it ends.
    pub(crate) fn is_answered(&self, status: StatusCode) {
        self.world.with(|inner| {
            let before = inner.checks.refused.remove(&self.invoice);
            if status == StatusCode::UNAUTHORIZED && before.is_none() {
                inner.checks.refused.insert(self.invoice.clone(), self.token.clone());
            }
        });
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.world.with(|inner| {
            let checks = &mut inner.checks;
            if checks.under_way.len() >= BUSY {
                checks.disturbed(self.world.time.millis());
            }
            checks.under_way.retain(|(call, ..)| *call != self.call);
        });
    }
}

//! The reconciler: it checks the status of every unknown payment again and again, and never repeats
//! a call that moves money.

use crate::check::Checked;
use crate::error::PayError;
use crate::pace::Budget;
use crate::rt::Shutdown;
use crate::{Outcome, Payments, observe};
use epay_domain::{Queue, StoreError, Stored, Timestamp, WaitsFor};
use futures_util::future::{Either, FutureExt, join, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::time::Duration;

/// How many payments one call of `reconcile` takes.
const ROUND: u32 = 64;
/// Longer than one check takes, its token included; nobody else takes the payment for so long.
const LEASE: Duration = Duration::from_secs(120);
/// How soon at the latest the queues are asked again while there is work.
const SECOND: Duration = Duration::from_secs(1);

/// The result of one round of status checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconcileReport {
    /// How many payments were due and checked.
    pub checked: usize,
    /// How many of these checks brought no answer of the bank.
    pub unanswered: usize,
    /// How many of them still wait for an answer.
    pub still_open: usize,
    /// How many of them a person has to look at.
    pub contradicted: usize,
}

/// The checks that may still begin, of all and of settled ones, which keep a tenth.
struct Allowance {
    all: Budget,
    settled: Budget,
}

impl Payments {
    /// Asks the bank how an attempt stands.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let outcome = shop.check_status("order-17").await?;
    /// println!("charged: {}", outcome.payer_charged());
    /// # Ok(()) }
    /// ```
    pub async fn check_status(
        &self,
        which: impl Into<crate::AttemptRef>,
    ) -> Result<Outcome, PayError> {
        let checked = self.checked(self.find_here(which).await?).await;
        Ok(self.outcome(checked, None))
    }

    /// Checks what is due on this terminal, the longest overdue first and unknown money before what is
    /// settled: one round of at most 64. Call it from a timer; several processes may, each payment
    /// goes to one of them.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let report = shop.reconcile().await?;
    /// println!("{} checked, {} still open", report.checked, report.still_open);
    /// # Ok(()) }
    /// ```
    pub async fn reconcile(&self) -> Result<ReconcileReport, PayError> {
        let (mut report, mut failed) = (ReconcileReport::default(), None);
        let mut running = FuturesUnordered::new();
        let mut allowed = Allowance { all: Budget::new(ROUND), settled: Budget::new(ROUND / 10) };
        let begun = self.log.clock.monotonic();
        loop {
            let claimed = self.claim_checks(running.len(), &mut allowed, begun).await;
            for stored in claimed.map_err(PayError::store)? {
                running.push(Box::pin(self.check(stored)));
            }
            match running.next().await {
                Some(checked) => report.count(checked, &mut failed),
                None => break,
            }
        }
        match failed {
            Some(error) if report.checked == 0 => Err(PayError::store(error)),
            _ => Ok(report),
        }
    }

    /// Checks and notifies for ever, side by side, waiting `pause` whenever nothing was due, until
    /// `stop` is ready. Then it ends the checks and deliveries that are under way.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) {
    /// let terminated = async { /* signal(SignalKind::terminate())?.recv().await */ };
    /// shop.keep_reconciling(std::time::Duration::from_secs(5), terminated).await;
    /// # }
    /// ```
    pub async fn keep_reconciling(&self, pause: Duration, stop: impl Future<Output = ()> + Send) {
        let stop: Pin<Box<dyn Future<Output = ()> + Send + '_>> = Box::pin(stop);
        let stop = stop.shared();
        let checks = self.keep_checking(pause, stop.clone());
        join(checks, self.keep_notifying(pause, stop)).await;
    }

    async fn keep_checking(&self, pause: Duration, stop: Shutdown<'_>) {
        let mut running = FuturesUnordered::new();
        let settled = Budget::new(self.pace.per_second / 10);
        let mut allowed = Allowance { all: Budget::new(self.pace.per_second), settled };
        while stop.peek().is_none() && stop.clone().now_or_never().is_none() {
            // What has ended together is replaced by one claim.
            while let Some(Some(checked)) = running.next().now_or_never() {
                self.tally(&checked);
            }
            let now = self.log.clock.monotonic();
            let claimed = self.claim_checks(running.len(), &mut allowed, now).await;
            let claimed = claimed.unwrap_or_else(|error| {
                observe::failed("claim what is due", &error);
                Vec::new()
            });
            let found = !claimed.is_empty();
            for stored in claimed {
                running.push(Box::pin(self.check(stored)));
            }
            let spent = allowed.all.left(now) == 0;
            let wait = if running.len() >= self.pace.at_once {
                None
            } else if found || spent {
                Some(allowed.all.next())
            } else {
                Some(if running.is_empty() { pause } else { SECOND.min(pause) })
            };
            let sleep = async {
                match wait {
                    Some(wait) => self.log.clock.sleep(wait).await,
                    None => pending().await,
                }
            };
            let ended = async {
                match running.next().await {
                    Some(checked) => checked,
                    None => pending().await,
                }
            };
            let (sleep, ended) = (pin!(sleep), pin!(ended));
            let woken = select(ended, select(sleep, stop.clone())).await;
            if let Either::Left((checked, _)) = woken {
                self.tally(&checked);
            }
        }
        while let Some(checked) = running.next().await {
            self.tally(&checked);
        }
    }

    fn tally(&self, checked: &Result<Checked, StoreError>) {
        match checked {
            Ok(Checked { stored, .. }) => {
                let pending = stored.payment.pending();
                let unknown = pending.filter(|it| it.waits_for == WaitsFor::Bank);
                observe::still_unknown(unknown.map(|it| self.log.now().since(it.since)));
            }
            Err(error) => observe::failed("write down a status", error),
        }
    }

    /// What may be begun now: settled payments their tenth, then unknown money, then settled ones
    /// again if there is room. Each claim is as small as what it begins.
    async fn claim_checks(
        &self,
        running: usize,
        allowed: &mut Allowance,
        now: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        let free = self.pace.at_once.saturating_sub(running);
        let may = |budget: &mut Budget, most: usize| most.min(budget.left(now) as usize);
        let tenth = may(&mut allowed.settled, may(&mut allowed.all, free));
        let mut claimed = self.claim(Queue::SettledChecks, tenth).await?;
        allowed.settled.spend(count(&claimed));
        let more_settled = claimed.len() == tenth;
        let room = |claimed: &Vec<Stored>, all: &mut Budget| {
            free.min(all.left(now) as usize).saturating_sub(claimed.len())
        };
        let unknown = room(&claimed, &mut allowed.all);
        claimed.extend(self.claim(Queue::UnknownChecks, unknown).await?);
        if more_settled {
            let rest = room(&claimed, &mut allowed.all);
            claimed.extend(self.claim(Queue::SettledChecks, rest).await?);
        }
        allowed.all.spend(count(&claimed));
        Ok(claimed)
    }

    async fn claim(&self, queue: Queue, most: usize) -> Result<Vec<Stored>, StoreError> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let (store, terminal) = (&self.log.store, self.bank.terminal());
        let mut claimed = store.claim_due(queue, terminal, self.log.now(), most, LEASE).await?;
        // It is in hand until its check has ended, also where that takes longer than the lease.
        claimed.iter_mut().for_each(|stored| stored.leased_until = Some(Timestamp::MAX));
        Ok(claimed)
    }
}

fn count(claimed: &[Stored]) -> u32 {
    u32::try_from(claimed.len()).unwrap_or(u32::MAX)
}

impl ReconcileReport {
    /// What can't be written down of one payment, such as one on a damaged page, holds up no other.
    fn count(&mut self, checked: Result<Checked, StoreError>, failed: &mut Option<StoreError>) {
        match checked {
            Ok(Checked { stored, seen }) => {
                self.checked += 1;
                self.unanswered += usize::from(seen.is_none());
                self.still_open += usize::from(stored.payment.pending().is_some());
                self.contradicted += usize::from(stored.payment.is_contradicted());
            }
            Err(error) => *failed = Some(error),
        }
    }
}

//! One run: the shop does its acts, repeats what was interrupted, and time heals the rest.

use std::time::Duration;

use epay_domain::{Clock, ListQuery, Queue, State, Stored};

use crate::acts::{Came, a_person_looks_after_refunds, done, the_bank_ends_old_challenges};
use crate::crash_points::{CrashPoints, How, Place};
use crate::flows::{Act, Flow};
use crate::judge::{Complaint, Kind, complain, judge};
use crate::planted::Bug;
use crate::world::{Process, World};

/// More than any of it takes; whoever is not at rest by then never will be.
const MOST_ROUNDS: usize = 400;
/// A lease and a second: what a process that died has claimed is free again.
const LEASED: Duration = Duration::from_secs(121);
/// What is looked at sooner is not looked at as a matter of routine.
const SOON: Duration = Duration::from_secs(60);
const TRIES: usize = 8;

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) places: Vec<Place>,
    pub(crate) complaints: Vec<Complaint>,
}

/// Runs `flow` with what `crash_points` has in store for it.
pub(crate) fn run(flow: &Flow, bug: Option<Bug>, crash_points: &CrashPoints) -> Ran {
    let mut shop = Shop {
        world: World::new(flow, bug),
        crash_points: crash_points.clone(),
        complaints: Vec::new(),
        gone: false,
    };
    let process = shop.acts();
    let reached_its_end = !shop.gone;
    let mut complaints = shop.complaints;
    complaints.extend(judge(&shop.world, &process, reached_its_end));
    Ran { places: crash_points.places(), complaints }
}

struct Shop {
    world: World,
    crash_points: CrashPoints,
    complaints: Vec<Complaint>,
    /// Nobody is there to go on with the acts.
    gone: bool,
}

impl Shop {
    /// All acts, each until it has come to its end.
    fn acts(&mut self) -> Process {
        let mut process = self.world.started(&self.crash_points);
        for act in self.world.flow.acts {
            process = self.act_until_done(process, act);
            if self.gone {
                break;
            }
        }
        self.heal(process, self.world.flow.watched)
    }

    fn act_until_done(&mut self, mut process: Process, act: &Act) -> Process {
        for tries in 0..TRIES {
            let (world, act) = (self.world.clone(), *act);
            self.crash_points.may_be_overtaken_by(async move {
                let other = world.started(&CrashPoints::undisturbed());
                let _ = done(&world, &other, act).await;
            });
            let came = self.crash_points.run(&self.world.clock, done(&self.world, &process, act));
            match came {
                Ok(Some(Came::ToItsEnd)) => return self.heal(process, Duration::ZERO),
                Ok(Some(came)) => {
                    if tries == 0
                        && self.crash_points.planned().is_none()
                        && !self.may_have_to_wait(&act)
                    {
                        let kind =
                            if matches!(came, Came::Back) { Kind::Refused } else { Kind::Waited };
                        self.complaints
                            .push(complain(kind, format!("{act:?}, and nothing had gone wrong")));
                    }
                    // Whoever does not know asks again at once, and then waits.
                    if matches!(came, Came::Nowhere) && tries % 2 == 1 {
                        process = self.heal(process, Duration::ZERO);
                    }
                }
                Ok(None) => {
                    process = self.restarted(process);
                    if self.crash_points.planned() == Some(How::CrashedAndLeft) {
                        self.gone = true;
                        return process;
                    }
                }
                Err(_) => {
                    self.complaints.push(complain(Kind::NeverEnds, format!("{act:?}")));
                    self.gone = true;
                    return self.restarted(process);
                }
            }
            if self.gone {
                return process;
            }
        }
        self.complaints.push(complain(Kind::GotNowhere, format!("{act:?}")));
        self.gone = true;
        process
    }

    /// A payment that the bank does not show yet, or whose sum is another, is waited for even on a day without accident.
    fn may_have_to_wait(&self, act: &Act) -> bool {
        let flow = &self.world.flow;
        matches!(act, Act::Pay(..)) && (!flow.watched.is_zero() || flow.misbooks || flow.doubles)
    }

    fn restarted(&self, ended: Process) -> Process {
        drop(ended);
        self.world.started(&CrashPoints::undisturbed())
    }

    /// Looks and tells by the schedule until nothing is left to find out, and for `least` at least.
    fn heal(&mut self, mut process: Process, least: Duration) -> Process {
        let until = self.world.clock.timer.now() + least;
        for _ in 0..MOST_ROUNDS {
            let world = self.world.clone();
            self.crash_points.may_be_overtaken_by(async move {
                let other = world.started(&CrashPoints::undisturbed());
                let _ = other.payments.reconcile().await;
                let _ = other.payments.deliver_notifications().await;
            });
            let round = async {
                let _ = process.payments.reconcile().await;
                let _ = process.payments.deliver_notifications().await;
                a_person_looks_after_refunds(&self.world, &process).await;
            };
            the_bank_ends_old_challenges(&self.world);
            match self.crash_points.run(&self.world.clock, round) {
                Ok(Some(())) => {}
                Ok(None) => {
                    self.gone |= self.crash_points.planned() == Some(How::CrashedAndLeft);
                    process = self.restarted(process);
                    continue;
                }
                Err(_) => {
                    self.complaints.push(complain(Kind::NeverEnds, "a round".to_owned()));
                    self.gone = true;
                    process = self.restarted(process);
                    continue;
                }
            }
            let all = all_attempts(&process);
            let at_rest = all.iter().all(|stored| is_at_rest(&self.world, stored));
            if at_rest && self.world.clock.timer.now() >= until {
                return process;
            }
            if !self.wait_for_what_is_due(&all) {
                if at_rest {
                    return process;
                }
                break;
            }
        }
        let standing =
            all_attempts(&process).iter().map(|stored| stored.payment.status()).collect::<Vec<_>>();
        self.complaints.push(complain(Kind::NeverSettles, format!("{standing:?}")));
        self.gone = true;
        process
    }

    /// `false` when nothing ever is.
    fn wait_for_what_is_due(&self, all: &[Stored]) -> bool {
        let now = self.world.now();
        let due = |stored: &Stored| {
            [Queue::UnknownChecks, Queue::SettledChecks, Queue::Notifications]
                .map(|queue| stored.schedule.due(queue))
        };
        let due = all.iter().flat_map(due).flatten().min();
        let wait = match due {
            Some(due) if due > now => due.since(now),
            Some(_) => LEASED,
            None => return false,
        };
        self.world.clock.timer.advance(wait);
        true
    }
}

pub(crate) fn all_attempts(process: &Process) -> Vec<Stored> {
    let page = pollster::block_on(process.log.list(ListQuery::newest(100))).unwrap();
    page.into_iter().rev().map(|(_, listed)| listed.unwrap().stored).collect()
}

/// Whether nothing is left to tell, and to find out but what the bank may do by itself some day.
fn is_at_rest(world: &World, stored: &Stored) -> bool {
    let payment = &stored.payment;
    let asked = payment.asked_at().is_some();
    let contradicted = payment.is_contradicted() && !world.flow.misbooks;
    let known =
        payment.confirmed_by_status() || matches!(payment.state(), State::Closed(_)) || !asked;
    let hinted = stored.schedule.next_check_at.is_some_and(|look| look < world.now() + SOON);
    let settled = known && payment.pending().is_none() && !hinted;
    stored.schedule.next_notify_at.is_none() && !contradicted && settled
}

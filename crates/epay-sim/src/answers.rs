//! What must hold of the answers that payer and shop get: no error after the ask, a cause where a call went
//! wrong, and of a step the same as the log and the bank have.

use std::collections::BTreeMap;

use epay::{Attempt, Outcome, PayError, PayErrorKind, StepId, StepOutcome};
use epay_domain::{
    Contradiction, Event, EventKind, Payment, Question, StepKind, StepStatus, Stored,
};
use epay_fakebank::Status;
use pollster::block_on;

use crate::scenario::{Act, Deed};
use crate::world::World;
use crate::{Site, store};

/// What has happened of each order so far.
#[derive(Default)]
pub(crate) struct Answers {
    orders: BTreeMap<usize, Count>,
}

#[derive(Clone, Default)]
struct Count {
    /// Who does something now, and how often two have at once.
    acting: u32,
    overlaps: u32,
    sent: BTreeMap<Site, u32>,
    unanswered: BTreeMap<Site, u32>,
    /// Checks that the bank has answered, and whose answers were damaged or lost.
    heard: u32,
    lost: u32,
    /// How it was when the one who acts began, and where what they do is asked.
    began: Option<(Option<Site>, Box<Count>)>,
}

/// Somebody does something about an order until this is dropped.
pub(crate) struct Acting<'a> {
    world: &'a World,
    order: usize,
}

impl Acting<'_> {
    pub(crate) fn begins<'a>(world: &'a World, act: &Act) -> Acting<'a> {
        let site = match act.deed {
            Deed::Pay { .. } => Some(Site::Cryptopay),
            Deed::Answer { .. } | Deed::ReturnAgain | Deed::Tamper => Some(Site::Confirm),
            Deed::Capture { .. } => Some(Site::Charge),
            Deed::Void { .. } => Some(Site::Cancel),
            Deed::Refund { .. } => Some(Site::Refund),
            _ => None,
        };
        world.with(|inner| {
            let count = inner.answers.orders.entry(act.order).or_default();
            count.acting += 1;
            if count.acting > 1 {
                count.overlaps += 1;
            }
            let before = Count { began: None, ..count.clone() };
            count.began = Some((site, Box::new(before)));
        });
        Acting { world, order: act.order }
    }
}

impl Drop for Acting<'_> {
    fn drop(&mut self) {
        self.world.with(|inner| {
            let count = inner.answers.orders.entry(self.order).or_default();
            count.acting = count.acting.saturating_sub(1);
            if count.acting > 0 {
                count.overlaps += 1;
            }
        });
    }
}

impl Answers {
    pub(crate) fn sent(&mut self, order: usize, site: Site) {
        *self.of(order).sent.entry(site).or_default() += 1;
    }

    /// The bank has answered a check, or its answer was lost on the way.
    pub(crate) fn checked(&mut self, order: usize, heard: bool) {
        let count = self.of(order);
        count.heard += u32::from(heard);
        count.lost += u32::from(!heard);
    }

    fn of(&mut self, order: usize) -> &mut Count {
        self.orders.entry(order).or_default()
    }
}

/// What was written.
pub(crate) fn written(world: &World, order: Option<usize>, before: &Stored, events: &[Event]) {
    let Some(order) = order else { return };
    for event in events {
        let EventKind::Unanswered(Some(question)) = &event.kind else { continue };
        let site = match question {
            Question::Authorize => Some(Site::Cryptopay),
            Question::HandOver => None,
            Question::Confirm => Some(Site::Confirm),
            Question::Step(id) => before.payment.step(id).map(|(kind, _)| match kind {
                StepKind::Capture(_) => Site::Charge,
                StepKind::Void => Site::Cancel,
                StepKind::Refund(_) => Site::Refund,
            }),
        };
        let Some(site) = site else { continue };
        world.with(|inner| *inner.answers.of(order).unanswered.entry(site).or_default() += 1);
    }
}

/// How the order was when this began, where nobody else has done anything about it meanwhile.
fn alone(world: &World, order: usize) -> Option<(Option<Site>, Count, Count)> {
    let of = |act: &&Act| act.order == order;
    if world.scenario.acts.iter().filter(of).any(|act| act.dropped_after.is_some()) {
        return None;
    }
    world.with(|inner| {
        let now = inner.answers.orders.get(&order)?.clone();
        let (site, then) = now.began.clone()?;
        let alone = then.acting == 1 && now.acting == 1 && then.overlaps == now.overlaps;
        alone.then_some((site, *then, now))
    })
}

fn rose(counts: fn(&Count) -> &BTreeMap<Site, u32>, site: Site, then: &Count, now: &Count) -> bool {
    counts(now).get(&site) > counts(then).get(&site)
}

/// The error of an act.
pub(crate) fn failed(world: &World, order: usize, error: &PayError) {
    let Some((Some(site), then, now)) = alone(world, order) else { return };
    // The machine voids and refunds by itself, too.
    let theirs = matches!(site, Site::Cryptopay | Site::Confirm | Site::Charge);
    if theirs && rose(|it| &it.sent, site, &then, &now) {
        let what = format!("after {} was sent: {error}", site.name());
        world.complain("ErrorAfterTheAsk", Some(order), what);
    }
}

/// Whether what went wrong is told along with what is not known.
pub(crate) fn is_answered(world: &World, order: usize, outcome: &Outcome) {
    if let Outcome::Unknown(unknown) = outcome {
        has_cause(world, order, unknown.cause().is_some());
    }
}

fn has_cause(world: &World, order: usize, has_cause: bool) {
    let Some((Some(site), then, now)) = alone(world, order) else { return };
    let asked = rose(|it| &it.sent, site, &then, &now);
    if asked && rose(|it| &it.unanswered, site, &then, &now) && !has_cause {
        let what = format!("{} brought no answer, and nothing says why", site.name());
        world.complain("CauseLost", Some(order), what);
    }
}

/// A close by a person that was carried out or refused.
pub(crate) fn is_closed(world: &World, order: usize, closed: &Result<Attempt, PayError>) {
    let Some((_, then, now)) = alone(world, order) else { return };
    let (heard, lost) = (now.heard > then.heard, now.lost > then.lost);
    let lied = world.with(|inner| inner.lied.contains(&order));
    match closed {
        Ok(attempt) if attempt.payment().asked_at().is_some() && !heard => {
            let what = "a person has closed it, and no check was answered".to_owned();
            world.complain("ClosedUnchecked", Some(order), what);
        }
        // Of a number that somebody else has used it may say that it is of another terminal.
        Err(error) if error.kind() == PayErrorKind::NoAnswer && heard && !lost && !lied => {
            let what = "the bank has answered, and it counts for nothing".to_owned();
            world.complain("AnswerNotTaken", Some(order), what);
        }
        _ => {}
    }
}

/// How often each step was asked and provably not sent, and whether it may be asked once more.
pub(crate) fn unsent(world: &World, order: usize, step: &str) -> Option<usize> {
    let step = &StepId::new(step).ok()?;
    let name = store::order_id(order)?;
    let stored = block_on(world.store.current(&name)).ok()??;
    let (_, status) = stored.payment.step(step)?;
    let history = block_on(world.store.history(stored.payment.invoice())).ok()?;
    let free = status == StepStatus::NotSent && !stored.payment.is_contradicted();
    free.then(|| asks(&history, step))
}

fn asks(history: &[Event], step: &StepId) -> usize {
    use epay_domain::Command::{Capture, Refund, RefundStated, Void};
    let of_step = |event: &&Event| match &event.kind {
        EventKind::Asked(Capture(id, _) | Void(id) | Refund(id, _) | RefundStated(id, ..)) => {
            id == step
        }
        _ => false,
    };
    history.iter().filter(of_step).count()
}

/// What the shop is told of its step is what the log has, and what the bank has not denied.
pub(crate) fn is_done(
    world: &World,
    order: usize,
    step: &str,
    before: Option<usize>,
    outcome: &StepOutcome,
) {
    let Ok(step) = &StepId::new(step) else { return };
    let payment = outcome.attempt().payment();
    let invoice = payment.invoice();
    let wrong = |rule: &str, what: String| {
        world.complain(rule, Some(order), format!("{invoice}: {step}: {what}"));
    };
    if let StepOutcome::Unknown(unknown) = outcome {
        has_cause(world, order, unknown.cause().is_some());
    }
    let known = payment.step(step).map(|(_, status)| status);
    let same = match outcome {
        StepOutcome::Done(_) => known == Some(StepStatus::Accepted),
        StepOutcome::Declined(..) => matches!(known, Some(StepStatus::Refused(_))),
        StepOutcome::NotSent(_) => known == Some(StepStatus::NotSent),
        StepOutcome::GivenUp(_) => known == Some(StepStatus::GivenUp),
        StepOutcome::Superseded(_) => known == Some(StepStatus::Superseded),
        StepOutcome::Unknown(_) => match known {
            Some(StepStatus::Accepted) => is_not_shown(payment, step),
            known => matches!(known, Some(StepStatus::Open) | None),
        },
    };
    if !same {
        wrong("StepToldOtherwise", format!("told {outcome:?}, and the log has {known:?}"));
    }
    let history = block_on(world.store.history(invoice)).unwrap_or_default();
    let again = before.is_some_and(|before| asks(&history, step) == before);
    if again && known == Some(StepStatus::NotSent) && alone(world, order).is_some() {
        wrong("NameBurnt", "what never left is not asked again".to_owned());
    }
    let undone = matches!(known, Some(StepStatus::Refused(_) | StepStatus::NotSent));
    if undone && is_done_there(world, order, step, outcome) {
        wrong("StepToldUndone", "the bank has done it".to_owned());
    }
}

/// Whether a reply has accepted it, and it is up that no status shows it.
fn is_not_shown(payment: &Payment, step: &StepId) -> bool {
    let Some((kind, _)) = payment.step(step) else { return false };
    payment.contradictions().iter().any(|it| match it {
        Contradiction::StepNotShown { accepted: StepKind::Refund(_), .. } => {
            matches!(kind, StepKind::Refund(_))
        }
        Contradiction::StepNotShown { accepted, .. } => *accepted == kind,
        _ => false,
    })
}

/// Whether the bank has done this step, and no other can have.
fn is_done_there(world: &World, order: usize, step: &StepId, outcome: &StepOutcome) -> bool {
    let payment = outcome.attempt().payment();
    let Some((kind, _)) = payment.step(step) else { return false };
    let same_kind =
        |other: StepKind| std::mem::discriminant(&other) == std::mem::discriminant(&kind);
    let others = payment.steps().filter(|(it, _)| it.id() != step && same_kind(it.kind())).count();
    world.with(|inner| {
        let unsure = inner.lied.contains(&order) || inner.behind.contains(&order);
        let invoice = payment.invoice().as_str();
        let Some(line) = inner.bank.operation(invoice).filter(|_| !unsure) else { return false };
        match kind {
            StepKind::Refund(_) => {
                line.refunds.iter().any(|it| it.external_id.as_deref() == Some(step.as_str()))
            }
            StepKind::Void => others == 0 && line.status == Status::Cancel,
            StepKind::Capture(_) => {
                others == 0 && line.captured.minor() > 0 && is_two_stage(world, order)
            }
        }
    })
}

fn is_two_stage(world: &World, order: usize) -> bool {
    world.scenario.orders.get(order).is_some_and(|order| order.two_stage)
}

//! A contradiction has two stories: what we asked and expected, and what the bank said. Both are
//! read from the log.

use std::mem::discriminant;

use super::entry::{Entry, closed};
use epay_domain::{
    Command, Contradiction, Event, EventKind, Fact, Observation, Origin, Payment, Question, Source,
    StepKind,
};

/// One contradiction that is up. The bank's words are in its lines as they are, so escape them as you show
/// them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Conflict {
    /// The contradiction.
    pub contradiction: Contradiction,
    /// Our question and our expectation.
    pub ours: Vec<String>,
    /// The bank's answer.
    pub banks: Vec<String>,
}

impl Conflict {
    /// Every contradiction that is up on the payment, which is the fold of `history`.
    pub fn all(payment: &Payment, history: &[Event]) -> Vec<Conflict> {
        let (invoice, terminal) = (payment.invoice().clone(), payment.terminal().clone());
        let opened = Payment::open(invoice, payment.ordered(), terminal).with_tag(payment.tag());
        let story = Story::of(&opened, history);
        story.after.contradictions().into_iter().map(|it| story.conflict(it)).collect()
    }

    /// The advice to a person before they decide.
    pub fn advice(&self) -> &'static str {
        match self.contradiction {
            Contradiction::OtherInvoice { .. } => {
                "look up both invoices in the bank's portal, and ask the bank why its answer \
                named the other"
            }
            Contradiction::OtherTerminal { .. } => {
                "look in the bank's portal on which terminal the money is, and whose it is"
            }
            Contradiction::OtherCurrency { .. } => {
                "look in the bank's portal for the sum and its currency"
            }
            Contradiction::TwoTransactions { .. } => {
                "look up all operations in the bank's portal, give back there what is too much, \
                and choose the order's"
            }
            Contradiction::NotOurs { .. } => {
                "look up the operation in the bank's portal: choose it if it is the order's, \
                acknowledge if it is another's; if every payment says so, this machine's clock may be \
                ahead of the bank's"
            }
            Contradiction::NumberTaken { .. } => {
                "look up the number in the bank's portal; if nothing of this order is there, \
                acknowledge and close, and renumber so that the next payments get new numbers"
            }
            Contradiction::WrongAmount { .. } => {
                "look up the sum in the bank's portal; agree with the payer on the rest, or give \
                the money back"
            }
            Contradiction::DeclinedYetMoved { .. } => {
                "look in the bank's portal whether money is held or taken"
            }
            Contradiction::VoidedYetCaptured => {
                "look in the bank's portal whether the money was taken or released"
            }
            Contradiction::TwoCapturedSums { .. } => {
                "look up the captured sum in the bank's portal"
            }
            Contradiction::OverRefunded { .. } => {
                "look up the refunds in the bank's portal: more was given back than was taken"
            }
            Contradiction::StepNotShown { accepted, .. } => match accepted {
                StepKind::Capture(_) | StepKind::Void => {
                    "look in the bank's portal whether the hold was captured or released; if it was \
                    not, give the step up, and ask for it under another name"
                }
                StepKind::Refund(_) => {
                    "look in the bank's portal whether the money was given back; if it was not, \
                    give it back there, or give the step up and ask for it under another name"
                }
            },
            Contradiction::LateSuccess { .. } => {
                "if the order was paid by another attempt, give this money back; if not, ship or \
                give it back"
            }
            Contradiction::SentAfterAll { .. } => {
                "look in the bank's portal what has happened, and whether it happened twice"
            }
            Contradiction::NotFoundThoughNamed => {
                "ask the bank what became of the operation; close the attempt if it says that \
                there is none"
            }
        }
    }
}

/// The history with the payment as it was before each event.
struct Story<'a> {
    told: Vec<(&'a Event, Payment)>,
    after: Payment,
}

impl<'a> Story<'a> {
    fn of(opened: &Payment, history: &'a [Event]) -> Story<'a> {
        let (mut told, mut payment) = (Vec::with_capacity(history.len()), opened.clone());
        for event in history {
            let after = payment.clone().apply(event);
            told.push((event, payment));
            payment = after;
        }
        Story { told, after: payment }
    }

    fn conflict(&self, it: Contradiction) -> Conflict {
        let asked = |wanted: fn(&Command) -> bool| self.asks(wanted);
        let payment = &self.after;
        let ordered = format!("ordered: {}", payment.ordered());
        let authorized = || asked(|command| *command == Command::Authorize);
        let summed =
            |seen: &Observation| matches!(seen.fact, Fact::Captured { captured: Some(_), .. });
        let moved = |seen: &Observation| self.side(seen).is_some();
        let (ours, banks) = match &it {
            Contradiction::OtherInvoice { .. } => {
                (vec![format!("asked about invoice {}", payment.invoice())], self.raising(&it))
            }
            Contradiction::OtherTerminal { named, .. } => {
                let elsewhere = |seen: &Observation| seen.terminal.as_ref() == Some(named);
                let ours = vec![format!("asked on terminal {}", payment.terminal())];
                (ours, self.both(&it, &[&elsewhere]))
            }
            Contradiction::OtherCurrency { named, .. } => {
                let foreign = |seen: &Observation| seen.currency == Some(*named);
                (vec![ordered], self.both(&it, &[&foreign]))
            }
            Contradiction::TwoTransactions { ids } => {
                let first = |id| self.first(&|seen| seen.transaction.as_ref() == Some(id));
                (authorized(), self.told_at(ids.iter().filter_map(first)))
            }
            Contradiction::WrongAmount { told, .. } => {
                let captures = asked(|command| matches!(command, Command::Capture(..)));
                let wrong = |seen: &Observation| {
                    let captured = matches!(seen.fact, Fact::Captured { captured: Some(sum), .. } if sum == *told);
                    captured || seen.amount.is_some_and(|amount| amount.card == *told)
                };
                ([vec![ordered], captures].concat(), self.both(&it, &[&wrong]))
            }
            Contradiction::DeclinedYetMoved { .. } => {
                let declined = |seen: &Observation| match seen.fact {
                    Fact::Declined(decline) => decline.is_final(),
                    _ => false,
                };
                (authorized(), self.both(&it, &[&declined, &moved]))
            }
            Contradiction::VoidedYetCaptured => {
                let voided = |seen: &Observation| self.side(seen) == Some(Side::Released);
                let captured = |seen: &Observation| self.side(seen) == Some(Side::Taken);
                let wanted =
                    |command: &Command| matches!(command, Command::Capture(..) | Command::Void(_));
                ([vec![ordered], asked(wanted)].concat(), self.both(&it, &[&voided, &captured]))
            }
            Contradiction::TwoCapturedSums { .. } => {
                let money = |it: &Command| matches!(it, Command::Authorize | Command::Capture(..));
                (asked(money), self.both(&it, &[&summed]))
            }
            Contradiction::StepNotShown { accepted: kind, .. } => {
                let is_of = |other: StepKind| discriminant(&other) == discriminant(kind);
                let accepted = |seen: &Observation| match &seen.fact {
                    Fact::StepAccepted(step) => payment.step(step).is_some_and(|it| is_of(it.0)),
                    _ => false,
                };
                let asked = self.asks(|command| match command {
                    Command::Capture(_, sum) => is_of(StepKind::Capture(*sum)),
                    Command::Void(_) => is_of(StepKind::Void),
                    Command::Refund(_, sum) | Command::RefundStated(_, sum, _) => {
                        is_of(StepKind::Refund(*sum))
                    }
                    _ => false,
                });
                // The status that was heard last before the wait was given up.
                let status = self.raised_at(&it).and_then(|at| at.checked_sub(1));
                let banks = self.first(&accepted).into_iter().chain(status);
                (asked, self.told_at(banks.chain(self.raised_at(&it))))
            }
            Contradiction::OverRefunded { .. } => {
                let is_refund: fn(&Command) -> bool =
                    |it| matches!(it, Command::Refund(..) | Command::RefundStated(..));
                let refunds = asked(is_refund);
                let none = vec!["we asked for no refund".to_owned()];
                (if refunds.is_empty() { none } else { refunds }, self.both(&it, &[&summed]))
            }
            Contradiction::LateSuccess { .. } => {
                let yes = |seen: &Observation| seen.fact == Fact::Approved || moved(seen);
                ([authorized(), self.ended()].concat(), self.both(&it, &[&yes]))
            }
            Contradiction::SentAfterAll { question, .. } => {
                let step = match question {
                    Question::Step(step) => Some(step),
                    _ => None,
                };
                let of_step = |command: &Command| match command {
                    Command::Authorize => step.is_none(),
                    Command::Capture(id, _)
                    | Command::Void(id)
                    | Command::Refund(id, _)
                    | Command::RefundStated(id, ..) => Some(id) == step,
                    _ => false,
                };
                let effect = |seen: &Observation| seen.transaction.is_some() || moved(seen);
                let kinds: &[&Kind<'_>] = if step.is_some() { &[] } else { &[&effect] };
                ([self.asks(of_step), self.ended()].concat(), self.both(&it, kinds))
            }
            Contradiction::NotFoundThoughNamed => {
                let named = |seen: &Observation| {
                    seen.transaction.is_some()
                        || matches!(seen.fact, Fact::ThreeDsRequired(_) | Fact::AwaitingPayer(_))
                };
                (authorized(), self.both(&it, &[&named]))
            }
            Contradiction::NotOurs { .. } | Contradiction::NumberTaken { .. } => {
                (authorized(), self.raising(&it))
            }
        };
        Conflict { contradiction: it, ours, banks }
    }

    /// Our questions, each with its time.
    fn asks(&self, wanted: impl Fn(&Command) -> bool) -> Vec<String> {
        let ask = |(event, before): &(&Event, Payment)| match &event.kind {
            EventKind::Asked(command) if wanted(command) => {
                Some(format!("{}: we asked {}", event.at, Entry::of(event, before.ordered()).text))
            }
            _ => None,
        };
        self.told.iter().filter_map(ask).collect()
    }

    /// When we stopped waiting, and why.
    fn ended(&self) -> Vec<String> {
        let ended = |(event, _): &(&Event, Payment)| match &event.kind {
            EventKind::Closed(reason) => {
                Some(format!("{}: we closed {}", event.at, closed(reason)))
            }
            EventKind::NotSent { .. } => {
                Some(format!("{}: we heard that the ask never left", event.at))
            }
            _ => None,
        };
        self.told.iter().find_map(ended).into_iter().collect()
    }

    /// The event with which it came up last.
    fn raised_at(&self, it: &Contradiction) -> Option<usize> {
        let up = |payment: &Payment| payment.contradictions().contains(it);
        let rises = |at: &usize| {
            let after = self.told.get(at + 1).map_or(&self.after, |(_, next)| next);
            self.told.get(*at).is_some_and(|(_, before)| !up(before)) && up(after)
        };
        (0..self.told.len()).rev().find(rises)
    }

    fn raising(&self, it: &Contradiction) -> Vec<String> {
        self.both(it, &[])
    }

    /// The first answer of each kind and the one that raised it, in the order they came.
    fn both(&self, it: &Contradiction, kinds: &[&Kind<'_>]) -> Vec<String> {
        let first = kinds.iter().filter_map(|kind| self.first(*kind));
        self.told_at(first.chain(self.raised_at(it)))
    }

    fn first(&self, kind: &Kind<'_>) -> Option<usize> {
        self.told.iter().position(|(event, _)| match &event.kind {
            EventKind::Observed(seen) => kind(seen),
            _ => false,
        })
    }

    fn told_at(&self, answers: impl Iterator<Item = usize>) -> Vec<String> {
        let mut answers: Vec<usize> = answers.collect();
        answers.sort_unstable();
        answers.dedup();
        answers.into_iter().filter_map(|at| self.said(at)).collect()
    }

    /// What the bank said, with all it named that is not as we had it.
    fn said(&self, at: usize) -> Option<String> {
        let (event, before) = self.told.get(at)?;
        let EventKind::Observed(seen) = &event.kind else { return None };
        let source = match seen.source {
            Source::Reply => "the bank said",
            Source::Status => "its status said",
        };
        let mut text =
            format!("{}: {source}: {}", event.at, Entry::of(event, before.ordered()).text);
        let mut named = |what: &str, name: Option<String>| {
            if let Some(name) = name {
                text.push_str(&format!(", {what} {name}"));
            }
        };
        let invoice = seen.invoice.as_ref().map(|name| name.as_str());
        let other = invoice.filter(|name| *name != before.invoice().as_str());
        named("about invoice", other.map(str::to_owned));
        let terminal = seen.terminal.as_ref().filter(|name| *name != before.terminal());
        named("on terminal", terminal.map(ToString::to_string));
        let currency = seen.currency.filter(|currency| *currency != before.ordered().currency());
        named("in", currency.map(|currency| currency.code().to_owned()));
        let told = |sum| match seen.fact {
            Fact::Captured { captured, .. } => captured == Some(sum),
            _ => false,
        };
        let sum =
            seen.amount.filter(|amount| amount.card != before.ordered() && !told(amount.card));
        named("for a sum of", sum.map(|amount| amount.card.to_string()));
        named(
            "with a bonus of",
            sum.filter(|amount| !amount.bonus.is_zero()).map(|amount| amount.bonus.to_string()),
        );
        let which = |it: &Contradiction| {
            matches!(it, Contradiction::TwoTransactions { .. } | Contradiction::NotOurs { .. })
        };
        if self.after.contradictions().iter().any(which) {
            named("operation", seen.transaction.as_ref().map(ToString::to_string));
        }
        if seen.origin == Origin::Other {
            text.push_str(", which says that it is another's");
        }
        Some(text)
    }

    /// Where an answer says that the money is.
    fn side(&self, seen: &Observation) -> Option<Side> {
        match &seen.fact {
            Fact::Verified | Fact::Authorized => Some(Side::Held),
            Fact::Voided(_) => Some(Side::Released),
            Fact::Captured { .. } => Some(Side::Taken),
            Fact::StepAccepted(step) => match self.after.step(step)?.0 {
                StepKind::Void => Some(Side::Released),
                StepKind::Capture(_) | StepKind::Refund(_) => Some(Side::Taken),
            },
            _ => None,
        }
    }
}

/// Which answers are meant.
type Kind<'a> = dyn Fn(&Observation) -> bool + 'a;

#[derive(PartialEq, Eq)]
enum Side {
    Held,
    Released,
    Taken,
}

#[cfg(test)]
mod tests;

//! A flag has two stories: what we asked and expected, and what the bank said. Both are read from the log.

use epay::{
    InvoiceId, Payment,
    domain::{Command, Event, EventKind, Fact, Flag, Observation, Source, StepKind},
};

use super::when;
use crate::timeline::{self, Entry};

/// One flag that is up.
pub(crate) struct Conflict {
    pub(crate) flag: Flag,
    /// What we asked and expected.
    pub(crate) ours: Vec<String>,
    /// What the bank said.
    pub(crate) banks: Vec<String>,
}

impl Conflict {
    /// Every flag that is up on the fold of `history`, which began with the payment `opened`.
    pub(crate) fn all(opened: &Payment, history: &[Event]) -> Vec<Conflict> {
        let story = Story::of(opened, history);
        let flags: Vec<Flag> = story.after.flags().iter().collect();
        flags.into_iter().map(|flag| story.conflict(flag)).collect()
    }

    /// What a person does before they resolve it.
    pub(crate) fn advice(&self) -> &'static str {
        match self.flag {
            Flag::OtherInvoice => {
                "look up both invoices in the bank's portal, and ask the bank why its answer named the other"
            }
            Flag::OtherTerminal => {
                "look in the bank's portal on which terminal the money is, and whose it is"
            }
            Flag::OtherCurrency => "look in the bank's portal for the sum and its currency",
            Flag::OtherTransaction => {
                "look up both operations in the bank's portal: if both took money, give one back there"
            }
            Flag::WrongAmount => {
                "look up the sum in the bank's portal; agree with the payer on the rest, or give the money back"
            }
            Flag::DeclinedYetMoved => "look in the bank's portal whether money is held or taken",
            Flag::VoidedYetCaptured => {
                "look in the bank's portal whether the money was taken or released"
            }
            Flag::TwoCapturedSums => "look up the captured sum in the bank's portal",
            Flag::OverRefunded => {
                "look up the refunds in the bank's portal: more was given back than was taken"
            }
            Flag::LateSuccess => {
                "if the order was paid by another attempt, give this money back; if not, ship or give it back"
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

    fn conflict(&self, flag: Flag) -> Conflict {
        let asked = |wanted: fn(&Command) -> bool| self.asks(wanted);
        let payment = &self.after;
        let ordered = format!("ordered: {}", payment.ordered());
        let money =
            |command: &Command| matches!(command, Command::Authorize | Command::Capture(..));
        let (ours, banks) = match flag {
            Flag::OtherInvoice => {
                (vec![format!("asked about invoice {}", payment.invoice())], self.raising(flag))
            }
            Flag::OtherTerminal => {
                (vec![format!("asked on terminal {}", payment.terminal())], self.raising(flag))
            }
            Flag::OtherCurrency => (vec![ordered], self.raising(flag)),
            Flag::OtherTransaction => {
                let first = |seen: &Observation| seen.transaction.as_ref() == payment.transaction();
                (asked(|command| *command == Command::Authorize), self.both(flag, &[&first]))
            }
            Flag::WrongAmount => {
                let charges = asked(|command| matches!(command, Command::Capture(..)));
                ([vec![ordered], charges].concat(), self.raising(flag))
            }
            Flag::DeclinedYetMoved => {
                let declined = |seen: &Observation| matches!(seen.fact, Fact::Declined(decline) if decline.is_final());
                let moved = |seen: &Observation| self.side(seen).is_some();
                (
                    asked(|command| *command == Command::Authorize),
                    self.both(flag, &[&declined, &moved]),
                )
            }
            Flag::VoidedYetCaptured => {
                let voided = |seen: &Observation| self.side(seen) == Some(Side::Released);
                let captured = |seen: &Observation| self.side(seen) == Some(Side::Taken);
                let wanted =
                    |command: &Command| matches!(command, Command::Capture(..) | Command::Void(_));
                ([vec![ordered], asked(wanted)].concat(), self.both(flag, &[&voided, &captured]))
            }
            Flag::TwoCapturedSums => {
                let captured = |seen: &Observation| {
                    matches!(seen.fact, Fact::Captured { captured: Some(_), .. })
                };
                (asked(money), self.both(flag, &[&captured]))
            }
            Flag::OverRefunded => {
                let captured = |seen: &Observation| {
                    matches!(seen.fact, Fact::Captured { captured: Some(_), .. })
                };
                let refunds = asked(|command| matches!(command, Command::Refund(..)));
                let none = vec!["we asked for no refund".to_owned()];
                (if refunds.is_empty() { none } else { refunds }, self.both(flag, &[&captured]))
            }
            Flag::LateSuccess => (
                [asked(|command| *command == Command::Authorize), self.closed()].concat(),
                self.raising(flag),
            ),
        };
        Conflict { flag, ours, banks }
    }

    /// What we asked, each with its time.
    fn asks(&self, wanted: fn(&Command) -> bool) -> Vec<String> {
        let ask = |(event, before): &(&Event, Payment)| match &event.kind {
            EventKind::Asked(command) if wanted(command) => Some(format!(
                "{}: we asked {}",
                when::utc(event.at),
                Entry::of(event, before.ordered()).text
            )),
            _ => None,
        };
        self.told.iter().filter_map(ask).collect()
    }

    /// When we stopped waiting, and why.
    fn closed(&self) -> Vec<String> {
        let ended = |(event, _): &(&Event, Payment)| match &event.kind {
            EventKind::Closed(reason) => {
                Some(format!("{}: we closed {}", when::utc(event.at), timeline::closed(*reason)))
            }
            EventKind::NotSent(_) => {
                Some(format!("{}: we heard that the ask never left", when::utc(event.at)))
            }
            _ => None,
        };
        self.told.iter().find_map(ended).into_iter().collect()
    }

    /// The answer with which the flag came up last.
    fn raised_at(&self, flag: Flag) -> Option<usize> {
        let up = |at: usize| {
            let after = self.told.get(at + 1).map_or(&self.after, |(_, next)| next);
            self.told.get(at).is_some_and(|(_, before)| !before.flags().contains(flag))
                && after.flags().contains(flag)
        };
        (0..self.told.len()).rev().find(|at| up(*at))
    }

    fn raising(&self, flag: Flag) -> Vec<String> {
        self.both(flag, &[])
    }

    /// The first answer of each kind and the one that raised the flag, in the order they came.
    fn both(&self, flag: Flag, kinds: &[&dyn Fn(&Observation) -> bool]) -> Vec<String> {
        let seen = |at: usize| match &self.told.get(at)?.0.kind {
            EventKind::Observed(seen) => Some(seen),
            _ => None,
        };
        let first = |kind: &&dyn Fn(&Observation) -> bool| {
            (0..self.told.len()).find(|at| seen(*at).is_some_and(kind))
        };
        let mut answers: Vec<usize> =
            kinds.iter().filter_map(first).chain(self.raised_at(flag)).collect();
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
        let mut text = format!(
            "{}: {source}: {}",
            when::utc(event.at),
            Entry::of(event, before.ordered()).text
        );
        let mut named = |what: &str, name: Option<String>| {
            if let Some(name) = name {
                text.push_str(&format!(", {what} {name}"));
            }
        };
        let other = |name: &InvoiceId| name != before.invoice();
        named(
            "about invoice",
            seen.invoice.as_ref().filter(|name| other(name)).map(ToString::to_string),
        );
        let terminal = seen.terminal.as_ref().filter(|name| *name != before.terminal());
        named("on terminal", terminal.map(ToString::to_string));
        let currency = seen.currency.filter(|currency| *currency != before.ordered().currency());
        named("in", currency.map(|currency| currency.code().to_owned()));
        let told = |sum| matches!(seen.fact, Fact::Captured { captured: Some(captured), .. } if captured == sum);
        let sum =
            seen.amount.filter(|amount| amount.card != before.ordered() && !told(amount.card));
        named("for a sum of", sum.map(|amount| amount.card.to_string()));
        named(
            "with a bonus of",
            sum.filter(|amount| !amount.bonus.is_zero()).map(|amount| amount.bonus.to_string()),
        );
        if self.after.flags().contains(Flag::OtherTransaction) {
            named("operation", seen.transaction.as_ref().map(ToString::to_string));
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

#[derive(PartialEq, Eq)]
enum Side {
    Held,
    Released,
    Taken,
}

#[cfg(test)]
mod tests;

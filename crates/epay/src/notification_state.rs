//! Decides which notifications are due, from the log: by the current state, never by a past one.

use crate::Timeouts;
use epay_domain::{
    Contradiction, Event, EventKind, FulfilOn, Money, NotificationKind, Payment, PaymentStatus,
    Pending, Question, State, Timestamp, WaitsFor,
};
use std::time::Duration;

/// The notifiable state of a payment: whether it needs a person, and where the money is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NotificationState {
    contradictions: Vec<Contradiction>,
    /// What is not known: the question that waits, or `None` for a sum, a confirmation or a payer at the
    /// bank's pay form.
    unknown: Option<Option<Question>>,
    money: MoneyNews,
}

/// At most two things are told of money: what was taken, and what was given back.
type MoneyNews = [Option<(NotificationKind, Option<Money>)>; 2];

const NOTHING: MoneyNews = [None, None];

impl NotificationState {
    pub(crate) fn of(payment: &Payment, fulfil_on: FulfilOn) -> NotificationState {
        let [on_status, on_reply] = NotificationState::of_both(payment);
        if fulfil_on == FulfilOn::Status { on_status } else { on_reply }
    }

    /// For a shop that ships on a status, and for one that ships on a reply.
    pub(crate) fn of_both(payment: &Payment) -> [NotificationState; 2] {
        let (contradictions, state) = (payment.contradictions(), payment.state());
        let (status, pending) = (payment.status(), payment.pending());
        [payment.is_confirmed(), true].map(|certain| {
            // Whoever waits for a payer, or for a status that says that money is there or gone, does
            // not know.
            let unknown = match status {
                PaymentStatus::Unknown | PaymentStatus::AwaitingPayer => true,
                PaymentStatus::Paid | PaymentStatus::Voided => !certain,
                _ => false,
            };
            let question = || {
                let asked = pending.as_ref().filter(|pending| !is_at_the_form(pending));
                asked.map(|pending| pending.question.clone())
            };
            NotificationState {
                contradictions: contradictions.clone(),
                unknown: unknown.then(question),
                money: money_of(state, certain),
            }
        })
    }

    /// Whether this says something that `before` did not.
    pub(crate) fn is_worth_telling_after(&self, before: &NotificationState) -> bool {
        let flagged =
            !self.contradictions.is_empty() && self.contradictions != before.contradictions;
        // What was withheld meanwhile is judged anew.
        let resolved = self.contradictions.is_empty() && !before.contradictions.is_empty();
        let money = self.money != NOTHING;
        let known = self.unknown.is_none() && before.unknown.is_some() && money;
        flagged || resolved || known || (self.money != before.money && money)
    }

    /// Whether something is unknown that `before` was not.
    pub(crate) fn begins_unknown_after(&self, before: &NotificationState) -> bool {
        self.unknown.is_some() && self.unknown != before.unknown
    }
}

/// The payer was handed over, and the bank has nothing of them yet.
fn is_at_the_form(pending: &Pending) -> bool {
    pending.question == Question::HandOver && pending.waits_for == WaitsFor::Payer
}

/// The notification about the money, if the captured and refunded sums are certain.
fn money_of(state: State, certain: bool) -> MoneyNews {
    use NotificationKind as Kind;
    let one = |kind| [Some((kind, None)), None];
    match state {
        State::New => NOTHING,
        State::Authorized => one(Kind::Held),
        State::Voided(_) => one(Kind::Voided),
        State::Verified => one(Kind::Verified),
        State::Declined => one(Kind::Declined),
        State::Closed(_) => one(Kind::NotExecuted),
        State::Captured { captured: Some(captured), refunded: Some(refunded) } if certain => {
            let left = refunded.covers(captured) != Some(true);
            let taken = left.then_some((Kind::Captured, None));
            let given_back = (!refunded.is_zero()).then_some((Kind::Refunded, Some(refunded)));
            [taken, given_back]
        }
        State::Captured { .. } => NOTHING,
    }
}

/// What there is to say as things stand, oldest first; and when to look again whether something has
/// stayed unknown for too long.
pub(crate) struct Due {
    pub(crate) standing: Vec<Standing>,
    pub(crate) later: Option<Timestamp>,
}

/// Something that is true now.
pub(crate) struct Standing {
    pub(crate) kind: NotificationKind,
    /// The event that made it so.
    pub(crate) number: u64,
    /// Whether it was taken in already.
    pub(crate) said: bool,
}

impl Due {
    /// Judges the payment as it stands at the end of `history`.
    pub(crate) fn of(
        opened: Payment,
        history: &[Event],
        fulfil_on: FulfilOn,
        timeouts: &Timeouts,
        now: Timestamp,
    ) -> Due {
        let mut payment = opened;
        let mut state = NotificationState::of(&payment, fulfil_on);
        let (mut flagged_by, mut unknown_by) = (0, (0, None));
        let (mut money, mut captured_by) = (Vec::new(), None);
        let mut said = Vec::new();
        for (event, number) in history.iter().zip(1..) {
            if let EventKind::Notified { kind, through } = event.kind {
                said.push((kind, through));
                continue;
            }
            payment = payment.apply(event);
            let next = NotificationState::of(&payment, fulfil_on);
            if next.contradictions != state.contradictions {
                flagged_by = number;
            }
            if next.unknown != state.unknown {
                unknown_by = (number, Some(event.at));
            }
            // What stays true keeps its number, so that it comes again under the same name; and it has it
            // from the first word of the bank, whatever that is worth here.
            let since = |entry| {
                let known = money.iter().find(|(known, _)| *known == entry);
                known.map_or(number, |(_, since)| *since)
            };
            let all = money_of(payment.state(), true);
            money = all.into_iter().flatten().map(|entry| (entry, since(entry))).collect();
            // Once for an attempt, also where it was untrue in between, and whatever the settings.
            if matches!(payment.state(), State::Captured { .. }) {
                captured_by.get_or_insert(number);
            }
            for ((kind, _), since) in &mut money {
                if *kind == NotificationKind::Captured {
                    *since = captured_by.unwrap_or(*since);
                }
            }
            state = next;
        }
        let is_said = |kind, number| said.contains(&(kind, number));
        if !state.contradictions.is_empty() {
            let flagged = vec![(NotificationKind::NeedsAttention, flagged_by)];
            return Due::standing(flagged, is_said);
        }
        if let (Some(_), (number, Some(since))) = (&state.unknown, unknown_by) {
            // However the clock was set meanwhile: what matters is how far the two are apart.
            let form = payment.pending().filter(is_at_the_form);
            let since = form.as_ref().map_or(since, |pending| pending.since);
            let age = now.since(since).max(since.since(now));
            // That a payer has left the bank's form is no news: that ends by itself when the window is full.
            let payable = payment.handed_over_until().filter(|_| form.is_some());
            let expected = payable.map_or(Duration::ZERO, |until| {
                until.since(since).saturating_add(timeouts.not_found_window)
            });
            let overdue = age >= timeouts.attention.saturating_add(expected);
            let said = is_said(NotificationKind::NeedsAttention, number);
            let later = (!overdue && !said).then(|| now + timeouts.attention_after(age, expected));
            let standing =
                if overdue { vec![(NotificationKind::NeedsAttention, number)] } else { vec![] };
            return Due { later, ..Due::standing(standing, is_said) };
        }
        // Once for an attempt, whatever the settings were when it was said.
        let captured = said.iter().find(|(kind, _)| *kind == NotificationKind::Captured);
        let money = money.into_iter().filter(|(entry, _)| state.money.contains(&Some(*entry)));
        let money = money.map(|((kind, _), since)| match captured {
            Some((captured, since)) if *captured == kind => (kind, *since),
            _ => (kind, since),
        });
        Due::standing(money.collect(), is_said)
    }

    fn standing(
        now: Vec<(NotificationKind, u64)>,
        is_said: impl Fn(NotificationKind, u64) -> bool,
    ) -> Due {
        let standing = now.into_iter().map(|(kind, number)| {
            let said = is_said(kind, number);
            Standing { kind, number, said }
        });
        Due { standing: standing.collect(), later: None }
    }
}

#[cfg(test)]
mod tests;

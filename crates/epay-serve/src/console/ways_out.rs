//! The actions that this operator may take on an attempt now: a form for each. The payment itself
//! decides whether it allows one.

use super::act::{Act, NAME, shown};
use super::attempt::Case;
use super::list::attempt_address;
use super::page::token;
use super::session::Session;
use crate::checkout::sum;
use epay::{Money, Payment, StepId, TransactionId, story};
use epay_domain::{CloseReason, Command, LEAST_REFUND, Note, Refusal, State};
use maud::{Markup, html};
use ring::rand::{SecureRandom, SystemRandom};

/// The forms of one page.
pub(super) struct WaysOut<'a> {
    pub(super) case: &'a Case,
    pub(super) session: &'a Session,
    /// The rest of the name of whatever step a form of this page asks for.
    pub(super) name: String,
}

/// Ten letters and digits that nobody had before; `None` where the system gives no random numbers.
pub(super) fn random_name() -> Option<String> {
    const DIGITS: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz2345678";
    let mut bytes = [0; NAME];
    SystemRandom::new().fill(&mut bytes).ok()?;
    let digit = |byte: &u8| DIGITS.get(usize::from(byte % 32)).copied().map(char::from);
    bytes.iter().map(digit).collect()
}

impl WaysOut<'_> {
    /// All of them, or why there is none.
    pub(super) fn shown(&self) -> Markup {
        let payment = self.payment();
        let forms: Vec<Markup> = Act::offered()
            .into_iter()
            .filter(|act| self.session.operator.role >= act.role())
            .flat_map(|act| self.forms(act, payment))
            .collect();
        html! { @for form in &forms { (form) } }
    }

    fn payment(&self) -> &Payment {
        self.case.attempt.payment()
    }

    fn may(&self, wish: Command) -> Result<(), Refusal> {
        self.payment().decide(wish, self.case.now).map(drop)
    }

    fn forms(&self, act: Act, payment: &Payment) -> Vec<Markup> {
        let ordered = payment.ordered();
        let (title, fields) = match act {
            Act::Refund => return vec![self.refund(payment)],
            Act::Choose => return self.choose(payment).into_iter().collect(),
            Act::GiveUp => return self.give_up(payment),
            Act::Check if payment.asked_at().is_some() => {
                return vec![self.form(act, "Check the status now", &html! {})];
            }
            Act::Notify if payment.asked_at().is_some() => {
                return vec![self.form(act, "Send the webhook again", &html! {})];
            }
            _ if self.wish(act).is_none_or(|wish| self.may(wish).is_err()) => return Vec::new(),
            Act::RefundStated => {
                let about =
                    "The bank does not say how much was captured. Refund what its portal says.";
                ("Refund a stated sum", self.sum(ordered, about))
            }
            Act::Capture => {
                let about = "The bank releases the rest. There is one capture.";
                ("Capture the hold", self.sum(ordered, about))
            }
            Act::Void => {
                let fields = html! { p.note { "This ends the order." } (self.name()) };
                ("Void the hold", fields)
            }
            Act::Acknowledge => {
                let about = "Once that is done. These no longer block the payment; new ones will block again.";
                ("Acknowledge these contradictions", html! { p.note { (about) } })
            }
            Act::Close => {
                let about = "Only if the bank says that this payment will not happen: we check its status \
                    first. The order can then be paid again.";
                ("Close the attempt", html! { p.note { (about) } })
            }
            Act::PayAgain | Act::Check | Act::Notify => {
                let about = "The payer may then pay this order again.";
                ("Allow a new payment of this order", html! { p.note { (about) } })
            }
        };
        vec![self.form(act, title, &fields)]
    }

    /// What the payment is asked whether it allows it, where one wish stands for all of the act.
    fn wish(&self, act: Act) -> Option<Command> {
        let (payment, note) = (self.payment(), Note::new("").ok()?);
        let step = StepId::new("asked").ok()?;
        Some(match act {
            Act::RefundStated => Command::RefundStated(step, payment.ordered(), note),
            Act::Capture => Command::Capture(step, payment.ordered()),
            Act::Void => Command::Void(step),
            Act::Acknowledge => Command::Acknowledge(payment.contradictions(), note),
            Act::Close => Command::Close(CloseReason::ByPerson(note)),
            Act::PayAgain if self.case.counts() => Command::Reopen(note),
            _ => return None,
        })
    }

    /// The form of a refund, or why there can be none now.
    fn refund(&self, payment: &Payment) -> Markup {
        let (act, title) = (Act::Refund, "Refund");
        let left = self.case.attempt.net_captured().filter(|left| !left.is_zero());
        let (State::Captured { .. }, Some(left)) = (payment.state(), left) else { return html! {} };
        let limit = self.session.operator.refund_left(payment);
        let most = limit.map_or(left, |limit| Money::new(limit.min(left.minor()), left.currency()));
        let step = StepId::new("asked").map_err(|_| Refusal::StepUsed);
        match step.and_then(|step| self.may(Command::Refund(step, most))) {
            Ok(()) => {
                let least = (left.currency() == LEAST_REFUND.currency()).then_some(LEAST_REFUND);
                let about = html! {
                    p.note {
                        (sum(left)) " is left."
                        @if let Some(least) = least { " The bank gives back no less than " (sum(least)) "." }
                        @if let Some(limit) = limit {
                            " Of this payment you may give back " (sum(Money::new(limit, left.currency()))) " more."
                        }
                    }
                };
                self.form(act, title, &html! { (about) (self.sum_field(most)) })
            }
            Err(_) if most.is_zero() => {
                self.none(title, "you have given back as much of it as you may")
            }
            Err(refusal) => self.none(title, &refusal.to_string()),
        }
    }

    fn none(&self, title: &str, why: &str) -> Markup {
        html! { p.note { (title) ": not now, " (why) "." } }
    }

    fn choose(&self, payment: &Payment) -> Option<Markup> {
        let note = Note::new("").ok()?;
        let may = |id: &TransactionId| {
            self.may(Command::ChooseTransaction(id.clone(), note.clone())).is_ok()
        };
        let ids: Vec<TransactionId> =
            story::choices(&payment.contradictions()).into_iter().filter(may).collect();
        let fields = html! {
            fieldset {
                legend { "Which operation of the bank is the order's?" }
                @for id in &ids {
                    label.choice { input type="radio" name="transaction" value=(id) required; code { (id) } }
                }
            }
        };
        (!ids.is_empty()).then(|| self.form(Act::Choose, "Choose the operation", &fields))
    }

    fn give_up(&self, payment: &Payment) -> Vec<Markup> {
        let Ok(note) = Note::new("") else { return Vec::new() };
        let steps: Vec<StepId> = payment.steps().map(|(step, _)| step.id().clone()).collect();
        let may = |step: &StepId| self.may(Command::GiveUp(step.clone(), note.clone())).is_ok();
        let form = |step: StepId| {
            let fields = html! {
                p.note { "If the bank's portal says that it did not happen. If it did, the bank's next word counts it." }
                input type="hidden" name="step" value=(step);
            };
            self.form(Act::GiveUp, &format!("Give up step {step}"), &fields)
        };
        steps.into_iter().filter(may).map(form).collect()
    }

    fn form(&self, act: Act, title: &str, fields: &Markup) -> Markup {
        let address = attempt_address(&self.case.shop, self.case.attempt.invoice());
        let action = format!("{address}/{}", act.name());
        let button = html! { button { (title) } };
        let form = html! {
            form method="post" action=(action) data-act=(act.name()) {
                (token(self.session))
                input type="hidden" name="shown" value=(shown(self.payment()));
                (fields)
                @if act.has_note() {
                    label {
                        span { "Note for the log: what was found, and what was done about it" }
                        textarea name="note" rows="2" maxlength="440" required {}
                    }
                }
                (button)
            }
        };
        match act {
            Act::Check | Act::Notify => form,
            _ => html! { details.act data-act=(act.name()) { summary { (title) } (form) } },
        }
    }

    fn name(&self) -> Markup {
        html! { input type="hidden" name="name" value=(self.name); }
    }

    fn sum(&self, value: Money, about: &str) -> Markup {
        html! { p.note { (about) } (self.sum_field(value)) }
    }

    fn sum_field(&self, value: Money) -> Markup {
        html! {
            (self.name())
            label {
                span { "Sum, in " (value.currency().code()) }
                input name="sum" inputmode="decimal" autocomplete="off" maxlength="24" required value=(plain(value));
            }
        }
    }
}

impl Act {
    /// In the order of a page: what ends a contradiction before what moves money.
    fn offered() -> [Act; 11] {
        [
            Act::Choose,
            Act::Acknowledge,
            Act::Capture,
            Act::Void,
            Act::Refund,
            Act::RefundStated,
            Act::GiveUp,
            Act::Close,
            Act::PayAgain,
            Act::Notify,
            Act::Check,
        ]
    }
}

/// As a field has it: 5000.00.
fn plain(money: Money) -> String {
    let text = money.to_string();
    text.split(' ').next().unwrap_or_default().to_owned()
}

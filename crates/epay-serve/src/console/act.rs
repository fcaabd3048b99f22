//! What a person does to an attempt: one form each, a role each, and whoever did it is named in the log.

use super::attempt::Case;
use super::list::{attempt_address, no_such_page};
use super::session::{Fields, Posted};
use super::{Account, page};
use crate::operator::Role;
use crate::service::App;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use epay::{
    Attempt, Currency, Money, PayError, PayErrorKind, Payment, Payments, StepId, StepOutcome,
    TransactionId, has_card_number, with_causes,
};
use epay_domain::{StepKind, StepStatus};
use ring::digest::{SHA256, digest};
use std::sync::Arc;

/// A note with its operator's name in front, in bytes: what the log takes.
const MOST_OF_NOTE: usize = 500;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Check,
    Refund,
    RefundStated,
    Capture,
    Void,
    Acknowledge,
    Choose,
    GiveUp,
    Close,
    PayAgain,
    Notify,
}

impl Act {
    const ALL: [Act; 11] = [
        Act::Check,
        Act::Refund,
        Act::RefundStated,
        Act::Capture,
        Act::Void,
        Act::Acknowledge,
        Act::Choose,
        Act::GiveUp,
        Act::Close,
        Act::PayAgain,
        Act::Notify,
    ];

    /// As an address has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Act::Check => "check",
            Act::Refund => "refund",
            Act::RefundStated => "refund-stated",
            Act::Capture => "capture",
            Act::Void => "void",
            Act::Acknowledge => "acknowledge",
            Act::Choose => "choose",
            Act::GiveUp => "give-up",
            Act::Close => "close",
            Act::PayAgain => "pay-again",
            Act::Notify => "notify",
        }
    }

    /// Who may.
    pub(super) fn role(self) -> Role {
        match self {
            Act::Check => Role::View,
            Act::Refund => Role::Refund,
            _ => Role::Resolve,
        }
    }

    /// Whether the log has a place for a person's words with it. Where it has none, the step's name begins
    /// with the operator's.
    pub(super) fn has_note(self) -> bool {
        !matches!(self, Act::Check | Act::Notify | Act::Refund | Act::Capture | Act::Void)
    }
}

/// `POST /console/shops/{shop}/{invoice}/{act}`.
pub(super) async fn act(
    State(app): State<App>,
    Path((shop, invoice, act)): Path<(String, String, String)>,
    posted: Posted,
) -> Response {
    let Posted { session, fields } = posted;
    let Some(act) = Act::ALL.into_iter().find(|it| it.name() == act) else { return no_such_page() };
    let operator = Arc::clone(&session.operator);
    let who = operator.name.clone();
    if operator.role < act.role() {
        tracing::warn!(operator = who, invoice, act = act.name(), "not allowed by their role");
        let text = format!("This needs the role {}. Nothing was done.", act.role().name());
        return page::refused(StatusCode::FORBIDDEN, "Not allowed", &text);
    }
    let done = async {
        // Read in its turn, so that what an act of before has given back counts.
        let _turn = operator.acts.lock().await;
        let case = Case::find(&app, &session, &shop, &invoice).await?;
        let back = attempt_address(&case.shop, case.attempt.invoice());
        let done = ActRequest { act, operator: &operator, fields: &fields }.done(case).await;
        Ok::<_, Response>((done, back))
    };
    let (done, back) = match done.await {
        Ok(done) => done,
        Err(instead) => return instead,
    };
    match done {
        Ok(done) => {
            tracing::info!(operator = who, shop, invoice, act = act.name(), done, "a person acted");
            Redirect::to(&format!("{back}?done={done}")).into_response()
        }
        Err(ActRefused { status, why }) => {
            tracing::info!(operator = who, shop, invoice, act = act.name(), why, "not carried out");
            page::stopped(status, &why, &back)
        }
    }
}

/// Nothing was done, and why.
pub(super) struct ActRefused {
    status: StatusCode,
    why: String,
}

impl ActRefused {
    fn of_form(why: impl Into<String>) -> ActRefused {
        ActRefused { status: StatusCode::BAD_REQUEST, why: why.into() }
    }

    fn now(why: impl Into<String>) -> ActRefused {
        ActRefused { status: StatusCode::CONFLICT, why: why.into() }
    }
}

impl From<PayError> for ActRefused {
    fn from(error: PayError) -> ActRefused {
        match error.kind() {
            PayErrorKind::TooEarly => {
                let why = "its request or its status may still be on its way: again in two minutes";
                ActRefused::now(why)
            }
            PayErrorKind::Refused(refusal) => ActRefused::now(refusal.to_string()),
            PayErrorKind::Store => {
                tracing::error!(error = with_causes(&error), "the log failed under the console");
                ActRefused { status: StatusCode::SERVICE_UNAVAILABLE, why: error.to_string() }
            }
            _ => ActRefused::now(error.to_string()),
        }
    }
}

/// One act of one operator.
struct ActRequest<'a> {
    act: Act,
    operator: &'a Account,
    fields: &'a Fields,
}

impl ActRequest<'_> {
    /// What became of it, by a name that [`result_message`] has.
    async fn done(&self, case: Case) -> Result<&'static str, ActRefused> {
        let Case { shop, attempt, .. } = case;
        let (payments, payment) = (&shop.payments, attempt.payment());
        let (operator, invoice) = (payments.operator(), attempt.invoice());
        let open = payment.contradictions();
        if !matches!(self.act, Act::Check | Act::Notify)
            && self.fields.get("shown") != shown(payment)
        {
            // The same form, posted twice.
            if self.act == Act::Acknowledge && open.is_empty() {
                return Ok("ruled");
            }
            let why = "the contradictions changed after this page was opened: reload it";
            return Err(ActRefused::now(why));
        }
        match self.act {
            Act::Check => {
                let _ = payments.check_status(invoice).await?;
                Ok("checked")
            }
            Act::Notify => {
                let told = payments.notify_again(invoice).await?;
                let taken_in = told.iter().all(|(_, taken)| taken.is_ok());
                Ok(if told.is_empty() {
                    "no-news"
                } else if taken_in {
                    "told"
                } else {
                    "not-told"
                })
            }
            Act::Refund | Act::RefundStated | Act::Capture | Act::Void => {
                self.step(payments, &attempt).await
            }
            Act::Acknowledge => ruled(operator.acknowledge(invoice, &open, &self.note()?).await),
            Act::Choose => {
                let ours = TransactionId::new(self.fields.get("transaction"));
                let ours = ours.map_err(|error| ActRefused::of_form(error.to_string()))?;
                ruled(operator.choose_transaction(invoice, &ours, &self.note()?).await)
            }
            Act::GiveUp => {
                ruled(operator.give_up(invoice, self.fields.get("step"), &self.note()?).await)
            }
            Act::Close => ruled(payments.close(invoice, &self.note()?).await),
            Act::PayAgain => {
                let _ = payments.pay_again(attempt.order().as_str(), &self.note()?).await?;
                Ok("ruled")
            }
        }
    }

    /// A step under the name that came with its form, so that the same form is the same step.
    async fn step(
        &self,
        payments: &Payments,
        attempt: &Attempt,
    ) -> Result<&'static str, ActRefused> {
        let (payment, invoice) = (attempt.payment(), attempt.invoice());
        let given = self.fields.get("name");
        let of_form = given.len() == NAME && given.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let step = format!("{}-{given}", self.operator.name);
        let step = StepId::new(&step).ok().filter(|_| of_form);
        let step = step.ok_or_else(|| ActRefused::of_form("the form is not one of ours"))?;
        let outcome = match self.act {
            Act::Void => payments.void(invoice, step.as_str()).await?,
            Act::Capture => payments.capture(invoice, step.as_str(), self.sum(payment)?).await?,
            _ => {
                let sum = self.sum(payment)?;
                // The same form again is the same refund, but where it never left: then it leaves now.
                let asked = payment.step(&step).map(|(_, answer)| answer);
                let again = asked.is_some_and(|answer| answer != StepStatus::NotSent);
                let left = self.operator.refund_left(payment).filter(|_| !again);
                if left.is_some_and(|left| sum.minor() > left) {
                    let why = "it is more than you may give back of one payment";
                    return Err(ActRefused { status: StatusCode::FORBIDDEN, why: why.to_owned() });
                }
                match self.act {
                    Act::RefundStated => {
                        let note = self.note()?;
                        payments.refund_stated(invoice, step.as_str(), sum, &note).await?
                    }
                    _ => payments.refund(invoice, step.as_str(), sum).await?,
                }
            }
        };
        Ok(match outcome {
            StepOutcome::Done(_) => "done",
            StepOutcome::Declined(..) => "declined",
            StepOutcome::NotSent(_) => "not-sent",
            StepOutcome::GivenUp(_) => "given-up",
            StepOutcome::Superseded(_) => "superseded",
            StepOutcome::Unknown(_) => "unknown",
        })
    }

    fn sum(&self, payment: &Payment) -> Result<Money, ActRefused> {
        let sum = read_sum(self.fields.get("sum"), payment.ordered());
        sum.ok_or_else(|| ActRefused::of_form("the sum is not written as a sum: 5000.00"))
    }

    /// Their words, with who they are.
    fn note(&self) -> Result<String, ActRefused> {
        // A browser ends lines as it likes, and the log has none.
        let words: Vec<&str> = self.fields.get("note").split_whitespace().collect();
        let words = words.join(" ");
        if words.is_empty() {
            return Err(ActRefused::of_form(
                "the note says nothing: who has looked, and what was found",
            ));
        }
        if has_card_number(&words) {
            let why =
                "there is a card number in the note, or what looks like one: give the last digits";
            return Err(ActRefused::of_form(why));
        }
        let note = format!("{}: {words}", self.operator.name);
        match note.len() {
            ..=MOST_OF_NOTE => Ok(note),
            _ => Err(ActRefused::of_form("the note is longer than the log takes: 500 bytes")),
        }
    }
}

fn ruled(ruled: Result<Attempt, PayError>) -> Result<&'static str, ActRefused> {
    Ok(ruled.map(|_| "ruled")?)
}

/// What a page says after it.
pub(super) fn result_message(done: &str) -> Option<(&'static str, &'static str)> {
    Some(match done {
        "checked" => ("good", "The bank was asked. Below is how it stands."),
        "told" => ("good", "The shop has taken the webhook in."),
        "not-told" => ("bad", "The shop did not take the webhook in; the service's log says why."),
        "no-news" => ("wait", "There is nothing to tell the shop now."),
        "ruled" => ("good", "Written into the log."),
        "done" => ("good", "The bank did it."),
        "declined" => ("bad", "The bank refused it: nothing moved."),
        "not-sent" => ("bad", "It never left: nothing moved."),
        "given-up" => {
            ("bad", "It was given up. Look at the bank's portal before you ask for another.")
        }
        "superseded" => ("bad", "The payment went another way: see below."),
        "unknown" => ("wait", "Not known yet. Do not ask again: the service asks how it stands."),
        _ => return None,
    })
}

/// A short name for exactly these contradictions of this attempt: a form carries it, and what came in
/// between is not ruled about.
pub(super) fn shown(payment: &Payment) -> String {
    let text = format!("{} {:?}", payment.invoice(), payment.contradictions());
    let digest = digest(&SHA256, text.as_bytes());
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// How long the part of a step's name is that comes with its form.
pub(super) const NAME: usize = 10;

impl Account {
    /// How much more they may give back of this payment, in its minor units; `None` for any sum.
    pub(super) fn refund_left(&self, payment: &Payment) -> Option<u64> {
        let limit = self.refund_limit?;
        if payment.ordered().currency() != Currency::KZT {
            return Some(0); // the limit is a sum of tenge
        }
        let is_theirs =
            |id: &StepId| id.as_str().rsplit_once('-').is_some_and(|it| it.0 == self.name);
        let mut left = limit;
        for (step, answer) in payment.steps() {
            let moved = matches!(answer, StepStatus::Open | StepStatus::Accepted);
            if let (StepKind::Refund(sum), true) = (step.kind(), moved && is_theirs(step.id())) {
                left = left.saturating_sub(sum.minor());
            }
        }
        Some(left)
    }
}

/// A sum as people type it: `5000`, `5 000,00`, `5000.5`.
fn read_sum(text: &str, like: Money) -> Option<Money> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (whole, part) = text.split_once([',', '.']).unwrap_or((&text, ""));
    let decimals = usize::from(like.currency().exponent());
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > decimals || !digits(whole) || !digits(part) {
        return None;
    }
    let minor = format!("{whole}{part:0<decimals$}").parse().ok()?;
    Some(Money::new(minor, like.currency()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_read_as_people_type_it() {
        let like = Money::tenge(1);
        for (text, minor) in [
            ("5000", Some(500_000)),
            ("5000.00", Some(500_000)),
            ("5 000,00", Some(500_000)),
            ("5\u{202f}000,5", Some(500_050)),
            ("0.07", Some(7)),
            ("5,000", None),
            ("5,000.00", None),
            ("-5", None),
            ("+5", None),
            (".5", None),
            ("", None),
            ("1e3", None),
            ("٥", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(read_sum(text, like), minor.map(Money::tiyn), "{text}");
        }
    }

    #[test]
    fn each_act_has_a_name_of_its_own_and_nobody_who_only_sees_moves_money() {
        let mut names = Act::ALL.map(Act::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Act::ALL.len());
        let of_viewers: Vec<Act> =
            Act::ALL.into_iter().filter(|act| act.role() == Role::View).collect();
        assert_eq!(of_viewers, [Act::Check]);
    }
}

//! What the ledger says becomes what a gateway would have heard: no more than the real bank tells, and in the same words.

use epay_domain::{
    BankAmount, Challenge, Currency, Decline, Fact, InvoiceId, Money, Observation, Payment,
    Refunds, StepId, TerminalId, TransactionId, VoidReason,
};
use epay_fakebank::{
    Amount, Bank, Operation, Refusal, ReplyShape, Status, StatusAnswer, StatusReport,
};

/// The answer to a payment.
pub(crate) fn paid(
    asked: Result<Operation, Refusal>,
    payment: &Payment,
    bank: &Bank,
) -> Observation {
    let settings = bank.settings();
    let operation = match asked {
        Ok(operation) => operation,
        Err(refusal) => {
            let declined = Observation::reply(Fact::Declined(Decline::from_code(refusal.code())));
            return Observation { invoice: Some(payment.invoice().clone()), ..declined };
        }
    };
    let currency = currency_of(&operation.currency, payment);
    let amount = split(operation.ordered.minor(), settings.switches.bonus_minor, currency);
    let fact = match operation.status {
        Status::ThreeDs => operation.challenge().map_or(Fact::InProgress, |challenge| {
            let (action, pa_req, md) =
                (settings.acs_url.clone(), challenge.pa_req.clone(), challenge.md.clone());
            Fact::ThreeDsRequired(Challenge { action, pa_req, md })
        }),
        _ if settings.switches.reply_shape == ReplyShape::Minimal => Fact::Approved,
        Status::Auth => Fact::Authorized,
        Status::Charge => {
            Fact::Captured { captured: Some(amount.card), refunded: Refunds::NotTold }
        }
        Status::Verified => Fact::Verified,
        _ => Fact::InProgress,
    };
    Observation {
        transaction: TransactionId::new(&operation.id).ok(),
        invoice: InvoiceId::new(&operation.invoice).ok(),
        amount: Some(amount),
        currency: Some(currency),
        ..Observation::reply(fact)
    }
}

/// The answer to a 3-D Secure confirmation: a redirect, whose parameters tell a stage to nobody and a code to nobody for
/// certain.
pub(crate) fn confirmed(asked: Result<Operation, Refusal>, payment: &Payment) -> Observation {
    let fact = match asked {
        Ok(_) => Fact::Approved,
        Err(refusal) => Fact::Declined(Decline::as_hint(refusal.code())),
    };
    Observation { invoice: Some(payment.invoice().clone()), ..Observation::reply(fact) }
}

/// The answer to a capture, a void or a refund.
pub(crate) fn step(asked: Result<Operation, Refusal>, step: &StepId) -> Observation {
    Observation::reply(match asked {
        Ok(_) => Fact::StepAccepted(step.clone()),
        Err(refusal) => Fact::StepRefused(step.clone(), Decline::from_code(refusal.code())),
    })
}

/// The answer to a status query; `None` where the terminal is not the asker's.
pub(crate) fn status(answer: StatusAnswer, payment: &Payment) -> Option<Observation> {
    match answer {
        StatusAnswer::Found(report) => Some(found(&report, payment)),
        StatusAnswer::NotFound => Some(Observation::status(Fact::NotFound)),
        StatusAnswer::InProgress => Some(Observation::status(Fact::InProgress)),
        StatusAnswer::NoTerminal | StatusAnswer::WrongTerminal | StatusAnswer::NotYourTerminal => {
            None
        }
    }
}

fn found(report: &StatusReport, payment: &Payment) -> Observation {
    let currency = currency_of(&report.currency, payment);
    let money = |amount: Amount| Money::new(amount.minor(), currency);
    let fact = match report.status {
        Status::New | Status::ThreeDs => Fact::InProgress,
        Status::Auth => Fact::Authorized,
        Status::Charge | Status::Refund => captured(report, currency),
        Status::Cancel => Fact::Voided(VoidReason::Requested),
        Status::CancelOld => Fact::Voided(VoidReason::Lapsed),
        Status::Reject | Status::Failed => Fact::Declined(Decline::by_status(report.reason_code)),
        Status::Verified => Fact::Verified,
    };
    Observation {
        transaction: TransactionId::new(&report.id).ok(),
        invoice: InvoiceId::new(&report.invoice).ok(),
        terminal: TerminalId::new(&report.terminal).ok(),
        amount: Some(BankAmount { card: money(report.amount), bonus: money(report.amount_bonus) }),
        currency: Some(currency),
        ..Observation::status(fact)
    }
}

/// The sums of a status in each of the ways the fake bank can report them. Nobody captures less than went back, so an
/// amount below the payout is what is left of the capture.
fn captured(report: &StatusReport, currency: Currency) -> Fact {
    let amount = Money::new(report.amount.minor(), currency);
    let payout = report
        .payout_amount
        .map(|payout| Money::new(payout.minor(), currency))
        .filter(|sum| !sum.is_zero());
    let is_rest =
        |payout: Money| report.status == Status::Charge || amount.covers(payout) == Some(false);
    let (captured, refunded) = match payout {
        Some(payout) if is_rest(payout) => (amount.checked_add(payout), Refunds::Total(payout)),
        Some(payout) => (Some(amount), Refunds::Total(payout)),
        None if report.status == Status::Refund => (Some(amount), Refunds::SumNotTold),
        None => (Some(amount), Refunds::NotTold),
    };
    Fact::Captured { captured, refunded }
}

fn split(total: u64, bonus: u64, currency: Currency) -> BankAmount {
    let (card, bonus) = total.checked_sub(bonus).map_or((total, 0), |card| (card, bonus));
    BankAmount { card: Money::new(card, currency), bonus: Money::new(bonus, currency) }
}

/// The bank tells three letters; how many decimals they mean, the payment knows.
fn currency_of(code: &str, payment: &Payment) -> Currency {
    let ours = payment.ordered().currency();
    if code == ours.code() { ours } else { Currency::new(code, 2).unwrap_or(ours) }
}

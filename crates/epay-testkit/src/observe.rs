//! What the ledger says becomes what a gateway would have heard: no more than the real bank tells, and in the same words.

use std::time::Duration;

use epay_domain::{
    AttemptTag, BankAmount, BankText, CardId, Challenge, Currency, Decline, Details, Fact, Money,
    Observation, Origin, PayerStep, Payment, Refunds, SavedCard, StepId, TerminalId, Timestamp,
    TransactionId, VoidReason,
};
use epay_fakebank::{
    Amount, Bank, Operation, Refusal, ReplyShape, Status, StatusAnswer, StatusReport,
};

/// What the bank refuses a number with that was used before.
const TAKEN: i64 = 477;
const LONG_BEFORE: Duration = Duration::from_secs(2 * 60 * 60);

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
            let fact = match i64::from(refusal.code()) {
                TAKEN => Fact::NumberTaken,
                code => Fact::Declined(Decline::from_code(code)),
            };
            return Observation { invoice: invoice(payment), ..Observation::reply(fact) };
        }
    };
    let currency = currency_of(&operation.currency, payment);
    let amount = split(operation.ordered.minor(), settings.switches.bonus_minor, currency);
    let fact = match operation.status {
        Status::ThreeDs => match operation.challenge().filter(|shown| !shown.md.is_empty()) {
            Some(shown) => Fact::ThreeDsRequired(Challenge {
                action: settings.acs_url.clone(),
                pa_req: shown.pa_req.clone(),
                md: shown.md.clone(),
            }),
            None => Fact::AwaitingPayer(PayerStep::Challenge),
        },
        _ if settings.switches.reply_shape == ReplyShape::Minimal => Fact::Approved,
        Status::Auth => Fact::Authorized,
        Status::Charge => {
            Fact::Captured { captured: Some(amount.card), refunded: Refunds::NotTold }
        }
        Status::Verified => Fact::Verified,
        Status::Fingerprint => Fact::AwaitingPayer(PayerStep::Fingerprint),
        _ => Fact::InProgress,
    };
    let full = settings.switches.reply_shape == ReplyShape::Full;
    Observation {
        transaction: TransactionId::new(&operation.id).ok(),
        invoice: text(&operation.invoice),
        amount: Some(amount),
        currency: Some(currency),
        details: Details {
            reference: text(&operation.reference),
            approval_code: text(&operation.approval_code).filter(|_| full),
            card_id: CardId::new(&operation.card_id).ok(),
            ..Details::default()
        },
        ..Observation::reply(fact)
    }
}

/// The answer to a 3-D Secure confirmation: a redirect, whose parameters tell a stage to nobody and a code to nobody for
/// certain.
pub(crate) fn confirmed(asked: Result<Operation, Refusal>, payment: &Payment) -> Observation {
    let (fact, reference) = match asked {
        Ok(operation) => (Fact::Approved, text(&operation.reference)),
        Err(refusal) => (Fact::Declined(Decline::as_hint(refusal.code().into())), None),
    };
    let details = Details { reference, ..Details::default() };
    Observation { invoice: invoice(payment), details, ..Observation::reply(fact) }
}

/// The answer to a capture, a void or a refund.
pub(crate) fn step(asked: Result<Operation, Refusal>, step: &StepId) -> Observation {
    Observation::reply(match asked {
        Ok(_) => Fact::StepAccepted(step.clone()),
        Err(refusal) => Fact::StepRefused(step.clone(), Decline::from_code(refusal.code().into())),
    })
}

/// A card of the bank's list.
pub(crate) fn saved_card(card: &epay_fakebank::SavedCard) -> Option<SavedCard> {
    let id = CardId::new(&card.id).ok()?;
    Some(SavedCard { id, mask: text(card.mask()) })
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
        Status::New => Fact::InProgress,
        Status::Fingerprint => Fact::AwaitingPayer(PayerStep::Fingerprint),
        Status::ThreeDs => Fact::AwaitingPayer(PayerStep::Challenge),
        Status::Auth => Fact::Authorized,
        Status::Charge | Status::Refund => captured(report, currency),
        Status::Cancel => Fact::Voided(VoidReason::Requested),
        Status::CancelOld => Fact::Voided(VoidReason::Lapsed),
        Status::Reject | Status::Failed => {
            Fact::Declined(Decline::by_status(report.reason_code.into()))
        }
        Status::Verified => Fact::Verified,
    };
    Observation {
        transaction: TransactionId::new(&report.id).ok(),
        invoice: text(&report.invoice),
        terminal: TerminalId::new(&report.terminal).ok(),
        amount: Some(BankAmount { card: money(report.amount), bonus: money(report.amount_bonus) }),
        currency: Some(currency),
        origin: origin(report, payment),
        details: Details {
            reference: text(&report.reference),
            approval_code: text(&report.approval_code),
            card_mask: text(&report.card_mask),
            card_id: CardId::new(&report.card_id).ok(),
        },
        ..Observation::status(fact)
    }
}

/// Whose it is, by the tag in `data`, or by its being made more than two hours before we asked.
fn origin(report: &StatusReport, payment: &Payment) -> Origin {
    let echoed = report.data.split('"').find_map(AttemptTag::parse);
    let created = Timestamp::from_unix_millis(report.created.0);
    let is_old = payment.asked_at().is_some_and(|asked| asked.since(created) > LONG_BEFORE);
    match echoed {
        Some(tag) if payment.tag() == Some(tag) => Origin::Ours,
        Some(_) => Origin::Other,
        None if is_old => Origin::Other,
        None => Origin::NotTold,
    }
}

fn invoice(payment: &Payment) -> Option<BankText> {
    Some(BankText::new(payment.invoice().as_str()))
}

fn text(told: &str) -> Option<BankText> {
    Some(told).filter(|told| !told.is_empty()).map(BankText::new)
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

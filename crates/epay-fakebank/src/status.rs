//! Status is the ledger seen through switches: perhaps late, and after a refund in one of four ways.

use crate::{
    amount::Amount,
    ledger::Ledger,
    operation::{Operation, Status},
    settings::{EchoData, Invisible, RefundReport, Switches},
    time::Millis,
};

/// What check-status answers; the variants are the bank's `resultCode`s (documented, four client transcriptions).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusAnswer {
    /// 100: read the report.
    Found(Box<StatusReport>),
    /// 102.
    NotFound,
    /// 104: the token names no terminal.
    NoTerminal,
    /// 106: the invoice belongs to another terminal.
    WrongTerminal,
    /// 107: ask later.
    InProgress,
    /// 109: the terminal is not the client's.
    NotYourTerminal,
}

impl StatusAnswer {
    /// `resultCode`, a string on the wire.
    pub fn result_code(&self) -> &'static str {
        match self {
            Self::Found(_) => "100",
            Self::NotFound => "102",
            Self::NoTerminal => "104",
            Self::WrongTerminal => "106",
            Self::InProgress => "107",
            Self::NotYourTerminal => "109",
        }
    }

    /// `resultMessage`; its wording is assumed.
    pub fn result_message(&self) -> &'static str {
        match self {
            Self::Found(_) => "success",
            Self::NotFound => "invoice not found",
            Self::NoTerminal => "terminal is absent in token",
            Self::WrongTerminal => "wrong terminal",
            Self::InProgress => "in progress",
            Self::NotYourTerminal => "terminal does not belong to client",
        }
    }
}

/// One operation as status tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusReport {
    /// The bank's operation id.
    pub id: String,
    /// The invoice it was found by.
    pub invoice: String,
    /// Terminal UUID.
    pub terminal: String,
    /// ISO code.
    pub currency: String,
    /// `statusName`, which after a refund need not be the ledger's.
    pub status: Status,
    /// `amount`: the card part.
    pub amount: Amount,
    /// `amountBonus`.
    pub amount_bonus: Amount,
    /// `orgAmount`: what was authorised at first (assumed).
    pub org_amount: Amount,
    /// `payoutAmount`: what went back, where the variant tells it (assumed).
    pub payout_amount: Option<Amount>,
    /// `reasonCode`, 0 without a refusal.
    pub reason_code: u32,
    /// `createdDate`.
    pub created: Millis,
    /// `data`, as the switch echoes it.
    pub data: String,
    /// `reference`: the RRN; empty until approved.
    pub reference: String,
    /// `approvalCode`; empty until approved.
    pub approval_code: String,
    /// `cardMask`.
    pub card_mask: String,
    /// `cardID`; empty until approved.
    pub card_id: String,
}

/// What `terminal` may see of `invoice` at `now`, with the operation for the fields that are only echoed.
pub(crate) fn look<'a>(
    ledger: &'a Ledger,
    terminal: &str,
    invoice: &str,
    switches: &Switches,
    now: Millis,
) -> (StatusAnswer, Option<&'a Operation>) {
    let booked = || ledger.of_invoice(invoice);
    let own = || booked().filter(|operation| operation.is_on(terminal));
    if let Some(operation) = own().find_map(|operation| seen(operation, now)) {
        return (StatusAnswer::Found(Box::new(report(operation, switches))), Some(operation));
    }
    let blind = if own().next().is_some() {
        match switches.invisible_as {
            Invisible::NotFound => StatusAnswer::NotFound,
            Invisible::InProgress => StatusAnswer::InProgress,
        }
    } else if booked().next().is_some() {
        StatusAnswer::WrongTerminal
    } else {
        StatusAnswer::NotFound
    };
    (blind, None)
}

/// The operation as it looks through its veil.
fn seen(operation: &Operation, now: Millis) -> Option<&Operation> {
    match &operation.delayed_visibility {
        Some(delayed_visibility) if now < delayed_visibility.until => {
            delayed_visibility.before.as_deref().and_then(|before| seen(before, now))
        }
        _ => Some(operation),
    }
}

fn report(operation: &Operation, switches: &Switches) -> StatusReport {
    let (status, total, payout_amount) = sums(operation, switches.refund_report);
    let (amount, amount_bonus) = split_bonus(total, switches);
    let approved = operation.held > Amount::ZERO;
    StatusReport {
        id: operation.id.clone(),
        invoice: operation.invoice.clone(),
        terminal: operation.terminal.clone(),
        currency: operation.currency.clone(),
        status,
        amount,
        amount_bonus,
        org_amount: if approved { operation.held } else { operation.ordered },
        payout_amount,
        reason_code: operation.reason_code,
        created: operation.history.first().map(|(at, _)| *at).unwrap_or_default(),
        data: echoed(operation, switches).to_owned(),
        reference: operation.reference.clone(),
        approval_code: operation.approval_code.clone(),
        card_mask: operation.card_mask.clone(),
        card_id: operation.card_id.clone(),
    }
}

/// The merchant's `data` as it comes back.
pub(crate) fn echoed<'a>(operation: &'a Operation, switches: &Switches) -> &'a str {
    match switches.echo_data {
        EchoData::Same => &operation.details.data,
        EchoData::Nothing => "",
        EchoData::Anothers => r#"{"attempt":"00000000000000000000000000000000"}"#,
    }
}

fn sums(operation: &Operation, variant: RefundReport) -> (Status, Amount, Option<Amount>) {
    let (captured, refunded) = (operation.captured, operation.refunded());
    match operation.status {
        Status::Charge | Status::Refund if refunded > Amount::ZERO => {
            let full = operation.status;
            match variant {
                RefundReport::ChargeOriginal => (full, captured, Some(Amount::ZERO)),
                RefundReport::ChargeRemainder => {
                    (full, captured.saturating_sub(refunded), Some(refunded))
                }
                RefundReport::RefundTotal => (Status::Refund, captured, Some(refunded)),
                RefundReport::RefundNoSum => (Status::Refund, captured, None),
            }
        }
        Status::Charge | Status::Refund => (operation.status, captured, Some(Amount::ZERO)),
        Status::Auth | Status::Cancel | Status::CancelOld => {
            (operation.status, operation.held, Some(Amount::ZERO))
        }
        _ => (operation.status, operation.ordered, Some(Amount::ZERO)),
    }
}

/// The card part and the bonus part of a sum: `amount` is only the card part (observed).
pub(crate) fn split_bonus(total: Amount, switches: &Switches) -> (Amount, Amount) {
    let bonus = Amount::from_minor(switches.bonus_minor);
    match total.checked_sub(bonus) {
        Some(card) => (card, bonus),
        None => (total, Amount::ZERO),
    }
}

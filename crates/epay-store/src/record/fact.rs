//! The record of a fact: an answer of the bank's.

use epay_domain as domain;
use serde::{Deserialize, Serialize};

use super::{
    RecordError,
    field::{Field, wire},
};

#[derive(Serialize, Deserialize)]
pub(super) struct Observation {
    fact: Fact,
    source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terminal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<BankAmount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
    /// Not there where it is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_mask: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed: Option<u64>,
}

wire! {
    tagged
    Fact:
    Approved,
    ThreeDsRequired { action: String, pa_req: String, md: String } =
        (domain::Challenge { action, pa_req, md }),
    InProgress,
    AwaitingPayer { payer_step: PayerStep } = (payer_step),
    NumberTaken,
    NotFound,
    Other { name: String } = (name),
    Declined { decline: Decline } = (decline),
    Verified,
    Authorized,
    Voided { reason: VoidReason } = (reason),
    Captured {
        #[serde(skip_serializing_if = "Option::is_none")]
        captured: Option<Money>,
        refunds: Refunds,
    } = { captured, refunded: refunds },
    StepAccepted { step: String } = (step),
    StepRefused { step: String, decline: Decline } = (step, decline),
}

wire! {
    tagged
    Refunds:
    NotTold,
    SumNotTold,
    Total { sum: Money } = (sum),
}

wire! { Source: Reply, Status }
wire! { VoidReason: Lapsed, Requested }
wire! { Origin: NotTold, Ours, Other }
wire! { PayerStep: Fingerprint, Challenge }

/// Whether it was final when it was heard stands beside the number: a later table of codes judges
/// later answers only.
#[derive(Serialize, Deserialize)]
pub(super) struct Decline {
    code: i64,
    #[serde(rename = "final")]
    is_final: bool,
}

#[derive(Serialize, Deserialize)]
struct BankAmount {
    card: Money,
    bonus: Money,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Money {
    minor: u64,
    currency: String,
    exponent: u8,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Currency {
    code: String,
    exponent: u8,
}

impl Field<domain::Observation> for Observation {
    fn write(seen: &domain::Observation) -> Observation {
        let domain::Details { reference, approval_code, card_mask, card_id } = &seen.details;
        let told = seen.origin != domain::Origin::NotTold;
        Observation {
            fact: Field::write(&seen.fact),
            source: Field::write(&seen.source),
            transaction: Field::write(&seen.transaction),
            invoice: Field::write(&seen.invoice),
            terminal: Field::write(&seen.terminal),
            amount: Field::write(&seen.amount),
            currency: Field::write(&seen.currency),
            origin: told.then(|| Field::write(&seen.origin)),
            reference: Field::write(reference),
            approval_code: Field::write(approval_code),
            card_mask: Field::write(card_mask),
            card_id: Field::write(card_id),
            elapsed: Field::write(&seen.elapsed),
        }
    }

    fn read(self) -> Result<domain::Observation, RecordError> {
        Ok(domain::Observation {
            fact: self.fact.read()?,
            source: self.source.read()?,
            transaction: self.transaction.read()?,
            invoice: self.invoice.read()?,
            terminal: self.terminal.read()?,
            amount: self.amount.read()?,
            currency: self.currency.read()?,
            origin: self.origin.read()?.unwrap_or_default(),
            details: domain::Details {
                reference: self.reference.read()?,
                approval_code: self.approval_code.read()?,
                card_mask: self.card_mask.read()?,
                card_id: self.card_id.read()?,
            },
            elapsed: self.elapsed.read()?,
        })
    }
}

impl Field<domain::Decline> for Decline {
    fn write(decline: &domain::Decline) -> Decline {
        Decline { code: decline.code(), is_final: decline.is_final() }
    }

    fn read(self) -> Result<domain::Decline, RecordError> {
        let read =
            if self.is_final { domain::Decline::by_status } else { domain::Decline::as_hint };
        Ok(read(self.code))
    }
}

impl Field<domain::BankAmount> for BankAmount {
    fn write(sum: &domain::BankAmount) -> BankAmount {
        BankAmount { card: Field::write(&sum.card), bonus: Field::write(&sum.bonus) }
    }

    fn read(self) -> Result<domain::BankAmount, RecordError> {
        Ok(domain::BankAmount { card: self.card.read()?, bonus: self.bonus.read()? })
    }
}

impl Field<domain::Money> for Money {
    fn write(sum: &domain::Money) -> Money {
        let Currency { code, exponent } = Field::write(&sum.currency());
        Money { minor: sum.minor(), currency: code, exponent }
    }

    fn read(self) -> Result<domain::Money, RecordError> {
        let currency = Currency { code: self.currency, exponent: self.exponent };
        Ok(domain::Money::new(self.minor, currency.read()?))
    }
}

impl Field<domain::Currency> for Currency {
    fn write(currency: &domain::Currency) -> Currency {
        Currency { code: currency.code().to_owned(), exponent: currency.exponent() }
    }

    fn read(self) -> Result<domain::Currency, RecordError> {
        Ok(domain::Currency::new(&self.code, self.exponent)?)
    }
}

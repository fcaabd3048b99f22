//! What the bank said, as it stands in the log.

use core::time::Duration;

use epay_domain::{self as domain, BankText, Currency, StepId, TerminalId, TransactionId};
use serde::{Deserialize, Serialize};

use super::{RecordError, invalid, millis, unknown};

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
    currency: Option<CurrencyOf>,
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
    elapsed: Option<u64>,
}

/// The variants' names are the format: they never change.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Fact {
    Approved,
    ThreeDsRequired {
        action: String,
        pa_req: String,
        md: String,
    },
    InProgress,
    AwaitingPayer {
        payer_step: PayerStep,
    },
    NumberTaken,
    NotFound,
    Other {
        name: String,
    },
    Declined {
        decline: Decline,
    },
    Verified,
    Authorized,
    Voided {
        reason: VoidReason,
    },
    Captured {
        #[serde(skip_serializing_if = "Option::is_none")]
        captured: Option<Money>,
        refunds: Refunds,
    },
    StepAccepted {
        step: String,
    },
    StepRefused {
        step: String,
        decline: Decline,
    },
    #[serde(other, skip_serializing)]
    Unknown,
}

/// Enums of one word each, here and in the domain. A word that only a newer version knows is kept
/// apart from damage.
macro_rules! words {
    ($($name:ident: $($variant:ident),+;)+) => {$(
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum $name {
            $($variant,)+
            #[serde(other, skip_serializing)]
            Unknown,
        }

        impl From<domain::$name> for $name {
            fn from(it: domain::$name) -> $name {
                match it {
                    $(domain::$name::$variant => $name::$variant,)+
                }
            }
        }

        impl TryFrom<$name> for domain::$name {
            type Error = RecordError;

            fn try_from(it: $name) -> Result<domain::$name, RecordError> {
                match it {
                    $($name::$variant => Ok(domain::$name::$variant),)+
                    $name::Unknown => Err(unknown()),
                }
            }
        }
    )+};
}
words! {
    Source: Reply, Status;
    VoidReason: Lapsed, Requested;
    Origin: NotTold, Ours, Other;
    PayerStep: Fingerprint, Challenge;
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Refunds {
    NotTold,
    SumNotTold,
    Total {
        sum: Money,
    },
    #[serde(other, skip_serializing)]
    Unknown,
}

/// Whether it was final when it was heard stands beside the number: a later table of codes judges
/// later answers only.
#[derive(Serialize, Deserialize)]
pub(super) struct Decline {
    code: u32,
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
pub(super) struct CurrencyOf {
    code: String,
    exponent: u8,
}

impl From<&domain::Observation> for Observation {
    fn from(seen: &domain::Observation) -> Observation {
        fn text(it: &Option<impl ToString>) -> Option<String> {
            it.as_ref().map(ToString::to_string)
        }
        let domain::Details { reference, approval_code, card_mask } = &seen.details;
        let told = seen.origin != domain::Origin::NotTold;
        Observation {
            fact: (&seen.fact).into(),
            source: seen.source.into(),
            transaction: text(&seen.transaction),
            invoice: text(&seen.invoice),
            terminal: text(&seen.terminal),
            amount: seen
                .amount
                .map(|sum| BankAmount { card: sum.card.into(), bonus: sum.bonus.into() }),
            currency: seen.currency.map(CurrencyOf::from),
            origin: told.then(|| seen.origin.into()),
            reference: text(reference),
            approval_code: text(approval_code),
            card_mask: text(card_mask),
            elapsed: seen.elapsed.map(millis),
        }
    }
}

impl TryFrom<Observation> for domain::Observation {
    type Error = RecordError;

    fn try_from(seen: Observation) -> Result<domain::Observation, RecordError> {
        let amount = |sum: BankAmount| -> Result<_, RecordError> {
            Ok(domain::BankAmount { card: sum.card.try_into()?, bonus: sum.bonus.try_into()? })
        };
        let text = |it: Option<String>| it.as_deref().map(bank_text).transpose();
        Ok(domain::Observation {
            fact: seen.fact.try_into()?,
            source: seen.source.try_into()?,
            transaction: seen.transaction.as_deref().map(TransactionId::new).transpose()?,
            invoice: text(seen.invoice)?,
            terminal: seen.terminal.as_deref().map(TerminalId::new).transpose()?,
            amount: seen.amount.map(amount).transpose()?,
            currency: seen.currency.map(Currency::try_from).transpose()?,
            origin: seen.origin.map(Origin::try_into).transpose()?.unwrap_or_default(),
            details: domain::Details {
                reference: text(seen.reference)?,
                approval_code: text(seen.approval_code)?,
                card_mask: text(seen.card_mask)?,
            },
            elapsed: seen.elapsed.map(Duration::from_millis),
        })
    }
}

impl From<&domain::Fact> for Fact {
    fn from(fact: &domain::Fact) -> Fact {
        match fact {
            domain::Fact::Approved => Fact::Approved,
            domain::Fact::ThreeDsRequired(challenge) => Fact::ThreeDsRequired {
                action: challenge.action.clone(),
                pa_req: challenge.pa_req.clone(),
                md: challenge.md.clone(),
            },
            domain::Fact::InProgress => Fact::InProgress,
            domain::Fact::AwaitingPayer(step) => Fact::AwaitingPayer { payer_step: (*step).into() },
            domain::Fact::NumberTaken => Fact::NumberTaken,
            domain::Fact::NotFound => Fact::NotFound,
            domain::Fact::Other(name) => Fact::Other { name: name.to_string() },
            domain::Fact::Declined(decline) => Fact::Declined { decline: (*decline).into() },
            domain::Fact::Verified => Fact::Verified,
            domain::Fact::Authorized => Fact::Authorized,
            domain::Fact::Voided(reason) => Fact::Voided { reason: (*reason).into() },
            domain::Fact::Captured { captured, refunded } => Fact::Captured {
                captured: captured.map(Money::from),
                refunds: match refunded {
                    domain::Refunds::NotTold => Refunds::NotTold,
                    domain::Refunds::SumNotTold => Refunds::SumNotTold,
                    domain::Refunds::Total(sum) => Refunds::Total { sum: (*sum).into() },
                },
            },
            domain::Fact::StepAccepted(step) => Fact::StepAccepted { step: step.to_string() },
            domain::Fact::StepRefused(step, decline) => {
                Fact::StepRefused { step: step.to_string(), decline: (*decline).into() }
            }
        }
    }
}

impl TryFrom<Fact> for domain::Fact {
    type Error = RecordError;

    fn try_from(fact: Fact) -> Result<domain::Fact, RecordError> {
        Ok(match fact {
            Fact::Approved => domain::Fact::Approved,
            Fact::ThreeDsRequired { action, pa_req, md } => {
                domain::Fact::ThreeDsRequired(domain::Challenge { action, pa_req, md })
            }
            Fact::InProgress => domain::Fact::InProgress,
            Fact::AwaitingPayer { payer_step } => {
                domain::Fact::AwaitingPayer(payer_step.try_into()?)
            }
            Fact::NumberTaken => domain::Fact::NumberTaken,
            Fact::NotFound => domain::Fact::NotFound,
            Fact::Other { name } => domain::Fact::Other(bank_text(&name)?),
            Fact::Declined { decline } => domain::Fact::Declined(decline.into()),
            Fact::Verified => domain::Fact::Verified,
            Fact::Authorized => domain::Fact::Authorized,
            Fact::Voided { reason } => domain::Fact::Voided(reason.try_into()?),
            Fact::Captured { captured, refunds } => domain::Fact::Captured {
                captured: captured.map(Money::try_into).transpose()?,
                refunded: match refunds {
                    Refunds::NotTold => domain::Refunds::NotTold,
                    Refunds::SumNotTold => domain::Refunds::SumNotTold,
                    Refunds::Total { sum } => domain::Refunds::Total(sum.try_into()?),
                    Refunds::Unknown => return Err(unknown()),
                },
            },
            Fact::StepAccepted { step } => domain::Fact::StepAccepted(StepId::new(&step)?),
            Fact::StepRefused { step, decline } => {
                domain::Fact::StepRefused(StepId::new(&step)?, decline.into())
            }
            Fact::Unknown => return Err(unknown()),
        })
    }
}

impl From<domain::Decline> for Decline {
    fn from(decline: domain::Decline) -> Decline {
        Decline { code: decline.code(), is_final: decline.is_final() }
    }
}

impl From<Decline> for domain::Decline {
    fn from(Decline { code, is_final }: Decline) -> domain::Decline {
        if is_final { domain::Decline::by_status(code) } else { domain::Decline::as_hint(code) }
    }
}

impl From<domain::Money> for Money {
    fn from(sum: domain::Money) -> Money {
        let currency = sum.currency();
        Money {
            minor: sum.minor(),
            currency: currency.code().to_owned(),
            exponent: currency.exponent(),
        }
    }
}

impl TryFrom<Money> for domain::Money {
    type Error = RecordError;

    fn try_from(sum: Money) -> Result<domain::Money, RecordError> {
        Ok(domain::Money::new(sum.minor, Currency::new(&sum.currency, sum.exponent)?))
    }
}

impl From<Currency> for CurrencyOf {
    fn from(currency: Currency) -> CurrencyOf {
        CurrencyOf { code: currency.code().to_owned(), exponent: currency.exponent() }
    }
}

impl TryFrom<CurrencyOf> for Currency {
    type Error = RecordError;

    fn try_from(of: CurrencyOf) -> Result<Currency, RecordError> {
        Ok(Currency::new(&of.code, of.exponent)?)
    }
}

/// A text that was never cut here: ours are no longer than what is kept.
pub(super) fn bank_text(text: &str) -> Result<BankText, RecordError> {
    let kept = BankText::new(text);
    if kept.as_str() == text { Ok(kept) } else { Err(invalid()) }
}

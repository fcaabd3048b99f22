//! What the bank said, as it stands in the log.

use epay_domain::{
    self as domain, Currency, InvoiceId, StatusName, StepId, TerminalId, TransactionId,
};
use serde::{Deserialize, Serialize};

use super::{RecordError, invalid, unknown};

#[derive(Serialize, Deserialize)]
pub(super) struct Observation {
    fact: Fact,
    source: Source,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invoice: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terminal: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<BankAmount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<CurrencyOf>,
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
        #[serde(default, skip_serializing_if = "Option::is_none")]
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

/// One word; a word that only a newer version knows is kept apart from damage.
#[derive(Serialize, Deserialize)]
#[serde(from = "String")]
enum Source {
    #[serde(rename = "reply")]
    Reply,
    #[serde(rename = "status")]
    Status,
    #[serde(skip_serializing)]
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(from = "String")]
enum VoidReason {
    #[serde(rename = "lapsed")]
    Lapsed,
    #[serde(rename = "requested")]
    Requested,
    #[serde(skip_serializing)]
    Unknown,
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

/// Whether it was final when it was heard stands beside the number: a later table of codes judges later answers only.
#[derive(Serialize, Deserialize)]
struct Decline {
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
pub(crate) struct Money {
    minor: u64,
    currency: String,
    exponent: u8,
}

#[derive(Serialize, Deserialize)]
struct CurrencyOf {
    code: String,
    exponent: u8,
}

impl From<String> for Source {
    fn from(word: String) -> Source {
        match word.as_str() {
            "reply" => Source::Reply,
            "status" => Source::Status,
            _ => Source::Unknown,
        }
    }
}

impl From<String> for VoidReason {
    fn from(word: String) -> VoidReason {
        match word.as_str() {
            "lapsed" => VoidReason::Lapsed,
            "requested" => VoidReason::Requested,
            _ => VoidReason::Unknown,
        }
    }
}

impl From<&domain::Observation> for Observation {
    fn from(seen: &domain::Observation) -> Observation {
        Observation {
            fact: (&seen.fact).into(),
            source: match seen.source {
                domain::Source::Reply => Source::Reply,
                domain::Source::Status => Source::Status,
            },
            transaction: seen.transaction.as_ref().map(|id| id.as_str().to_owned()),
            invoice: seen.invoice.as_ref().map(|id| id.as_str().to_owned()),
            terminal: seen.terminal.as_ref().map(|id| id.as_str().to_owned()),
            amount: seen
                .amount
                .map(|sum| BankAmount { card: sum.card.into(), bonus: sum.bonus.into() }),
            currency: seen.currency.map(|currency| CurrencyOf {
                code: currency.code().to_owned(),
                exponent: currency.exponent(),
            }),
        }
    }
}

impl TryFrom<Observation> for domain::Observation {
    type Error = RecordError;

    fn try_from(seen: Observation) -> Result<domain::Observation, RecordError> {
        let amount = |sum: BankAmount| -> Result<_, RecordError> {
            Ok(domain::BankAmount { card: sum.card.try_into()?, bonus: sum.bonus.try_into()? })
        };
        Ok(domain::Observation {
            fact: seen.fact.try_into()?,
            source: match seen.source {
                Source::Reply => domain::Source::Reply,
                Source::Status => domain::Source::Status,
                Source::Unknown => return Err(unknown()),
            },
            transaction: seen.transaction.as_deref().map(TransactionId::new).transpose()?,
            invoice: seen.invoice.as_deref().map(InvoiceId::new).transpose()?,
            terminal: seen.terminal.as_deref().map(TerminalId::new).transpose()?,
            amount: seen.amount.map(amount).transpose()?,
            currency: seen.currency.map(|of| Currency::new(&of.code, of.exponent)).transpose()?,
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
            domain::Fact::NotFound => Fact::NotFound,
            domain::Fact::Other(name) => Fact::Other { name: name.as_str().to_owned() },
            domain::Fact::Declined(decline) => Fact::Declined { decline: (*decline).into() },
            domain::Fact::Verified => Fact::Verified,
            domain::Fact::Authorized => Fact::Authorized,
            domain::Fact::Voided(domain::VoidReason::Lapsed) => {
                Fact::Voided { reason: VoidReason::Lapsed }
            }
            domain::Fact::Voided(domain::VoidReason::Requested) => {
                Fact::Voided { reason: VoidReason::Requested }
            }
            domain::Fact::Captured { captured, refunded } => Fact::Captured {
                captured: captured.map(Money::from),
                refunds: match refunded {
                    domain::Refunds::NotTold => Refunds::NotTold,
                    domain::Refunds::SumNotTold => Refunds::SumNotTold,
                    domain::Refunds::Total(sum) => Refunds::Total { sum: (*sum).into() },
                },
            },
            domain::Fact::StepAccepted(step) => {
                Fact::StepAccepted { step: step.as_str().to_owned() }
            }
            domain::Fact::StepRefused(step, decline) => {
                Fact::StepRefused { step: step.as_str().to_owned(), decline: (*decline).into() }
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
            Fact::NotFound => domain::Fact::NotFound,
            Fact::Other { name } => {
                let kept = StatusName::new(&name);
                if kept.as_str() != name {
                    return Err(invalid());
                }
                domain::Fact::Other(kept)
            }
            Fact::Declined { decline } => domain::Fact::Declined(decline.into()),
            Fact::Verified => domain::Fact::Verified,
            Fact::Authorized => domain::Fact::Authorized,
            Fact::Voided { reason } => domain::Fact::Voided(match reason {
                VoidReason::Lapsed => domain::VoidReason::Lapsed,
                VoidReason::Requested => domain::VoidReason::Requested,
                VoidReason::Unknown => return Err(unknown()),
            }),
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

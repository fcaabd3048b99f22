//! What a person was shown, as it stands in the log.

use epay_domain::{self as domain, Currency, PayerCharged, TerminalId, TransactionId};
use serde::{Deserialize, Serialize};

use super::{
    RecordError,
    fact::{CurrencyOf, Decline, Money, bank_text},
    question::{Question, transactions},
    unknown,
};

/// The names are those of [`domain::Contradiction::name`].
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Contradiction {
    OtherInvoice {
        named: String,
    },
    OtherTerminal {
        named: String,
    },
    OtherCurrency {
        named: CurrencyOf,
    },
    TwoTransactions {
        ids: Vec<String>,
    },
    NotOurs {
        #[serde(skip_serializing_if = "Option::is_none")]
        transaction: Option<String>,
    },
    NumberTaken {
        #[serde(flatten)]
        moved: Moved,
    },
    WrongAmount {
        told: Money,
    },
    DeclinedYetMoved {
        decline: Decline,
        #[serde(flatten)]
        moved: Moved,
    },
    VoidedYetCaptured,
    TwoCapturedSums {
        low: Money,
        high: Money,
    },
    OverRefunded {
        captured: Money,
        total: Money,
    },
    LateSuccess {
        #[serde(skip_serializing_if = "Option::is_none")]
        transaction: Option<String>,
        #[serde(flatten)]
        moved: Moved,
    },
    SentAfterAll {
        question: Question,
        #[serde(flatten)]
        moved: Moved,
    },
    NotFoundThoughNamed,
    #[serde(other, skip_serializing)]
    Unknown,
}

/// How far the money went.
#[derive(Serialize, Deserialize)]
pub(super) struct Moved {
    charged: Charged,
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<Money>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Charged {
    No,
    Yes,
    Held,
    NotKnownYet,
    #[serde(other, skip_serializing)]
    Unknown,
}

impl From<domain::Moved> for Moved {
    fn from(domain::Moved { charged, sum }: domain::Moved) -> Moved {
        let charged = match charged {
            PayerCharged::No => Charged::No,
            PayerCharged::Yes => Charged::Yes,
            PayerCharged::Held => Charged::Held,
            PayerCharged::NotKnownYet => Charged::NotKnownYet,
        };
        Moved { charged, sum: sum.map(Into::into) }
    }
}

impl TryFrom<Moved> for domain::Moved {
    type Error = RecordError;

    fn try_from(Moved { charged, sum }: Moved) -> Result<domain::Moved, RecordError> {
        let charged = match charged {
            Charged::No => PayerCharged::No,
            Charged::Yes => PayerCharged::Yes,
            Charged::Held => PayerCharged::Held,
            Charged::NotKnownYet => PayerCharged::NotKnownYet,
            Charged::Unknown => return Err(unknown()),
        };
        Ok(domain::Moved { charged, sum: sum.map(TryInto::try_into).transpose()? })
    }
}

impl Contradiction {
    pub(super) fn write_all(
        all: &[domain::Contradiction],
    ) -> Result<Vec<Contradiction>, RecordError> {
        all.iter().map(Contradiction::try_from).collect()
    }

    pub(super) fn read_all(
        all: Vec<Contradiction>,
    ) -> Result<Vec<domain::Contradiction>, RecordError> {
        all.into_iter().map(Contradiction::try_into).collect()
    }
}

impl TryFrom<&domain::Contradiction> for Contradiction {
    type Error = RecordError;

    fn try_from(it: &domain::Contradiction) -> Result<Contradiction, RecordError> {
        use domain::Contradiction as From;
        let id = |it: &Option<TransactionId>| it.as_ref().map(ToString::to_string);
        Ok(match it {
            From::OtherInvoice { named } => {
                Contradiction::OtherInvoice { named: named.to_string() }
            }
            From::OtherTerminal { named } => {
                Contradiction::OtherTerminal { named: named.to_string() }
            }
            From::OtherCurrency { named } => {
                Contradiction::OtherCurrency { named: (*named).into() }
            }
            From::TwoTransactions { ids } => Contradiction::TwoTransactions {
                ids: ids.iter().map(ToString::to_string).collect(),
            },
            From::NotOurs { transaction } => {
                Contradiction::NotOurs { transaction: id(transaction) }
            }
            From::NumberTaken { moved } => Contradiction::NumberTaken { moved: (*moved).into() },
            From::WrongAmount { told } => Contradiction::WrongAmount { told: (*told).into() },
            From::DeclinedYetMoved { decline, moved } => Contradiction::DeclinedYetMoved {
                decline: (*decline).into(),
                moved: (*moved).into(),
            },
            From::VoidedYetCaptured => Contradiction::VoidedYetCaptured,
            From::TwoCapturedSums { low, high } => {
                Contradiction::TwoCapturedSums { low: (*low).into(), high: (*high).into() }
            }
            From::OverRefunded { captured, total } => {
                Contradiction::OverRefunded { captured: (*captured).into(), total: (*total).into() }
            }
            From::LateSuccess { transaction, moved } => {
                Contradiction::LateSuccess { transaction: id(transaction), moved: (*moved).into() }
            }
            From::SentAfterAll { question, moved } => {
                Contradiction::SentAfterAll { question: question.into(), moved: (*moved).into() }
            }
            From::NotFoundThoughNamed => Contradiction::NotFoundThoughNamed,
        })
    }
}

impl TryFrom<Contradiction> for domain::Contradiction {
    type Error = RecordError;

    fn try_from(it: Contradiction) -> Result<domain::Contradiction, RecordError> {
        use domain::Contradiction as Into;
        let id = |it: Option<String>| it.as_deref().map(TransactionId::new).transpose();
        Ok(match it {
            Contradiction::OtherInvoice { named } => {
                Into::OtherInvoice { named: bank_text(&named)? }
            }
            Contradiction::OtherTerminal { named } => {
                Into::OtherTerminal { named: TerminalId::new(&named)? }
            }
            Contradiction::OtherCurrency { named } => {
                Into::OtherCurrency { named: Currency::try_from(named)? }
            }
            Contradiction::TwoTransactions { ids } => {
                Into::TwoTransactions { ids: transactions(&ids)? }
            }
            Contradiction::NotOurs { transaction } => {
                Into::NotOurs { transaction: id(transaction)? }
            }
            Contradiction::NumberTaken { moved } => Into::NumberTaken { moved: moved.try_into()? },
            Contradiction::WrongAmount { told } => Into::WrongAmount { told: told.try_into()? },
            Contradiction::DeclinedYetMoved { decline, moved } => {
                Into::DeclinedYetMoved { decline: decline.into(), moved: moved.try_into()? }
            }
            Contradiction::VoidedYetCaptured => Into::VoidedYetCaptured,
            Contradiction::TwoCapturedSums { low, high } => {
                Into::TwoCapturedSums { low: low.try_into()?, high: high.try_into()? }
            }
            Contradiction::OverRefunded { captured, total } => {
                Into::OverRefunded { captured: captured.try_into()?, total: total.try_into()? }
            }
            Contradiction::LateSuccess { transaction, moved } => {
                Into::LateSuccess { transaction: id(transaction)?, moved: moved.try_into()? }
            }
            Contradiction::SentAfterAll { question, moved } => {
                Into::SentAfterAll { question: question.try_into()?, moved: moved.try_into()? }
            }
            Contradiction::NotFoundThoughNamed => Into::NotFoundThoughNamed,
            Contradiction::Unknown => return Err(unknown()),
        })
    }
}

//! The record of a contradiction that a person was shown.

use serde::{Deserialize, Serialize};

use super::{
    RecordError,
    event::Question,
    fact::{Currency, Decline, Money},
    field::{Field, wire},
};

wire! {
    tagged
    /// The names are those of [`epay_domain::Contradiction::name`].
    Contradiction:
    OtherInvoice { named: String } = { named },
    OtherTerminal {
        named: String,
        #[serde(flatten)]
        moved: Moved,
    } = { named, moved },
    OtherCurrency {
        named: Currency,
        #[serde(flatten)]
        moved: Moved,
    } = { named, moved },
    TwoTransactions { ids: Vec<String> } = { ids },
    NotOurs {
        #[serde(skip_serializing_if = "Option::is_none")]
        transaction: Option<String>,
    } = { transaction },
    NumberTaken {
        #[serde(flatten)]
        moved: Moved,
    } = { moved },
    WrongAmount {
        told: Money,
        #[serde(flatten)]
        moved: Moved,
    } = { told, moved },
    DeclinedYetMoved {
        decline: Decline,
        #[serde(flatten)]
        moved: Moved,
    } = { decline, moved },
    VoidedYetCaptured,
    TwoCapturedSums { low: Money, high: Money } = { low, high },
    OverRefunded { captured: Money, total: Money } = { captured, total },
    CaptureNotShown as StepNotShown { accepted: Money, shown: Money } =
        { accepted: epay_domain::StepKind::Capture(accepted), shown },
    VoidNotShown as StepNotShown { shown: Money } =
        { accepted: epay_domain::StepKind::Void, shown },
    RefundNotShown as StepNotShown { accepted: Money, shown: Money } =
        { accepted: epay_domain::StepKind::Refund(accepted), shown },
    LateSuccess {
        #[serde(skip_serializing_if = "Option::is_none")]
        transaction: Option<String>,
        #[serde(flatten)]
        moved: Moved,
    } = { transaction, moved },
    SentAfterAll {
        question: Question,
        #[serde(flatten)]
        moved: Moved,
    } = { question, moved },
    NotFoundThoughNamed,
}

/// How far the money went. Not told by the first records of another terminal, another currency or a
/// wrong amount: those cover as far as it had gone when they were written.
#[derive(Serialize, Deserialize)]
pub(super) struct Moved {
    #[serde(default = "not_told")]
    charged: PayerCharged,
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<Money>,
}

wire! { PayerCharged: No, Yes, Held, NotKnownYet }

fn not_told() -> PayerCharged {
    PayerCharged::NotKnownYet
}

impl Field<epay_domain::Moved> for Moved {
    fn write(it: &epay_domain::Moved) -> Moved {
        Moved { charged: Field::write(&it.charged), sum: Field::write(&it.sum) }
    }

    fn read(self) -> Result<epay_domain::Moved, RecordError> {
        Ok(epay_domain::Moved { charged: self.charged.read()?, sum: self.sum.read()? })
    }
}

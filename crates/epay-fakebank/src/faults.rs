//! A planned fault waits for the n-th call of its endpoint, happens once, and is gone.

use serde::{Deserialize, Serialize};

/// A call the bank answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `POST /oauth2/token`.
    Token,
    /// `GET /public.rsa`.
    PublicKey,
    /// `POST /payment/cryptopay`, and `POST /payments/cards/auth`, which is the same by a saved card.
    Cryptopay,
    /// `POST /payment/confirm`.
    Confirm,
    /// `POST /operation/{id}/charge`.
    Charge,
    /// `POST /operation/{id}/cancel`.
    Cancel,
    /// `POST /operation/{id}/refund`.
    Refund,
    /// `GET /check-status/payment/transaction/{invoiceID}`.
    Status,
    /// `GET /terminals/{id}`.
    Terminal,
    /// The payer sends the pay form off.
    PayForm,
    /// `GET /cards/{accountId}`.
    Cards,
    /// `POST /card/deactivate/{cardID}`.
    DeactivateCard,
    /// What the bank does not have, or this one does not serve. It only stands in the wire log.
    Other,
}

impl Endpoint {
    /// Whether this call may move money.
    pub fn moves_money(self) -> bool {
        matches!(
            self,
            Self::Cryptopay
                | Self::PayForm
                | Self::Confirm
                | Self::Charge
                | Self::Cancel
                | Self::Refund
        )
    }
}

/// One planned fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which call.
    pub on: Endpoint,
    /// How many such calls pass unharmed first; 0 is the next one.
    #[serde(default)]
    pub skip: u32,
    /// What happens to it.
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// The answer comes this many milliseconds late.
    Delay(u64),
    /// The connection is cut and nothing was done.
    CutBeforeEffect,
    /// It was done, then the connection is cut.
    CutAfterEffect,
    /// It was done, then the answer is a 500.
    ErrorAfterEffect,
    /// It was done, and only this many bytes of the answer's body arrive.
    Truncate(usize),
    /// It was done, and status shows the old state for this many milliseconds.
    LateVisible(u64),
    /// It was not done, and the answer says that it was.
    SaysDone,
    /// It was done, and the challenge in its answer has no `md`: nobody can show it.
    ChallengeWithoutMd,
    /// Its callbacks are never sent.
    CallbackLost,
    /// Its callbacks are sent twice.
    CallbackTwice,
    /// Its callbacks are sent before the answer.
    CallbackEarly,
    /// Its callbacks are sent this many milliseconds after the answer.
    CallbackLate(u64),
    /// The ledger books something else than what was asked; only a call that books a payment can be struck.
    Misbook(Misbooking),
}

/// A wrong entry in the ledger, to prove that somebody compares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Misbooking {
    /// The operation is there once more, under another id.
    Twice,
    /// It has another amount, in minor units.
    Amount(u64),
    /// It has another invoice number.
    Invoice(String),
}

/// The faults still to come.
#[derive(Debug, Default)]
pub(crate) struct Plan(Vec<Fault>);

impl Plan {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn all(&self) -> &[Fault] {
        &self.0
    }

    /// Counts one call of `endpoint` and takes the faults that are due.
    pub(crate) fn take(&mut self, endpoint: Endpoint) -> Vec<FaultKind> {
        let mut due = Vec::new();
        self.0.retain_mut(|fault| {
            if fault.on != endpoint {
                return true;
            }
            match fault.skip.checked_sub(1) {
                Some(rest) => {
                    fault.skip = rest;
                    true
                }
                None => {
                    due.push(fault.kind.clone());
                    false
                }
            }
        });
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_its_turn_and_happens_once() {
        let mut plan = Plan::default();
        let fault = |on, skip, kind| Fault { on, skip, kind };
        plan.add(fault(Endpoint::Charge, 1, FaultKind::CutAfterEffect));
        plan.add(fault(Endpoint::Charge, 0, FaultKind::Delay(5)));
        plan.add(fault(Endpoint::Charge, 1, FaultKind::CallbackLost));
        assert_eq!(plan.take(Endpoint::Refund), []);
        assert_eq!(plan.take(Endpoint::Charge), [FaultKind::Delay(5)]);
        assert_eq!(
            plan.take(Endpoint::Charge),
            [FaultKind::CutAfterEffect, FaultKind::CallbackLost]
        );
        assert_eq!(plan.take(Endpoint::Charge), []);
    }

    #[test]
    fn faults_are_json() {
        let cases = [
            (r#"{"on":"cryptopay","kind":"cut_after_effect"}"#, FaultKind::CutAfterEffect),
            (r#"{"on":"cryptopay","skip":0,"kind":{"truncate":17}}"#, FaultKind::Truncate(17)),
            (
                r#"{"on":"cryptopay","kind":{"misbook":{"amount":100}}}"#,
                FaultKind::Misbook(Misbooking::Amount(100)),
            ),
            (
                r#"{"on":"cryptopay","kind":{"misbook":"twice"}}"#,
                FaultKind::Misbook(Misbooking::Twice),
            ),
        ];
        for (json, kind) in cases {
            let fault: Fault = serde_json::from_str(json).unwrap();
            assert_eq!(fault, Fault { on: Endpoint::Cryptopay, skip: 0, kind }, "{json}");
        }
    }
}

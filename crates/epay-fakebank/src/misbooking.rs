//! The ledger can be made to lie, so that a test can prove that somebody compares it with their own.

use serde::{Deserialize, Serialize};

use crate::{amount::Amount, bank::Bank, ledger::Operation};

/// A wrong entry in the ledger, to prove that somebody compares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misbooking {
    /// The operation is there once more, under another id.
    Twice,
    /// It has another amount, in minor units.
    Amount(u64),
    /// It has another invoice number.
    Invoice(String),
}

impl Bank {
    /// Falsifies the latest operation of an invoice; `false` where there is none.
    pub fn misbook(&mut self, invoice: &str, how: Misbooking) -> bool {
        let Some(id) = self.ledger.by_invoice(invoice).map(|operation| operation.id.clone()) else {
            return false;
        };
        let copy_id = self.ids.uuid();
        let Some(operation) = self.ledger.by_id_mut(&id) else {
            return false;
        };
        match how {
            Misbooking::Twice => {
                let copy = Operation { id: copy_id, ..operation.clone() };
                self.ledger.book(copy);
            }
            Misbooking::Invoice(invoice) => operation.invoice = invoice,
            Misbooking::Amount(minor) => {
                let amount = Amount::from_minor(minor);
                operation.ordered = amount;
                for sum in [&mut operation.held, &mut operation.captured] {
                    if *sum > Amount::ZERO {
                        *sum = amount;
                    }
                }
            }
        }
        true
    }
}

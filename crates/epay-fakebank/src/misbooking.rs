//! Falsifies the ledger on demand, so that a test can prove that its comparison notices.

use crate::{
    amount::Amount,
    bank::{Bank, Pay},
    cards,
    cryptogram::Instrument,
    faults::Misbooking,
    operation::{Details, Operation},
    refusal::Refusal,
    time::Millis,
};

impl Bank {
    /// Books what somebody else paid under this number, with their own words and nothing of ours: as
    /// when a number is given out again. Hand in a moment before your own payment's.
    ///
    /// # Errors
    /// As [`Bank::pay`].
    pub fn book_stranger(
        &mut self,
        terminal: &str,
        invoice: &str,
        amount: Amount,
        at: Millis,
    ) -> Result<Operation, Refusal> {
        let details = Details {
            name: "Somebody Else".to_owned(),
            account_id: "somebody-else".to_owned(),
            description: "Somebody else's order".to_owned(),
            data: r#"{"statement":{"name":"Somebody Else"}}"#.to_owned(),
            ..Details::default()
        };
        let card = Instrument::card(cards::MASTERCARD_OK).ok_or(Refusal::CRYPTOGRAM)?;
        self.pay(Pay { details, ..Pay::kzt(terminal, invoice, amount, card) }, at)
    }

    /// Falsifies the latest operation of an invoice; `false` where there is none.
    pub fn misbook(&mut self, invoice: &str, how: Misbooking) -> bool {
        let Some(id) = self.operation(invoice).map(|operation| operation.id.clone()) else {
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
            Misbooking::Invoice(invoice) => self.ledger.renumber(&id, invoice),
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

//! The ledger is what really happened to the money: every booked operation, in order of booking.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    cryptogram::{ExpiryForm, Method},
    keep::Book,
    operation::{DelayedVisibility, Operation, Refund, Status},
    time::Millis,
};

/// All operations in the order they were booked, found by id and by the last six digits of their
/// invoice, which the bank wants to be new, too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    operations: Book<Operation>,
    by_id: HashMap<String, usize>,
    by_last_six: HashMap<String, Vec<usize>>,
}

impl Ledger {
    pub(crate) fn all(&self) -> &[Operation] {
        &self.operations
    }

    /// For what changes where an operation stands, and neither its id nor its invoice.
    pub(crate) fn all_mut(&mut self) -> &mut [Operation] {
        &mut self.operations
    }

    pub(crate) fn book_of_operations(&self) -> &Book<Operation> {
        &self.operations
    }

    pub(crate) fn book(&mut self, operation: Operation) {
        let at = self.operations.next_number();
        self.by_id.insert(operation.id.to_ascii_lowercase(), at);
        self.by_last_six.entry(last_six(&operation.invoice).to_owned()).or_default().push(at);
        self.operations.push(operation);
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Operation> {
        self.operations.by_number(*self.by_id.get(&id.to_ascii_lowercase())?)
    }

    /// As [`all_mut`](Self::all_mut).
    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut Operation> {
        self.operations.by_number_mut(*self.by_id.get(&id.to_ascii_lowercase())?)
    }

    /// The operations of an invoice, the latest first: with `Dedupe::Off` there may be several.
    pub(crate) fn of_invoice(&self, invoice: &str) -> impl Iterator<Item = &Operation> {
        self.of_last_six(invoice).filter(move |operation| operation.invoice == invoice)
    }

    /// The operations of all invoices that end like this one, the latest first.
    pub(crate) fn of_last_six(&self, invoice: &str) -> impl Iterator<Item = &Operation> {
        let places = self.by_last_six.get(last_six(invoice)).into_iter().flatten();
        places.rev().filter_map(|at| self.operations.by_number(*at))
    }

    /// Gives an operation another invoice.
    pub(crate) fn renumber(&mut self, id: &str, invoice: String) {
        let Some(at) = self.by_id.get(&id.to_ascii_lowercase()).copied() else { return };
        let Some(operation) = self.operations.by_number_mut(at) else { return };
        let old = std::mem::replace(&mut operation.invoice, invoice.clone());
        self.unlist(&old, at);
        let places = self.by_last_six.entry(last_six(&invoice).to_owned()).or_default();
        places.push(at);
        places.sort_unstable();
    }

    fn unlist(&mut self, invoice: &str, at: usize) {
        if let Some(places) = self.by_last_six.get_mut(last_six(invoice)) {
            places.retain(|place| *place != at);
            if places.is_empty() {
                self.by_last_six.remove(last_six(invoice));
            }
        }
    }

    /// Forgets the operations that were booked first.
    pub(crate) fn forget(&mut self, count: usize) {
        let first = self.operations.first_number();
        let forgotten: Vec<Operation> = self.operations.forget(count).collect();
        for (at, operation) in forgotten.iter().enumerate() {
            self.by_id.remove(&operation.id.to_ascii_lowercase());
            self.unlist(&operation.invoice, first + at);
        }
    }

    /// Hides from status, until `until`, everything that changed since `before` was taken.
    pub(crate) fn veil_changes(&mut self, before: &Self, until: Millis) {
        // Operations are only ever added at the end, so what was there before stands at the same place.
        for (at, operation) in self.operations.iter_mut().enumerate() {
            let old = before.operations.get(at);
            let unchanged = old.is_some_and(|old| {
                old.history.len() == operation.history.len()
                    && old.refunds.len() == operation.refunds.len()
            });
            if !unchanged {
                operation.delayed_visibility =
                    Some(DelayedVisibility { until, before: old.cloned().map(Box::new) });
            }
        }
    }
}

/// What the bank compares two invoice numbers by (documented), and they themselves where they are shorter.
pub(crate) fn last_six(invoice: &str) -> &str {
    invoice.get(invoice.len().saturating_sub(6)..).unwrap_or(invoice)
}

/// An operation as the admin API and judges read it: sums in minor units, nothing about the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// UUID.
    pub id: String,
    /// The merchant's order number.
    pub invoice: String,
    /// Terminal UUID.
    pub terminal: String,
    /// ISO code.
    pub currency: String,
    /// Where it stands.
    pub status: Status,
    /// What was asked for.
    pub ordered: u64,
    /// What was held at approval.
    pub held: u64,
    /// What was captured, refunds not subtracted.
    pub captured: u64,
    /// What went back, in order.
    pub refunds: Vec<RefundLine>,
    /// What went back in total.
    pub refunded: u64,
    /// First six and last four, or `AppleToken`.
    pub card_mask: String,
    /// How the payer paid.
    pub method: Method,
    /// Which expiry form the client sent.
    pub expiry: ExpiryForm,
    /// The code of the refusal, 0 without one.
    pub reason_code: u32,
    /// How it got there.
    pub history: Vec<(Millis, Status)>,
}

/// A refund as they read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLine {
    /// How much went back.
    pub amount: u64,
    /// The merchant's own id of this refund.
    pub external_id: Option<String>,
    /// When.
    pub at: Millis,
}

impl From<&Operation> for LedgerLine {
    fn from(operation: &Operation) -> Self {
        let refund = |refund: &Refund| RefundLine {
            amount: refund.amount.minor(),
            external_id: refund.external_id.clone(),
            at: refund.at,
        };
        Self {
            id: operation.id.clone(),
            invoice: operation.invoice.clone(),
            terminal: operation.terminal.clone(),
            currency: operation.currency.clone(),
            status: operation.status,
            ordered: operation.ordered.minor(),
            held: operation.held.minor(),
            captured: operation.captured.minor(),
            refunds: operation.refunds.iter().map(refund).collect(),
            refunded: operation.refunded().minor(),
            card_mask: operation.card_mask.clone(),
            method: operation.method,
            expiry: operation.expiry,
            reason_code: operation.reason_code,
            history: operation.history.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Amount, Bank, Instrument, Misbooking, Pay, SANDBOX_TERMINAL, Settings, cards};

    fn paid(invoices: &[&str]) -> Bank {
        let mut bank = Bank::new(Settings::default());
        for invoice in invoices {
            let card = Instrument::card(cards::VISA_OK).unwrap();
            let pay = Pay::kzt(SANDBOX_TERMINAL, invoice, Amount::from_minor(100_00), card);
            bank.pay(pay, Millis(0)).unwrap();
        }
        bank
    }

    #[test]
    fn what_is_booked_is_found_by_its_id_in_any_casing_and_by_its_invoice() {
        let bank = paid(&["1000001", "1000002"]);
        for operation in bank.ledger() {
            let by_id = bank.ledger.by_id(&operation.id.to_ascii_uppercase());
            assert_eq!(by_id.map(|it| &it.id), Some(&operation.id));
            let by_invoice = bank.operation(&operation.invoice);
            assert_eq!(by_invoice.map(|it| &it.id), Some(&operation.id));
        }
        assert!(bank.operation("000001").is_none(), "its last six digits are no invoice");
    }

    #[test]
    fn what_is_forgotten_is_found_by_nothing_and_its_number_is_free() {
        let keep = crate::Keep { payments: Some(4), millis: None };
        let mut bank = Bank::new(Settings { keep, ..Settings::default() });
        let paid = |bank: &mut Bank, invoice: &str, at: u64| {
            let card = Instrument::card(cards::VISA_OK).unwrap();
            let pay = Pay::kzt(SANDBOX_TERMINAL, invoice, Amount::from_minor(100_00), card);
            let now = Millis(at);
            let pay = |bank: &mut Bank| bank.pay(pay, now).map(|paid| paid.id);
            bank.perform(crate::Endpoint::Cryptopay, invoice, now, pay).value.unwrap()
        };
        let ids: Vec<String> =
            (0..7).map(|at| paid(&mut bank, &format!("100000{at}"), at).unwrap()).collect();
        assert_eq!(bank.ledger().len(), 5, "tidied up before the seventh");
        for (at, id) in ids.iter().enumerate() {
            let kept = at >= 2;
            assert_eq!(bank.ledger.by_id(id).is_some(), kept, "{at}");
            assert_eq!(bank.operation(&format!("100000{at}")).is_some(), kept, "{at}");
        }
        assert!(paid(&mut bank, "1000000", 8).is_ok() && paid(&mut bank, "1000006", 8).is_err());
        let log: Vec<&str> = bank.callback_log().iter().map(|it| it.invoice.as_str()).collect();
        assert_eq!(log.last(), Some(&"1000000"));
    }

    #[test]
    fn what_is_too_old_is_forgotten() {
        let keep = crate::Keep { payments: None, millis: Some(1_000) };
        let mut bank = Bank::new(Settings { keep, ..paid(&[]).settings().clone() });
        for (invoice, at) in [("1000001", 0), ("1000002", 900), ("1000003", 1_100)] {
            let card = Instrument::card(cards::VISA_OK).unwrap();
            let pay = Pay::kzt(SANDBOX_TERMINAL, invoice, Amount::from_minor(100_00), card);
            bank.perform(crate::Endpoint::Cryptopay, invoice, Millis(at), |bank| {
                bank.pay(pay, Millis(at)).map(drop)
            });
        }
        let kept: Vec<&str> = bank.ledger().iter().map(|it| it.invoice.as_str()).collect();
        assert_eq!(kept, ["1000002", "1000003"]);
        assert_eq!((bank.wire_log().len(), bank.callback_log().len()), (2, 2));
    }

    #[test]
    fn what_is_booked_under_another_invoice_is_found_under_that_alone_and_the_latest_first() {
        let mut bank = paid(&["1000001", "1000002"]);
        assert!(bank.misbook("1000001", Misbooking::Invoice("1000002".to_owned())));
        assert!(bank.operation("1000001").is_none());
        let both: Vec<&str> = bank.ledger.of_invoice("1000002").map(|it| it.id.as_str()).collect();
        assert_eq!(both, [bank.ledger()[1].id.as_str(), bank.ledger()[0].id.as_str()]);
    }
}

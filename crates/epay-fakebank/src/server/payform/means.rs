//! The payer's choice at the form: one of their saved cards, or a card that they type.

use crate::{
    bank::Bank,
    cryptogram::{self, Instrument},
    pay_form::Payable,
    refusal::Refusal,
    request::Form,
    saved_cards::{self, SavedCard},
};

/// The cards that the payer of an order may choose from; one without a name at the shop has none.
pub(super) fn offered<'a>(bank: &'a Bank, order: &'a Payable) -> Vec<&'a SavedCard> {
    let account = &order.details.account_id;
    let all = bank.cards_of(account, bank.terminals_of(&order.client));
    if account.is_empty() { Vec::new() } else { all.collect() }
}

/// Reads what the payer sent off, before anything is used up.
///
/// # Errors
/// 459: the number or CVC that they typed, 457: its expiry, 522: a card that was not offered.
pub(super) fn read(bank: &Bank, order: &Payable, given: &Form) -> Result<Instrument, Refusal> {
    match given.get("card") {
        Some(id) => chosen(bank, order, id),
        None => typed(bank, given),
    }
}

fn chosen(bank: &Bank, order: &Payable, id: &str) -> Result<Instrument, Refusal> {
    // Whoever pays can write any id into the form, and reaches nobody else's card by it.
    let offered = offered(bank, order).iter().any(|card| card.id == id);
    if !offered {
        return Err(saved_cards::gone());
    }
    bank.saved_instrument(id, &order.terminal, false)
}

fn typed(bank: &Bank, given: &Form) -> Result<Instrument, Refusal> {
    let digits = |name| {
        let typed = given.get(name).unwrap_or_default();
        typed.chars().filter(|it| !matches!(it, ' ' | '/' | '-')).collect::<String>()
    };
    let settings = bank.settings();
    let (number, expiry, cvc) = (digits("number"), digits("expiry"), digits("cvc"));
    cryptogram::typed(&number, &expiry, &cvc, &settings.switches, &settings.cards)
}

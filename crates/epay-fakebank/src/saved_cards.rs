//! The cards that the bank keeps for a merchant's payers: saved with a payment, paid with by their id,
//! listed by the payer's account.

use crate::{
    bank::Bank,
    cards::{self, Verdict},
    cryptogram::{Instrument, Method},
    operation::Operation,
    refusal::Refusal,
    time::Millis,
};

/// A card that the bank keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedCard {
    /// UUID; what it is paid with.
    pub id: String,
    /// The merchant's name for the payer: `accountId` of the payment that saved it.
    pub account: String,
    /// The terminal it was saved at; the merchant's others take it too (assumed).
    pub terminal: String,
    /// The payment that saved it.
    pub transaction: String,
    /// That payment's RRN.
    pub reference: String,
    /// The holder's name as it was sent with that payment.
    pub(crate) holder: String,
    /// When it was saved.
    pub created: Millis,
    /// Whether it may be paid with; a card that was deactivated stays so.
    pub active: bool,
    pub(crate) instrument: Instrument,
}

impl SavedCard {
    /// First six and last four.
    pub fn mask(&self) -> &str {
        &self.instrument.mask
    }
}

impl Bank {
    /// Every card that was saved and is not forgotten, in that order.
    pub fn saved_cards(&self) -> &[SavedCard] {
        self.saved_cards.all()
    }

    /// Has a card kept that no payment saved; gives its id, or nothing without a right Luhn digit.
    pub fn save_card(
        &mut self,
        terminal: &str,
        account: &str,
        pan: &str,
        now: Millis,
    ) -> Option<String> {
        let id = self.ids.uuid();
        let instrument = Instrument::card(pan)?;
        let instrument =
            Instrument { method: Method::SavedCard, saved_as: Some(id.clone()), ..instrument };
        self.saved_cards.save(SavedCard {
            id: id.clone(),
            account: account.to_owned(),
            terminal: terminal.to_owned(),
            transaction: String::new(),
            reference: String::new(),
            holder: String::new(),
            created: now,
            active: true,
            instrument,
        });
        Some(id)
    }

    /// What a payment by this card at `terminal` is made with. `recurrent`: the payer is not there.
    ///
    /// # Errors
    /// 522 for a card that the merchant does not have, or no longer.
    pub fn saved_instrument(
        &self,
        id: &str,
        terminal: &str,
        recurrent: bool,
    ) -> Result<Instrument, Refusal> {
        let card = self.saved_cards.by_id(id).filter(|card| card.active);
        let card = card.filter(|card| self.share_a_client(&card.terminal, terminal));
        let mut instrument = card.ok_or_else(gone)?.instrument.clone();
        let asks_payer = self.settings.switches.saved_card_three_ds && !recurrent;
        if matches!(instrument.verdict, Verdict::ThreeDs | Verdict::Fingerprint) && !asks_payer {
            instrument.verdict = Verdict::Approve;
        }
        Ok(instrument)
    }

    /// The cards of this payer that may be paid with, for the merchant of `terminals`.
    pub fn cards_of<'a>(
        &'a self,
        account: &'a str,
        terminals: &'a [String],
    ) -> impl Iterator<Item = &'a SavedCard> {
        let own = |card: &&SavedCard| card.active && terminals.contains(&card.terminal);
        self.saved_cards.of_account(account).filter(own)
    }

    /// Ends a card. Ending it again is no error (assumed).
    ///
    /// # Errors
    /// 522 for a card that the merchant of `terminals` never had.
    pub fn deactivate(&mut self, id: &str, terminals: &[String]) -> Result<(), Refusal> {
        let own = |card: &&mut SavedCard| terminals.contains(&card.terminal);
        self.saved_cards.by_id_mut(id).filter(own).ok_or_else(gone)?.active = false;
        Ok(())
    }

    /// Keeps the card of a payment that went through, if it was to be kept.
    pub(crate) fn keep_card(&mut self, operation: &Operation, now: Millis) {
        if !operation.save_card || self.saved_cards.by_id(&operation.card_id).is_some() {
            return;
        }
        self.saved_cards.save(SavedCard {
            id: operation.card_id.clone(),
            account: operation.details.account_id.clone(),
            terminal: operation.terminal.clone(),
            transaction: operation.id.clone(),
            reference: operation.reference.clone(),
            holder: operation.details.name.clone(),
            created: now,
            active: true,
            instrument: Instrument {
                mask: operation.card_mask.clone(),
                scheme: operation.card_type,
                verdict: operation.verdict,
                method: Method::SavedCard,
                expiry: operation.expiry,
                saved_as: Some(operation.card_id.clone()),
            },
        });
    }

    /// The terminals of a merchant.
    pub(crate) fn terminals_of(&self, client: &str) -> &[String] {
        let client = self.settings.clients.iter().find(|known| known.id == client);
        client.map_or(&[], |client| &client.terminals)
    }

    fn share_a_client(&self, one: &str, other: &str) -> bool {
        let has = |terminals: &[String], id: &str| {
            terminals.iter().any(|terminal| terminal.eq_ignore_ascii_case(id))
        };
        self.settings
            .clients
            .iter()
            .any(|client| has(&client.terminals, one) && has(&client.terminals, other))
    }
}

/// The bank's words for a record that is not there; that they are said of a card is assumed.
pub(crate) fn gone() -> Refusal {
    Refusal::rule(522, cards::message(522))
}

//! A card that the bank keeps for the merchant, and whether payer or merchant starts the payment.

use crate::{BankText, CardId};

/// A card that the bank keeps (`cardSave`), to be paid with again without its number.
///
/// The bank tells no expiry. A card that has expired is declined when it is paid with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedCard {
    /// The handle to pay with.
    pub id: CardId,
    /// Its first and last digits, as the bank masks it.
    pub mask: Option<BankText>,
}

/// The party who starts a payment by a saved card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// The payer is there and chose the card. The bank may still ask for 3-D Secure (`assumed`: pages
    /// and clients say either).
    Payer,
    /// The merchant, by an agreement with a payer who is not there: the bank's `recurrent`.
    Merchant,
}

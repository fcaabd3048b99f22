//! Cards that the bank keeps: verified without money, listed, deactivated. They are used in
//! [`Payments::pay`], like any other method.

use crate::error::PayError;
use crate::{Method, Outcome, Payments};
use epay_domain::{CardId, Currency, Money, PaymentRequest, SavedCard};

impl Payments {
    /// Has the bank verify a card for `order` and take nothing: [`Outcome::Verified`], or declined, or
    /// not known yet, as with a payment. With [`with_saved_card`](PaymentRequest::with_saved_card) the
    /// bank keeps the card: [`Attempt::saved_card`](crate::Attempt::saved_card). The bank's page has it
    /// in `USD`, on a terminal made for it.
    ///
    /// ```
    /// # use epay::{Currency, Method, PaymentRequest, Payments};
    /// # async fn example(shop: Payments, typed: Method) -> Result<(), Box<dyn std::error::Error>> {
    /// let request = PaymentRequest::new("Card")?.with_account("payer-7")?.with_saved_card(true);
    /// let outcome = shop.verify_card("card-of-7", Currency::USD, typed, &request).await?;
    /// println!("{:?}", outcome.attempt().saved_card());
    /// # Ok(()) }
    /// ```
    pub async fn verify_card(
        &self,
        order: &str,
        currency: Currency,
        method: impl Into<Method> + Send,
        request: &PaymentRequest,
    ) -> Result<Outcome, PayError> {
        self.pay_sum(order, Money::zero(currency), method.into(), request).await
    }

    /// The cards that the bank keeps for the payer whom you call `account`, asked anew each time. It
    /// moves no money.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// for card in shop.saved_cards("payer-7").await? {
    ///     println!("{} {:?}", card.id, card.mask);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn saved_cards(&self, account: &str) -> Result<Vec<SavedCard>, PayError> {
        self.bank.saved_cards(account).await.map_err(PayError::cards)
    }

    /// Ends a saved card: it can't be paid with any more. After an error it may be asked again.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments, card: epay::CardId) -> Result<(), epay::PayError> {
    /// shop.deactivate_card(&card).await?;
    /// # Ok(()) }
    /// ```
    pub async fn deactivate_card(&self, card: &CardId) -> Result<(), PayError> {
        self.bank.deactivate_card(card).await.map_err(PayError::cards)
    }
}

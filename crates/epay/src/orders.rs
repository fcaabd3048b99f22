//! Orders before and after they are paid: registered with their sum, and listed.

use crate::error::{PayError, PayErrorKind};
use crate::{Attempt, Outcome, Payments};
use epay_domain::{
    Count, Created, InvoiceId, ListFilter, ListQuery, Listed, Money, NewPayment, OrderId,
    PaymentStatus, StoreError, Stored,
};

impl Payments {
    /// Registers `order` with its sum, before anybody pays, and asks the bank nothing. The order is then
    /// paid with that sum: it is [`Outcome::NotAsked`] until [`pay`](Payments::pay). Registering again
    /// tells how the order stands.
    ///
    /// With another sum it is [`AmountChanged`](PayErrorKind::AmountChanged), also where nothing was
    /// asked yet: of two who register at once with different sums one is refused. What was registered and
    /// never paid may be lost with the machine; registering again is the way out. An order that another
    /// terminal has in this log is [`OtherTerminal`](PayErrorKind::OtherTerminal).
    ///
    /// After [`pay_again`](Payments::pay_again) it opens the order's next attempt, with the same sum.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let outcome = shop.register("order-17", epay::Money::tenge(5_000)).await?;
    /// println!("{}", outcome.next_call());
    /// # Ok(()) }
    /// ```
    pub async fn register(&self, order: &str, amount: Money) -> Result<Outcome, PayError> {
        if amount.is_zero() {
            return Err(PayError::new(PayErrorKind::Amount));
        }
        let order = OrderId::new(order).map_err(PayError::input)?;
        let new = self.new_payment(order, amount, None)?;
        let created = self.log.store.create(new.clone(), self.log.now(), None).await;
        let stored = match created.map_err(PayError::store)? {
            Created::New(stored) => stored,
            Created::Existing(present) => {
                let present = self.here(present)?;
                let counts = self.log.that_counts(present).await.map_err(PayError::store)?;
                self.opened_anew(counts, new).await.map_err(PayError::store)?
            }
            // Only what can be paid with once is replayed, and nothing was brought.
            Created::Replayed => return Err(PayError::new(PayErrorKind::Replayed)),
        };
        let same = stored.payment.ordered() == amount;
        let changed = PayError::new(PayErrorKind::AmountChanged);
        if same { Ok(self.outcome(stored, None)) } else { Err(changed) }
    }

    /// The next attempt, where the order was given back and the shop lets it be paid anew.
    async fn opened_anew(&self, present: Stored, new: NewPayment) -> Result<Stored, StoreError> {
        use PaymentStatus::{Refunded, Verified, Voided};
        let payment = &present.payment;
        let given_back = matches!(payment.status(), Refunded | Voided | Verified);
        let proof = payment.dead().filter(|_| given_back && payment.ordered() == new.amount);
        let Some(proof) = proof else { return Ok(present) };
        match self.log.store.create(new, self.log.now(), Some(proof)).await? {
            Created::New(stored) | Created::Existing(stored) => Ok(stored),
            Created::Replayed => Ok(present),
        }
    }

    /// Attempts of the log, the newest first, as the query wants them. One that can't be read is an error
    /// in its place, and holds up no other.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// for (invoice, attempt) in shop.list(epay::ListQuery::newest(20)).await? {
    ///     println!("{invoice}: {:?}", attempt?);
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn list(
        &self,
        query: ListQuery,
    ) -> Result<Vec<(InvoiceId, Result<Attempt, PayError>)>, PayError> {
        let page = self.log.store.list(query).await.map_err(PayError::store)?;
        let read = |(invoice, listed): (InvoiceId, Result<Listed, StoreError>)| {
            let attempt = listed.map(|listed| self.attempt(listed.stored)).map_err(PayError::store);
            (invoice, attempt)
        };
        Ok(page.into_iter().map(read).collect())
    }

    /// How many attempts the list of `filter` has, and since when the one that has waited longest does.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// let open = shop.count(epay::ListFilter::Open).await?;
    /// println!("{} wait for the bank or the payer", open.attempts);
    /// # Ok(()) }
    /// ```
    pub async fn count(&self, filter: ListFilter) -> Result<Count, PayError> {
        self.log.store.count(filter).await.map_err(PayError::store)
    }
}

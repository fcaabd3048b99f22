//! Pay and confirm: thin over the one ask and the one check, and nothing is asked twice.

use crate::ask::{Ask, Asked};
use crate::error::{PayError, PayErrorKind};
use crate::hand_over::is_handed_over;
use crate::log_writer::{Intent, WRITE_TRIES};
use crate::timeouts::DAY;
use crate::{AttemptRef, Method, Outcome, Payments};
use epay_crypto::{Purpose, TagKey};
use epay_domain::{
    CloseReason, Command, Created, DeadProof, Event, Fact, FulfilOn, InvoiceId, Money, NewPayment,
    Note, OrderId, PayerStep, PaymentRequest, PaymentStatus, Refusal, ReplayKey, StoreError,
    StoreErrorKind, Stored, TerminalId, ThreeDsAnswer, Timestamp, WaitsFor,
};

impl Payments {
    /// Pays `amount` for `order`, whose name is also the description. The bank wants a card's holder:
    /// see [`Card::with_holder`](epay_crypto::Card::with_holder). More is said by
    /// [`pay_with`](Payments::pay_with).
    pub async fn pay(
        &self,
        order: &str,
        amount: Money,
        method: impl Into<Method> + Send,
    ) -> Result<Outcome, PayError> {
        let request = PaymentRequest::new(order).map_err(PayError::input)?;
        self.pay_with(order, amount, method, &request).await
    }

    /// Pays `amount` for `order`.
    ///
    /// An order has one live attempt. While there is one, this asks the bank nothing new and tells how
    /// it stands: a second click is harmless. When the attempt was declined, provably not executed or
    /// given up, it opens the next one under a new invoice number. An order that was paid or held and
    /// given back is over: see [`pay_again`](Payments::pay_again).
    pub async fn pay_with(
        &self,
        order: &str,
        amount: Money,
        method: impl Into<Method> + Send,
        request: &PaymentRequest,
    ) -> Result<Outcome, PayError> {
        if amount.is_zero() {
            return Err(PayError::new(PayErrorKind::Amount));
        }
        self.pay_sum(order, amount, method.into(), request).await
    }

    /// Pays, or of nothing verifies.
    pub(crate) async fn pay_sum(
        &self,
        order: &str,
        amount: Money,
        method: Method,
        request: &PaymentRequest,
    ) -> Result<Outcome, PayError> {
        if method.agreed().is_some_and(|agreed| agreed != amount) {
            return Err(PayError::new(PayErrorKind::NotAgreed));
        }
        let request = method.completes(request)?;
        let order = OrderId::new(order).map_err(PayError::input)?;
        let replay = self.replay_key(&method)?;
        let attempt = self.open(order, amount, replay).await?;
        if attempt.payment.status() != PaymentStatus::New {
            return Ok(self.outcome(attempt, None));
        }
        let sealed = self.seal(method).await?;
        let asked = self.ask(attempt, Ask::Authorize(sealed, Box::new(request))).await?;
        Ok(self.after(asked).await)
    }

    pub(crate) fn new_payment(
        &self,
        order: OrderId,
        amount: Money,
        replay: Option<ReplayKey>,
    ) -> Result<NewPayment, PayError> {
        let terminal = self.terminal().clone();
        let tag = Some(epay_crypto::random_tag().map_err(PayError::random)?);
        Ok(NewPayment { order, amount, terminal, replay, tag })
    }

    /// Hands the payer's 3-D Secure answer in. `state` is the parameter of the return link.
    ///
    /// A page that is loaded twice or comes late asks nothing again and tells how the payment stands,
    /// until a day after the payer's time ([`Timeouts::payer`](crate::Timeouts::payer)) is over. An
    /// answer that provably never left may be handed in again.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments, state: &str, body: &[u8])
    /// # -> Result<(), Box<dyn std::error::Error>> {
    /// let outcome = shop.confirm(state, epay::read_three_ds_return(body)?).await?;
    /// println!("charged: {}", outcome.payer_charged());
    /// # Ok(()) }
    /// ```
    pub async fn confirm(&self, state: &str, answer: ThreeDsAnswer) -> Result<Outcome, PayError> {
        let foreign = || PayError::new(PayErrorKind::ForeignReturn);
        let (invoice, asked_at) =
            read_state(state, &self.tags, self.terminal()).ok_or_else(foreign)?;
        if self.log.now().since(asked_at) > self.log.timeouts.payer.saturating_add(DAY) {
            return Err(PayError::new(PayErrorKind::ReturnExpired));
        }
        let stored = self.log.store.load(&invoice).await.map_err(PayError::store)?;
        let stored = stored.ok_or_else(foreign)?;
        // MD is no secret from the browser that brings it; the signed state is the gate, MD only has
        // to fit.
        if stored.payment.challenge().is_some_and(|challenge| challenge.md != answer.md()) {
            return Err(foreign());
        }
        match self.ask(stored, Ask::Confirm(answer)).await? {
            Asked::Refused(stored, _) => Ok(self.checked_for_a_payer(stored).await),
            asked => Ok(self.after(asked).await),
        }
    }

    /// Closes an attempt if the bank was never asked, or if it waits for a payer who has left: from
    /// then on it is never confirmed, and [`pay`](Payments::pay) opens a new one. Where the page that
    /// the payer had to see was lost, the bank is asked first whether it still waits for them. A payer who
    /// was [handed over](Payments::hand_over) may be paying now, so that attempt is not abandoned: it ends
    /// by itself, and until then it is handed over again.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// shop.abandon("order-17").await?;
    /// # Ok(()) }
    /// ```
    pub async fn abandon(&self, which: impl Into<AttemptRef>) -> Result<Outcome, PayError> {
        let stored = self.find_here(which).await?;
        let (reason, stored) = match stored.payment.status() {
            PaymentStatus::New => (CloseReason::NeverAsked, stored),
            // At the bank's form the payer needs no confirm of ours: they may be paying now.
            PaymentStatus::AwaitingPayer if !is_handed_over(&stored) => {
                (CloseReason::NeverConfirmed, stored)
            }
            _ => {
                let checked = self.check(stored).await.map_err(PayError::store)?;
                let seen = checked.seen.ok_or(PayError::new(PayErrorKind::NoAnswer))?;
                let still = seen.fact == Fact::AwaitingPayer(PayerStep::Challenge);
                if !still && checked.stored.payment.pending().is_some() {
                    return Err(PayError::refused(Refusal::NotDead));
                }
                (CloseReason::NeverConfirmed, checked.stored)
            }
        };
        self.wish_of_shop(stored, Command::Close(reason)).await
    }

    /// Gives up an attempt that the bank has not known since
    /// [`Timeouts::reopen`](crate::Timeouts::reopen), because the payer chooses to pay again now:
    /// after one more check, and only if the bank still does not know it. When that check fails,
    /// nothing changes. Then [`pay`](Payments::pay) opens a new one.
    ///
    /// Tell the payer that for a time they may see both on their card. If the first surfaces after
    /// all, it is given back; see [`LateSuccess`](crate::LateSuccess). Without `Timeouts::reopen` this
    /// holds the order as long as waiting for the whole window would.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// shop.reopen("order-17").await?;
    /// # Ok(()) }
    /// ```
    pub async fn reopen(&self, order: &str) -> Result<Outcome, PayError> {
        let checked = self.check(self.find_here(order).await?).await.map_err(PayError::store)?;
        // A check that failed says nothing about what the bank knows now.
        if checked.seen.is_none() || checked.stored.payment.dead().is_some() {
            return Ok(self.outcome(checked.stored, None));
        }
        let timeouts = &self.log.timeouts;
        let not_found_window = timeouts.reopen.unwrap_or(timeouts.not_found_window);
        let reason = CloseReason::Abandoned { not_found_window };
        self.wish_of_shop(checked.stored, Command::Close(reason)).await
    }

    /// Lets an order be paid anew whose money was held or taken and given back, or whose card was
    /// verified. `note` says why. Then [`pay`](Payments::pay) opens a new attempt.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// shop.pay_again("order-17", "the payer wants the other card").await?;
    /// # Ok(()) }
    /// ```
    pub async fn pay_again(&self, order: &str, note: &str) -> Result<Outcome, PayError> {
        let note = Note::new(note).map_err(PayError::input)?;
        let mut stored = self.find(order).await?;
        // What a reply alone has said may still turn out otherwise.
        let unsure = |stored: &Stored| {
            let status = stored.payment.status();
            let given_back = matches!(status, PaymentStatus::Voided | PaymentStatus::Refunded);
            given_back && !stored.payment.given_back_by_status()
        };
        if unsure(&stored) {
            stored = self.checked(self.here(stored)?).await;
        }
        if unsure(&stored) {
            return Err(PayError::refused(Refusal::Unanswered));
        }
        self.wish_of_shop(stored, Command::Reopen(note)).await
    }

    /// How an attempt stands, without asking the bank.
    ///
    /// ```
    /// # async fn example(shop: epay::Payments) -> Result<(), epay::PayError> {
    /// println!("{}", shop.status("order-17").await?.next_call());
    /// # Ok(()) }
    /// ```
    pub async fn status(&self, which: impl Into<AttemptRef>) -> Result<Outcome, PayError> {
        Ok(self.outcome(self.find(which).await?, None))
    }

    /// The questions and answers about an invoice, oldest first.
    pub async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, PayError> {
        self.log.store.history(invoice).await.map_err(PayError::store)
    }

    /// Waits until every ask that is under way has ended and is written down. Call it before the
    /// process ends.
    #[cfg(feature = "tokio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
    pub async fn drain(&self) {
        self.tasks.drained().await;
    }

    /// The order's live attempt: the one that is there, settled as far as one check can, or a new one.
    pub(crate) async fn open(
        &self,
        order: OrderId,
        amount: Money,
        replay: Option<ReplayKey>,
    ) -> Result<Stored, PayError> {
        let new = self.new_payment(order, amount, replay)?;
        let mut proof: Option<DeadProof> = None;
        for _ in 0..WRITE_TRIES {
            let created = self.log.store.create(new.clone(), self.log.now(), proof.take()).await;
            let mut stored = match created.map_err(PayError::store)? {
                Created::New(stored) => return Ok(stored),
                Created::Existing(stored) => stored,
                Created::Replayed => return Err(PayError::new(PayErrorKind::Replayed)),
            };
            if stored.payment.status() == PaymentStatus::New && stored.payment.ordered() != amount {
                let close = Command::Close(CloseReason::NeverAsked);
                stored = match self.log.intend(stored, &close).await? {
                    Intent::Written(stored) | Intent::Refused(stored, _) => stored,
                };
            }
            if waits_for_bank(&stored) || is_handed_over(&stored) {
                stored = self.check(stored).await.map_err(PayError::store)?.stored;
            }
            stored = self.log.that_counts(stored).await.map_err(PayError::store)?;
            proof = stored.payment.dead();
            if proof.is_none() {
                let same = stored.payment.ordered() == amount;
                let changed = PayError::new(PayErrorKind::AmountChanged);
                return if same { Ok(stored) } else { Err(changed) };
            }
        }
        Err(PayError::store(StoreError::new(StoreErrorKind::Conflict)))
    }

    /// Checks where a reply is not enough. From here on nothing is an error.
    async fn after(&self, asked: Asked) -> Outcome {
        match asked {
            Asked::Heard(stored, cause) if self.wants_a_check(&stored) => {
                let checked = self.checked(stored).await;
                self.outcome(checked, cause)
            }
            Asked::Heard(stored, cause) => self.outcome(stored, cause),
            Asked::Silent(stored, cause) => self.outcome(stored, Some(cause)),
            // Somebody else asked meanwhile: the same order clicked twice.
            Asked::Refused(stored, _) => self.outcome(stored, None),
        }
    }

    fn wants_a_check(&self, stored: &Stored) -> bool {
        let reply_alone = match stored.payment.status() {
            PaymentStatus::Paid => self.log.fulfil_on == FulfilOn::Status,
            PaymentStatus::Held | PaymentStatus::Verified => true,
            _ => false,
        };
        (reply_alone && !stored.payment.confirmed_by_status()) || waits_for_bank(stored)
    }

    async fn wish_of_shop(&self, stored: Stored, wish: Command) -> Result<Outcome, PayError> {
        match self.log.intend(stored, &wish).await? {
            Intent::Written(stored) => Ok(self.outcome(stored, None)),
            Intent::Refused(_, refusal) => Err(PayError::refused(refusal)),
        }
    }
}

/// The attempt that a return link leads to, and when it was asked. The signature is judged before
/// anything is read, so that a guess learns nothing about what there is.
fn read_state(state: &str, tags: &TagKey, terminal: &TerminalId) -> Option<(InvoiceId, Timestamp)> {
    let mut parts = state.splitn(3, '.');
    let invoice = InvoiceId::new(parts.next()?).ok()?;
    let asked_at = Timestamp::from_unix_millis(parts.next()?.parse().ok()?);
    let purpose = Purpose::ReturnState { asked_at };
    tags.verify(purpose, terminal, &invoice, parts.next()?).then_some((invoice, asked_at))
}

fn waits_for_bank(stored: &Stored) -> bool {
    stored.payment.pending().is_some_and(|pending| pending.waits_for == WaitsFor::Bank)
}

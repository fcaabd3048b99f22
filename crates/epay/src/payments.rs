//! Pay and confirm: the intent is written before the call leaves, what came back after, and nothing is asked twice.

use crate::error::{PayError, PayErrorKind};
use crate::log_writer::{Intent, WRITE_TRIES};
use crate::observe;
use crate::outcome::FormContext;
use crate::{LateSuccess, Method, NotificationHandler, Outcome, Timeouts};
use epay_crypto::{ExpiryFormat, Purpose, TagKey};
use epay_domain::{
    Clock, CloseReason, Command, Created, DeadProof, Event, InvoiceId, Language, Money, NewPayment,
    OrderId, PaymentRequest, PaymentStatus, PaymentStore, ReplayKey, StoreError, StoreErrorKind,
    Stored, ThreeDsAnswer, Timestamp, WaitsFor,
};
use epay_http::Bank;
use std::fmt;
use std::sync::Arc;

/// What a 200 is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FulfilOn {
    /// A payment is `Paid` only when a status has confirmed it: one more call, and a bank that says yes and then no
    /// costs no goods.
    #[default]
    Status,
    /// The reply that names the captured sum is enough.
    Reply,
}

/// Takes payments: the bank, the log and the clock put together.
///
/// Cheap to clone; clones share everything. Every method may be dropped at any await: what was asked is in the log, and
/// [`reconcile`](Payments::reconcile) finds out the rest.
#[derive(Clone)]
pub struct Payments {
    pub(crate) bank: Arc<dyn Bank>,
    pub(crate) store: Arc<dyn PaymentStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timeouts: Timeouts,
    pub(crate) apple_expiry: Option<ExpiryFormat>,
    pub(crate) fulfil_on: FulfilOn,
    pub(crate) handler: Option<Arc<dyn NotificationHandler>>,
    pub(crate) late_success: LateSuccess,
    pub(crate) status_checks_per_second: usize,
    tags: Option<TagKey>,
    language: Language,
}

impl Payments {
    /// Payments on `bank`, logged in `store`, by tokio's clock.
    ///
    /// Return links are signed with a key of this process: set one with [`with_tags`](Payments::with_tags) where the
    /// payer may come back to another process or after a restart.
    #[cfg(feature = "tokio")]
    pub fn new(bank: impl Bank + 'static, store: impl PaymentStore + 'static) -> Payments {
        Payments::with_clock(bank, store, crate::TokioClock)
    }

    /// The same by a clock of one's own.
    pub fn with_clock(
        bank: impl Bank + 'static,
        store: impl PaymentStore + 'static,
        clock: impl Clock + 'static,
    ) -> Payments {
        Payments {
            bank: Arc::new(bank),
            store: observe::store(store),
            clock: Arc::new(clock),
            timeouts: Timeouts::default(),
            apple_expiry: None,
            fulfil_on: FulfilOn::default(),
            handler: None,
            late_success: LateSuccess::default(),
            status_checks_per_second: 5,
            tags: TagKey::random().ok(),
            language: Language::default(),
        }
    }

    /// The key that signs return links, the same on all machines and across restarts.
    pub fn with_tags(mut self, tags: TagKey) -> Payments {
        self.tags = Some(tags);
        self
    }

    /// How long to wait before giving something up.
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Payments {
        self.timeouts = timeouts;
        self
    }

    /// What a 200 is worth.
    pub fn with_fulfil_on(mut self, fulfil_on: FulfilOn) -> Payments {
        self.fulfil_on = fulfil_on;
        self
    }

    /// Who is told what is new, by [`deliver_notifications`](Payments::deliver_notifications) and [`keep_reconciling`](Payments::keep_reconciling).
    pub fn with_notification_handler(
        mut self,
        handler: impl NotificationHandler + 'static,
    ) -> Payments {
        self.handler = Some(Arc::new(handler));
        self
    }

    /// What is done about money that moved after its attempt was given up.
    pub fn with_late_success(mut self, late_success: LateSuccess) -> Payments {
        self.late_success = late_success;
        self
    }

    /// How many status checks a second [`keep_reconciling`](Payments::keep_reconciling) asks of the bank at most; five unless
    /// said, and at least one. Each process counts for itself.
    pub fn with_status_checks_per_second(mut self, count: usize) -> Payments {
        self.status_checks_per_second = count.max(1);
        self
    }

    /// How the bank wants the expiry of an Apple Pay token that the merchant opened. The bank's page shows `DDMMYY`,
    /// Apple gives `YYMMDD`, and nobody has confirmed either: ask the bank. Without it such a payment is refused.
    pub fn with_apple_expiry(mut self, format: ExpiryFormat) -> Payments {
        self.apple_expiry = Some(format);
        self
    }

    /// The language of the 3-D Secure page; Russian unless said.
    pub fn with_language(mut self, language: Language) -> Payments {
        self.language = language;
        self
    }

    /// Pays `amount` for `order`, whose name is also the description. The bank wants a card's holder: see
    /// [`Card::with_holder`](epay_crypto::Card::with_holder). More is said by [`pay_with`](Payments::pay_with).
    pub async fn pay(
        &self,
        order: &str,
        amount: Money,
        method: impl Into<Method> + Send,
    ) -> Result<Outcome, PayError> {
        let request = PaymentRequest::new(order).map_err(PayError::request)?;
        self.pay_with(order, amount, method, &request).await
    }

    /// Pays `amount` for `order`.
    ///
    /// An order has one live attempt. While there is one, this asks the bank nothing new and tells how it stands: a
    /// second click is harmless. When the attempt is dead (declined, provably not executed, gone), it opens the next one
    /// under a new invoice number.
    pub async fn pay_with(
        &self,
        order: &str,
        amount: Money,
        method: impl Into<Method> + Send,
        request: &PaymentRequest,
    ) -> Result<Outcome, PayError> {
        let method = method.into();
        if method.agreed().is_some_and(|agreed| agreed != amount) {
            return Err(PayError::new(PayErrorKind::NotAgreed));
        }
        let request = &method.completes(request)?;
        if self.tags.is_none() {
            return Err(PayError::new(PayErrorKind::Random));
        }
        let order = OrderId::new(order).map_err(PayError::id)?;
        let attempt = self.attempt(order, amount, method.replay()).await?;
        if attempt.payment.status() != PaymentStatus::New {
            return Ok(self.outcome(attempt));
        }
        let sealed = self.seal(method).await?;
        let asked = match self.intend(attempt, &Command::Authorize).await? {
            Intent::Written(asked) => asked,
            // Somebody else asked while we sealed: the same order clicked twice.
            Intent::Refused(stored, _) => return Ok(self.outcome(stored)),
        };
        let reply = self.bank.authorize(&asked.payment, sealed, request).await;
        let heard = asked.payment.record_reply(reply.map_err(Into::into), self.now());
        Ok(self.after_the_ask(asked, heard).await)
    }

    /// Hands the payer's 3-D Secure answer in. `state` is the parameter of the return link.
    ///
    /// A page that is loaded twice or comes late asks nothing again and tells how the payment stands.
    pub async fn confirm(&self, state: &str, answer: ThreeDsAnswer) -> Result<Outcome, PayError> {
        let foreign = || PayError::new(PayErrorKind::ForeignReturn);
        let (invoice, tag) = state.split_once('.').ok_or_else(foreign)?;
        let invoice = InvoiceId::new(invoice).map_err(|_| foreign())?;
        let stored =
            self.store.load(&invoice).await.map_err(PayError::store)?.ok_or_else(foreign)?;
        let tags = self.tags.as_ref().ok_or(PayError::new(PayErrorKind::Random))?;
        if !tags.verify(Purpose::ReturnState, stored.payment.terminal(), &invoice, tag) {
            return Err(foreign());
        }
        // MD is no secret from the browser that brings it; the signed state is the gate, MD only has to fit.
        if stored.payment.challenge().is_some_and(|challenge| challenge.md != answer.md()) {
            return Err(foreign());
        }
        let asked = match self.intend(stored, &Command::Confirm).await? {
            Intent::Written(asked) => asked,
            Intent::Refused(stored, _) => return Ok(self.checked_for_a_payer(stored).await),
        };
        let reply = self.bank.complete_three_ds(&asked.payment, answer).await;
        let heard = asked.payment.record_reply(reply.map_err(Into::into), self.now());
        Ok(self.after_the_ask(asked, heard).await)
    }

    /// Closes the order's attempt if the bank was never asked, or if it waits for a payer who has left: from then on it
    /// is never confirmed, and [`pay`](Payments::pay) opens a new one.
    pub async fn abandon(&self, order: &str) -> Result<Outcome, PayError> {
        let stored = self.current(order).await?;
        let reason = match stored.payment.status() {
            PaymentStatus::New => CloseReason::NeverAsked,
            _ => CloseReason::NeverConfirmed,
        };
        match self.intend(stored, &Command::Close(reason)).await? {
            Intent::Written(stored) => Ok(self.outcome(stored)),
            Intent::Refused(_, refusal) => Err(PayError::refused(refusal)),
        }
    }

    /// Gives up an attempt that the bank has not known since [`Timeouts::reopen`], because the payer chooses to pay again
    /// now: after one more status check, and only if the bank still does not know it. When that one fails, nothing changes. Then [`pay`](Payments::pay) opens a new one.
    ///
    /// Tell the payer that for a time they may see both on their card. If the first surfaces after all, it is given back; see
    /// [`LateSuccess`]. Without `Timeouts::reopen` this holds the order as long as waiting for the not-found window would.
    pub async fn reopen(&self, order: &str) -> Result<Outcome, PayError> {
        let stored = self.current(order).await?;
        let (stored, answered) = self.check_once(stored).await.map_err(PayError::store)?;
        // A status check that failed says nothing about what the bank knows now.
        if !answered || stored.payment.dead().is_some() {
            return Ok(self.outcome(stored));
        }
        let not_found_window = self.timeouts.reopen.unwrap_or(self.timeouts.not_found_window);
        match self
            .intend(stored, &Command::Close(CloseReason::Abandoned { not_found_window }))
            .await?
        {
            Intent::Written(stored) => Ok(self.outcome(stored)),
            Intent::Refused(_, refusal) => Err(PayError::refused(refusal)),
        }
    }

    /// How the order stands, without asking the bank.
    pub async fn status(&self, order: &str) -> Result<Outcome, PayError> {
        Ok(self.outcome(self.current(order).await?))
    }

    /// What was asked and heard about an invoice, oldest first.
    pub async fn history(&self, invoice: &InvoiceId) -> Result<Vec<Event>, PayError> {
        self.store.history(invoice).await.map_err(PayError::store)
    }

    /// The order's live attempt: the one that is there, settled as far as one status check can, or a new one.
    async fn attempt(
        &self,
        order: OrderId,
        amount: Money,
        replay: Option<ReplayKey>,
    ) -> Result<Stored, PayError> {
        let terminal = self.bank.terminal().clone();
        let new = NewPayment { order, amount, terminal, replay };
        let mut proof: Option<DeadProof> = None;
        for _ in 0..WRITE_TRIES {
            let created = self
                .store
                .create(new.clone(), self.now(), proof.take())
                .await
                .map_err(PayError::store)?;
            let mut stored = match created {
                Created::New(stored) => return Ok(stored),
                Created::Existing(stored) => stored,
                Created::Replayed => return Err(PayError::new(PayErrorKind::Replayed)),
            };
            if stored.payment.status() == PaymentStatus::New && stored.payment.ordered() != amount {
                stored =
                    self.intend(stored, &Command::Close(CloseReason::NeverAsked)).await?.stored();
            }
            if waits_for_bank(&stored) {
                stored = self.check(stored).await.map_err(PayError::store)?;
            }
            proof = stored.payment.dead();
            if proof.is_none() {
                let same = stored.payment.ordered() == amount;
                return if same {
                    Ok(stored)
                } else {
                    Err(PayError::new(PayErrorKind::AmountChanged))
                };
            }
        }
        Err(PayError::store(StoreError::new(StoreErrorKind::Conflict)))
    }

    /// Writes down what came back and looks where a reply is not enough. From here on nothing is an error.
    async fn after_the_ask(&self, asked: Stored, heard: Event) -> Outcome {
        match self.record(asked.clone(), heard).await {
            Ok(stored) if self.wants_a_check(&stored) => self.checked(stored).await,
            Ok(stored) => self.outcome(stored),
            // The log does not know what we heard, so neither do we: the ask is in the log, and a status check will tell.
            Err(_) => self.outcome(asked),
        }
    }

    fn wants_a_check(&self, stored: &Stored) -> bool {
        let reply_alone = match stored.payment.status() {
            PaymentStatus::Paid => {
                self.fulfil_on == FulfilOn::Status && !stored.payment.confirmed_by_status()
            }
            PaymentStatus::Held => !stored.payment.confirmed_by_status(),
            _ => false,
        };
        reply_alone || waits_for_bank(stored)
    }

    pub(crate) fn outcome(&self, stored: Stored) -> Outcome {
        let context = FormContext {
            tags: self.tags.clone(),
            environment: self.bank.environment().clone(),
            language: self.language,
        };
        Outcome::of(stored, self.fulfil_on, &context)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

pub(crate) fn waits_for_bank(stored: &Stored) -> bool {
    stored.payment.pending().is_some_and(|pending| pending.waits_for == WaitsFor::Bank)
}

impl fmt::Debug for Payments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payments")
            .field("bank", &self.bank)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

//! Construction and settings of `Payments`; no calls to the bank.

use crate::error::{PayError, PayErrorKind};
use crate::log_writer::LogWriter;
use crate::notification::NotificationHandler;
use crate::outcome::{Attempt, Cause, FormContext, Outcome};
use crate::pace::{HintBudget, Pace};
use crate::rt::Tasks;
use crate::{AttemptRef, LateSuccess, Timeouts, observe};
use epay_crypto::{ExpiryFormat, TagKey};
use epay_domain::{Clock, FulfilOn, Language, PaymentStore, Stored, TerminalId};
use epay_http::Bank;
use std::fmt;
use std::sync::Arc;

/// Takes payments: the bank, the log and the clock put together.
///
/// Cheap to clone; clones share everything. Every method may be dropped at any await. Under tokio an
/// ask that has begun still runs to its end and is written down; [`drain`](Payments::drain) waits for
/// those. Elsewhere what was asked is in the log, and [`reconcile`](Payments::reconcile) finds out the
/// rest.
#[derive(Clone)]
pub struct Payments {
    pub(crate) bank: Arc<dyn Bank>,
    pub(crate) log: LogWriter,
    pub(crate) apple_expiry: Option<ExpiryFormat>,
    #[cfg(feature = "applepay")]
    pub(crate) apple_verifier: Option<Arc<epay_applepay::Verifier>>,
    pub(crate) handler: Option<Arc<dyn NotificationHandler>>,
    pub(crate) late_success: LateSuccess,
    pub(crate) pace: Pace,
    pub(crate) hints: Arc<HintBudget>,
    pub(crate) tasks: Tasks,
    pub(crate) tags: TagKey,
    language: Language,
}

impl Payments {
    /// Payments on `bank`, logged in `store`, by tokio's clock.
    #[cfg(feature = "tokio")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
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
            tags: bank.tag_key(),
            #[cfg(feature = "applepay")]
            apple_verifier: crate::apple_pay::verifier_for(bank.environment()),
            bank: Arc::new(bank),
            log: LogWriter::new(observe::store(store), Arc::new(clock)),
            apple_expiry: None,
            handler: None,
            late_success: LateSuccess::default(),
            pace: Pace::default(),
            hints: Arc::default(),
            tasks: Tasks::default(),
            language: Language::default(),
        }
    }

    /// The key that signs return links, instead of the one that is derived from the bank's
    /// credentials. Either way it has to be the same on all machines and across restarts.
    #[must_use]
    pub fn with_tags(mut self, tags: TagKey) -> Payments {
        self.tags = tags;
        self
    }

    /// How long to wait before giving something up.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Payments {
        self.log.timeouts = timeouts;
        self
    }

    /// Sets how far a reply is trusted.
    #[must_use]
    pub fn with_fulfil_on(mut self, fulfil_on: FulfilOn) -> Payments {
        self.log.fulfil_on = fulfil_on;
        self
    }

    /// Who is notified, by [`deliver_notifications`](Payments::deliver_notifications) and
    /// [`keep_reconciling`](Payments::keep_reconciling).
    #[must_use]
    pub fn with_notification_handler(
        mut self,
        handler: impl NotificationHandler + 'static,
    ) -> Payments {
        self.handler = Some(Arc::new(handler));
        self
    }

    /// Sets what is done about money that moved after its attempt was given up.
    #[must_use]
    pub fn with_late_success(mut self, late_success: LateSuccess) -> Payments {
        self.late_success = late_success;
        self
    }

    /// How many status checks [`keep_reconciling`](Payments::keep_reconciling) begins in a second at
    /// most; twenty unless said, and at least one. Each process counts for itself.
    #[must_use]
    pub fn with_status_checks_per_second(mut self, checks: u32) -> Payments {
        self.pace.per_second = checks.max(1);
        self
    }

    /// How many status checks run side by side; sixteen unless said, and at least one.
    #[must_use]
    pub fn with_status_checks_at_once(mut self, checks: usize) -> Payments {
        self.pace.at_once = checks.max(1);
        self
    }

    /// How the bank wants the expiry of an Apple Pay token that the merchant opened. The bank's page
    /// shows `DDMMYY`, Apple gives `YYMMDD`, and nobody has confirmed either: ask the bank. Without it
    /// such a payment is refused.
    #[must_use]
    pub fn with_apple_expiry(mut self, format: ExpiryFormat) -> Payments {
        self.apple_expiry = Some(format);
        self
    }

    /// The language of the 3-D Secure page; Russian unless said.
    #[must_use]
    pub fn with_language(mut self, language: Language) -> Payments {
        self.language = language;
        self
    }

    /// The terminal that the bank's credentials open.
    pub fn terminal(&self) -> &TerminalId {
        self.bank.terminal()
    }

    pub(crate) async fn find(&self, which: impl Into<AttemptRef>) -> Result<Stored, PayError> {
        self.log.find(&which.into()).await
    }

    /// An attempt that this terminal's bank can be asked about.
    pub(crate) async fn find_here(&self, which: impl Into<AttemptRef>) -> Result<Stored, PayError> {
        self.here(self.find(which).await?)
    }

    pub(crate) fn here(&self, stored: Stored) -> Result<Stored, PayError> {
        let here = stored.payment.terminal() == self.terminal();
        here.then_some(stored).ok_or(PayError::new(PayErrorKind::OtherTerminal))
    }

    pub(crate) fn attempt(&self, stored: Stored) -> Attempt {
        Attempt::of(stored, self.log.fulfil_on)
    }

    pub(crate) fn outcome(&self, stored: Stored, cause: Option<Cause>) -> Outcome {
        let context = || FormContext {
            tags: self.tags.clone(),
            environment: self.bank.environment().clone(),
            language: self.language,
        };
        Outcome::of(self.attempt(stored), cause, context)
    }
}

impl fmt::Debug for Payments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payments")
            .field("bank", &self.bank)
            .field("timeouts", &self.log.timeouts)
            .finish_non_exhaustive()
    }
}

//! The bank's own pay form: the payer pays there, and the bank's status says how that went.

use crate::error::{PayError, PayErrorKind};
use crate::log_writer::Intent;
use crate::outcome::Attempt;
use crate::{Outcome, Payments};
use epay_domain::{Command, Money, OrderId, PaymentRequest, PaymentStatus, Question, Stored};
use epay_http::PayFormParams;
use std::sync::Arc;

/// The page for a payer whom the shop sends to the bank's form.
#[derive(Debug)]
#[must_use = "the payer waits for the form, or for the outcome"]
pub enum HandOver {
    /// The bank's pay form for this attempt.
    Form(PayForm),
    /// The order is paid, over, or paid another way; or the bank gave no new token, and the form that the
    /// payer has still stands.
    Outcome(Outcome),
}

/// The bank's pay form of one attempt, ready to be opened by the payer's page.
#[derive(Debug)]
pub struct PayForm {
    attempt: Attempt,
    params: PayFormParams,
}

impl PayForm {
    /// The attempt.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The argument of `halyk.pay(…)` or `halyk.showPaymentWidget(…)`: one JSON object that can stand in a
    /// `<script>` as it is. Whoever has it can pay this order, so it goes to the payer's page and into no
    /// log.
    pub fn expose_params(&self) -> &str {
        self.params.expose()
    }

    /// The address of the bank's script, which has both functions; `None` where the
    /// [`Environment`](epay_http::Environment::with_pay_form) does not know it.
    pub fn script(&self) -> Option<&str> {
        self.params.script()
    }
}

impl Payments {
    /// Hands the payer over to the bank's own pay form, where they type their card: the shop never sees
    /// it. `request` has the links by which the bank calls back and the payer returns. With
    /// [`with_account`](PaymentRequest::with_account) the form offers the cards that the bank keeps for this
    /// payer, and with [`with_saved_card`](PaymentRequest::with_saved_card) it keeps another (`assumed`).
    ///
    /// The hand-over is the ask, and it is written down before the form leaves. From then on the bank's
    /// status decides, callback or not: the reconciler finds out. A page that is loaded again, or a payer
    /// who comes back, gets the same invoice with a token of its own. Another sum is refused while the
    /// attempt lives. It ends by a final status, or when the bank has not known it for the
    /// [whole window](crate::Timeouts::not_found_window) after the last token; a card that failed while
    /// the payer could still try another ends nothing. Dropped before it answers, it has shown nobody
    /// anything.
    ///
    /// ```
    /// # use epay::{HandOver, Money, PaymentRequest, Payments};
    /// # async fn example(shop: Payments) -> Result<(), Box<dyn std::error::Error>> {
    /// let links = PaymentRequest::new("Order 17")?
    ///     .with_post_links("https://shop.example/callback", "https://shop.example/callback")?
    ///     .with_return_links("https://shop.example/order-17", "https://shop.example/order-17")?;
    /// match shop.hand_over("order-17", Money::tenge(5_000), &links).await? {
    ///     HandOver::Form(form) => println!("<script>halyk.pay({})</script>", form.expose_params()),
    ///     HandOver::Outcome(outcome) => println!("charged: {}", outcome.payer_charged()),
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn hand_over(
        &self,
        order: &str,
        amount: Money,
        request: &PaymentRequest,
    ) -> Result<HandOver, PayError> {
        if amount.is_zero() {
            return Err(PayError::new(PayErrorKind::Amount));
        }
        let order = OrderId::new(order).map_err(PayError::input)?;
        let stored = self.here(self.open(order, amount, None).await?)?;
        let again = is_handed_over(&stored);
        if !again && stored.payment.status() != PaymentStatus::New {
            return Ok(HandOver::Outcome(self.outcome(stored, None)));
        }
        let params = match self.bank.pay_form(&stored.payment, request).await {
            Ok(params) => params,
            // The payer may be paying by the form that they have.
            Err(error) if again => {
                return Ok(HandOver::Outcome(self.outcome(stored, Some(Arc::new(error)))));
            }
            Err(error) => return Err(PayError::pay_form(error)),
        };
        // The bank began to count before its answer was here, so the token ends no later.
        let until = self.log.now() + params.lifetime();
        match self.log.intend(stored, &Command::HandOver { until }).await? {
            Intent::Written(stored) => {
                Ok(HandOver::Form(PayForm { attempt: self.attempt(stored), params }))
            }
            // Somebody paid or closed it meanwhile: the token goes to nobody.
            Intent::Refused(stored, _) => Ok(HandOver::Outcome(self.outcome(stored, None))),
        }
    }
}

/// Whether its payer was handed over, and the bank has not said how that went.
pub(crate) fn is_handed_over(stored: &Stored) -> bool {
    stored.payment.pending().is_some_and(|pending| pending.question == Question::HandOver)
}

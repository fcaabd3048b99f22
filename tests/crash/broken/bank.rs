//! A bank whose answers are misread: between the gateway, which reads them right, and the payment, which believes them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use epay::{
    Bank, Decline, Environment, HttpGateway, InvoiceId, Money, NotificationKind, OrderId,
    PayFormParams, Payment, PaymentRequest, StepId, TagKey, TerminalId, ThreeDsAnswer,
};
use epay_crypto::{KeyError, PublicKey};
use epay_domain::{
    BankAmount, CardId, Delivery, Exposed, Fact, Gateway, GatewayError, Observation, Refunds,
    SavedCard, SealedMethod, StatusError,
};
use epay_http::Claim;

use crate::book::Book;
use crate::planted::Bug;

/// A final one.
const NO_MONEY: i64 = 484;

pub(crate) struct BrokenBank {
    pub(crate) inner: HttpGateway,
    pub(crate) bug: Option<Bug>,
    pub(crate) claims: Arc<Mutex<BTreeMap<InvoiceId, Vec<Claim>>>>,
    pub(crate) book: Book,
    /// What should have been wiped.
    pub(crate) kept: Mutex<Option<(String, PaymentRequest)>>,
}

impl BrokenBank {
    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// A sum that the bank told, as the bug reads it.
    fn misread(&self, mut seen: Observation, payment: &Payment) -> Observation {
        match self.bug {
            Some(Bug::SumNotCompared) => {
                seen.amount = seen.amount.map(|_| BankAmount::card_only(payment.ordered()));
                if let Fact::Captured { captured, .. } = &mut seen.fact {
                    *captured = Some(payment.ordered());
                }
            }
            Some(Bug::BonusLeftOut) => {
                seen.amount = seen.amount.map(|amount| BankAmount::card_only(amount.card))
            }
            _ => {}
        }
        seen
    }

    fn claimed(&self, payment: &Payment, claim: impl Fn(&Claim) -> bool) -> bool {
        self.claims
            .lock()
            .unwrap()
            .get(payment.invoice())
            .is_some_and(|claims| claims.iter().any(claim))
    }
}

fn maybe_sent<T>(reply: &Result<T, GatewayError>) -> bool {
    reply.as_ref().is_err_and(|error| error.delivery() == Delivery::MaybeSent)
}

fn taken(payment: &Payment, of: fn(Fact) -> Observation) -> Observation {
    of(Fact::Captured { captured: Some(payment.ordered()), refunded: Refunds::NotTold })
}

#[async_trait]
impl Gateway for BrokenBank {
    fn terminal(&self) -> &TerminalId {
        self.inner.terminal()
    }

    async fn authorize(
        &self,
        payment: &Payment,
        method: SealedMethod,
        request: &PaymentRequest,
    ) -> Result<Observation, GatewayError> {
        if let (Bug::SealedCardKept, Exposed::Card { cryptogram }) =
            (self.bug.unwrap_or(Bug::HintIsTruth), method.expose())
        {
            *self.kept.lock().unwrap() = Some((cryptogram.to_owned(), request.clone()));
        }
        let reply = self.inner.authorize(payment, method, request).await;
        let declined = || Ok(Observation::reply(Fact::Declined(Decline::from_code(NO_MONEY))));
        match reply {
            reply if self.has(Bug::UnknownIsFailed) && maybe_sent(&reply) => declined(),
            reply if self.has(Bug::UnknownIsTaken) && maybe_sent(&reply) => {
                Ok(taken(payment, Observation::reply))
            }
            Ok(Observation { fact: Fact::NumberTaken, .. })
                if self.has(Bug::ExistsAlreadyIsDeclined) =>
            {
                declined()
            }
            Ok(seen)
                if self.has(Bug::ToldBeforeWritten)
                    && matches!(seen.fact, Fact::Captured { .. }) =>
            {
                // Whoever tells has no log to name the notification by, so it has a name of its own.
                let (order, name) =
                    (OrderId::new(request.description()).unwrap(), payment.invoice());
                let id = format!("reply-{name}");
                self.book.write(id, &order, payment, NotificationKind::Captured);
                Ok(seen)
            }
            reply => reply.map(|seen| self.misread(seen, payment)),
        }
    }

    async fn confirm(
        &self,
        payment: &Payment,
        answer: ThreeDsAnswer,
    ) -> Result<Observation, GatewayError> {
        self.inner.confirm(payment, answer).await
    }

    async fn capture(
        &self,
        payment: &Payment,
        step: &StepId,
        amount: Money,
    ) -> Result<Observation, GatewayError> {
        self.inner.capture(payment, step, amount).await
    }

    async fn void(&self, payment: &Payment, step: &StepId) -> Result<Observation, GatewayError> {
        self.inner.void(payment, step).await
    }

    async fn refund(
        &self,
        payment: &Payment,
        step: &StepId,
        amount: Money,
    ) -> Result<Observation, GatewayError> {
        let reply = self.inner.refund(payment, step, amount).await;
        if self.has(Bug::RefundSentAgain) && maybe_sent(&reply) {
            return self.inner.refund(payment, step, amount).await;
        }
        reply
    }

    async fn status(&self, payment: &Payment) -> Result<Observation, StatusError> {
        let declined = || Ok(Observation::status(Fact::Declined(Decline::by_status(NO_MONEY))));
        if self.has(Bug::HintIsTruth) && self.claimed(payment, |claim| *claim == Claim::Approved) {
            return Ok(taken(payment, Observation::status));
        }
        if self.has(Bug::ErrorCallbackFails)
            && self.claimed(payment, |claim| matches!(claim, Claim::Failed(_)))
        {
            return declined();
        }
        let seen = self.inner.status(payment).await;
        let not_found = seen.as_ref().is_ok_and(|seen| seen.fact == Fact::NotFound);
        if self.has(Bug::NotFoundIsAbsence) && not_found {
            return declined();
        }
        if self.has(Bug::MaintenanceIsFailure) && seen.is_err() {
            return declined();
        }
        if not_found {
            let kept = self.kept.lock().unwrap().take();
            if let Some((cryptogram, request)) = kept {
                let _ =
                    self.inner.authorize(payment, SealedMethod::card(cryptogram), &request).await;
            }
        }
        seen.map(|seen| self.misread(seen, payment))
    }
}

#[async_trait]
impl Bank for BrokenBank {
    fn environment(&self) -> &Environment {
        self.inner.environment()
    }

    async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError> {
        self.inner.bank_key().await
    }

    async fn pay_form(
        &self,
        payment: &Payment,
        request: &PaymentRequest,
    ) -> Result<PayFormParams, StatusError> {
        self.inner.pay_form(payment, request).await
    }

    async fn saved_cards(&self, account: &str) -> Result<Vec<SavedCard>, StatusError> {
        self.inner.saved_cards(account).await
    }

    async fn deactivate_card(&self, card: &CardId) -> Result<(), StatusError> {
        self.inner.deactivate_card(card).await
    }

    fn tag_key(&self) -> TagKey {
        self.inner.tag_key()
    }
}

impl std::fmt::Debug for BrokenBank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrokenBank").field("inner", &self.inner).finish_non_exhaustive()
    }
}

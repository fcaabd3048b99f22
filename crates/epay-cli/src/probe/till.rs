//! The probe's payments: one at a time, each ended by a void or a refund; a lost answer, or a
//! failed refund, ends the probe.

use std::{fmt, sync::Arc, time::Duration};

use epay::{
    Bank, CardId, Credentials, DecryptedApplePay, Environment, ExpiryFormat, HttpGateway,
    HyperTransport, InvoiceId, Money, Payment, PaymentRequest, Secret, StepId, TagKey, TokioClock,
    Wire,
};
use epay_domain::{
    AttemptTag, Clock, Command, Delivery, Fact, Gateway, GatewayError, Initiator, Observation,
    SealedMethod,
};
use epay_http::CryptogramKey;
use zeroize::Zeroizing;

use super::{
    recorder::{Exchange, Recorder},
    test_card::TestCard,
};
use crate::{Failure, payments::bank::Who};

/// Between the first two looks at a status, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// An Apple Pay token that was opened, and how its expiry is to be written.
pub(super) struct Opened {
    pub(super) apple_pay: DecryptedApplePay,
    pub(super) dpan: Zeroizing<String>,
    pub(super) format: ExpiryFormat,
}

/// Why the probe ends before its questions do.
#[derive(Debug)]
pub(super) enum Stop {
    /// No money is out there, and nothing more can be asked.
    Nothing(String),
    /// Money may be held or taken under this number.
    Loose { invoice: InvoiceId, sum: Money, why: String },
}

/// What became of an ask for money.
pub(super) enum Paid {
    Yes(Payment),
    Challenge(Payment),
    /// A refusal with its code.
    No(i64),
    /// Another HTTP status, and no status shows a payment.
    Neither(u16),
}

/// What became of a charge, a cancel or a refund.
pub(super) enum Done {
    Yes,
    No(String),
}

/// A payment as a status has shown it.
pub(super) struct Found {
    pub(super) exchange: Exchange,
    pub(super) observation: Observation,
    /// What the status said before it was visible.
    pub(super) first: Option<&'static str>,
    pub(super) after: Duration,
}

impl Found {
    pub(super) fn told(&self, name: &str) -> Option<&str> {
        self.exchange.seen.get(&format!("transaction.{name}")).map(String::as_str)
    }
}

pub(super) struct Till {
    recorder: Arc<Recorder>,
    clock: Arc<TokioClock>,
    environment: Environment,
    who: Who,
    plain: HttpGateway,
    next: InvoiceId,
    link: Option<String>,
    wait: Duration,
    /// Numbers that were asked with, that the bank has not taken for certain, and that no status has shown.
    unshown: Vec<InvoiceId>,
    /// What must not be in a file.
    secrets: Vec<Zeroizing<String>>,
}

impl Till {
    pub(super) fn open(
        environment: Environment,
        who: Who,
        next: InvoiceId,
        link: Option<String>,
        wait: Duration,
    ) -> Result<Till, Failure> {
        let recorder = Arc::new(Recorder::new(HyperTransport::new()?));
        let clock = Arc::new(TokioClock);
        let plain = HttpGateway::new(
            Arc::clone(&recorder),
            Arc::clone(&clock) as Arc<dyn Clock>,
            environment.clone(),
            who.credentials(),
        );
        let plain = plain.with_tags(TagKey::derived(&who.secret()));
        let secrets = vec![Zeroizing::new(who.secret.to_string())];
        let unshown = Vec::new();
        Ok(Till { recorder, clock, environment, who, plain, next, link, wait, unshown, secrets })
    }

    pub(super) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Numbers that a person looks for again.
    pub(super) fn unshown(&self) -> &[InvoiceId] {
        &self.unshown
    }

    pub(super) fn gateway(&self) -> &HttpGateway {
        &self.plain
    }

    /// The same bank, asked by nobody that it knows.
    pub(super) fn stranger(&self) -> HttpGateway {
        let terminal = self.who.terminal.clone();
        let credentials = Credentials::new("epay-probe-nobody", Secret::new("none"), terminal);
        self.asked_by(credentials)
    }

    fn asked_by(&self, credentials: Credentials) -> HttpGateway {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        HttpGateway::new(Arc::clone(&self.recorder), clock, self.environment.clone(), credentials)
    }

    pub(super) fn is_told_in(&self, text: &str) -> bool {
        let told = |secret: &Zeroizing<String>| text.contains(secret.as_str());
        self.secrets.iter().any(told) || self.recorder.is_token_in(text)
    }

    /// A number that was not used yet.
    pub(super) fn invoice(&mut self) -> Result<InvoiceId, Stop> {
        let next = self.next.next();
        let next =
            next.ok_or_else(|| Stop::Nothing("there is no next invoice number".to_owned()))?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    pub(super) fn payment(&self, invoice: &InvoiceId, sum: Money) -> Payment {
        let mut tag = [0; 16];
        let digits = invoice.as_str().bytes();
        tag.iter_mut().zip(digits).for_each(|(place, digit)| *place = digit);
        Payment::open(invoice.clone(), sum, self.who.terminal.clone())
            .with_tag(Some(AttemptTag::new(tag)))
    }

    /// Asks for money by a card, once.
    pub(super) async fn pay(
        &mut self,
        invoice: &InvoiceId,
        sum: Money,
        card: &TestCard,
        cyrillic: bool,
    ) -> Result<Paid, Stop> {
        self.secrets.push(card.number.clone());
        let card = card.card().map_err(|error| nothing(&error))?;
        let key = self.plain.bank_key().await.map_err(|error| nothing(&error))?;
        let sealed = key.seal_card(card, &self.who.terminal).map_err(|error| nothing(&error))?;
        self.ask(invoice, sum, sealed, cyrillic).await
    }

    /// Asks for money by a card that the bank keeps, once.
    pub(super) async fn pay_by_saved(
        &mut self,
        invoice: &InvoiceId,
        sum: Money,
        card: &CardId,
    ) -> Result<Paid, Stop> {
        let method = SealedMethod::saved_card(card.clone(), Initiator::Payer);
        self.ask(invoice, sum, method, false).await
    }

    /// Asks for money by Apple Pay, once.
    pub(super) async fn pay_by_apple(
        &mut self,
        invoice: &InvoiceId,
        opened: Opened,
    ) -> Result<Paid, Stop> {
        let Opened { apple_pay, dpan, format } = opened;
        self.secrets.push(dpan);
        let (sum, terminal) = (apple_pay.agreed(), &self.who.terminal);
        let key = self.plain.bank_key().await.map_err(|error| nothing(&error))?;
        let sealed = key.seal_apple_pay(apple_pay, terminal, format);
        self.ask(invoice, sum, sealed.map_err(|error| nothing(&error))?, false).await
    }

    async fn ask(
        &mut self,
        invoice: &InvoiceId,
        sum: Money,
        sealed: SealedMethod,
        cyrillic: bool,
    ) -> Result<Paid, Stop> {
        let mut request = PaymentRequest::new("epay probe")
            .and_then(|request| request.with_payer_name("EPAY PROBE"))
            .map_err(|error| nothing(&error))?;
        if let Some(link) = &self.link {
            request = request.with_post_links(link, link).map_err(|error| nothing(&error))?;
        }
        let payment = self.payment(invoice, sum);
        let asked = payment.decide(Command::Authorize, self.clock.now());
        let payment = payment.apply(&asked.map_err(|error| nothing(&error))?);
        let other = cyrillic.then(|| {
            let mut wire = Wire::default();
            wire.cryptogram_key = CryptogramKey::Cyrillic;
            self.asked_by(self.who.credentials()).with_wire(wire)
        });
        let gateway = other.as_ref().unwrap_or(&self.plain);
        let before = self.recorder.exchanges().len();
        let heard = gateway.authorize(&payment, sealed, &request).await;
        let answered = self.answered(before, &["/cryptopay", "/cards/auth"]);
        let observation = match heard {
            Ok(observation) => observation,
            Err(error) if error.delivery() == Delivery::NotSent => return Err(nothing(&error)),
            Err(error) => {
                return match answered {
                    Some(status) => {
                        self.is_not_shown(&payment, &format!("HTTP {status}")).await?;
                        Ok(Paid::Neither(status))
                    }
                    None => Err(loose(&payment, &error)),
                };
            }
        };
        let payment = {
            let event = payment.record_reply(Ok(observation.clone()), self.clock.now());
            payment.apply(&event)
        };
        match observation.fact {
            Fact::Declined(decline) => {
                // Money may be held behind a refusal that is not the end.
                if !decline.is_final() {
                    self.is_not_shown(&payment, &format!("code {}", decline.code())).await?;
                }
                Ok(Paid::No(decline.code()))
            }
            Fact::NumberTaken => Ok(Paid::No(477)),
            Fact::ThreeDsRequired(_) | Fact::AwaitingPayer(_) => Ok(Paid::Challenge(payment)),
            _ if payment.transaction().is_some() => Ok(Paid::Yes(payment)),
            _ => Err(loose(&payment, &"the answer names no operation")),
        }
    }

    /// The HTTP status of an ask since `before`, if it was answered.
    fn answered(&self, before: usize, ends: &[&str]) -> Option<u16> {
        let exchanges = self.recorder.exchanges();
        let since = exchanges.get(before..).unwrap_or_default();
        let is_ask = |it: &&Exchange| ends.iter().any(|end| it.path.ends_with(end));
        since.iter().rev().find(is_ask)?.status
    }

    /// What was answered so may have moved money: whether there is a payment, the status says. One that knows none proves
    /// nothing while payments may come late, so it is asked until the wait is over, and a person is told.
    async fn is_not_shown(&mut self, payment: &Payment, said: &str) -> Result<(), Stop> {
        let (begun, mut pause) = (self.clock.monotonic(), FIRST_PAUSE);
        loop {
            match self.plain.status(payment).await.map(|seen| seen.fact) {
                Ok(Fact::Declined(decline)) if decline.is_final() => return Ok(()),
                Ok(Fact::NotFound) => {}
                Ok(_) => return Err(loose(payment, &format!("{said}, and a status shows it"))),
                Err(error) => {
                    return Err(loose(payment, &format!("{said}, and no status: {error}")));
                }
            }
            if !self.looks_again(begun, &mut pause).await {
                self.unshown.push(payment.invoice().clone());
                return Ok(());
            }
        }
    }

    /// Looks until a status shows this operation.
    pub(super) async fn find(&self, payment: &Payment) -> Result<Found, Stop> {
        let begun = self.clock.monotonic();
        let (mut first, mut pause) = (None, FIRST_PAUSE);
        loop {
            let seen = self.plain.status(payment).await;
            let after = self.clock.monotonic().saturating_sub(begun);
            let exchange = self.recorder.last("/check-status/");
            let told = exchange.as_ref().and_then(|exchange| exchange.seen.get("resultCode"));
            match (seen, told.map(String::as_str)) {
                (Ok(observation), Some("100"))
                    if observation.transaction.as_ref() == payment.transaction() =>
                {
                    if let Some(exchange) = exchange {
                        return Ok(Found { exchange, observation, first, after });
                    }
                }
                (_, Some("102")) => first = first.or(Some("not_found")),
                (_, Some("107")) => first = first.or(Some("in_progress")),
                _ => {}
            }
            if !self.looks_again(begun, &mut pause).await {
                return Err(loose(payment, &"the bank said yes, and no status shows it"));
            }
        }
    }

    /// Waits between two looks, ever longer; `false` when the wait is over.
    async fn looks_again(&self, begun: Duration, pause: &mut Duration) -> bool {
        if self.clock.monotonic().saturating_sub(begun) > self.wait {
            return false;
        }
        self.clock.sleep(*pause).await;
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        true
    }

    /// Ends what was taken: a hold by a void, anything else by a refund of it all.
    pub(super) async fn give_back(&self, payment: &Payment) -> Result<(), Stop> {
        let found = self.find(payment).await?;
        let done = match found.told("statusName") {
            Some("AUTH") => self.void(payment).await?,
            Some("CHARGE") => self.refund(payment, "probe-end", payment.ordered()).await?,
            Some("CANCEL" | "CANCEL_OLD" | "REFUND" | "REJECT" | "FAILED" | "VERIFIED") => {
                Done::Yes
            }
            _ => Done::No("it stands as nobody knows".to_owned()),
        };
        match done {
            Done::Yes => Ok(()),
            Done::No(why) => Err(loose(payment, &why)),
        }
    }

    pub(super) async fn charge(&self, payment: &Payment, sum: Money) -> Result<Done, Stop> {
        let heard = self.plain.capture(payment, &step("probe-charge")?, sum).await;
        self.done(payment, "/charge", heard)
    }

    pub(super) async fn void(&self, payment: &Payment) -> Result<Done, Stop> {
        let heard = self.plain.void(payment, &step("probe-void")?).await;
        self.done(payment, "/cancel", heard)
    }

    pub(super) async fn refund(
        &self,
        payment: &Payment,
        name: &str,
        sum: Money,
    ) -> Result<Done, Stop> {
        let heard = self.plain.refund(payment, &step(name)?, sum).await;
        self.done(payment, "/refund", heard)
    }

    fn done(
        &self,
        payment: &Payment,
        end: &str,
        heard: Result<Observation, GatewayError>,
    ) -> Result<Done, Stop> {
        match heard {
            Ok(Observation { fact: Fact::StepRefused(_, decline), .. }) => {
                Ok(Done::No(format!("code {}", decline.code())))
            }
            Ok(_) => Ok(Done::Yes),
            Err(error) => match self.recorder.last(end).and_then(|exchange| exchange.status) {
                Some(status) if error.delivery() == Delivery::MaybeSent => {
                    Ok(Done::No(format!("HTTP {status}")))
                }
                _ => Err(loose(payment, &error)),
            },
        }
    }

    pub(super) async fn pause(&self, time: Duration) {
        self.clock.sleep(time).await;
    }

    pub(super) fn wait(&self) -> Duration {
        self.wait
    }
}

fn nothing(error: &dyn fmt::Display) -> Stop {
    Stop::Nothing(error.to_string())
}

fn step(name: &str) -> Result<StepId, Stop> {
    StepId::new(name).map_err(|error| Stop::Nothing(error.to_string()))
}

pub(super) fn loose(payment: &Payment, why: &dyn fmt::Display) -> Stop {
    let (invoice, sum) = (payment.invoice().clone(), payment.ordered());
    Stop::Loose { invoice, sum, why: why.to_string() }
}

//! A bank that says what a list says: `3D` for a year, another id, silence, 477.

use async_trait::async_trait;
use epay_crypto::{KeyError, PublicKey, Secret, TagKey};
use epay_domain::{
    BankAmount, BankText, CardId, Challenge, Clock, Decline, Delivery, Fact, Gateway, GatewayError,
    GatewayErrorKind, InvoiceId, Money, Observation, PayerStep, Payment, PaymentRequest, Refunds,
    SavedCard, SealedMethod, Source, StatusError, StepId, TerminalId, ThreeDsAnswer, Timestamp,
    TransactionId,
};
use epay_http::{Bank, Environment, PayFormParams};
use epay_testkit::FakeBank;
use epay_testkit::fakebank::BankKey;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the bank can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are the methods of `Gateway`, and the pay form of `Bank`")]
pub enum Call {
    Authorize,
    Confirm,
    Capture,
    Void,
    Refund,
    Status,
    PayForm,
}

/// How long a token of its pay form lives.
pub const TOKEN_LIFE: Duration = Duration::from_secs(1_200);

type Says = dyn Fn(&Payment, Option<&StepId>) -> Observation + Send + Sync;

/// What it answers.
#[derive(Clone)]
pub enum Reply {
    /// This, about the payment and the step.
    Says(Arc<Says>),
    /// Nothing, and no byte has left.
    NotSent,
    /// Nothing, and it may have left.
    Lost,
    /// What nobody can read, because of this field.
    Unreadable(&'static str),
    /// Nothing, ever.
    Hangs,
}

impl Reply {
    /// Says this fact of the ordered sum, of the operation `op-<invoice>`.
    pub fn fact(fact: Fact) -> Reply {
        Reply::with(move |payment| {
            let amount = Some(BankAmount::card_only(payment.ordered()));
            let transaction = Some(transaction(payment.invoice()));
            Observation { amount, transaction, ..Observation::status(fact.clone()) }
        })
    }

    /// Says what this makes of the payment.
    pub fn with(says: impl Fn(&Payment) -> Observation + Send + Sync + 'static) -> Reply {
        Reply::Says(Arc::new(move |payment, _| says(payment)))
    }

    /// The ordered sum is taken.
    pub fn charged() -> Reply {
        Reply::with(|payment| charged(payment, Some(payment.ordered()), Refunds::NotTold))
    }

    /// This is taken.
    pub fn charged_of(sum: Money) -> Reply {
        Reply::with(move |payment| charged(payment, Some(sum), Refunds::NotTold))
    }

    /// Something is taken, and it does not say how much.
    pub fn charged_untold() -> Reply {
        Reply::with(move |payment| Observation {
            amount: None,
            ..charged(payment, None, Refunds::NotTold)
        })
    }

    /// The ordered sum is taken, and this was given back.
    pub fn refunded(total: Money) -> Reply {
        Reply::with(move |payment| charged(payment, Some(payment.ordered()), Refunds::Total(total)))
    }

    /// The same of another operation, `id`.
    pub fn named(self, id: &'static str) -> Reply {
        self.changed(move |seen| seen.transaction = Some(TransactionId::new(id).unwrap()))
    }

    /// The same without naming an operation.
    pub fn nameless(self) -> Reply {
        self.changed(|seen| seen.transaction = None)
    }

    /// What it says, changed.
    pub fn changed(self, change: impl Fn(&mut Observation) + Send + Sync + 'static) -> Reply {
        let Reply::Says(says) = self else { return self };
        Reply::Says(Arc::new(move |payment, step| {
            let mut seen = says(payment, step);
            change(&mut seen);
            seen
        }))
    }

    /// The money is held.
    pub fn held() -> Reply {
        Reply::fact(Fact::Authorized)
    }

    /// It knows no such invoice.
    pub fn not_found() -> Reply {
        Reply::with(|_| Observation::status(Fact::NotFound))
    }

    /// It is working on it, without a name.
    pub fn in_progress() -> Reply {
        Reply::with(|_| Observation::status(Fact::InProgress))
    }

    /// It waits for the payer.
    pub fn waits_for(step: PayerStep) -> Reply {
        Reply::fact(Fact::AwaitingPayer(step))
    }

    /// It wants the payer to answer a challenge.
    pub fn challenge() -> Reply {
        let (action, pa_req) = ("https://acs.example/pay".to_owned(), "cGE=".to_owned());
        Reply::fact(Fact::ThreeDsRequired(Challenge { action, pa_req, md: "bWQ=".to_owned() }))
    }

    /// Declined with this code, by a status.
    pub fn declined(code: i64) -> Reply {
        Reply::fact(Fact::Declined(Decline::by_status(code)))
    }

    /// 477: the number is taken.
    pub fn number_taken() -> Reply {
        Reply::with(|_| Observation::status(Fact::NumberTaken))
    }

    /// A status name that nobody knows.
    pub fn unknown_name(name: &'static str) -> Reply {
        Reply::fact(Fact::Other(BankText::new(name)))
    }

    /// The step was done.
    pub fn step_done() -> Reply {
        Reply::Says(Arc::new(|payment, step| {
            let fact = step.map_or(Fact::InProgress, |step| Fact::StepAccepted(step.clone()));
            Observation {
                transaction: Some(transaction(payment.invoice())),
                ..Observation::reply(fact)
            }
        }))
    }
}

fn charged(payment: &Payment, captured: Option<Money>, refunded: Refunds) -> Observation {
    Observation {
        transaction: Some(transaction(payment.invoice())),
        amount: captured.map(BankAmount::card_only),
        ..Observation::status(Fact::Captured { captured, refunded })
    }
}

/// What a scripted bank calls the operation of this invoice.
pub(crate) fn transaction(invoice: &InvoiceId) -> TransactionId {
    TransactionId::new(&format!("op-{invoice}")).unwrap()
}

/// One call that it got.
type Got = (Call, InvoiceId, Timestamp);

/// A bank that says what its lists say. Clones are the same bank.
#[derive(Clone)]
pub struct ScriptedBank {
    terminal: TerminalId,
    environment: Environment,
    clock: Arc<dyn Clock>,
    tags: TagKey,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    next: HashMap<Call, VecDeque<Reply>>,
    always: HashMap<Call, Reply>,
    takes: Duration,
    got: Vec<Got>,
}

impl ScriptedBank {
    /// A bank that answers by this clock, and so far to nothing.
    pub fn new(clock: impl Clock + 'static) -> ScriptedBank {
        ScriptedBank {
            terminal: FakeBank::one_stage(),
            environment: Environment::fake_bank("http://127.0.0.1/oauth", "http://127.0.0.1/api")
                .unwrap(),
            clock: Arc::new(clock),
            tags: TagKey::random().unwrap(),
            script: Arc::default(),
        }
    }

    /// The same bank by another terminal.
    #[must_use]
    pub fn on(mut self, terminal: TerminalId) -> ScriptedBank {
        self.terminal = terminal;
        self
    }

    /// What it answers from now on, when the list is empty.
    pub fn says(&self, call: Call, reply: Reply) -> &ScriptedBank {
        self.script.lock().unwrap().always.insert(call, reply);
        self
    }

    /// What it answers next, after what is on the list already.
    pub fn next(&self, call: Call, replies: impl IntoIterator<Item = Reply>) -> &ScriptedBank {
        self.script.lock().unwrap().next.entry(call).or_default().extend(replies);
        self
    }

    /// How long each answer takes.
    pub fn takes(&self, wait: Duration) -> &ScriptedBank {
        self.script.lock().unwrap().takes = wait;
        self
    }

    /// How often it was asked this.
    pub fn calls(&self, call: Call) -> usize {
        self.got().iter().filter(|(got, ..)| *got == call).count()
    }

    /// How often it was asked this, about each invoice.
    pub fn calls_by_invoice(&self, call: Call) -> HashMap<InvoiceId, usize> {
        let mut counted = HashMap::new();
        for (_, invoice, _) in self.got().into_iter().filter(|(got, ..)| *got == call) {
            *counted.entry(invoice).or_default() += 1;
        }
        counted
    }

    /// When it was first asked this about the invoice.
    pub fn first(&self, call: Call, invoice: &InvoiceId) -> Option<Timestamp> {
        let got = self.got();
        let mut about = got.iter().filter(|(got, of, _)| *got == call && of == invoice);
        about.next().map(|(_, _, at)| *at)
    }

    /// Forgets what it was asked.
    pub fn forget(&self) {
        self.script.lock().unwrap().got.clear();
    }

    fn got(&self) -> Vec<Got> {
        self.script.lock().unwrap().got.clone()
    }

    async fn answer(
        &self,
        call: Call,
        payment: &Payment,
        step: Option<&StepId>,
    ) -> Result<Observation, (Delivery, GatewayErrorKind, Option<&'static str>)> {
        let (reply, takes) = {
            let mut script = self.script.lock().unwrap();
            script.got.push((call, payment.invoice().clone(), self.clock.now()));
            let next = script.next.get_mut(&call).and_then(VecDeque::pop_front);
            let reply = next.or_else(|| script.always.get(&call).cloned());
            (reply.unwrap_or(Reply::Lost), script.takes)
        };
        if !takes.is_zero() {
            self.clock.sleep(takes).await;
        }
        let source = if call == Call::Status { Source::Status } else { Source::Reply };
        match reply {
            Reply::Says(says) => Ok(Observation { source, ..says(payment, step) }),
            Reply::NotSent => Err((Delivery::NotSent, GatewayErrorKind::Connection, None)),
            Reply::Lost => Err((Delivery::MaybeSent, GatewayErrorKind::Connection, None)),
            Reply::Unreadable(field) => {
                Err((Delivery::MaybeSent, GatewayErrorKind::Answer, Some(field)))
            }
            Reply::Hangs => std::future::pending().await,
        }
    }

    async fn ask(
        &self,
        call: Call,
        payment: &Payment,
        step: Option<&StepId>,
    ) -> Result<Observation, GatewayError> {
        self.answer(call, payment, step).await.map_err(|(delivery, kind, source)| {
            let error = GatewayError::new(delivery, kind);
            source.into_iter().fold(error, GatewayError::with_source)
        })
    }
}

#[async_trait]
impl Gateway for ScriptedBank {
    fn terminal(&self) -> &TerminalId {
        &self.terminal
    }

    async fn authorize(
        &self,
        payment: &Payment,
        _: SealedMethod,
        _: &PaymentRequest,
    ) -> Result<Observation, GatewayError> {
        self.ask(Call::Authorize, payment, None).await
    }

    async fn confirm(
        &self,
        payment: &Payment,
        _: ThreeDsAnswer,
    ) -> Result<Observation, GatewayError> {
        self.ask(Call::Confirm, payment, None).await
    }

    async fn capture(
        &self,
        payment: &Payment,
        step: &StepId,
        _: Money,
    ) -> Result<Observation, GatewayError> {
        self.ask(Call::Capture, payment, Some(step)).await
    }

    async fn void(&self, payment: &Payment, step: &StepId) -> Result<Observation, GatewayError> {
        self.ask(Call::Void, payment, Some(step)).await
    }

    async fn refund(
        &self,
        payment: &Payment,
        step: &StepId,
        _: Money,
    ) -> Result<Observation, GatewayError> {
        self.ask(Call::Refund, payment, Some(step)).await
    }

    async fn status(&self, payment: &Payment) -> Result<Observation, StatusError> {
        self.answer(Call::Status, payment, None).await.map_err(|(_, kind, source)| {
            source.into_iter().fold(StatusError::new(kind), StatusError::with_source)
        })
    }
}

#[async_trait]
impl Bank for ScriptedBank {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn tag_key(&self) -> TagKey {
        self.tags.clone()
    }

    async fn pay_form(
        &self,
        payment: &Payment,
        _: &PaymentRequest,
    ) -> Result<PayFormParams, StatusError> {
        let given = self.answer(Call::PayForm, payment, None).await;
        given.map_err(|(_, kind, source)| {
            source.into_iter().fold(StatusError::new(kind), StatusError::with_source)
        })?;
        Ok(PayFormParams::new(Secret::new("{}"), Some(TOKEN_LIFE)))
    }

    async fn saved_cards(&self, _: &str) -> Result<Vec<SavedCard>, StatusError> {
        Ok(Vec::new())
    }

    async fn deactivate_card(&self, _: &CardId) -> Result<(), StatusError> {
        Ok(())
    }

    async fn bank_key(&self) -> Result<Arc<PublicKey>, KeyError> {
        PublicKey::parse(BankKey::fixed().public_pem().as_bytes()).map(Arc::new)
    }
}

impl fmt::Debug for ScriptedBank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedBank").field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

//! Driving a payment, and naming what is driven in and what comes out.

use epay_domain::*;

pub(crate) const ORDERED: Money = Money::tenge(100);
pub(crate) const START: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

pub(crate) fn opened() -> Payment {
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    Payment::open(InvoiceId::new("100000017").unwrap(), ORDERED, terminal)
}

pub(crate) trait Drive: Sized {
    /// Asks for something that has to be granted.
    fn ask(self, wish: Command) -> Self;
    fn heard(self, reply: Result<Observation, Delivery>) -> Self;
    fn heard_at(self, reply: Result<Observation, Delivery>, at: Timestamp) -> Self;
    /// A person looks into all that is up.
    fn acknowledged(self) -> Self;
    fn reply(self, fact: Fact) -> Self {
        self.heard(Ok(Observation::reply(fact)))
    }
    fn by_status(self, fact: Fact) -> Self {
        self.heard(Ok(Observation::status(fact)))
    }
}

impl Drive for Payment {
    fn ask(self, wish: Command) -> Payment {
        let asked = self.decide(wish, START).unwrap();
        self.apply(&asked)
    }

    fn heard(self, reply: Result<Observation, Delivery>) -> Payment {
        self.heard_at(reply, START)
    }

    fn heard_at(self, reply: Result<Observation, Delivery>, at: Timestamp) -> Payment {
        let event = Payment::record_reply(&self, reply, at);
        self.apply(&event)
    }

    fn acknowledged(self) -> Payment {
        let up = self.contradictions();
        self.ask(Command::Acknowledge(up, note()))
    }
}

pub(crate) fn note() -> Note {
    Note::new("seen").unwrap()
}

pub(crate) fn abandon(hours: u64) -> Command {
    let not_found_window = core::time::Duration::from_secs(hours * 3_600);
    Command::Close(CloseReason::Abandoned { not_found_window })
}

/// The payer is handed over, and can pay for so many minutes.
pub(crate) fn hand_over(minutes: u64) -> Command {
    Command::HandOver { until: START + core::time::Duration::from_secs(60 * minutes) }
}

pub(crate) fn by_person() -> Command {
    Command::Close(CloseReason::ByPerson(note()))
}

/// "Not found" at once, and then every hour for so many hours.
pub(crate) fn not_found_for(payment: Payment, hours: u32) -> Payment {
    let hour = core::time::Duration::from_secs(3_600);
    (0..=hours).fold(payment, |payment, passed| {
        payment.heard_at(Ok(Observation::status(Fact::NotFound)), START + hour * passed)
    })
}

/// The bank names an operation.
pub(crate) fn named(id: &str, seen: Observation) -> Observation {
    Observation { transaction: TransactionId::new(id).ok(), ..seen }
}

pub(crate) fn step(name: &str) -> StepId {
    StepId::new(name).unwrap()
}

pub(crate) fn captured(captured: Option<Money>, refunded: Refunds) -> Fact {
    Fact::Captured { captured, refunded }
}

/// One of each fact about the payment, with the words the page uses for it.
pub(crate) fn facts() -> Vec<(&'static str, Fact)> {
    let challenge =
        Challenge { action: "https://acs.example/".into(), pa_req: "p".into(), md: "m".into() };
    vec![
        ("approved, stage not told", Fact::Approved),
        ("3-D Secure required", Fact::ThreeDsRequired(challenge)),
        ("in progress", Fact::InProgress),
        ("waits for the payer's device", Fact::AwaitingPayer(PayerStep::Fingerprint)),
        ("waits for the payer", Fact::AwaitingPayer(PayerStep::Challenge)),
        ("not found", Fact::NotFound),
        ("unknown status name", Fact::Other(BankText::new("ODD"))),
        ("declined, not final", Fact::Declined(Decline::from_code(454))),
        ("declined", Fact::Declined(Decline::from_code(484))),
        ("verified", Fact::Verified),
        ("authorized", Fact::Authorized),
        ("hold lapsed", Fact::Voided(VoidReason::Lapsed)),
        ("hold voided", Fact::Voided(VoidReason::Requested)),
        ("captured", captured(Some(ORDERED), Refunds::NotTold)),
    ]
}

pub(crate) fn sum(money: Option<Money>) -> String {
    money.map_or("unknown".to_owned(), |money| money.to_string().replace(" KZT", ""))
}

pub(crate) fn state(payment: &Payment) -> String {
    match payment.state() {
        State::New => "New".to_owned(),
        State::Declined => "Declined".to_owned(),
        State::Verified => "Verified".to_owned(),
        State::Authorized => "Authorized".to_owned(),
        State::Voided(why) => format!("Voided({why:?})"),
        State::Captured { .. } => "Captured".to_owned(),
        State::Closed(ended) => format!("Closed({ended:?})"),
    }
}

/// `what`, and the contradictions that are up.
pub(crate) fn noted(what: String, payment: &Payment) -> String {
    payment.contradictions().iter().fold(what, |text, it| format!("{text}, **{}**", it.name()))
}

pub(crate) fn status(payment: &Payment) -> String {
    format!("{:?}", payment.status())
}

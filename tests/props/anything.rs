//! Anything at all that may be wished for or heard, honest or not, from a small world in which things meet.

use core::{fmt, time::Duration};
use epay_domain::*;
use proptest::{collection::vec, prelude::*, sample::select};

const BEGIN: u64 = 1_790_000_000_000;
pub(crate) const ORDERED: Money = Money::tenge(100);

pub(crate) fn opened() -> Payment {
    let terminal = TerminalId::new("67e34d63-102f-4bd1-898e-370781d0074d").unwrap();
    Payment::open(InvoiceId::new("100000017").unwrap(), ORDERED, terminal)
}

/// One thing that happens to a payment.
#[derive(Clone)]
pub(crate) enum Move {
    /// Asked for where it is granted, else nothing.
    Wish(Command),
    /// A person is shown what is up.
    Show,
    /// They acknowledge what they were shown, whatever has arrived since.
    Acknowledge,
    /// Answered, or not, to what is pending.
    Hear(Result<Observation, Delivery>),
    /// Written by somebody who saw an older payment.
    Late(EventKind),
    /// Time passes.
    Wait(Duration),
}

impl fmt::Debug for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Move::Wish(wish) => write!(f, "wish {wish:?}"),
            Move::Show => f.write_str("show what is up"),
            Move::Acknowledge => f.write_str("acknowledge what was shown"),
            Move::Hear(Ok(seen)) => write!(f, "{}", Shown(seen)),
            Move::Hear(Err(delivery)) => write!(f, "no answer: {delivery:?}"),
            Move::Late(what) => write!(f, "late {what:?}"),
            Move::Wait(time) => write!(f, "wait {time:?}"),
        }
    }
}

/// An observation in one line: only what it names.
pub(crate) struct Shown<'a>(pub(crate) &'a Observation);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Observation { fact, source, .. } = self.0;
        write!(f, "{source:?}: {fact:?}")?;
        let Observation { transaction, invoice, terminal, amount, currency, .. } = self.0;
        let Observation { origin, details, elapsed, .. } = self.0;
        let mut shown = |name: &str, value: Option<&dyn fmt::Debug>| match value {
            Some(value) => write!(f, ", {name} {value:?}"),
            None => Ok(()),
        };
        shown("transaction", transaction.as_ref().map(|value| value as _))?;
        shown("invoice", invoice.as_ref().map(|value| value as _))?;
        shown("terminal", terminal.as_ref().map(|value| value as _))?;
        shown("amount", amount.as_ref().map(|value| value as _))?;
        shown("currency", currency.as_ref().map(|value| value as _))?;
        shown("origin", (*origin != Origin::NotTold).then_some(origin as _))?;
        shown("details", (*details != Details::default()).then_some(details as _))?;
        shown("elapsed", elapsed.as_ref().map(|value| value as _))
    }
}

/// A payment that went through some moves, and the log of it.
pub(crate) struct Told {
    pub(crate) payment: Payment,
    pub(crate) log: Vec<Event>,
    shown: Vec<Contradiction>,
    pub(crate) now: Timestamp,
}

impl Told {
    pub(crate) fn of(moves: &[Move]) -> Told {
        let now = Timestamp::from_unix_millis(BEGIN);
        let mut told = Told { payment: opened(), log: Vec::new(), shown: Vec::new(), now };
        moves.iter().for_each(|this| told.go(this));
        told
    }

    pub(crate) fn go(&mut self, this: &Move) {
        let event = match this {
            Move::Wish(wish) => self.payment.decide(wish.clone(), self.now).ok(),
            Move::Show => {
                self.shown = self.payment.contradictions();
                None
            }
            Move::Acknowledge => {
                let wish = Command::Acknowledge(self.shown.clone(), note());
                self.payment.decide(wish, self.now).ok()
            }
            Move::Hear(reply) => Some(self.payment.record_reply(reply.clone(), self.now)),
            Move::Late(kind) => Some(Event { at: self.now, kind: kind.clone() }),
            Move::Wait(time) => {
                self.now = self.now + *time;
                None
            }
        };
        if let Some(event) = event {
            self.payment = self.payment.clone().apply(&event);
            self.log.push(event);
        }
    }
}

pub(crate) fn note() -> Note {
    Note::new("seen").unwrap()
}

fn step() -> impl Strategy<Value = StepId> {
    select(vec!["s1", "s2", "s3"]).prop_map(|name| StepId::new(name).unwrap())
}

fn tenge() -> impl Strategy<Value = Money> {
    select(vec![0, 5_00, 10_00, 20_00, 30_00, 60_00, 90_00, 100_00, 110_00]).prop_map(Money::tiyn)
}

fn money() -> impl Strategy<Value = Money> {
    prop_oneof![19 => tenge(), 1 => Just(Money::new(10_00, Currency::USD)), 1 => Just(Money::tiyn(u64::MAX))]
}

fn decline() -> impl Strategy<Value = Decline> {
    select(vec![484, 487, 454, 477]).prop_map(Decline::from_code)
}

const HALF_AN_HOUR: u64 = 1_800_000;

/// The payer can pay at the bank's form for so many milliseconds from the beginning.
pub(crate) fn hand_over(millis: u64) -> Command {
    Command::HandOver { until: Timestamp::from_unix_millis(BEGIN + millis) }
}

const IDS: &[&str] = &["t1", "t2", "t3"];

pub(crate) fn wish() -> impl Strategy<Value = Command> {
    let not_found_window = Duration::from_secs(3_600);
    prop_oneof![
        2 => Just(Command::Authorize),
        2 => select(vec![0, HALF_AN_HOUR, 4 * HALF_AN_HOUR]).prop_map(hand_over),
        2 => Just(Command::Confirm),
        3 => (step(), money()).prop_map(|(id, sum)| Command::Capture(id, sum)),
        2 => step().prop_map(Command::Void),
        4 => (step(), money()).prop_map(|(id, sum)| Command::Refund(id, sum)),
        1 => select(vec![CloseReason::NeverAsked, CloseReason::NeverConfirmed]).prop_map(Command::Close),
        1 => Just(Command::Close(CloseReason::Abandoned { not_found_window })),
        2 => step().prop_map(move |id| Command::GiveUp(id, note())),
        1 => Just(Command::Close(CloseReason::ByPerson(note()))),
        1 => (step(), money()).prop_map(|(id, sum)| Command::RefundStated(id, sum, note())),
        2 => select(IDS).prop_map(|id| {
            Command::ChooseTransaction(TransactionId::new(id).unwrap(), note())
        }),
        1 => Just(Command::Reopen(note())),
    ]
}

fn refunds() -> impl Strategy<Value = Refunds> {
    prop_oneof![Just(Refunds::NotTold), Just(Refunds::SumNotTold), money().prop_map(Refunds::Total)]
}

fn fact() -> impl Strategy<Value = Fact> {
    let challenge = select(vec!["m1", "m2"]).prop_map(|md| {
        let (action, pa_req) = ("https://acs.example/".into(), "p".into());
        Fact::ThreeDsRequired(Challenge { action, pa_req, md: md.into() })
    });
    let charged = (proptest::option::of(money()), refunds());
    prop_oneof![
        1 => Just(Fact::Approved),
        2 => challenge,
        1 => Just(Fact::InProgress),
        1 => select(vec![PayerStep::Fingerprint, PayerStep::Challenge])
            .prop_map(Fact::AwaitingPayer),
        1 => Just(Fact::NumberTaken),
        2 => Just(Fact::NotFound),
        1 => Just(Fact::Other(BankText::new("ODD"))),
        2 => decline().prop_map(Fact::Declined),
        1 => Just(Fact::Verified),
        3 => Just(Fact::Authorized),
        1 => select(vec![VoidReason::Lapsed, VoidReason::Requested]).prop_map(Fact::Voided),
        4 => charged.prop_map(|(captured, refunded)| Fact::Captured { captured, refunded }),
        3 => step().prop_map(Fact::StepAccepted),
        1 => (step(), decline()).prop_map(|(id, decline)| Fact::StepRefused(id, decline)),
    ]
}

pub(crate) fn observation() -> impl Strategy<Value = Observation> {
    let rarely = |names: &'static [&'static str]| proptest::option::weighted(0.1, select(names));
    let source = select(vec![Source::Reply, Source::Status]);
    let names = (
        proptest::option::weighted(0.2, select(IDS)),
        rarely(&["100000017", "999999", "A-17"]),
        rarely(&["67e34d63-102f-4bd1-898e-370781d0074d", "00000000-0000-0000-0000-000000000000"]),
        rarely(&["KZT", "USD"]),
    );
    let told =
        prop_oneof![8 => Just(Origin::NotTold), 1 => Just(Origin::Ours), 1 => Just(Origin::Other)];
    let text = || rarely(&["A", "B"]).prop_map(|text| text.map(BankText::new));
    let card = rarely(&["card-a", "card-b"]).prop_map(|id| Details {
        card_id: id.and_then(|id| CardId::new(id).ok()),
        ..Details::default()
    });
    let more = (told, text(), text(), text(), card);
    let amount = proptest::option::weighted(0.2, (money(), select(vec![0, 10_00, 40_00])));
    (fact(), source, names, amount, more).prop_map(
        |(fact, source, (transaction, invoice, terminal, currency), amount, more)| Observation {
            fact,
            source,
            transaction: transaction.map(|id| TransactionId::new(id).unwrap()),
            invoice: invoice.map(BankText::new),
            terminal: terminal.map(|uuid| TerminalId::new(uuid).unwrap()),
            amount: amount.map(|(card, bonus)| BankAmount {
                card,
                bonus: Money::new(bonus, card.currency()),
            }),
            currency: currency.map(|code| Currency::new(code, 2).unwrap()),
            origin: more.0,
            details: Details {
                reference: more.1,
                approval_code: more.2,
                card_mask: more.3,
                ..more.4
            },
            elapsed: None,
        },
    )
}

fn question() -> impl Strategy<Value = Question> {
    let ours = select(vec![Question::Authorize, Question::HandOver, Question::Confirm]);
    prop_oneof![2 => ours, 1 => step().prop_map(Question::Step)]
}

/// Proof, written down late, that an ask never left.
pub(crate) fn not_sent() -> impl Strategy<Value = EventKind> {
    (question(), 0..3_u32)
        .prop_map(|(question, ask)| EventKind::NotSent { question: Some(question), ask })
}

pub(crate) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let delivery = select(vec![Delivery::NotSent, Delivery::MaybeSent, Delivery::MaybeSent]);
    let silence = question().prop_map(|question| EventKind::Unanswered(Some(question)));
    let late = prop_oneof![not_sent(), silence];
    let this = prop_oneof![
        8 => wish().prop_map(Move::Wish),
        1 => Just(Move::Show),
        1 => Just(Move::Acknowledge),
        8 => observation().prop_map(|seen| Move::Hear(Ok(seen))),
        2 => delivery.prop_map(|delivery| Move::Hear(Err(delivery))),
        1 => late.prop_map(Move::Late),
        2 => Just(Move::Wait(Duration::from_secs(3_600))),
    ];
    // Most stories begin with the ask, or they would end before they begin.
    let first = prop_oneof![
        3 => Just(Some(Command::Authorize)),
        1 => Just(Some(hand_over(HALF_AN_HOUR))),
        1 => Just(None),
    ];
    (first, vec(this, 0..24))
        .prop_map(|(first, moves)| first.map(Move::Wish).into_iter().chain(moves).collect())
}

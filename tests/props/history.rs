//! A history: one payment's life at an honest bank over a dishonest wire, with everything that was asked and heard.

use crate::anything::Shown;
use crate::world::{Shared, sealed};
use core::{fmt, time::Duration};
use epay_domain::*;
use epay_fakebank::{
    ConfirmReply, Endpoint, Fault, Invisible, Operation, PayerChoice, RefundReport, ReplyShape, SANDBOX_TERMINAL,
    Settings, SuccessBody, Switches, TWO_STAGE_TERMINAL, WireEntry, cards,
};
use pollster::block_on;
use proptest::{collection::vec, prelude::*, sample::select};

pub(crate) const ORDERED: Money = Money::kzt(100_00);
const LATE: Duration = Duration::from_secs(600);

/// What is tried, and what the wire does to it.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) two_stage: bool,
    card: &'static str,
    switches: Switches,
    on_authorize: Trouble,
    acts: Vec<(Act, Trouble)>,
}

/// One thing the merchant, the payer, the bank or time does.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// The payer comes back from 3-D Secure, and we confirm; `None` is a damaged answer.
    Confirm(Option<PayerChoice>),
    NeverConfirmed,
    Charge(Money),
    Cancel,
    Refund(Money),
    GiveUp,
    Look,
    /// The bank lets every hold go.
    Lapse,
    Wait,
}

/// What happens to a call on the wire.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    None,
    /// The bank cannot be reached at all.
    Down,
    /// The call for the token is cut, so the money call is never made.
    NoToken,
    CutBefore,
    CutAfter,
    ErrorAfter,
    Truncated,
    /// Done and answered, but status shows it late.
    LateVisible,
    /// Done, the answer cut, and status shows it late: the worst there is.
    CutAndLate,
}

/// One line of what happened, in the order in which it did.
#[derive(Clone)]
pub(crate) enum Line {
    /// The shop asked.
    Asked(Event),
    /// An answer, a silence, or proof that nothing left; it may be written to the log later than it was heard.
    Heard(Event),
}

pub(crate) struct History {
    pub(crate) lines: Vec<Line>,
    /// The payment when everything was heard as it happened.
    pub(crate) payment: Payment,
    /// What the bank booked in the end.
    pub(crate) booked: Option<Operation>,
    /// Every call that reached the bank.
    pub(crate) wire: Vec<WireEntry>,
    pub(crate) report: RefundReport,
}

impl History {
    /// Every ask of the bank: which call it is, and the question it leaves open.
    pub(crate) fn asked(&self) -> impl Iterator<Item = (Endpoint, Question)> {
        self.lines.iter().filter_map(|line| {
            let Line::Asked(Event { what: What::Asked(wish), .. }) = line else { return None };
            match wish.clone() {
                Command::Authorize => Some((Endpoint::Cryptopay, Question::Authorize)),
                Command::Confirm => Some((Endpoint::Confirm, Question::Confirm)),
                Command::Charge(step, _) => Some((Endpoint::Charge, Question::Step(step))),
                Command::Cancel(step) => Some((Endpoint::Cancel, Question::Step(step))),
                Command::Refund(step, _) => Some((Endpoint::Refund, Question::Step(step))),
                Command::Close(_) | Command::GiveUp(..) | Command::Acknowledge(_) => None,
            }
        })
    }

    /// Whether the gateway said that no byte of this ask left.
    pub(crate) fn proved_unsent(&self, question: &Question) -> bool {
        self.lines
            .iter()
            .any(|line| matches!(line, Line::Heard(Event { what: What::NotSent(Some(of)), .. }) if of == question))
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            match line {
                Line::Asked(Event { what, .. }) => writeln!(f, "  {what:?}")?,
                Line::Heard(Event { what: What::Observed(seen), .. }) => writeln!(f, "    {}", Shown(seen))?,
                Line::Heard(Event { what, .. }) => writeln!(f, "    {what:?}")?,
            }
        }
        match &self.booked {
            Some(booked) => writeln!(
                f,
                "  booked: {}, captured {}, refunded {}",
                booked.status.name(),
                booked.captured.minor(),
                booked.refunded().minor()
            ),
            None => writeln!(f, "  nothing booked"),
        }
    }
}

/// The shop: it writes before it asks, and asks only what its payment lets it.
struct Shop {
    world: Shared,
    gateway: epay_http::HttpGateway,
    terminal: TerminalId,
    payment: Payment,
    lines: Vec<Line>,
}

impl Script {
    /// Plays the story to its end, and looks once more when everything has become visible.
    pub(crate) fn play(&self) -> History {
        let world = Shared::new(Settings { switches: self.switches.clone(), ..Settings::default() });
        let terminal = TerminalId::new(if self.two_stage { TWO_STAGE_TERMINAL } else { SANDBOX_TERMINAL }).unwrap();
        let invoice = InvoiceId::new("100000017").unwrap();
        let gateway = world.gateway(&terminal);
        let payment = Payment::open(invoice, ORDERED, terminal.clone());
        let mut shop = Shop { world, gateway, terminal, payment, lines: Vec::new() };
        shop.authorize(self.card, self.on_authorize);
        for (number, (act, trouble)) in self.acts.iter().enumerate() {
            shop.act(*act, *trouble, &format!("s{number}"));
        }
        shop.wait(Duration::from_secs(2 * 24 * 3_600));
        shop.look();
        let world = shop.world.lock();
        let booked = world.bank.operation(shop.payment.invoice().as_str()).cloned();
        let wire = world.bank.wire_log().to_vec();
        drop(world);
        History { lines: shop.lines, payment: shop.payment, booked, wire, report: self.switches.refund_report }
    }
}

impl Shop {
    fn now(&self) -> Timestamp {
        self.world.lock().now
    }

    fn wait(&self, time: Duration) {
        let mut world = self.world.lock();
        world.now = world.now + time;
    }

    /// Writes the wish down if it is granted.
    fn wish(&mut self, wish: Command) -> bool {
        let granted = self.payment.decide(wish, self.now());
        if let Ok(event) = &granted {
            self.payment = self.payment.clone().apply(event);
            self.lines.push(Line::Asked(event.clone()));
        }
        granted.is_ok()
    }

    fn heard(&mut self, reply: Result<Observation, GatewayError>) {
        let event = self.payment.hear(reply.map_err(Delivery::from), self.now());
        self.payment = self.payment.clone().apply(&event);
        self.lines.push(Line::Heard(event));
    }

    fn look(&mut self) {
        // A look that failed says nothing about the payment.
        if let Ok(seen) = block_on(self.gateway.status(&self.payment)) {
            self.heard(Ok(seen));
        }
    }

    /// Sets the trap for the next call of `on`; [`relief`](Shop::relief) takes away what did not snap.
    fn trouble(&self, on: Endpoint, trouble: Trouble) {
        use epay_fakebank::What as Harm;
        let late = u64::try_from(LATE.as_millis()).unwrap();
        let mut world = self.world.lock();
        let (on, harms) = match trouble {
            Trouble::None => return,
            Trouble::Down => {
                world.down = true;
                return;
            }
            Trouble::NoToken => (Endpoint::Token, vec![Harm::CutBeforeEffect]),
            Trouble::CutBefore => (on, vec![Harm::CutBeforeEffect]),
            Trouble::CutAfter => (on, vec![Harm::CutAfterEffect]),
            Trouble::ErrorAfter => (on, vec![Harm::ErrorAfterEffect]),
            Trouble::Truncated => (on, vec![Harm::Truncate(9)]),
            Trouble::LateVisible => (on, vec![Harm::LateVisible(late)]),
            Trouble::CutAndLate => (on, vec![Harm::CutAfterEffect, Harm::LateVisible(late)]),
        };
        harms.into_iter().for_each(|what| world.bank.plan(Fault { on, skip: 0, what }));
    }

    fn relief(&self) {
        self.world.lock().down = false;
    }

    fn authorize(&mut self, card: &'static str, trouble: Trouble) {
        assert!(self.wish(Command::Authorize));
        self.trouble(Endpoint::Cryptopay, trouble);
        let method = sealed(&self.world.lock().bank, card, &self.terminal);
        let request = PaymentRequest::new("Order 17").unwrap().with_payer_name("Arman Ali").unwrap();
        let reply = block_on(self.gateway.authorize(&self.payment, method, &request));
        self.relief();
        self.heard(reply);
    }

    fn act(&mut self, act: Act, trouble: Trouble, name: &str) {
        let step = StepId::new(name).unwrap();
        let (asked, before) = (self.payment.challenge().cloned(), self.payment.pending());
        match act {
            Act::Look => self.look(),
            Act::Wait => self.wait(LATE),
            Act::Lapse => {
                let mut world = self.world.lock();
                let now = world.millis();
                world.bank.expire_holds(now);
            }
            Act::NeverConfirmed => {
                self.wish(Command::Close(Closing::NeverConfirmed));
            }
            Act::GiveUp => {
                if let Some(Question::Step(waiting)) = before.map(|pending| pending.question) {
                    self.wish(Command::GiveUp(waiting, Note::new("waited long enough").unwrap()));
                }
            }
            Act::Confirm(choice) => {
                if let Some(challenge) = asked.filter(|_| self.wish(Command::Confirm)) {
                    self.trouble(Endpoint::Confirm, trouble);
                    let bank_says = |choice| self.world.lock().bank.pa_res(&challenge.pa_req, &challenge.md, choice);
                    let pa_res = choice.and_then(bank_says).unwrap_or_else(|| "damaged".to_owned());
                    let answer = ThreeDsAnswer::new(pa_res, challenge.md);
                    let reply = block_on(self.gateway.complete_three_ds(&self.payment, answer));
                    self.relief();
                    self.heard(reply);
                }
            }
            Act::Charge(sum) => {
                if self.wish(Command::Charge(step.clone(), sum)) {
                    self.trouble(Endpoint::Charge, trouble);
                    let reply = block_on(self.gateway.charge(&self.payment, &step, sum));
                    self.relief();
                    self.heard(reply);
                }
            }
            Act::Cancel => {
                if self.wish(Command::Cancel(step.clone())) {
                    self.trouble(Endpoint::Cancel, trouble);
                    let reply = block_on(self.gateway.cancel(&self.payment, &step));
                    self.relief();
                    self.heard(reply);
                }
            }
            Act::Refund(sum) => {
                if self.wish(Command::Refund(step.clone(), sum)) {
                    self.trouble(Endpoint::Refund, trouble);
                    let reply = block_on(self.gateway.refund(&self.payment, &step, sum));
                    self.relief();
                    self.heard(reply);
                }
            }
        }
    }
}

fn switches() -> impl Strategy<Value = Switches> {
    use RefundReport::{ChargeOriginal, ChargeRemainder, RefundNoSum, RefundTotal};
    (
        select(vec![ChargeRemainder, ChargeOriginal, RefundTotal, RefundNoSum]),
        select(vec![ReplyShape::Full, ReplyShape::Minimal]),
        select(vec![ConfirmReply::Redirect302, ConfirmReply::Page200, ConfirmReply::Json]),
        select(vec![SuccessBody::Empty, SuccessBody::JsonCode0]),
        select(vec![0, 60_000]),
        select(vec![Invisible::NotFound, Invisible::InProgress]),
        select(vec![100, 477]),
    )
        .prop_map(
            |(refund_report, reply_shape, confirm_reply, success_body, visible_after, invisible_as, code)| Switches {
                refund_report,
                reply_shape,
                confirm_reply,
                success_body,
                visible_after,
                invisible_as,
                wrong_state_code: code,
                ..Switches::default()
            },
        )
}

fn trouble() -> impl Strategy<Value = Trouble> {
    use Trouble::*;
    prop_oneof![
        4 => Just(None),
        4 => select(vec![Down, NoToken, CutBefore, CutAfter, ErrorAfter, Truncated, LateVisible, CutAndLate]),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let payer = select(vec![Some(PayerChoice::Approve), Some(PayerChoice::Approve), Some(PayerChoice::Decline), None]);
    prop_oneof![
        3 => payer.prop_map(Act::Confirm),
        1 => Just(Act::NeverConfirmed),
        3 => select(vec![100_00, 60_00, 10_00]).prop_map(|sum| Act::Charge(Money::kzt(sum))),
        1 => Just(Act::Cancel),
        6 => select(vec![100_00, 50_00, 20_00, 10_00]).prop_map(|sum| Act::Refund(Money::kzt(sum))),
        2 => Just(Act::GiveUp),
        4 => Just(Act::Look),
        1 => Just(Act::Lapse),
        1 => Just(Act::Wait),
    ]
}

pub(crate) fn script() -> impl Strategy<Value = Script> {
    let card = select(vec![
        cards::VISA_OK,
        cards::VISA_OK,
        cards::THREE_DS,
        cards::THREE_DS,
        cards::INSUFFICIENT_FUNDS,
        cards::NOT_FINAL,
    ]);
    (any::<bool>(), card, switches(), trouble(), vec((act(), trouble()), 0..14)).prop_map(
        |(two_stage, card, switches, on_authorize, acts)| Script { two_stage, card, switches, on_authorize, acts },
    )
}

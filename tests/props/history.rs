//! A history: one payment's life at an honest bank over a dishonest wire, with everything that was asked and heard.

use crate::anything::Shown;
use crate::world::{pay_at_the_counter, sealed};
use core::{fmt, time::Duration};
use epay_domain::*;
use epay_http::HttpGateway;
use epay_testkit::FakeBank;
use epay_testkit::fakebank::{
    ConfirmReply, Endpoint, Invisible, Millis, PayerChoice, RefundReport, ReplyShape, Settings,
    SuccessBody, Switches, cards,
};
use epay_testkit::judge::{Attempt, Books};
use pollster::block_on;
use proptest::{collection::vec, prelude::*, sample::select};

pub(crate) const ORDERED: Money = Money::tenge(100);
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
    Capture(Money),
    Void,
    Refund(Money),
    GiveUp,
    CheckStatus,
    /// The bank lets every hold go.
    Lapse,
    Wait,
}

/// What happens to a call on the wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Trouble {
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

impl Trouble {
    /// Sets the trap for the next call of `on`. What is disconnected has to be connected again.
    pub(crate) fn set(self, bank: &FakeBank, on: Endpoint) {
        use epay_testkit::fakebank::FaultKind;
        let late = FaultKind::LateVisible(u64::try_from(LATE.as_millis()).unwrap());
        match self {
            Trouble::None => {}
            Trouble::Down => bank.disconnect(true),
            Trouble::NoToken => bank.inject_fault(Endpoint::Token, FaultKind::CutBeforeEffect),
            Trouble::CutBefore => bank.inject_fault(on, FaultKind::CutBeforeEffect),
            Trouble::CutAfter => bank.inject_fault(on, FaultKind::CutAfterEffect),
            Trouble::ErrorAfter => bank.inject_fault(on, FaultKind::ErrorAfterEffect),
            Trouble::Truncated => bank.inject_fault(on, FaultKind::Truncate(9)),
            Trouble::LateVisible => bank.inject_fault(on, late),
            Trouble::CutAndLate => [FaultKind::CutAfterEffect, late]
                .into_iter()
                .for_each(|harm| bank.inject_fault(on, harm)),
        }
    }
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
    /// Both books in the end.
    pub(crate) books: Books,
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            match line {
                Line::Asked(Event { kind, .. }) => writeln!(f, "  {kind:?}")?,
                Line::Heard(Event { kind: EventKind::Observed(seen), .. }) => {
                    writeln!(f, "    {}", Shown(seen))?
                }
                Line::Heard(Event { kind, .. }) => writeln!(f, "    {kind:?}")?,
            }
        }
        writeln!(f, "  booked: {:?}", self.books.ledger)
    }
}

/// How a history asks for the payment itself; everything else goes over the wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Door {
    Wire,
    Counter,
}

/// The shop: it writes before it asks, and asks only what its payment lets it.
struct Shop {
    bank: FakeBank,
    gateway: HttpGateway,
    payment: Payment,
    lines: Vec<Line>,
}

impl Script {
    /// Plays the story to its end, and looks once more when everything has become visible.
    pub(crate) fn play(&self, door: Door) -> History {
        let bank =
            FakeBank::with(Settings { switches: self.switches.clone(), ..Settings::default() });
        let (terminal, gateway) = if self.two_stage {
            (FakeBank::two_stage(), bank.two_stage_http_gateway())
        } else {
            (FakeBank::one_stage(), bank.http_gateway())
        };
        let payment = Payment::open(InvoiceId::new("100000017").unwrap(), ORDERED, terminal);
        let mut shop = Shop { bank, gateway, payment, lines: Vec::new() };
        shop.authorize(self.card, self.on_authorize, door);
        for (number, (act, trouble)) in self.acts.iter().enumerate() {
            shop.act(*act, *trouble, &format!("s{number}"));
        }
        shop.bank.clock().advance(Duration::from_secs(2 * 24 * 3_600));
        shop.check_status();
        let Shop { bank, payment, lines, .. } = shop;
        let events = lines.iter().map(|(Line::Asked(event) | Line::Heard(event))| event.clone());
        let order = OrderId::new("order-17").unwrap();
        let stored = Stored::opened(order, payment.clone(), None);
        let attempt = Attempt { stored, events: events.collect() };
        let books = bank.with_bank(|bank| Books::new(bank, vec![attempt]));
        let tells_refunds = matches!(
            self.switches.refund_report,
            RefundReport::ChargeRemainder | RefundReport::RefundTotal
        );
        History { lines, payment, books: Books { tells_refunds, all_arrive: true, ..books } }
    }
}

impl Shop {
    fn now(&self) -> Timestamp {
        self.bank.clock().now()
    }

    fn millis(&self) -> Millis {
        Millis(self.now().unix_millis())
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

    fn heard(&mut self, reply: Result<Observation, Delivery>) {
        let event = self.payment.record_reply(reply, self.now());
        self.payment = self.payment.clone().apply(&event);
        self.lines.push(Line::Heard(event));
    }

    fn check_status(&mut self) {
        // A status check that failed says nothing about the payment.
        if let Ok(seen) = block_on(self.gateway.status(&self.payment)) {
            self.heard(Ok(seen));
        }
    }

    fn authorize(&mut self, card: &'static str, trouble: Trouble, door: Door) {
        assert!(self.wish(Command::Authorize));
        let never_left = matches!(trouble, Trouble::Down | Trouble::NoToken);
        let reply = match door {
            Door::Counter if never_left => Err(Delivery::NotSent),
            Door::Counter => {
                trouble.set(&self.bank, Endpoint::Cryptopay);
                pay_at_the_counter(&self.bank, card, &self.payment, self.millis())
            }
            Door::Wire => {
                trouble.set(&self.bank, Endpoint::Cryptopay);
                let method = sealed(&self.bank, card, self.payment.terminal());
                let request =
                    PaymentRequest::new("Order 17").unwrap().with_payer_name("Arman Ali").unwrap();
                block_on(self.gateway.authorize(&self.payment, method, &request))
                    .map_err(Delivery::from)
            }
        };
        self.bank.disconnect(false);
        self.heard(reply);
    }

    /// Asks for something that follows the payment, if it is granted, with a trap on its way.
    fn ask(
        &mut self,
        wish: Command,
        (on, trouble): (Endpoint, Trouble),
        call: impl FnOnce(&HttpGateway, &Payment) -> Result<Observation, GatewayError>,
    ) {
        if self.wish(wish) {
            trouble.set(&self.bank, on);
            let reply = call(&self.gateway, &self.payment);
            self.bank.disconnect(false);
            self.heard(reply.map_err(Delivery::from));
        }
    }

    fn act(&mut self, act: Act, trouble: Trouble, name: &str) {
        let step = StepId::new(name).unwrap();
        match act {
            Act::CheckStatus => self.check_status(),
            Act::Wait => self.bank.clock().advance(LATE),
            Act::Lapse => {
                let now = self.millis();
                self.bank.with_bank(|bank| bank.expire_holds(now));
            }
            Act::NeverConfirmed => {
                self.wish(Command::Close(CloseReason::NeverConfirmed));
            }
            Act::GiveUp => {
                if let Some(Question::Step(waiting)) =
                    self.payment.pending().map(|pending| pending.question)
                {
                    self.wish(Command::GiveUp(waiting, Note::new("waited long enough").unwrap()));
                }
            }
            Act::Confirm(choice) => {
                let Some(challenge) = self.payment.challenge().cloned() else { return };
                let answer = choice
                    .and_then(|choice| self.bank.payer_answers(&challenge, choice))
                    .unwrap_or_else(|| {
                        ThreeDsAnswer::new("damaged".into(), challenge.md.clone().into())
                    });
                self.ask(Command::Confirm, (Endpoint::Confirm, trouble), |gateway, payment| {
                    block_on(gateway.confirm(payment, answer))
                });
            }
            Act::Capture(sum) => {
                self.ask(
                    Command::Capture(step.clone(), sum),
                    (Endpoint::Charge, trouble),
                    |gateway, payment| block_on(gateway.capture(payment, &step, sum)),
                );
            }
            Act::Void => {
                self.ask(
                    Command::Void(step.clone()),
                    (Endpoint::Cancel, trouble),
                    |gateway, payment| block_on(gateway.void(payment, &step)),
                );
            }
            Act::Refund(sum) => {
                self.ask(
                    Command::Refund(step.clone(), sum),
                    (Endpoint::Refund, trouble),
                    |gateway, payment| block_on(gateway.refund(payment, &step, sum)),
                );
            }
        }
    }
}

pub(crate) fn switches() -> impl Strategy<Value = Switches> {
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
            |(
                refund_report,
                reply_shape,
                confirm_reply,
                success_body,
                visible_after,
                invisible_as,
                code,
            )| Switches {
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

pub(crate) fn trouble() -> impl Strategy<Value = Trouble> {
    use Trouble::*;
    prop_oneof![
        4 => Just(None),
        4 => select(vec![Down, NoToken, CutBefore, CutAfter, ErrorAfter, Truncated, LateVisible, CutAndLate]),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let payer = select(vec![
        Some(PayerChoice::Approve),
        Some(PayerChoice::Approve),
        Some(PayerChoice::Decline),
        None,
    ]);
    prop_oneof![
        3 => payer.prop_map(Act::Confirm),
        1 => Just(Act::NeverConfirmed),
        3 => select(vec![100_00, 60_00, 10_00]).prop_map(|sum| Act::Capture(Money::tiyn(sum))),
        1 => Just(Act::Void),
        6 => select(vec![100_00, 50_00, 20_00, 10_00]).prop_map(|sum| Act::Refund(Money::tiyn(sum))),
        2 => Just(Act::GiveUp),
        4 => Just(Act::CheckStatus),
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
        |(two_stage, card, switches, on_authorize, acts)| Script {
            two_stage,
            card,
            switches,
            on_authorize,
            acts,
        },
    )
}

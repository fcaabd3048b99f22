//! A shop that stands before one call, and a line to the bank that does as it is told.

use super::failure::{Failure, answer};
use super::outcome::Ended;
use async_trait::async_trait;
use bytes::Bytes;
use epay::{
    HttpGateway, InvoiceId, MemoryStore, Money, NotificationKind, Outcome, Payment, PaymentRequest,
    Payments,
};
use epay_domain::{Gateway, GatewayError, Observation, StepId, StepStatus};
use epay_http::{Transport, TransportError};
use epay_testkit::{FakeBank, ManualClock};
use epay_tests::bench::{Alarm, Heard, gateway_over, sealed, three_ds_answer};
use http::{Request, Response};
use pollster::block_on;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ORDERED: Money = Money::tiyn(100_00);
const TRANSACTION: &str = "7943816b-58a8-47f6-a11e-67b63c4228c7";

/// What the gateway tells.
pub(super) type Reply = Result<Observation, GatewayError>;

/// What the shop asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Pay,
    Confirm,
    Capture,
    Void,
    Refund,
}

pub(super) const CALLS: [Call; 5] =
    [Call::Pay, Call::Confirm, Call::Capture, Call::Void, Call::Refund];

impl Call {
    pub(super) fn name(self) -> &'static str {
        match self {
            Call::Pay => "`pay`",
            Call::Confirm => "`confirm`",
            Call::Capture => "`capture`",
            Call::Void => "`void`",
            Call::Refund => "`refund`",
        }
    }

    /// What is peculiar to it.
    pub(super) fn note(self) -> &'static str {
        match self {
            Call::Pay => {
                "`payment/cryptopay`. Not found is no proof that nothing happened, for the bank may book late: the order \
                 is locked until the bank has not known the invoice for a day (`Timeouts::not_found_window`)."
            }
            Call::Confirm => {
                "`payment/confirm`. A yes of its answer is a hint: the status decides. What provably never left may be handed \
                 in again: the payer is still at the page."
            }
            Call::Capture => {
                "a hold that still stands after ten minutes (`Timeouts::step`) shows that nothing was taken, and the step \
                 is given up. Where its reply said that it was done, nobody knows: a person is told (`StepNotShown`)."
            }
            Call::Void => "the same: a hold that still stands was not released.",
            Call::Refund => {
                "only a sum in the status shows that it was done, and nothing shows that it was not. One that stays \
                 unknown ends with a person's word (`give_up`)."
            }
        }
    }

    fn path(self) -> &'static str {
        match self {
            Call::Pay => "/payment/cryptopay",
            Call::Confirm => "/payment/confirm",
            Call::Capture => "/charge",
            Call::Void => "/cancel",
            Call::Refund => "/refund",
        }
    }
}

/// What the status says when the shop looks.
#[derive(Clone, Debug)]
pub(super) enum Look {
    /// It was done.
    Done,
    /// Everything is as it was before.
    NotDone,
    Fails,
    Says(u16, &'static str),
    Meets(Failure),
    /// This status name, or this body, of the operation that was named.
    Keeps(&'static str),
}

/// What the line does next, and what it has done.
#[derive(Default)]
struct Plan {
    token: Option<Failure>,
    ask: Option<Failure>,
    /// What cryptopay says while nothing fails.
    paid: &'static str,
    look: Option<Result<(u16, String), Failure>>,
    sent: Vec<String>,
}

#[derive(Clone)]
struct Line(Arc<Mutex<Plan>>);

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line")
    }
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        match self.brings(request.uri().path()) {
            Some(brought) => brought,
            None => pending().await,
        }
    }
}

impl Line {
    fn brings(&self, path: &str) -> Option<Result<Response<Bytes>, TransportError>> {
        let mut plan = self.0.lock().unwrap();
        plan.sent.push(path.to_owned());
        let fails = |failure: &Option<Failure>, otherwise: &str| match failure {
            Some(failure) => failure.brings(),
            None => Some(Ok(answer(200, otherwise))),
        };
        if path.ends_with("/oauth2/token") {
            fails(&plan.token, r#"{"access_token":"T"}"#)
        } else if path.contains("/check-status/") {
            match plan.look.as_ref()? {
                Ok((status, body)) => Some(Ok(answer(*status, body))),
                Err(failure) => failure.brings(),
            }
        } else {
            fails(&plan.ask, plan.paid)
        }
    }
}

pub(super) struct Shop {
    call: Call,
    line: Line,
    clock: ManualClock,
    heard: Heard,
    payments: Payments,
    /// The link by which the payer comes back.
    state: String,
}

impl Shop {
    /// A shop where everything went well until this call.
    pub(super) fn before(call: Call) -> Shop {
        let line = Line(Arc::default());
        let (clock, heard) = (ManualClock::default(), Heard::default());
        let payments = Payments::with_clock(gateway(&line), MemoryStore::default(), clock.clone())
            .with_notification_handler(heard.clone());
        let mut shop = Shop { call, line, clock, heard, payments, state: String::new() };
        shop.plan(|plan| {
            let (paid, seen) = match call {
                Call::Pay => ("{}", ""),
                Call::Confirm => (CHALLENGE, ""),
                Call::Capture | Call::Void => (HELD, "\"statusName\":\"AUTH\",\"amount\":100"),
                Call::Refund => (
                    CHARGED,
                    "\"statusName\":\"CHARGE\",\"amount\":100,\"payoutAmount\":0,\"orgAmount\":100",
                ),
            };
            plan.paid = paid;
            plan.look = Some(Ok((200, envelope(seen))));
        });
        if call != Call::Pay {
            let outcome = shop.pay();
            let Ended::Payment(outcome) = outcome else { panic!() };
            if let Outcome::AskPayer(ask) = &outcome {
                shop.state = ask.state();
            }
            assert!(!matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
        }
        shop.plan(|plan| plan.sent.clear());
        shop
    }

    /// From now on no token is to be had.
    pub(super) fn token(&self, failure: &Failure) {
        self.plan(|plan| plan.token = Some(failure.clone()));
    }

    /// From now on the call fails, and a status check after it says this.
    pub(super) fn fails(&self, failure: &Failure, look: Look) {
        self.plan(|plan| {
            plan.ask = Some(failure.clone());
            plan.look = Some(match look {
                Look::Done => Ok((200, envelope(self.done()))),
                Look::NotDone => Ok((200, self.not_done())),
                Look::Fails => Err(Failure::cut()),
                Look::Says(status, body) => Ok((status, body.to_owned())),
                Look::Meets(failure) => Err(failure),
                Look::Keeps(body) if body.starts_with('{') => Ok((200, body.to_owned())),
                Look::Keeps("CHARGE") => Ok((200, self.not_done())),
                Look::Keeps(name) => {
                    Ok((200, envelope(&format!("\"statusName\":\"{name}\",\"amount\":100"))))
                }
            });
        });
    }

    fn done(&self) -> &'static str {
        match self.call {
            Call::Pay | Call::Confirm | Call::Capture => "\"statusName\":\"CHARGE\",\"amount\":100",
            Call::Void => "\"statusName\":\"CANCEL\"",
            Call::Refund => {
                "\"statusName\":\"REFUND\",\"amount\":100,\"payoutAmount\":100,\"orgAmount\":100"
            }
        }
    }

    fn not_done(&self) -> String {
        match self.call {
            Call::Pay => r#"{"resultCode":"102","transaction":null}"#.to_owned(),
            Call::Confirm => envelope("\"statusName\":\"3D\""),
            Call::Capture | Call::Void => envelope("\"statusName\":\"AUTH\",\"amount\":100"),
            Call::Refund => envelope(
                "\"statusName\":\"CHARGE\",\"amount\":100,\"payoutAmount\":0,\"orgAmount\":100",
            ),
        }
    }

    /// The call, as a shop makes it.
    pub(super) fn ask(&self) -> Ended {
        let shop = &self.payments;
        match self.call {
            Call::Pay => self.pay(),
            Call::Confirm => block_on(shop.confirm(&self.state, three_ds_answer())).unwrap().into(),
            Call::Capture => block_on(shop.capture("order", "step", ORDERED)).unwrap().into(),
            Call::Void => block_on(shop.void("order", "step")).unwrap().into(),
            Call::Refund => block_on(shop.refund("order", "step", ORDERED)).unwrap().into(),
        }
    }

    fn pay(&self) -> Ended {
        let request = PaymentRequest::new("Order 17").unwrap();
        block_on(self.payments.pay_with("order", ORDERED, sealed(), &request)).unwrap().into()
    }

    /// What the gateway alone hears, and how often it tried.
    pub(super) fn heard(&self) -> (Reply, usize) {
        let (gateway, step) = (gateway(&self.line), StepId::new("step").unwrap());
        let payment = match self.call {
            Call::Pay => Payment::open(
                InvoiceId::new("938290483290").unwrap(),
                ORDERED,
                FakeBank::one_stage(),
            ),
            _ => block_on(self.payments.status("order")).unwrap().attempt().payment().clone(),
        };
        let heard = block_on(async {
            let request = PaymentRequest::new("Order 17").unwrap();
            match self.call {
                Call::Pay => gateway.authorize(&payment, sealed(), &request).await,
                Call::Confirm => gateway.confirm(&payment, three_ds_answer()).await,
                Call::Capture => gateway.capture(&payment, &step, ORDERED).await,
                Call::Void => gateway.void(&payment, &step).await,
                Call::Refund => gateway.refund(&payment, &step, ORDERED).await,
            }
        });
        let tries = self.plan(|plan| {
            let wanted = if plan.token.is_some() { "/oauth2/token" } else { self.call.path() };
            let tries = plan.sent.iter().filter(|path| path.ends_with(wanted)).count();
            plan.sent.clear();
            tries
        });
        (heard, tries)
    }

    /// How often the call itself was sent since the shop was opened, or since the gateway alone was asked.
    pub(super) fn asks(&self) -> usize {
        self.plan(|plan| plan.sent.iter().filter(|path| path.ends_with(self.call.path())).count())
    }

    /// How often the status was asked for in the same time.
    pub(super) fn looks(&self) -> usize {
        self.plan(|plan| plan.sent.iter().filter(|path| path.contains("/check-status/")).count())
    }

    /// Whether the attempt is dead, waits for the payer again, or has a step that never left, so that a
    /// second ask is another one.
    pub(super) fn may_ask_again(&self) -> bool {
        let outcome = block_on(self.payments.status("order")).unwrap();
        let step = outcome.attempt().payment().step(&StepId::new("step").unwrap());
        step.is_some_and(|(_, status)| status == StepStatus::NotSent)
            || matches!(
                outcome,
                Outcome::NotExecuted(_)
                    | Outcome::Abandoned(_)
                    | Outcome::Declined(..)
                    | Outcome::AskPayer(_)
            )
    }

    /// The bank keeps to its word, and it is asked every five minutes for three days: what it ends as,
    /// after how many minutes; and after how many the shop is notified that a person has to look.
    pub(super) fn ends(&self) -> (Option<(Ended, u64)>, Option<u64>) {
        let (mut ended, mut told) = (None, None);
        for minutes in (0..3 * 24 * 60).step_by(5) {
            if minutes > 0 {
                self.clock.advance(Duration::from_secs(5 * 60));
            }
            let outcome = block_on(self.payments.check_status("order")).unwrap();
            block_on(self.payments.deliver_notifications()).unwrap();
            if self.heard.kinds().contains(&NotificationKind::NeedsAttention) {
                told.get_or_insert(minutes);
            }
            let open = outcome.attempt().payment().pending().is_some();
            if !open && ended.is_none() {
                ended = Some((self.again(outcome), minutes));
            }
        }
        (ended, told)
    }

    /// The end, as whoever asked for it is told.
    fn again(&self, outcome: Outcome) -> Ended {
        match self.call {
            Call::Pay | Call::Confirm => outcome.into(),
            Call::Capture | Call::Void | Call::Refund => self.ask(),
        }
    }

    fn plan<T>(&self, change: impl FnOnce(&mut Plan) -> T) -> T {
        change(&mut self.line.0.lock().unwrap())
    }
}

fn gateway(line: &Line) -> HttpGateway {
    gateway_over(line.clone(), Alarm::Rings)
}

const CHALLENGE: &str = r#"{"id":"7943816b-58a8-47f6-a11e-67b63c4228c7","secure3D":{"action":"https://acs.example/",
    "paReq":"eJz","md":"bWQ="}}"#;
const HELD: &str = r#"{"id":"7943816b-58a8-47f6-a11e-67b63c4228c7","status":"AUTH"}"#;
const CHARGED: &str =
    r#"{"id":"7943816b-58a8-47f6-a11e-67b63c4228c7","status":"CHARGE","amount":100}"#;

/// A status with this in it.
fn envelope(transaction: &str) -> String {
    format!(r#"{{"resultCode":"100","transaction":{{"id":"{TRANSACTION}","currency":"KZT",{transaction}}}}}"#)
        .replace(",}", "}")
}

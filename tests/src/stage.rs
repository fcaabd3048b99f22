//! A stage for answers: something answers in the bank's place, and the test sees what the gateway
//! reports and what the payment makes of it.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use bytes::Bytes;
use epay_domain::*;
use epay_http::{HttpGateway, TransportError, transport_fn};
use epay_testkit::FakeBank;
use http::{Request, Response};
use pollster::block_on;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use crate::bench::{Alarm, gateway_over, sealed, three_ds_answer};

/// The invoice of [`Call::unanswered`].
pub const INVOICE: &str = "938290483290";
/// The bank's operation of it.
pub const TRANSACTION: &str = "7943816b-58a8-47f6-a11e-67b63c4228c7";
/// Its sum.
pub const ORDERED: Money = Money::tiyn(100_00);
const TOKEN: &[u8] = br#"{"access_token":"T","expires_in":"1200"}"#;
const NOW: Timestamp = Timestamp::from_unix_millis(1_790_000_000_000);

/// The calls that carry a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// [`Gateway::authorize`].
    Authorize,
    /// [`Gateway::confirm`].
    Confirm,
    /// [`Gateway::capture`].
    Capture,
    /// [`Gateway::void`].
    Void,
    /// [`Gateway::refund`].
    Refund,
    /// [`Gateway::status`].
    Status,
}

/// What came of one call.
#[derive(Debug, PartialEq)]
pub struct Tried {
    /// What was heard; of an error, how far the call got and who acts. A status check has no delivery.
    pub heard: Result<Fact, (Option<Delivery>, GatewayErrorKind)>,
    /// How the payment stands after it. Before, nobody knew.
    pub stands: PaymentStatus,
    /// How often the call itself left, tokens aside.
    pub sent: usize,
}

impl Call {
    /// The call over a line on which tokens are good and everything else is answered with `answer`.
    pub fn tried(self, answer: &Response<Bytes>) -> Tried {
        self.tried_with(&Response::new(Bytes::from_static(TOKEN)), answer)
    }

    /// The call where the token is answered by somebody else, too.
    pub fn tried_with(self, token: &Response<Bytes>, answer: &Response<Bytes>) -> Tried {
        let (gateway, sent) = gateway(token, answer);
        let payment = self.unanswered();
        let (seen, heard) = match self.made(&gateway, &payment) {
            Ok(seen) => (Some(Ok(seen.clone())), Ok(seen.fact)),
            Err((delivery, kind)) => (delivery.map(Err), Err((delivery, kind))),
        };
        // A failed status check is no event at all.
        let event = seen.map(|seen| payment.record_reply(seen, NOW));
        let payment = event.into_iter().fold(payment, |payment, event| payment.apply(&event));
        Tried { heard, stands: payment.status(), sent: sent.load(Relaxed) }
    }

    /// The call, whatever comes of it.
    pub fn made(
        self,
        gateway: &HttpGateway,
        payment: &Payment,
    ) -> Result<Observation, (Option<Delivery>, GatewayErrorKind)> {
        let asked = |result: Result<_, GatewayError>| {
            result.map_err(|error| (Some(error.delivery()), error.kind()))
        };
        block_on(async {
            match self {
                Call::Authorize => {
                    let request = PaymentRequest::new("Order 17").unwrap();
                    asked(gateway.authorize(payment, sealed(), &request).await)
                }
                Call::Confirm => asked(gateway.confirm(payment, three_ds_answer()).await),
                Call::Capture => asked(gateway.capture(payment, &step(), ORDERED).await),
                Call::Void => asked(gateway.void(payment, &step()).await),
                Call::Refund => asked(gateway.refund(payment, &step(), ORDERED).await),
                Call::Status => gateway.status(payment).await.map_err(|error| (None, error.kind())),
            }
        })
    }

    /// A payment that has asked for this and was not answered.
    pub fn unanswered(self) -> Payment {
        let payment =
            Payment::open(InvoiceId::new(INVOICE).unwrap(), ORDERED, FakeBank::one_stage());
        let payment = ask(payment, Command::Authorize);
        let challenge = Challenge {
            action: "https://acs.example/".into(),
            pa_req: "p".into(),
            md: "bWQ=".into(),
        };
        match self {
            Call::Authorize | Call::Status => payment,
            Call::Confirm => ask(told(payment, Fact::ThreeDsRequired(challenge)), Command::Confirm),
            Call::Capture => {
                ask(told(payment, Fact::Authorized), Command::Capture(step(), ORDERED))
            }
            Call::Void => ask(told(payment, Fact::Authorized), Command::Void(step())),
            Call::Refund => {
                let charged =
                    Fact::Captured { captured: Some(ORDERED), refunded: Refunds::NotTold };
                ask(told(payment, charged), Command::Refund(step(), ORDERED))
            }
        }
    }
}

/// An answer of the bank.
pub fn answer(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder().status(status).body(body.into()).unwrap()
}

/// A gateway, and how often anything but a token was asked for on its line.
pub fn gateway(
    token: &Response<Bytes>,
    answer: &Response<Bytes>,
) -> (HttpGateway, Arc<AtomicUsize>) {
    let (token, answer) = (token.clone(), answer.clone());
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let transport = transport_fn(move |request: Request<Bytes>| {
        let is_token = request.uri().path() == "/oauth2/token";
        counted.fetch_add(usize::from(!is_token), Relaxed);
        let answer = if is_token { token.clone() } else { answer.clone() };
        // However long it is: the gateway does not rely on its transport alone.
        async move { Ok::<_, TransportError>(answer) }
    });
    (gateway_over(transport, Alarm::Silent), sent)
}

fn step() -> StepId {
    StepId::new("step-1").unwrap()
}

fn ask(payment: Payment, wish: Command) -> Payment {
    let asked = payment.decide(wish, NOW).unwrap();
    payment.apply(&asked)
}

fn told(payment: Payment, fact: Fact) -> Payment {
    let told = Observation {
        transaction: TransactionId::new(TRANSACTION).ok(),
        ..Observation::reply(fact)
    };
    let heard = payment.record_reply(Ok(told), NOW);
    payment.apply(&heard)
}

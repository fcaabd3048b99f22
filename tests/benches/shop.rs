//! One shop, one card and the bank's answers to it: what every bench here works on.

use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use epay::TokioClock;
use epay_crypto::Secret;
use epay_domain::{
    Command, Gateway, InvoiceId, Money, Payment, PaymentRequest, SealedMethod, StepId, Timestamp,
};
use epay_fakebank::{PayerChoice, SANDBOX_CLIENT, SANDBOX_SECRET, cards};
use epay_http::{
    Bank as _, Credentials, Environment, HttpGateway, TokenUse, Transport, Wire, transport_fn,
};
use epay_testkit::FakeBank;
pub(crate) use epay_tests::bench::card;
use http::{Request, Response};

/// What [`card`] is sealed as.
pub(crate) const PLAINTEXT: &str = r#"{"hpan":"4405639704015096","expDate":"0127","cvc":"321","terminalId":"2a5e0000-fa4e-4ba2-8a1d-000000000002"}"#;
pub(crate) const SUM: Money = Money::tiyn(5_000_00);
pub(crate) const NOW: Timestamp = Timestamp::from_unix_millis(1_795_478_400_000);

pub(crate) fn order() -> PaymentRequest {
    let order = PaymentRequest::new("Order 17").unwrap().with_payer_name("Arman Ali").unwrap();
    order
        .with_email("a@example.com")
        .unwrap()
        .with_phone("77777777777")
        .unwrap()
        .with_account("uuid000001")
        .unwrap()
}

pub(crate) fn opened(invoice: &str) -> Payment {
    Payment::open(InvoiceId::new(invoice).unwrap(), SUM, FakeBank::two_stage())
}

pub(crate) fn step(name: &str) -> StepId {
    StepId::new(name).unwrap()
}

/// The real gateway, for a bank at `address`.
pub(crate) fn gateway(transport: impl Transport + 'static, address: &str) -> HttpGateway {
    let base = |host: &str| format!("http://{address}/{host}");
    let environment = Environment::fake_bank(&base("oauth"), &base("api")).unwrap();
    let credentials =
        Credentials::new(SANDBOX_CLIENT, Secret::new(SANDBOX_SECRET), FakeBank::two_stage());
    HttpGateway::new(transport, Arc::new(TokioClock), environment, credentials)
}

/// All calls share one token, so that each can be measured alone; `cryptopay` still gets its own.
pub(crate) fn shared() -> Wire {
    let mut wire = Wire::default();
    (wire.confirm_token, wire.operation_token) = (TokenUse::Shared, TokenUse::Shared);
    wire
}

/// The end of a future that never waits.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("everything answers from memory"),
    }
}

#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) request: Request<Bytes>,
    pub(crate) answer: Response<Bytes>,
}

/// One exchange of each call, with the payments they are about.
pub(crate) struct Recorded {
    exchanges: Vec<Exchange>,
    pub(crate) held: Payment,
    pub(crate) challenged: Payment,
    pub(crate) pa_res: String,
}

impl Recorded {
    /// The first exchange whose path has `part` in it.
    pub(crate) fn of(&self, part: &str) -> &Exchange {
        self.exchanges.iter().find(|exchange| exchange.request.uri().path().contains(part)).unwrap()
    }

    /// A transport that answers from memory.
    pub(crate) fn transport(&self) -> impl Transport + use<> {
        let parts = [
            "token",
            "cryptopay",
            "confirm",
            "charge",
            "cancel",
            "refund",
            "check-status",
            "public.rsa",
        ];
        let answers: Vec<_> = parts.map(|part| (part, self.of(part).answer.clone())).into();
        transport_fn(move |request: Request<Bytes>| {
            let path = request.uri().path();
            let known = answers
                .iter()
                .find(|(part, _)| path.contains(part))
                .map(|(_, answer)| answer.clone());
            std::future::ready(Ok(known.unwrap()))
        })
    }
}

/// Lets the fake bank at `address` answer every call once.
pub(crate) fn recorded(address: &str) -> Recorded {
    let bank = FakeBank::start();
    let exchanges = Arc::new(Mutex::new(Vec::new()));
    let recorder = {
        let (bank, exchanges) = (bank.transport(), Arc::clone(&exchanges));
        let bank = Arc::new(bank);
        transport_fn(move |request: Request<Bytes>| {
            let (bank, exchanges) = (Arc::clone(&bank), Arc::clone(&exchanges));
            async move {
                let answer = bank.send(request.clone()).await?;
                exchanges.lock().unwrap().push(Exchange { request, answer: answer.clone() });
                Ok(answer)
            }
        })
    };
    let gateway = gateway(recorder, address);
    let story = async {
        let held = asked(&gateway, cards::VISA_OK, "100000017").await;
        gateway.status(&held).await.unwrap();
        gateway.capture(&held, &step("charge-1"), SUM).await.unwrap();
        gateway.refund(&held, &step("refund-1"), SUM).await.unwrap();
        let other = asked(&gateway, cards::VISA_OK, "100000018").await;
        gateway.void(&other, &step("cancel-1")).await.unwrap();
        let challenged = asked(&gateway, cards::THREE_DS, "100000019").await;
        let answer =
            bank.payer_answers(challenged.challenge().unwrap(), PayerChoice::Approve).unwrap();
        let pa_res = answer.pa_res().to_owned();
        gateway.confirm(&challenged, answer).await.unwrap();
        (held, challenged, pa_res)
    };
    let (held, challenged, pa_res) = pollster::block_on(story);
    let exchanges = exchanges.lock().unwrap().clone();
    Recorded { exchanges, held, challenged, pa_res }
}

/// A payment that was asked for and answered.
async fn asked(gateway: &HttpGateway, number: &str, invoice: &str) -> Payment {
    let payment = opened(invoice);
    let event = payment.decide(Command::Authorize, NOW).unwrap();
    let payment = payment.apply(&event);
    let seen = gateway.authorize(&payment, sealed(gateway, number).await, &order()).await.unwrap();
    payment.clone().apply(&payment.record_reply(Ok(seen), NOW))
}

pub(crate) async fn sealed(gateway: &HttpGateway, number: &str) -> SealedMethod {
    gateway.bank_key().await.unwrap().seal_card(card(number), gateway.terminal()).unwrap()
}

//! One call to the bank: its endpoint, its order, and the bank's result.

use bytes::Bytes;
use epay_fakebank::{Answer, Endpoint, Fault as BankFault, FaultKind};
use http::Request;

use crate::Site;
use crate::world::World;

/// A call as the network sees it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) site: Site,
    pub(crate) endpoint: Endpoint,
    /// The invoice number, where it names one or the bank knows it by the operation.
    pub(crate) invoice: String,
    pub(crate) order: Option<usize>,
    /// Which call of the run it is.
    number: u64,
}

impl Call {
    pub(crate) fn of(request: &Request<Bytes>, world: &World) -> Call {
        let path = request.uri().path();
        let mut parts = path.rsplit('/');
        let (last, before) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let (site, endpoint, subject) = match last {
            "token" => (Site::Token, Endpoint::Token, after(request.body(), b"invoiceID")),
            "cryptopay" | "auth" => {
                (Site::Cryptopay, Endpoint::Cryptopay, after(request.body(), b"invoiceId"))
            }
            "confirm" => (Site::Confirm, Endpoint::Confirm, after(request.body(), b"\"id\"")),
            "charge" => (Site::Charge, Endpoint::Charge, before.to_owned()),
            "cancel" => (Site::Cancel, Endpoint::Cancel, before.to_owned()),
            "refund" => (Site::Refund, Endpoint::Refund, before.to_owned()),
            "public.rsa" => (Site::Token, Endpoint::PublicKey, String::new()),
            invoice => (Site::Status, Endpoint::Status, invoice.to_owned()),
        };
        world.with(|inner| {
            inner.tally.calls += 1;
            let operations = inner.bank.ledger();
            let of_operation = operations.iter().find(|it| it.id == subject);
            let invoice = of_operation.map_or(subject, |it| it.invoice.clone());
            let order = inner.invoices.get(&invoice).copied();
            Call { site, endpoint, invoice, order, number: inner.tally.calls }
        })
    }

    /// Less than `below`, the same for the same call of the same run.
    pub(crate) fn dice(&self, world: &World, below: u64) -> u64 {
        let seed = world.scenario.seed ^ self.number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        fastrand::Rng::with_seed(seed).u64(0..below)
    }

    /// The bank's answer, with what goes wrong in the bank itself.
    pub(crate) fn performed(
        &self,
        world: &World,
        request: &Request<Bytes>,
        faults: impl IntoIterator<Item = FaultKind>,
    ) -> Answer {
        let now = world.now();
        world.with(|inner| {
            for kind in faults {
                inner.bank.plan(BankFault { on: self.endpoint, skip: 0, kind });
            }
            inner.bank.answer(request, now)
        })
    }
}

/// The text behind `name` in a form or in JSON, as far as it is letters, digits and hyphens.
fn after(body: &[u8], name: &[u8]) -> String {
    let at = body.windows(name.len()).position(|window| window.eq_ignore_ascii_case(name));
    let rest = at.and_then(|at| body.get(at + name.len()..)).unwrap_or_default();
    let sign = |byte: &u8| matches!(byte, b'"' | b':' | b'=' | b' ');
    let value = rest.iter().skip_while(|byte| sign(byte));
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'-';
    value.take_while(part).map(|byte| char::from(*byte)).collect()
}

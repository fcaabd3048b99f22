//! The fake bank as a transport: requests go in as bytes, and planned faults cut them as a network would.

use std::io::{Error, ErrorKind};

use async_trait::async_trait;
use bytes::Bytes;
use epay_fakebank::Delivery;
use epay_http::{Transport, TransportError};
use http::{Request, Response};

use crate::FakeBank;

/// A [`Transport`] that ends at a [`FakeBank`] in this process.
///
/// A cut is `interrupted`, whether or not the bank did it: from outside nobody can tell. A planned delay waits on the
/// bank's clock.
#[derive(Clone, Debug)]
pub struct FakeBankTransport(FakeBank);

impl FakeBankTransport {
    pub(crate) fn new(bank: FakeBank) -> FakeBankTransport {
        FakeBankTransport(bank)
    }
}

#[async_trait]
impl Transport for FakeBankTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if self.0.is_disconnected() {
            return Err(TransportError::not_sent(Error::from(ErrorKind::NetworkUnreachable)));
        }
        let now = self.0.now();
        let answer = self.0.with_bank(|bank| bank.answer(&request, now));
        self.0.after_effect(answer.callbacks, answer.delay).await;
        match answer.delivery {
            Delivery::Whole(response) => Ok(response),
            Delivery::Truncated(..) | Delivery::Cut => {
                Err(TransportError::interrupted(Error::from(ErrorKind::ConnectionReset)))
            }
        }
    }
}

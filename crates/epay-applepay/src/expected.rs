//! The sum and currency that the merchant asked the payer for, compared with what the payer agreed
//! to.

use crate::{Payload, digest::sha256};

/// The payment request as the merchant made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected<'a> {
    /// Minor units: 150000 is 1500.00 tenge.
    pub amount: u64,
    /// The number of ISO 4217: 398 is the tenge.
    pub currency: u16,
    /// `applicationData` of the request, in the bytes it had before it was encoded; `None` if the request had none.
    pub application_data: Option<&'a [u8]>,
}

impl Expected<'_> {
    pub(crate) fn check(&self, payload: &Payload) -> Result<(), &'static str> {
        if self.currency != payload.currency {
            return Err("it is in another currency");
        }
        if self.amount != payload.amount {
            return Err("it is for another amount");
        }
        if self.application_data.map(sha256) != payload.application_data {
            return Err("it is for another payment request: applicationData differs");
        }
        Ok(())
    }
}

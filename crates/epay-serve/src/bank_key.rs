//! The bank's key is renewed before a payer needs it, so that whoever watches sees when it can't be.

use crate::shop::ShopRef;
use epay::{TokioClock, with_causes};
use epay_domain::Clock;
use std::time::Duration;

/// How often it is looked whether it is time: the key itself is held for an hour.
const EVERY: Duration = Duration::from_secs(60);
/// An hour, and another in which it was not renewed.
pub(crate) const OLD: Duration = Duration::from_secs(2 * 60 * 60);

/// Has the key in hand again and again, until it is dropped.
pub(crate) async fn keep(shop: ShopRef) {
    let mut had = true;
    loop {
        let key = shop.payments.bank_key().await;
        if let Err(error) = &key
            && had
        {
            let (shop, error) = (&shop.name, with_causes(error));
            tracing::error!(shop, error, "there is no key of the bank: nobody pays by card");
        }
        had = key.is_ok();
        TokioClock.sleep(EVERY).await;
    }
}

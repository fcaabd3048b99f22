//! Apple Pay at this shop's counter: the same tap gives the same token.

use std::sync::LazyLock;

use epay::Method;
use epay_tests::bench::Counter;

use crate::flows::PRICE;

/// The keys of a wallet are slow to make, so there is one.
static COUNTER: LazyLock<Counter> = LazyLock::new(Counter::default);

/// The token of this tap, verified and opened, as a page that is sent twice does.
pub(crate) fn opened(tap: u8) -> Method {
    let token = COUNTER.sheet(PRICE).transaction_id([tap; 32]).mint();
    COUNTER.method(&token, PRICE)
}

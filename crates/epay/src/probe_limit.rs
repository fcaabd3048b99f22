//! At most one probe a second for each invoice, however many hints come in.

use epay_domain::{InvoiceId, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(1);

/// Remembers only the last second, so a flood of hints cannot grow it beyond what that second held.
#[derive(Debug, Default)]
pub(crate) struct ProbeLimit {
    last: Mutex<HashMap<InvoiceId, Timestamp>>,
}

impl ProbeLimit {
    pub(crate) fn allows(&self, invoice: &InvoiceId, now: Timestamp) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that went back makes the entry look old at once: one probe more, never a silence without end.
        last.retain(|_, at| *at <= now && now.since(*at) < PAUSE);
        if last.contains_key(invoice) {
            return false;
        }
        last.insert(invoice.clone(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_probe_a_second_for_each_invoice() {
        let limit = ProbeLimit::default();
        let (one, two) = (InvoiceId::new("100001").unwrap(), InvoiceId::new("100002").unwrap());
        let at = Timestamp::from_unix_millis;
        assert!(limit.allows(&one, at(10_000)));
        assert!(!limit.allows(&one, at(10_000)));
        assert!(limit.allows(&two, at(10_500)));
        assert!(!limit.allows(&one, at(10_999)));
        assert!(limit.allows(&one, at(11_000)));
        assert!(limit.allows(&one, at(5_000)), "a clock that went back silences nobody");
        assert_eq!(limit.last.lock().unwrap().len(), 1);
    }
}

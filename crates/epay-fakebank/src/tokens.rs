//! A token is valid for what it was requested for: one terminal, and for a payment one invoice,
//! amount and currency, once.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::Arc,
};

use crate::{amount::Amount, refusal::Refusal, secret::Secret, time::Millis};

/// How long a token lives, in seconds; `expires_in` prints it as a string (observed).
pub(crate) const LIFETIME_SECONDS: u64 = 1200;

/// What the token form bound.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grant {
    pub(crate) client: String,
    pub(crate) terminal: Option<String>,
    pub(crate) payment: Option<PaymentGrant>,
    pub(crate) secret_hash: Option<Secret>,
    pub(crate) post_link: Option<String>,
    pub(crate) failure_post_link: Option<String>,
}

/// The payment a token was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PaymentGrant {
    pub(crate) invoice: String,
    pub(crate) amount: Amount,
    pub(crate) currency: String,
}

struct Entry {
    grant: Grant,
    expires: Millis,
    spent: bool,
}

/// Every token given out and not forgotten.
#[derive(Default)]
pub(crate) struct Tokens {
    /// Boxed, because a table is half empty when it has grown, and there are more tokens than payments.
    entries: HashMap<Arc<str>, Box<Entry>>,
    /// In the order in which they expire, which is the order in which they were given out.
    expiring: VecDeque<(Millis, Arc<str>)>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({} given out)", self.entries.len())
    }
}

impl Tokens {
    pub(crate) fn give(&mut self, token: String, grant: Grant, now: Millis) {
        while let Some((expires, _)) = self.expiring.front()
            && *expires <= now
            && let Some((_, expired)) = self.expiring.pop_front()
        {
            self.entries.remove(&expired);
        }
        let expires = now.plus(LIFETIME_SECONDS * 1000);
        let token: Arc<str> = token.into();
        self.expiring.push_back((expires, Arc::clone(&token)));
        self.entries.insert(token, Box::new(Entry { grant, expires, spent: false }));
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets those that expire first.
    pub(crate) fn forget(&mut self, count: usize) {
        for (_, token) in self.expiring.drain(..count.min(self.expiring.len())) {
            self.entries.remove(&token);
        }
    }

    /// What this token may do; it stays usable.
    pub(crate) fn look(&self, token: Option<&str>, now: Millis) -> Result<&Grant, Refusal> {
        self.live(token, now).map(|entry| &entry.grant)
    }

    /// Uses the token for its one payment.
    pub(crate) fn spend(&mut self, token: Option<&str>, now: Millis) -> Result<Grant, Refusal> {
        self.live(token, now)?;
        match token.and_then(|token| self.entries.get_mut(token)) {
            Some(entry) if !entry.spent => {
                entry.spent = true;
                Ok(entry.grant.clone())
            }
            _ => Err(Refusal::unauthorized("token has been used")),
        }
    }

    /// Whether the token has had its one payment.
    pub(crate) fn is_spent(&self, token: &str) -> bool {
        self.entries.get(token).is_some_and(|entry| entry.spent)
    }

    fn live(&self, token: Option<&str>, now: Millis) -> Result<&Entry, Refusal> {
        let token = token.ok_or(Refusal::unauthorized("bearer token is missing"))?;
        self.entries
            .get(token)
            .map(Box::as_ref)
            .filter(|entry| now < entry.expires)
            .ok_or(Refusal::unauthorized("token is unknown or has expired"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Millis = Millis(1_000);

    fn one() -> Tokens {
        let mut tokens = Tokens::default();
        tokens.give("a".to_owned(), Grant::default(), START);
        tokens
    }

    #[test]
    fn a_token_is_looked_at_often_and_spent_once() {
        let mut tokens = one();
        assert!(tokens.look(Some("a"), START).is_ok());
        assert!(tokens.spend(Some("a"), START).is_ok());
        assert_eq!(
            tokens.spend(Some("a"), START).map(|_| ()),
            Err(Refusal::unauthorized("token has been used"))
        );
        assert!(tokens.look(Some("a"), START).is_ok());
    }

    #[test]
    fn missing_unknown_and_expired_are_unauthorized() {
        let mut tokens = one();
        let end = START.plus(LIFETIME_SECONDS * 1000);
        let last = Millis(end.0 - 1);
        assert!(tokens.look(Some("a"), last).is_ok());
        for (token, at) in [(None, START), (Some("b"), START), (Some("a"), end)] {
            assert!(tokens.look(token, at).is_err(), "{token:?}");
            assert!(tokens.spend(token, at).is_err(), "{token:?}");
        }
    }

    #[test]
    fn what_has_expired_is_forgotten_when_the_next_is_given_out() {
        let mut tokens = one();
        let end = START.plus(LIFETIME_SECONDS * 1000);
        tokens.give("b".to_owned(), Grant::default(), Millis(end.0 - 1));
        assert_eq!(tokens.entries.len(), 2);
        tokens.give("c".to_owned(), Grant::default(), end);
        assert!(!tokens.entries.contains_key("a") && tokens.entries.len() == 2);
        assert_eq!(tokens.expiring.len(), 2);
    }

    #[test]
    fn debug_shows_no_token() {
        assert_eq!(format!("{:?}", one()), "Tokens(1 given out)");
    }
}

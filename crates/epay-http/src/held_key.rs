//! The bank's key is cached for a while, then fetched anew; if the bank does not answer, the cached
//! key stays in use, for a day at most.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use epay_crypto::{KeyError, KeyErrorKind, PublicKey};

/// How long a key is held before it is fetched anew, unless another age was set.
const AGE: Duration = Duration::from_secs(60 * 60);
/// How long a key is good while no other is to be had.
const OLDEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How long nobody tries again after a fetch in vain.
const RETRY: Duration = Duration::from_secs(60);

/// The key in hand. All times are those of one clock that only goes forward.
pub(crate) struct HeldKey {
    pub(crate) age: Duration,
    held: Mutex<Option<Held>>,
    /// Held by the caller that fetches; others wait for it, or use the key that is there.
    pub(crate) fetching: async_lock::Mutex<()>,
}

struct Held {
    key: Arc<PublicKey>,
    fetched: Duration,
    fetch_at: Duration,
}

/// The cached key.
pub(crate) enum InHand {
    Fresh(Arc<PublicKey>),
    /// To be fetched anew, and good until then.
    Old(Arc<PublicKey>),
    Nothing,
}

/// Whether a fetch brought no key at all, rather than one that is refused.
pub(crate) fn is_in_vain(error: &KeyError) -> bool {
    matches!(error.kind(), KeyErrorKind::Unavailable | KeyErrorKind::Malformed)
}

impl Default for HeldKey {
    fn default() -> HeldKey {
        HeldKey { age: AGE, held: Mutex::default(), fetching: async_lock::Mutex::default() }
    }
}

impl HeldKey {
    pub(crate) fn at(&self, now: Duration) -> InHand {
        match &*self.held() {
            Some(held) if now < held.fetch_at => InHand::Fresh(Arc::clone(&held.key)),
            Some(held) if now.saturating_sub(held.fetched) <= OLDEST => {
                InHand::Old(Arc::clone(&held.key))
            }
            _ => InHand::Nothing,
        }
    }

    /// How long ago the key in hand was fetched; `None` where there is none that is still good.
    pub(crate) fn age_at(&self, now: Duration) -> Option<Duration> {
        let age = self.held().as_ref().map(|held| now.saturating_sub(held.fetched));
        age.filter(|age| *age <= OLDEST)
    }

    /// Takes over what a fetch brought. A key that is refused ends the one in hand, too: it is no
    /// longer the bank's.
    pub(crate) fn take(
        &self,
        fetched: Result<PublicKey, KeyError>,
        now: Duration,
    ) -> Result<Arc<PublicKey>, KeyError> {
        let mut held = self.held();
        match fetched {
            Ok(key) => {
                let key = Arc::new(key);
                let fetch_at = now.saturating_add(self.age);
                *held = Some(Held { key: Arc::clone(&key), fetched: now, fetch_at });
                Ok(key)
            }
            Err(error) => {
                if !is_in_vain(&error) {
                    *held = None;
                }
                Err(error)
            }
        }
    }

    /// Nobody tries again for a while.
    pub(crate) fn keep(&self, now: Duration) {
        if let Some(held) = &mut *self.held() {
            let last = held.fetched.saturating_add(OLDEST);
            held.fetch_at = now.saturating_add(RETRY).min(last);
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

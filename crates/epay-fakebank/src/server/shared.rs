//! One bank for all connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bank::Bank;

/// The bank behind its lock. A panic while it was held is a test's own; the bank's steps leave no half states.
#[derive(Clone, Debug)]
pub(super) struct Shared(Arc<Mutex<Bank>>);

impl Shared {
    pub(super) fn new(bank: Bank) -> Self {
        Self(Arc::new(Mutex::new(bank)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Bank> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

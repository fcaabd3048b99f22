//! One bank for all connections, and its clock, which can be turned.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    clock::{self, Turned},
    listen::Listen,
};
use crate::{bank::Bank, time::Millis};

/// The bank and its clock, each behind its lock. A panic while one was held is a test's own; the
/// bank's steps leave no half states.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    bank: Arc<Mutex<Bank>>,
    turned: Arc<Mutex<Turned>>,
    listen: Arc<Listen>,
}

impl Shared {
    pub(super) fn new(bank: Bank, listen: Listen) -> Self {
        let (bank, listen) = (Arc::new(Mutex::new(bank)), Arc::new(listen));
        Self { bank, turned: Arc::default(), listen }
    }

    /// As it was started.
    pub(super) fn listen(&self) -> &Listen {
        &self.listen
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Bank> {
        self.bank.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn clock(&self) -> MutexGuard<'_, Turned> {
        self.turned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The moment a request is answered at.
    pub(super) fn now(&self) -> Millis {
        self.clock().now(clock::now())
    }
}

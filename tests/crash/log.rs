//! The shop's log, with a crossing before and after everything that is written into it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use epay_domain::{
    Created, DeadProof, Event, NewPayment, PaymentStore, Queue, Schedule, StoreError,
    StoreErrorKind, StoreLayer, Stored, TerminalId, Timestamp,
};

use crate::crash_points::{CrashPoints, How, Place, Then};

#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) store: Arc<dyn PaymentStore>,
    pub(crate) crash_points: CrashPoints,
}

impl Log {
    /// One write. A connection to the log that is cut says nothing about whether it happened.
    async fn write<T>(
        &self,
        call: &'static str,
        write: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.cross(call, "before", How::IN_THE_LOG).await?;
        let written = write.await?;
        self.cross(call, "after", How::IN_THE_LOG).await?;
        Ok(written)
    }

    async fn cross(
        &self,
        call: &'static str,
        at: &'static str,
        can_happen: &'static [How],
    ) -> Result<(), StoreError> {
        match self.crash_points.cross(Place { call, at, can_happen }).await {
            Then::BeCut => Err(StoreError::new(StoreErrorKind::Failed)),
            Then::GoOn | Then::SayNothing => Ok(()),
        }
    }
}

#[async_trait]
impl StoreLayer for Log {
    fn inner(&self) -> &dyn PaymentStore {
        &*self.store
    }

    async fn create(
        &self,
        new: NewPayment,
        at: Timestamp,
        after: Option<DeadProof>,
    ) -> Result<Created, StoreError> {
        self.write("create", self.store.create(new, at, after)).await
    }

    async fn append(
        &self,
        onto: &Stored,
        events: &[Event],
        schedule: Schedule,
    ) -> Result<Stored, StoreError> {
        self.write("append", self.store.append(onto, events, schedule)).await
    }

    async fn claim_due(
        &self,
        queue: Queue,
        terminal: &TerminalId,
        now: Timestamp,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Stored>, StoreError> {
        let call = "claim_due";
        self.cross(call, "before", How::IN_THE_LOG).await?;
        let claimed = self.store.claim_due(queue, terminal, now, limit, lease).await?;
        // Most claims find nothing and write nothing: to end, or to be refused, is then the same after as before. Not so
        // what another process makes due in between.
        let can_happen = if claimed.is_empty() { &[How::Overtaken] } else { How::IN_THE_LOG };
        self.cross(call, "after", can_happen).await?;
        Ok(claimed)
    }
}

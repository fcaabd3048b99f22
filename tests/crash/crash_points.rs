//! Every crossing on the way of a payment is counted, and at one of them something happens: that is all the chance there is.

use std::fmt;
use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use crate::clock::{DEADLINE, ShopClock};

/// What happens at the chosen crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// The process ends. Nothing of it is left, and the shop does not ask again.
    CrashedAndLeft,
    /// The process ends, and the shop repeats what it was at.
    CrashedAndRepeated,
    /// The connection, to the bank or to the log, is cut; the process lives on.
    Cut,
    /// Another process does the same thing, from its beginning to its end.
    Overtaken,
    /// The connection to the bank stays open and silent, and meanwhile the wall clock is put back.
    Silent,
}

impl How {
    /// At a call to the bank.
    pub(crate) const ON_THE_WIRE: &[How] =
        &[How::CrashedAndLeft, How::CrashedAndRepeated, How::Cut, How::Overtaken, How::Silent];
    /// A log that says nothing has no deadline of ours: SQLite waits for a lock as long as it was told to.
    pub(crate) const IN_THE_LOG: &[How] =
        &[How::CrashedAndLeft, How::CrashedAndRepeated, How::Cut, How::Overtaken];

    fn ends_the_process(self) -> bool {
        matches!(self, How::CrashedAndLeft | How::CrashedAndRepeated)
    }
}

/// Which side of which call; printed when a judge complains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) call: &'static str,
    pub(crate) at: &'static str,
    /// What can happen here and comes to anything else than at the crossing before.
    pub(crate) can_happen: &'static [How],
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.call, self.at)
    }
}

/// What a connection has to do at a crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    GoOn,
    BeCut,
    SayNothing,
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Counts the crossings of one run. Clones count together.
#[derive(Clone, Default)]
pub(crate) struct CrashPoints(Arc<Inner>);

#[derive(Default)]
struct Inner {
    planned: Option<(usize, How)>,
    passed: AtomicUsize,
    places: Mutex<Vec<Place>>,
    over: AtomicBool,
    silent: AtomicBool,
    other: Mutex<Option<Work>>,
}

impl CrashPoints {
    /// Nothing happens.
    pub(crate) fn undisturbed() -> CrashPoints {
        CrashPoints::default()
    }

    /// `how` happens at the crossing of this number.
    pub(crate) fn at(crossing: usize, how: How) -> CrashPoints {
        CrashPoints(Arc::new(Inner { planned: Some((crossing, how)), ..Inner::default() }))
    }

    pub(crate) fn planned(&self) -> Option<How> {
        self.0.planned.map(|(_, how)| how)
    }

    /// All crossings so far.
    pub(crate) fn places(&self) -> Vec<Place> {
        self.0.places.lock().unwrap().clone()
    }

    pub(crate) fn has_happened(&self) -> bool {
        self.0.planned.is_some_and(|(crossing, _)| self.0.passed.load(SeqCst) > crossing)
    }

    /// What the other process does, should this one be overtaken.
    pub(crate) fn may_be_overtaken_by(&self, other: impl Future<Output = ()> + Send + 'static) {
        if self.planned() == Some(How::Overtaken) && !self.has_happened() {
            *self.0.other.lock().unwrap() = Some(Box::pin(other));
        }
    }

    /// One crossing.
    pub(crate) async fn cross(&self, place: Place) -> Then {
        self.0.places.lock().unwrap().push(place);
        let passed = self.0.passed.fetch_add(1, SeqCst);
        match self.0.planned {
            Some((crossing, how)) if crossing == passed => self.happen(how).await,
            _ => Then::GoOn,
        }
    }

    async fn happen(&self, how: How) -> Then {
        match how {
            How::CrashedAndLeft | How::CrashedAndRepeated => {
                self.0.over.store(true, SeqCst);
                pending().await
            }
            How::Cut => Then::BeCut,
            How::Overtaken => {
                let other = self.0.other.lock().unwrap().take();
                if let Some(other) = other {
                    other.await;
                }
                Then::GoOn
            }
            How::Silent => Then::SayNothing,
        }
    }

    /// Waits for ever, and says so for as long.
    pub(crate) async fn silence(&self) {
        struct Ends<'a>(&'a AtomicBool);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                self.0.store(false, SeqCst);
            }
        }
        self.0.silent.store(true, SeqCst);
        let _ends = Ends(&self.0.silent);
        pending::<()>().await;
    }

    /// Runs until `work` is done or its process has ended; `Err` when it waits for ever.
    pub(crate) fn run<T>(
        &self,
        clock: &ShopClock,
        work: impl Future<Output = T>,
    ) -> Result<Option<T>, CallNeverEnds> {
        let mut work = pin!(work);
        let ends = self.planned().is_some_and(How::ends_the_process);
        pollster::block_on(std::future::poll_fn(|context| {
            loop {
                if let Poll::Ready(done) = work.as_mut().poll(context) {
                    return Poll::Ready(Ok(Some(done)));
                }
                if ends && self.0.over.swap(false, SeqCst) {
                    return Poll::Ready(Ok(None));
                }
                if !self.0.silent.load(SeqCst) {
                    return Poll::Pending;
                }
                // Nothing else is under way: so the deadline has to end it when its time comes, and in that very poll.
                clock.put_back();
                clock.timer.advance(DEADLINE);
                if let Poll::Ready(done) = work.as_mut().poll(context) {
                    return Poll::Ready(Ok(Some(done)));
                }
                if self.0.silent.load(SeqCst) {
                    return Poll::Ready(Err(CallNeverEnds));
                }
            }
        }))
    }
}

impl fmt::Debug for CrashPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CrashPoints").field(&self.0.planned).finish()
    }
}

/// The deadline did not end a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallNeverEnds;

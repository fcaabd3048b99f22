//! Everybody who takes part, as the conductor and the payers reach them.

use std::collections::BTreeSet;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use epay_testkit::judge::{Promise, Said as Promised};
use tokio::task::JoinSet;

use crate::{
    bank::Bank,
    crew::Crew,
    dice::Dice,
    words::{Is, Said, Wish},
};

/// How often somebody asks again whose worker has died.
const TRIES: usize = 100;

pub(crate) struct Stage {
    pub(crate) bank: Bank,
    pub(crate) crew: Crew,
    pub(crate) tally: Arc<Tally>,
    /// Which worker is asked, and which callback is lost.
    dice: Mutex<Dice>,
    promises: Mutex<BTreeSet<(String, Promised)>>,
}

/// What was done to them.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) kills: AtomicU64,
    /// Faults that the bank was told to play.
    pub(crate) faults: AtomicU64,
    /// Asks that were sent beside another of the same.
    pub(crate) doubles: AtomicU64,
    /// Asks that died with their worker.
    pub(crate) died: AtomicU64,
    /// Asks that a living worker never answered.
    pub(crate) hung: AtomicU64,
    pub(crate) forged: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) delivered: AtomicU64,
    pub(crate) given_up: AtomicU64,
    /// Answers of the service that nobody got, because they were cut off or their client had gone.
    pub(crate) cut: AtomicU64,
    /// Webhooks that came after what followed them.
    pub(crate) out_of_order: AtomicU64,
}

pub(crate) fn count(what: &AtomicU64, by: u64) {
    what.fetch_add(by, Relaxed);
}

impl Stage {
    pub(crate) fn new(bank: Bank, crew: Crew, seed: u64, tally: Arc<Tally>) -> Stage {
        let dice = Mutex::new(Dice::new(seed, u64::MAX));
        Stage { bank, crew, tally, dice, promises: Mutex::default() }
    }

    pub(crate) fn roll<T>(&self, roll: impl FnOnce(&mut Dice) -> T) -> T {
        roll(&mut lock(&self.dice))
    }

    /// Asks one worker, and another one when that dies, as a browser does that loads again.
    pub(crate) async fn ask(&self, order: &str, two_stage: bool, wish: Wish) -> Option<Said> {
        for _ in 0..TRIES {
            let at = usize::try_from(self.roll(|dice| dice.below(self.crew.count()))).ok()?;
            match self.crew.ask(at, order, two_stage, wish.clone()).await {
                Ok(Some(said)) => {
                    self.remember(&said);
                    return Some(said);
                }
                Ok(None) => count(&self.tally.died, 1),
                Err(_) => count(&self.tally.hung, 1),
            }
        }
        None
    }

    /// The same several times at once; what the last of them was told.
    pub(crate) async fn ask_at_once(
        self: &Arc<Stage>,
        times: usize,
        order: &str,
        two_stage: bool,
        wish: Wish,
    ) -> Option<Said> {
        let mut asked = JoinSet::new();
        for _ in 0..times.max(1) {
            let (stage, order, wish) = (Arc::clone(self), order.to_owned(), wish.clone());
            asked.spawn(async move { stage.ask(&order, two_stage, wish).await });
        }
        count(&self.tally.doubles, asked.len() as u64 - 1);
        asked.join_all().await.into_iter().flatten().next_back()
    }

    fn remember(&self, said: &Said) {
        let Said::Payment { invoice, is } = said else { return };
        let promised = match is {
            Is::Paid { .. } => Promised::Paid,
            Is::Held => Promised::Held,
            Is::Declined | Is::NotExecuted => Promised::NotCharged,
            Is::New | Is::AskPayer { .. } | Is::Abandoned | Is::GivenBack | Is::Unknown => return,
        };
        lock(&self.promises).insert((invoice.clone(), promised));
    }

    pub(crate) fn promises(&self) -> Vec<Promise> {
        let promises = lock(&self.promises).clone().into_iter();
        promises.map(|(invoice, said)| Promise { invoice, said, booked: None }).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! The world of one run: the bank, the store, what payers hold in their browsers, and who counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use epay::{InvoiceId, PaymentStore, TerminalId};
use epay_domain::{CardId, Stored};
use epay_fakebank::{Bank, Millis, cards};
use epay_testkit::judge::{NotificationLine, Promise};
use tokio::sync::Notify;

use crate::answers::Answers;
use crate::check::Complaint;
use crate::checks::Checks;
use crate::clock::{BEGIN, WorldTime};
use crate::hints::Hints;
use crate::process::Process;
use crate::trace::{Trace, Who};
use crate::{Deed, Fault, Scenario, Site};

/// Everything that outlives a process of the shop.
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    pub(crate) time: WorldTime,
    pub(crate) store: Arc<dyn PaymentStore>,
    pub(crate) terminals: [TerminalId; 2],
    /// Whether each payment is sealed, signed and opened for real.
    pub(crate) real_crypto: bool,
    /// How often a reconciler looks when nothing was due.
    pub(crate) pause: Duration,
    /// Rung whenever something is planned.
    pub(crate) planned: Notify,
    /// From here on nothing goes wrong any more.
    healed: AtomicBool,
    inner: Mutex<Inner>,
}

pub(crate) struct Inner {
    pub(crate) bank: Bank,
    pub(crate) trace: Trace,
    pub(crate) tally: Tally,
    /// The strikes that are still to come, each with how often it has still to wait.
    strikes: Vec<Option<crate::scenario::Strike>>,
    /// Whose invoice numbers are whose.
    pub(crate) invoices: HashMap<String, usize>,
    /// Every process that was started, the dead included.
    pub(crate) processes: Vec<Process>,
    /// When each attempt is to be taken up again; `None` for never.
    pub(crate) due: BTreeMap<InvoiceId, Option<u64>>,
    pub(crate) browsers: Vec<Browser>,
    pub(crate) told: Vec<NotificationLine>,
    pub(crate) promises: Vec<Promise>,
    /// Which calls of the wire a proxy has doubled.
    pub(crate) doubled: BTreeSet<usize>,
    /// Orders of which the bank has said what is not so.
    pub(crate) lied: BTreeSet<usize>,
    /// Orders of which the bank has said that something was done which was not. Until a status says
    /// otherwise nobody can know, and then everybody.
    pub(crate) said_done: BTreeSet<usize>,
    /// Orders that a person has let be paid twice, knowing it.
    pub(crate) risked: BTreeSet<usize>,
    /// Orders that the shop has let be paid anew.
    pub(crate) anew: BTreeSet<usize>,
    /// Orders whose money has moved at the bank without us.
    pub(crate) behind: BTreeSet<usize>,
    /// What goes on for a while: about which order, and until when in milliseconds of the run.
    lasting: Vec<(Fault, usize, u64)>,
    /// Until when, in milliseconds of the run, no connection is to be had.
    pub(crate) down: BTreeMap<(Site, usize), u64>,
    /// Numbers of which somebody was told that the payer was not charged.
    pub(crate) uncharged: BTreeSet<String>,
    /// Numbers of which a check was told that the operation is another's.
    pub(crate) anothers: BTreeSet<String>,
    /// Numbers that somebody else has used.
    pub(crate) strangers: BTreeSet<String>,
    /// How long calls of the store take.
    store: fastrand::Rng,
    pub(crate) checks: Checks,
    pub(crate) hints: Hints,
    pub(crate) answers: Answers,
    pub(crate) complaints: Vec<Complaint>,
}

/// What a payer's browser holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    /// The page of their issuer: state of the return link, paReq, md.
    pub(crate) page: Option<(String, String, String)>,
    /// When they clicked to pay last.
    pub(crate) clicked: Option<u64>,
    /// The bank's pay form: its params, and the invoice number in them.
    pub(crate) form: Option<(String, String)>,
    /// The operation that they began there last.
    pub(crate) paid: Option<String>,
    /// What it brought back last: state, PaRes, md.
    pub(crate) answer: Option<(String, String, String)>,
}

/// What has been counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How often each fault has struck.
    pub struck: BTreeMap<Fault, u64>,
    /// How often each thing that must happen sometimes has happened.
    pub sometimes: BTreeMap<&'static str, u64>,
    /// Attempts that the bank was asked about.
    pub payments: u64,
    /// Calls that reached the bank.
    pub calls: u64,
    /// How many milliseconds it took, after all was healed, until an attempt was known; counted by
    /// the second.
    pub known_after: BTreeMap<u64, u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Tally) {
        for (fault, count) in &other.struck {
            *self.struck.entry(*fault).or_default() += count;
        }
        for (name, count) in &other.sometimes {
            *self.sometimes.entry(name).or_default() += count;
        }
        for (seconds, count) in &other.known_after {
            *self.known_after.entry(*seconds).or_default() += count;
        }
        self.payments += other.payments;
        self.calls += other.calls;
    }
}

/// What strikes one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Struck {
    pub(crate) fault: Fault,
    pub(crate) millis: u64,
}

impl World {
    pub(crate) fn new(
        scenario: Scenario,
        store: Arc<dyn PaymentStore>,
        bank: Bank,
        terminals: [TerminalId; 2],
        in_words: bool,
    ) -> World {
        let inner = Inner {
            bank,
            trace: Trace::new(in_words),
            tally: Tally::default(),
            strikes: scenario.strikes.iter().cloned().map(Some).collect(),
            invoices: HashMap::new(),
            processes: Vec::new(),
            due: BTreeMap::new(),
            browsers: vec![Browser::default(); scenario.orders.len()],
            told: Vec::new(),
            promises: Vec::new(),
            doubled: BTreeSet::new(),
            lied: BTreeSet::new(),
            said_done: BTreeSet::new(),
            risked: BTreeSet::new(),
            anew: BTreeSet::new(),
            behind: BTreeSet::new(),
            lasting: Vec::new(),
            down: BTreeMap::new(),
            uncharged: BTreeSet::new(),
            anothers: BTreeSet::new(),
            strangers: BTreeSet::new(),
            store: fastrand::Rng::with_seed(scenario.seed),
            checks: Checks::default(),
            hints: Hints::default(),
            answers: Answers::default(),
            complaints: Vec::new(),
        };
        let time = WorldTime::begins();
        let (healed, inner) = (AtomicBool::new(false), Mutex::new(inner));
        let planned = Notify::new();
        let mut world = World {
            scenario,
            time,
            store,
            terminals,
            real_crypto: false,
            pause: Duration::from_secs(5),
            planned,
            healed,
            inner,
        };
        if world.clocks_jump() {
            world.pause = Duration::from_secs(60);
        }
        world
    }

    /// Looks at what is shared or changes it. Nothing waits in here.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn now(&self) -> Millis {
        Millis(BEGIN.unix_millis() + self.time.millis())
    }

    pub(crate) fn heal(&self) {
        self.healed.store(true, Relaxed);
    }

    /// Whether a wall clock of this world is ever wrong.
    pub(crate) fn clocks_jump(&self) -> bool {
        self.scenario.acts.iter().any(|act| matches!(act.deed, Deed::WallJump { .. }))
    }

    pub(crate) fn is_healed(&self) -> bool {
        self.healed.load(Relaxed)
    }

    pub(crate) fn terminal(&self, order: usize) -> &TerminalId {
        let two_stage = self.scenario.orders.get(order).is_some_and(|order| order.two_stage);
        let [one, two] = &self.terminals;
        if two_stage { two } else { one }
    }

    /// The card that the bank keeps for the payers of this terminal.
    pub(crate) fn saved_card(&self, terminal: &TerminalId) -> Option<CardId> {
        let id = self.with(|inner| {
            let kept = inner.bank.saved_cards().iter().find(|it| it.terminal == terminal.as_str());
            let kept = kept.map(|card| card.id.clone());
            let save = |bank: &mut Bank| {
                bank.save_card(terminal.as_str(), "payer", cards::VISA_OK, Millis(0))
            };
            kept.or_else(|| save(&mut inner.bank))
        });
        CardId::new(&id?).ok()
    }

    pub(crate) fn order_of(&self, invoice: &str) -> Option<usize> {
        self.with(|inner| inner.invoices.get(invoice).copied())
    }

    pub(crate) fn is_opened(&self, invoice: &InvoiceId, order: usize) {
        self.with(|inner| {
            inner.invoices.insert(invoice.to_string(), order);
            if inner.strangers.contains(invoice.as_str()) {
                inner.lied.insert(order);
            }
        });
    }

    /// What strikes when something is done at `site` about `order`. Each fault waits for its turn and
    /// strikes once.
    pub(crate) fn strikes(&self, site: Site, order: usize) -> Vec<Struck> {
        let (now, is_healed) = (self.time.millis(), self.is_healed());
        self.with(|inner| {
            let goes_on = |(fault, of, until): &&(Fault, usize, u64)| {
                *of == order && now < *until && fault.sites().contains(&site)
            };
            // What the bank does not find is not found by healing a network.
            let stays = |it: &&(Fault, usize, u64)| !is_healed || it.0 == Fault::NotFound;
            let lasting = inner.lasting.iter().filter(goes_on).filter(stays);
            let mut struck: Vec<_> =
                lasting.map(|(fault, ..)| Struck { fault: *fault, millis: 0 }).collect();
            if is_healed {
                return struck;
            }
            for slot in &mut inner.strikes {
                let Some(strike) = slot else { continue };
                if strike.site != site || strike.order != order {
                    continue;
                }
                match strike.after.checked_sub(1) {
                    Some(left) => strike.after = left,
                    None => {
                        struck.push(Struck { fault: strike.fault, millis: strike.millis });
                        if strike.fault.lasts() && strike.millis > 0 {
                            inner.lasting.push((strike.fault, order, now + strike.millis));
                        }
                        *slot = None;
                    }
                }
            }
            struck
        })
    }

    /// How long the next call of the store takes, where it takes any time.
    pub(crate) fn store_takes(&self) -> Option<u64> {
        let most = Some(self.scenario.store_millis).filter(|millis| *millis > 0)?;
        Some(self.with(|inner| inner.store.u64(0..=most)))
    }

    /// Whether the bank does not find it for a while.
    pub(crate) fn is_not_found(&self, order: usize) -> bool {
        let now = self.time.millis();
        let of = |it: &(Fault, usize, u64)| it.0 == Fault::NotFound && it.1 == order && now < it.2;
        self.with(|inner| inner.lasting.iter().any(of))
    }

    /// That a fault has had its effect.
    pub(crate) fn struck(&self, fault: Fault, order: Option<usize>) {
        self.with(|inner| {
            *inner.tally.struck.entry(fault).or_default() += 1;
            if fault.lies() {
                inner.lied.extend(order);
            }
        });
        self.note(order, Who::World, Who::World, fault.name());
    }

    /// That something has happened which must happen sometimes.
    pub(crate) fn sometimes(&self, name: &'static str) {
        self.with(|inner| *inner.tally.sometimes.entry(name).or_default() += 1);
    }

    /// That something happened which needs no more words.
    pub(crate) fn note(&self, order: Option<usize>, from: Who, to: Who, what: &str) {
        self.tell(order, (from, to), &[what], || what.to_owned());
    }

    /// The same, with words that are made only where somebody reads them.
    pub(crate) fn tell(
        &self,
        order: Option<usize>,
        who: (Who, Who),
        key: &[&str],
        words: impl FnOnce() -> String,
    ) {
        let at = self.time.millis();
        self.with(|inner| inner.trace.push((at, order), who, key, words));
    }

    /// When an attempt is to be taken up again, as the store has it, in milliseconds of the run.
    pub(crate) fn is_planned(&self, stored: &Stored) {
        let schedule = &stored.schedule;
        let due = schedule.next_check_at.into_iter().chain(schedule.next_notify_at).min();
        let due = due.map(|due| due.max(stored.leased_until.unwrap_or_default()));
        let due = due.map(|due| due.unix_millis().saturating_sub(BEGIN.unix_millis()));
        self.with(|inner| inner.due.insert(stored.payment.invoice().clone(), due));
        self.planned.notify_waiters();
    }

    /// When the next attempt is due.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.with(|inner| inner.due.values().flatten().min().copied())
    }
}

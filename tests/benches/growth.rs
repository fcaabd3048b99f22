//! What becomes of the hot paths as the log grows: processor time beside the same in a log of a thousand payments.
//!
//! `cargo xtask bench --scale` measures it, and draws it into docs/pictures/growth.svg.

use std::{cell::RefCell, sync::Arc, time::Duration};

use epay::{Money, Outcome, Payments, TokioClock};
use epay_domain::{
    Event, EventKind, InvoiceId, NotificationKind, PaymentStore, Queue, Schedule, SealedMethod,
    Stored, Timestamp,
};
use epay_store::SqliteStore;
use epay_tests::bench::{Call, Reply, ScriptedBank};
use pollster::block_on;
use tokio::runtime;

use crate::{
    list::{self, NOW, filled, terminal},
    measure, row,
};

const SMALL: u64 = 1_000;
const SIZES: [u64; 2] = [10_000, 100_000];
/// So many payments take turns in what is loaded and written.
const TURNS: u64 = 500;

pub(crate) fn rows() {
    if !list::is_scale() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    for size in SIZES {
        let log = |name: &str, size| Log::of(filled(&home.path().join(name), size), size);
        let (small, large) = (log(&format!("beside {size}"), SMALL), log(&size.to_string(), size));
        let grown = |what: &str, work: fn(&Log)| {
            row::grown(what, size, &measure::pair(1, || work(&large), || work(&small)));
        };
        grown("a payment", Log::pay);
        grown("load", Log::load);
        grown("append", Log::append);
        grown("claim 64", Log::claim);
        list::by_index(&large.store, &small.store, size);
    }
}

/// A log, and where its works have got to.
struct Log {
    store: Arc<SqliteStore>,
    payments: Payments,
    runtime: runtime::Runtime,
    at: RefCell<At>,
}

struct At {
    stored: Vec<Stored>,
    turn: usize,
    orders: u64,
    now: Timestamp,
}

impl Log {
    fn of(store: SqliteStore, size: u64) -> Log {
        let store = Arc::new(store);
        let bank = ScriptedBank::new(TokioClock);
        bank.says(Call::Authorize, Reply::charged()).says(Call::Status, Reply::charged());
        let payments = Payments::new(bank, Arc::clone(&store));
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // Far apart, so that each is on a page of its own.
        let invoice = |turn: u64| format!("{}", 100_000_001 + turn * size / TURNS);
        let invoices = (0..TURNS).map(|turn| InvoiceId::new(&invoice(turn)).unwrap());
        let load = |invoice| block_on(store.load(&invoice)).unwrap().unwrap();
        let stored = invoices.map(load).collect();
        let now = NOW + Duration::from_secs(60 * 60);
        let at = RefCell::new(At { stored, turn: 0, orders: 0, now });
        Log { store, payments, runtime, at }
    }

    fn pay(&self) {
        let order = {
            let mut at = self.at.borrow_mut();
            at.orders += 1;
            format!("new-{}", at.orders)
        };
        let method = SealedMethod::card("sealed".to_owned());
        let paid = self.payments.pay(&order, Money::tenge(5_000), method);
        assert!(matches!(self.runtime.block_on(paid).unwrap(), Outcome::Paid(_)));
    }

    fn load(&self) {
        let mut at = self.at.borrow_mut();
        let invoice = at.next().payment.invoice().clone();
        assert!(block_on(self.store.load(&invoice)).unwrap().is_some());
    }

    fn append(&self) {
        let mut at = self.at.borrow_mut();
        let stored = at.next();
        let kind = EventKind::Notified { kind: NotificationKind::Captured, through: 3 };
        let events = [Event { at: NOW, kind }];
        let schedule = Schedule { next_check_at: Some(NOW), ..Schedule::default() };
        *stored = block_on(self.store.append(stored, &events, schedule)).unwrap();
    }

    /// By the next time these leases have passed.
    fn claim(&self) {
        let (at, terminal) = (&mut *self.at.borrow_mut(), terminal());
        let moment = Duration::from_millis(1);
        let claimed = self.store.claim_due(Queue::UnknownChecks, &terminal, at.now, 64, moment);
        assert_eq!(block_on(claimed).unwrap().len(), 64);
        at.now = at.now + moment;
    }
}

impl At {
    fn next(&mut self) -> &mut Stored {
        self.turn = (self.turn + 1) % self.stored.len();
        self.stored.get_mut(self.turn).unwrap()
    }
}

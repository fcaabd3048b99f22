//! The wrappers that break one rule each, around the ports that a process is put together from.

mod bank;
mod handler;
mod log;
mod two_counters;
mod wire;

use std::sync::Arc;

use epay::{HttpGateway, PaymentStore, Transport};

pub(crate) use bank::BrokenBank;
pub(crate) use handler::{BrokenHandler, Undelivered};
pub(crate) use log::BrokenLog;
use two_counters::TwoCounters;
use wire::BrokenWire;

use crate::log::Log;
use crate::planted::Bug;
use crate::wire::Wire;
use crate::world::World;

/// The ports of one process.
pub(crate) struct Plugs<B> {
    pub(crate) wire: Box<dyn Transport>,
    pub(crate) log: Arc<dyn PaymentStore>,
    pub(crate) bank: B,
    pub(crate) handler: BrokenHandler,
}

/// Each port as it is, or with the world's bug around it. `open` opens a log by the name of its file.
pub(crate) fn plug(
    world: &World,
    wire: Wire,
    open: impl Fn(&str) -> Log,
) -> Plugs<impl FnOnce(HttpGateway) -> BrokenBank> {
    let undelivered = Undelivered::default();
    let (bug, book, claims) = (world.bug, world.book.clone(), Arc::clone(&world.claims));
    let log: Arc<dyn PaymentStore> = match bug {
        Some(Bug::LastSixCollision) => {
            Arc::new(TwoCounters { first: open("log"), second: open("another-log") })
        }
        Some(bug) => {
            let inner = Arc::new(open("log"));
            Arc::new(BrokenLog::new(inner, bug).delivering(undelivered.clone(), book.clone()))
        }
        None => Arc::new(open("log")),
    };
    Plugs {
        wire: match bug {
            Some(bug) => Box::new(BrokenWire { inner: wire, bug }),
            None => Box::new(wire),
        },
        log,
        bank: {
            let book = book.clone();
            move |inner| BrokenBank { inner, bug, claims, book, kept: std::sync::Mutex::default() }
        },
        handler: BrokenHandler { book, bug, undelivered },
    }
}

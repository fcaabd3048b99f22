//! How often a payment allocates. A process of its own, because its allocator counts for all threads together and takes
//! time itself. Its rows are printed like those of the other bench.
#![expect(clippy::unwrap_used, reason = "a bench that can't be set up has nothing to say")]
#![expect(clippy::print_stdout, reason = "the rows are its output")]

#[allow(dead_code, reason = "the other bench uses the rest")]
#[path = "shop.rs"]
mod shop;

use std::{
    alloc::System,
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use epay::{MemoryStore, Outcome, Payments};
use epay_domain::{Gateway as _, InvoiceId, Payment, PaymentStore, SealedMethod};
use epay_fakebank::cards;
use epay_http::{Transport, transport_fn};
use epay_store::{InvoiceNumbers, SqliteStore};
use epay_testkit::{FakeBank, ManualClock};
use http::{Request, Response};
use pollster::block_on;
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ADDRESS: &str = "127.0.0.1:8080";
/// The calls of a payment.
const CALLS: [&str; 4] = ["token", "cryptopay", "check-status", "public.rsa"];
/// Payments in which everything that is made once is made.
const WARM: usize = 40;
/// Payments that are counted.
const COUNTED: usize = 40;

fn main() {
    // Tests only build it, and sealing with the other backend changes nothing here.
    if !std::env::args().any(|word| word == "--bench") || cfg!(feature = "aws-lc") {
        return;
    }
    let recorded = Recorded::of(WARM + COUNTED);
    row("allocations of a payment through the gateway", 60, recorded.through_gateway());
    let memory = MemoryStore::starting_at(recorded.first());
    row(
        "allocations of a payment through the facade, the log in memory",
        None,
        recorded.through_facade(memory),
    );
    let home = tempfile::tempdir().unwrap();
    let numbers = InvoiceNumbers::starting_at(recorded.first());
    let sqlite = SqliteStore::create(home.path().join("log"), &numbers).unwrap();
    row(
        "allocations of a payment through the facade, the log in SQLite",
        200,
        recorded.through_facade(sqlite),
    );
}

fn row(what: &str, most: impl Into<Option<usize>>, count: usize) {
    println!("{}", json!({ "what": what, "allocations": count, "most": most.into() }));
}

/// How often `work` allocates, or moves what it has, when it is done once more.
fn each(mut work: impl FnMut()) -> usize {
    (0..WARM).for_each(|_| work());
    let region = Region::new(ALLOCATOR);
    (0..COUNTED).for_each(|_| work());
    let made = region.change();
    (made.allocations + made.reallocations).div_ceil(COUNTED)
}

/// The bank's answers to so many payments, ready to be given.
struct Recorded {
    payments: Vec<Payment>,
    answers: Vec<(&'static str, Response<Bytes>)>,
}

impl Recorded {
    fn of(count: usize) -> Recorded {
        let (bank, answers) = (Arc::new(FakeBank::start().transport()), Arc::default());
        let heard: Arc<Mutex<Vec<_>>> = Arc::clone(&answers);
        let recorder = transport_fn(move |request: Request<Bytes>| {
            let (bank, heard) = (Arc::clone(&bank), Arc::clone(&heard));
            async move {
                let call = call(&request);
                let answer = bank.send(request).await?;
                heard.lock().unwrap().push((call, answer.clone()));
                Ok(answer)
            }
        });
        let gateway = shop::gateway(recorder, ADDRESS);
        let opened = |number: usize| shop::opened(&(100_000_017 + number).to_string());
        let payments: Vec<Payment> = (0..count).map(opened).collect();
        for payment in &payments {
            let sealed = block_on(shop::sealed(&gateway, cards::VISA_OK));
            block_on(gateway.authorize(payment, sealed, &shop::order())).unwrap();
            block_on(gateway.status(payment)).unwrap();
        }
        let answers = answers.lock().unwrap().clone();
        Recorded { payments, answers }
    }

    fn first(&self) -> InvoiceId {
        self.payments.first().unwrap().invoice().clone()
    }

    /// Gives them out one after the other, and allocates nothing but the future that a transport is.
    fn transport(&self) -> impl Transport + use<> {
        let queue = |call| {
            let of = self.answers.iter().filter(move |(other, _)| *other == call);
            Mutex::new(of.map(|(_, answer)| answer.clone()).collect::<VecDeque<_>>())
        };
        let queues = CALLS.map(|call| (call, queue(call)));
        transport_fn(move |request: Request<Bytes>| {
            let (_, queue) = queues.iter().find(|(other, _)| *other == call(&request)).unwrap();
            std::future::ready(Ok(queue.lock().unwrap().pop_front().unwrap()))
        })
    }

    /// A card for each of them, sealed before it is counted: what that allocates is the RSA library's.
    fn sealed(&self) -> Vec<SealedMethod> {
        let gateway = shop::gateway(self.transport(), ADDRESS);
        let sealed = |_: &Payment| block_on(shop::sealed(&gateway, cards::VISA_OK));
        self.payments.iter().map(sealed).collect()
    }

    fn through_gateway(&self) -> usize {
        let gateway = shop::gateway(self.transport(), ADDRESS);
        let (mut next, order) = (self.payments.iter().zip(self.sealed()), shop::order());
        each(|| {
            let (payment, method) = next.next().unwrap();
            drop(shop::ready(gateway.authorize(payment, method, &order)).unwrap());
        })
    }

    fn through_facade(&self, store: impl PaymentStore + 'static) -> usize {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let gateway = shop::gateway(self.transport(), ADDRESS);
        // What the bank recalls was made by this clock.
        let payments = Payments::with_clock(gateway, store, ManualClock::default());
        let orders = (0..self.payments.len()).map(|number| format!("order-{number}"));
        let orders: Vec<_> = orders.collect();
        let (mut next, request) = (orders.iter().zip(self.sealed()), shop::order());
        each(|| {
            let (order, method) = next.next().unwrap();
            let held = payments.pay_with(order, shop::SUM, method, &request);
            assert!(matches!(runtime.block_on(held).unwrap(), Outcome::Held(_)));
        })
    }
}

fn call(request: &Request<Bytes>) -> &'static str {
    let path = request.uri().path();
    CALLS.into_iter().find(|call| path.contains(call)).unwrap()
}

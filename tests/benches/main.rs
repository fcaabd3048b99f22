//! How far each part is from its floor: ours and the floor take turns in one process, and each row is one line of JSON.
//!
//! `cargo xtask bench` runs this on both backends and prints the rows as one table. What is measured is processor time,
//! but for the store's, so another busy process on the machine disturbs little, and no test looks at any of it.
#![expect(clippy::unwrap_used, reason = "a bench that can't be set up has nothing to say")]
#![expect(clippy::print_stdout, reason = "the rows are its output")]

mod apple_pay;
mod backend;
mod bank;
mod check;
mod codec;
mod domain;
mod due;
mod growth;
mod list;
mod measure;
mod payment;
mod postgres;
mod record;
mod row;
mod seal;
mod serve;
mod server;
mod shop;
mod store;
mod tls;
#[allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the tests of the service need more of it, and say what they expect by failing"
)]
#[path = "../serve/world.rs"]
mod world;

/// What does no sealing is measured on one backend only.
const PARTS: &[(&str, bool, fn())] = &[
    ("domain", false, domain::rows),
    ("codec", false, codec::rows),
    ("store", false, store::rows),
    ("due", false, due::rows),
    ("postgres", false, postgres::rows),
    ("check", false, check::rows),
    ("list", false, list::rows),
    ("growth", false, growth::rows),
    ("record", false, record::rows),
    ("seal", true, seal::rows),
    ("payment", true, payment::rows),
    ("tls", true, tls::rows),
    ("bank", true, bank::rows),
    ("apple_pay", true, apple_pay::rows),
    ("serve", true, serve::rows),
];

/// `cargo bench -p epay-tests -- seal bank` measures these two parts.
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let asked = |word: &str| words.iter().any(|other| other == word);
    if asked(server::WORD) {
        server::run();
    } else if asked("--bench") {
        let all = !PARTS.iter().any(|(name, ..)| asked(name));
        for (name, seals, rows) in PARTS {
            if asked(name) || (all && (*seals || backend::NAME == "rsa")) {
                rows();
            }
        }
    }
}

//! A simulator for ePay integrations: a hostile world in virtual time, the same for the same seed.
//!
//! ```
//! let simulation = epay_sim::Simulation::new(epay::MemoryStore::default); // or a store of your own
//! let report = simulation.run(0..10);
//! assert!(report.failures.is_empty(), "{report}");
//! ```
//!
//! The facade, the codec and the store in it are the real ones. Everything around them is simulated:
//! several processes that die, wake late and disagree about the time; a network that cuts, loses,
//! delays and doubles; a bank that is stranger than its documents; payers who click twice, leave and
//! come back; a shop that does not listen; people who rule without looking. Then all is healed, time
//! runs on, and the bank's books, its wire, our log and what shop and payers were told are compared.

#![cfg_attr(docsrs, feature(doc_cfg))]

// Where to look, for whoever changes this crate:
//
// | question | file |
// |---|---|
// | What goes wrong, and where? | `fault` |
// | What is decided before a run begins? | `scenario`; from a seed: `draw` |
// | What do payers pay with? | `purse`, `phone` |
// | Who does it? | `act`, `portal` (the bank's side), `shop` (who hears of it) |
// | How does it go wrong? | `network` (with `damage`, `lie`), `store`, `clock` |
// | What must never be? | at once: `check`, `writes`, `checks`, `hints`, `answers`; at the end: `end`, `facts` |
// | What must happen sometimes? | `sometimes` |

mod act;
mod answers;
mod call;
mod check;
mod checks;
mod clock;
mod damage;
mod draw;
mod end;
mod facts;
mod fault;
mod form;
mod heal;
mod hints;
mod lie;
mod money;
mod network;
mod page;
mod phone;
mod portal;
mod process;
mod purse;
mod report;
mod scenario;
mod shop;
mod shrink;
mod simulation;
mod sometimes;
mod store;
mod trace;
mod words;
mod world;
mod writes;

pub use check::Complaint;
pub use fault::{Fault, Site};
pub use scenario::{Act, Card, Deed, Order, Scenario, ScenarioError, Shop, Strike};
pub use simulation::{Report, RunEnd, Simulation};
pub use trace::{Line, Who};
pub use world::Tally;

//! What your tests of an ePay integration import: a bank that does what you plan, and suites that judge what you built.
//!
//! ```
//! use epay_domain::*;
//! use epay_http::Bank as _;
//! use epay_testkit::{FakeBank, fakebank::{Endpoint, FaultKind, cards}};
//! # use epay_crypto::*;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bank = FakeBank::start();
//! let gateway = bank.gateway(); // or bank.http_gateway(), where the real codec runs
//! # let card = Card::new(CardNumber::new(cards::VISA_OK)?, Expiry::parse_mmyy("0127")?, Cvc::new("321")?);
//! # let method = gateway.bank_key().await?.seal_card(card, gateway.terminal())?;
//! # let order = PaymentRequest::new("Order 17")?;
//! let payment = Payment::open(InvoiceId::new("100000017")?, Money::tenge(5_000), FakeBank::one_stage());
//! bank.inject_fault(Endpoint::Cryptopay, FaultKind::CutAfterEffect);
//! let lost = gateway.authorize(&payment, method, &order).await.unwrap_err();
//! assert_eq!(lost.delivery(), Delivery::MaybeSent); // nobody knows,
//! let seen = gateway.status(&payment).await?; // so look:
//! assert!(matches!(seen.fact, Fact::Captured { .. })); // it happened,
//! assert_eq!(bank.calls(Endpoint::Cryptopay), 1); // and it was sent once
//! # Ok(()) }
//! ```
//!
//! Whether a transport, a gateway, a pay form or a store of your own keeps its contract is judged by
//! [`conformance`], and what became of the money by [`judge`]: the bank's ledger and wire beside your
//! log.
//!
//! | feature | adds |
//! |---|---|
//! | `proptest` | strategies for property tests |
//! | `mockall` | mocks of the ports |
//! | `postgres` | `PostgresCluster`, a server for one run of tests |
//! | `tls` | `conformance::transport_over_tls` |

#![cfg_attr(docsrs, feature(doc_cfg))]

// Where to look, for whoever changes this crate:
//
// | question | file |
// |---|---|
// | How do I plan what goes wrong, and see what was booked? | `fake_bank` |
// | Which gateway and which transport end there? | `gateway`, `transport` |
// | How do I make time pass, or the time on the wall jump? | `clock` |
// | Does my transport, gateway or store keep its contract? | `conformance` |
// | Do the bank's books and our log agree, whatever happened? | `judge` |
// | On which port does a program listen that a test starts? | `port` |
// | Where does a test get PostgreSQL? | `postgres` (feature `postgres`) |
// | Where are strategies and mocks? | `strategy` (feature `proptest`), `mock` (feature `mockall`) |

mod clock;
pub mod conformance;
mod fake_bank;
mod gateway;
pub mod judge;
#[cfg(feature = "mockall")]
pub mod mock;
mod observe;
mod port;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "proptest")]
pub mod strategy;
mod transport;

pub use clock::ManualClock;
pub use epay_fakebank as fakebank;
pub use fake_bank::FakeBank;
pub use gateway::FakeGateway;
pub use port::free_port;
#[cfg(feature = "postgres")]
pub use postgres::PostgresCluster;
pub use transport::FakeBankTransport;

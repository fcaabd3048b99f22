//! What your tests of an ePay integration import.

mod clock;
pub mod conformance;
mod fake_bank;
mod gateway;
mod observe;
mod transport;

pub use clock::ManualClock;
pub use epay_fakebank as fakebank;
pub use fake_bank::FakeBank;
pub use gateway::FakeGateway;
pub use transport::FakeBankTransport;

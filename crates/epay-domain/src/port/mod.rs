//! The ports: what an adapter implements. Object safe, no default methods; each has a Contract.

mod clock;
mod gateway;
mod shared;
mod store;

pub use clock::Clock;
pub use gateway::{Gateway, GatewayError, GatewayErrorKind, StatusError};
pub use store::{
    Created, NewPayment, PaymentStore, Queue, Schedule, StoreError, StoreErrorKind, Stored, Version,
};

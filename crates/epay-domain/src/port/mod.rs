//! The ports: what an adapter implements. Object safe, no default methods; each has a Contract.

mod clock;
mod gateway;
mod shared;
mod store;

pub use clock::Clock;
pub use gateway::{Gateway, GatewayError, GatewayErrorKind, StatusError};
pub use store::{
    Agenda, Created, NewPayment, PaymentStore, Queue, StoreError, StoreErrorKind, Stored, Version,
};

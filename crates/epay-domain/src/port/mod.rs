//! The ports: what an adapter implements. Object safe, no default methods; each has a Contract.

mod clock;
mod gateway;
mod layer;
mod store;

pub use clock::Clock;
pub use gateway::{Gateway, GatewayError, GatewayErrorKind, StatusError};
pub use layer::StoreLayer;
pub use store::{
    CLOCK_AHEAD, CheckClass, CreateRule, Created, NewPayment, Page, PaymentStore, Queue, Schedule,
    StoreError, StoreErrorKind, Stored, Version,
};

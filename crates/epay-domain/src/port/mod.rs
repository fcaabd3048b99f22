//! The ports: the traits that an adapter implements. Object safe, no default methods; each has a
//! Contract.

mod clock;
mod gateway;
mod layer;
mod list;
mod store;

pub use clock::Clock;
pub use gateway::{Gateway, GatewayError, GatewayErrorKind, StatusError};
pub use layer::StoreLayer;
pub use list::{Count, ListFilter, ListKeys, ListQuery, Listed, Page};
pub use store::{
    CLOCK_AHEAD, CheckClass, CreateRule, Created, NewPayment, PaymentStore, Queue, Schedule,
    StoreError, StoreErrorKind, Stored, Version,
};

//! Apple Pay on the merchant's side, without I/O.

pub mod session;

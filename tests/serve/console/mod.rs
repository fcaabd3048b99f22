//! The console over sockets: who gets in, who may do what, and what a stranger, a double click and a hostile text
//! come to.

pub(crate) mod desk;
mod pages;
mod refunds;
mod ruling;
mod session;

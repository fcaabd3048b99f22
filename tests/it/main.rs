//! Suites that cross crates, one module for each question they answer.
#![cfg(test)]

mod blessed;
mod file_shop;
mod goldens;
mod merchant_session;
mod pictures;
mod shop_example;
mod state_machine;
mod store_conformance;
mod store_durability;
mod store_facade;
mod store_faults;
mod transport_conformance;
mod when_a_call_fails;

//! Suites that cross crates, one module for each question they answer.
#![cfg(test)]

mod blessed;
mod state_machine;
mod transport_conformance;

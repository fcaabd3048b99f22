//! Properties of the payment: what holds whatever is asked, whatever is heard, in whatever order.
//!
//! `EPAY_PROPS_CASES` is how many cases each property is tried with; the seed is fixed, so that a failure comes back.
#![cfg(test)]

mod acknowledged;
mod anything;
mod commute;
mod facade;
mod history;
mod ledger;
mod lists;
mod money;
mod not_found_window;
mod order;
mod record;
mod unsent;
mod way_out;
mod wishes;
mod world;

use proptest::test_runner::{Config, RngSeed};

fn config() -> Config {
    config_of_one_in(1)
}

/// Fewer cases, for what is slow; at least a few.
fn config_of_one_in(share: u32) -> Config {
    let cases: u32 =
        std::env::var("EPAY_PROPS_CASES").ok().map_or(1_000, |cases| cases.parse().unwrap());
    let cases = cases.div_ceil(share).max(cases.min(20));
    Config {
        cases,
        rng_seed: RngSeed::Fixed(0x00E9_A700),
        failure_persistence: None,
        ..Config::default()
    }
}

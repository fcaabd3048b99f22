//! Secrets that were planted are looked for in everything a program of ours shows: 0 found, and one shown on purpose is found.
#![cfg(test)]

mod binary;
mod flow;
mod planted;
mod refused;
mod scan;
#[cfg(target_os = "linux")] // which shows the memory of a process as a file
mod serve;
mod shown;
mod sinks;
mod tapped;
#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "the tests of the service need more of it")]
#[path = "../serve/world.rs"]
mod world;

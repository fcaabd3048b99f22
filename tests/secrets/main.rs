//! Secrets that were planted are looked for in everything a program of ours shows: 0 found, and one shown on purpose is found.
#![cfg(test)]

mod binary;
mod flow;
mod planted;
mod refused;
mod scan;
mod shown;
mod sinks;
mod tapped;

//! Properties.
#![cfg(test)]

//! A shop is ended, cut off or overtaken at every point of every flow, and the bank's own books judge what became of it.
#![cfg(test)]

mod planted;

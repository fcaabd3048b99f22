//! What comes from outside is never trusted: each reader meets every damage we know, and says so instead of guessing.
#![cfg(test)]

mod answers;
mod corpus;
mod damage;
mod inbound;
mod key;
mod samples;

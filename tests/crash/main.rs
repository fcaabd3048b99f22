//! A shop is ended, cut off or overtaken at every point of every flow, and the bank's own books judge what became of it.
//!
//! A flow runs once undisturbed, which counts its crossings: before and after each write into the log, and before and
//! within each request and answer. Then it runs again for every crossing and everything that can happen there and comes
//! to something else than at the crossing before. There is no chance in it and no real time, so a complaint names a run
//! that can be run again.
#![cfg(test)]

mod acts;
mod apple;
mod book;
mod broken;
mod clock;
mod crash_points;
mod database;
mod flows;
mod judge;
mod log;
mod lost_page;
mod matrix;
mod planted;
mod script;
mod wire;
mod world;

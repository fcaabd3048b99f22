//! What a shop sees of its payments, through the public API alone; the bank's books and wire log are
//! the judges.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod acknowledging;
mod answers;
mod apple_pay;
mod causes;
mod dropped;
mod exactly_once;
mod flood;
mod google_pay;
mod hand_over;
mod hints;
mod late;
mod lost_answers;
mod not_shown;
mod notifications;
mod observed;
mod older_attempts;
mod operator;
mod outbox;
mod pay;
mod race;
mod reconciler;
mod recorder;
mod registering;
mod saved_cards;
mod steps;
mod three_ds;
mod way_out;
mod whose;
mod window;

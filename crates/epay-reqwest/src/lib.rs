//! The ready epay transport over reqwest.

//! Goldens: the samples of the bank's page are read as reviewed, and what we write is byte for byte what was reviewed.

mod callbacks;
mod read;
mod scripted;
mod written;

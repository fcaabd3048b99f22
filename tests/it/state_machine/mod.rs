//! docs/state-machine.md is printed by the running state machine: every cell is a payment that was driven there.

mod contradictions;
mod dead;
mod diagram;
mod drive;
mod known;
mod not_found_window;
mod question;
mod table;
mod wishes;

const HEAD: &str = "\
# The state machine, printed by itself

Every cell below is a payment that a test drove there through the public API of `epay-domain`
(tests/it/state_machine). Do not edit: `cargo xtask bless` writes it, and the test suite fails when the code says
something else.

A payment is what we asked and what we heard. Two small functions read it: *what do we know?* and *is the question
answered?* Everything else follows. Sums are in tenge; the payment in all tables is for 100.00.
";

#[test]
fn the_page_is_what_the_code_does() {
    let parts = [
        HEAD.to_owned(),
        diagram::print(),
        known::print(),
        question::print(),
        wishes::print(),
        dead::print(),
        contradictions::print(),
        not_found_window::print(),
    ];
    crate::blessed::check("docs/state-machine.md", &parts.join("\n"));
}

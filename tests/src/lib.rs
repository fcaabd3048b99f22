//! What the suites that cross crates share: the [`mod@bench`] and the [`stage`]. And every example on the pages a reader
//! sees is compiled and run: this crate is where they become doc tests.

pub mod bench;
pub mod binary;
#[cfg(target_os = "linux")]
pub mod process_memory;
pub mod stage;

macro_rules! page {
    ($name:ident, $path:literal) => {
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../../", $path))]
        mod $name {}
    };
}

page!(readme, "README.md");
page!(apple_pay, "docs/apple-pay.md");
page!(architecture, "docs/architecture.md");
page!(bank_notes, "docs/bank-notes.md");
page!(card_data, "docs/card-data.md");
page!(embedding_the_domain, "docs/embedding-the-domain.md");
page!(faq, "docs/faq.md");
page!(glossary, "docs/glossary.md");
page!(google_pay_and_saved_cards, "docs/google-pay-and-saved-cards.md");
page!(taking_payments, "docs/taking-payments.md");
page!(operating, "docs/operating.md");
page!(running_on_many_machines, "docs/running-on-many-machines.md");
page!(never_twice, "docs/never-twice.md");
page!(performance, "docs/performance.md");
page!(security, "SECURITY.md");
page!(when_a_call_fails, "docs/when-a-call-fails.md");
page!(writing_a_transport, "docs/writing-a-transport.md");

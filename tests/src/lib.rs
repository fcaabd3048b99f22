//! Every example on the pages a reader sees is compiled and run: this crate is where they become doc tests.

macro_rules! page {
    ($name:ident, $path:literal) => {
        #[cfg(doctest)]
        #[doc = include_str!(concat!("../../", $path))]
        mod $name {}
    };
}

page!(readme, "README.md");
page!(architecture, "docs/architecture.md");
page!(bank_notes, "docs/bank-notes.md");
page!(embedding_the_domain, "docs/embedding-the-domain.md");
page!(faq, "docs/faq.md");
page!(glossary, "docs/glossary.md");
page!(writing_a_transport, "docs/writing-a-transport.md");

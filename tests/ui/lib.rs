//! Empty: a package needs a library, and this one only shows, in `main.rs`, that the files in `mistakes` do not compile.

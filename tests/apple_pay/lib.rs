//! Empty: a package needs a library, and this one only tests.

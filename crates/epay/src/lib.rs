//! Halyk ePay payments that cannot be charged twice.

//! What your tests of an ePay integration import.

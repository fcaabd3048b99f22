//! A fake Halyk ePay bank with its own ledger and key, pure or on sockets.

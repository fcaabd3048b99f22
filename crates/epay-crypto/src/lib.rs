//! Secrets, card data and the RSA cryptogram of ePay.

//! Every sentence of the PaymentStore contract is put to a real store.

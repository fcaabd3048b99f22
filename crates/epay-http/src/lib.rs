//! ePay's wire: codec, the Transport seam and HttpGateway.

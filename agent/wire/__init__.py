"""The messages: the cloud contract and the bridge protocol. Pure and versioned; no I/O."""

"""An append-only Merkle tree (RFC 6962), its checkpoints and its proofs. No store, no keys."""

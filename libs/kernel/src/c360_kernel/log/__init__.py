"""The event log: the truth, append-only, ordered per key."""

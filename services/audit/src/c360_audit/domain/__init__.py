"""What an audited operation is, and what of it can be looked for. No store, no log."""

"""The log in: every audited operation, and how long it stays."""

"""Pure functions: what holds of account records and links, which records are one account."""

"""What is kept of accounts, behind a port."""

"""Accounts, as far as several services need to know what is said of them: their traits."""

"""Asking a running instance, as a client of its API."""

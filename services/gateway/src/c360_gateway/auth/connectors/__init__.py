"""Connectors that are let in by a key of their own instead of a token."""

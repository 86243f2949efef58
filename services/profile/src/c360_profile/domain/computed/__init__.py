"""Computed traits: what a customer's events come to, all told or within a window."""

"""Callers of a running instance: well-behaved ones, and one that sends the worst there is."""

"""Connectors of an instance, run beside it: sources asked, items sent to its gateway."""

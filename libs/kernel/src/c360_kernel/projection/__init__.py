"""Projections: stores fed from the log, and the worker that feeds them."""

"""Serving a domain service's part of the graph."""

"""Transports to subgraphs: a call in this process, or HTTP with the signed caller context."""

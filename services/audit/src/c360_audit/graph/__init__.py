"""Subgraph out: the operations on record."""

from c360_audit.graph.schema import audit_subgraph

__all__ = ["audit_subgraph"]

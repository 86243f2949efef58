"""Subgraph out: customers by id, record and identifier; their identifiers and records."""

from c360_identity.graph.schema import identity_subgraphs

__all__ = ["identity_subgraphs"]

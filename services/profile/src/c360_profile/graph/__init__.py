"""Subgraph out: customers, their golden profiles, timelines and consents."""

from c360_profile.graph.schema import profile_subgraphs

__all__ = ["profile_subgraphs"]

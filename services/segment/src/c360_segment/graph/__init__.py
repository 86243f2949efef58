"""Subgraph out: segments, their members, and a customer's segments."""

from c360_segment.graph.schema import segment_subgraph

__all__ = ["segment_subgraph"]

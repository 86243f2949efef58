"""The subgraph out: destinations, and what was sent to them."""

from c360_activation.graph.schema import activation_subgraph

__all__ = ["activation_subgraph"]

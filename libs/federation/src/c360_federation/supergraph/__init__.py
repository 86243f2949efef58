"""The supergraph model, the client's schema and the tags, read from supergraph SDL."""

from c360_federation.supergraph.model import Graph, GraphField, GraphType, Key, Supergraph
from c360_federation.supergraph.reading import read_supergraph

__all__ = ["Graph", "GraphField", "GraphType", "Key", "Supergraph", "read_supergraph"]

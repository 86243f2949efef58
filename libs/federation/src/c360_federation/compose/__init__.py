"""The composer: subgraphs in, supergraph out."""

from c360_federation.compose.composing import compose
from c360_federation.compose.problems import CompositionError, CompositionProblem
from c360_federation.compose.subgraph import SubgraphSdl

__all__ = ["CompositionError", "CompositionProblem", "SubgraphSdl", "compose"]

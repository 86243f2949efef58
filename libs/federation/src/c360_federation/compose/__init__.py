"""The composer: subgraphs in, supergraph out."""

from c360_federation.compose.composing import CompositionResult, compose, compose_with_hints
from c360_federation.compose.problems import (
    CompositionError,
    CompositionHint,
    CompositionProblem,
)
from c360_federation.compose.subgraph import SubgraphSdl

__all__ = ["CompositionError", "CompositionHint", "CompositionProblem", "CompositionResult",
           "SubgraphSdl", "compose", "compose_with_hints"]  # fmt: skip

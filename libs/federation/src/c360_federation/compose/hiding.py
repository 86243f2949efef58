"""What is `@inaccessible`, judged over all subgraphs at once."""

from __future__ import annotations

from collections.abc import Sequence

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Subgraph
from c360_federation.supergraph.features import Features
from c360_federation.supergraph.hiding import hiding_problems


def check_hiding(features: Features, subgraphs: Sequence[Subgraph], problems: ProblemList) -> None:
    """Note where something hidden would be reached."""
    for one in hiding_problems(features.document, machinery=features.prefixes):
        owner = one.coordinate.partition("(")[0].partition(".")[0]
        graphs = [graph.name for graph in subgraphs if owner in graph.types]
        problems.add(one.code, f"{one.message}.", graphs, one.coordinate)

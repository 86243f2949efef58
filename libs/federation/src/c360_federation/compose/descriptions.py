"""One description of an element over all subgraphs: the most frequent, the first of equals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Element


def merged_description(
    elements: Sequence[Element], problems: ProblemList, coordinate: str
) -> str | None:
    """The description in the supergraph; None when no subgraph gives any."""
    counts = Counter(one.description for one in elements if one.description)
    if not counts:
        return None
    if len(counts) > 1:
        message = f"{coordinate} is described in several ways; the most frequent one is kept."
        problems.hint("INCONSISTENT_DESCRIPTION", message, coordinate)
    return max(counts, key=counts.__getitem__)

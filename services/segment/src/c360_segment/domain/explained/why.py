"""Why a customer is in a segment or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from c360_kernel.catalog.model import Catalog
from c360_kernel.visibility import Visibility

from c360_segment.domain.explained.ahead import look_ahead
from c360_segment.domain.explained.evidence import Evidence, evidence_of, read_for_evidence
from c360_segment.domain.explained.nodes import Node, nodes_of
from c360_segment.domain.known import Known
from c360_segment.domain.leaves import Facts
from c360_segment.domain.segments import Segment, Segments


class Finding(NamedTuple):
    """A part of the condition: whether it holds, when it is another by itself (ms UTC), and on
    what evidence, as far as that may be shown."""

    node: Node
    holds: bool
    changes_at: int | None
    evidence: Evidence | None


class Why(NamedTuple):
    """The answer as of `at` (ms UTC, 0 before any tick), with every part before its own parts.

    `looked_to` is how far changes were looked for, where that was not to the end.
    """

    at: int
    findings: Sequence[Finding]
    looked_to: int | None

    @property
    def is_member(self) -> bool:
        """Whether the whole condition holds."""
        return self.findings[0].holds

    @property
    def changes_at(self) -> int | None:
        """When it is another if nothing happens; None if never, as far as was looked."""
        return self.findings[0].changes_at


def explain(segment: Segment, known: Known, among: Segments, told: Visibility) -> Why:
    """Hold every part of a condition against what is known of a customer."""
    nodes = list(nodes_of(segment.definition, segment.condition))
    facts = known.facts([segment.condition], among.watched)
    catalog = among.catalog
    ahead = look_ahead([node.condition for node in nodes], facts)
    findings = [
        Finding(node, node.condition.holds(facts), changes_at, _shown(node, facts, told, catalog))
        for node, changes_at in zip(nodes, ahead.changes, strict=True)
    ]
    return Why(facts.now, findings, ahead.looked_to)


def _shown(node: Node, facts: Facts, told: Visibility, catalog: Catalog) -> Evidence | None:
    """Its evidence to whom all that it is made of is shown as it is: what is masked is not told."""
    if (
        node.leaf is None
        or not read_for_evidence(node.definition, catalog) <= told.seen & told.used
    ):
        return None
    return evidence_of(node.leaf, facts)

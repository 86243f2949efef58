"""Checking a policy without an instance, and putting one into force whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from c360_federation.errors import FederationError
from c360_federation.supergraph import read_supergraph
from c360_federation.supergraph.model import Supergraph
from c360_gateway.settings import GatewaySettings
from c360_kernel.catalog import parse_catalog
from c360_kernel.catalog.loader import FILE_NAME
from c360_kernel.catalog.model import Catalog
from c360_kernel.errors import Invalid
from c360_kernel.stamp import wall_clock_ms
from c360_policy.apart import pair_warnings
from c360_policy.errors import PolicyInvalid, PolicyProblem
from c360_policy.reading.names import Known, unknown_names
from c360_policy.reading.parsing import decode_policy, read_draft
from c360_policy.rule import Policy
from c360_policy.schema.catalog_tags import catalog_tags, computed_of, union
from c360_policy.schema.coordinates import coordinates_of, interfaces_of
from c360_policy.schema.reach import inapplicable_types
from c360_policy.separation_of_duties import undone_masks
from c360_policy.table import Coordinates
from c360_policy.trying.deciding import Ground
from c360_policy.trying.looking import look_through
from graphql import GraphQLSchema

from c360_cli.own_graph import catalog_text, own_graph, text_of


@dataclass(frozen=True, slots=True)
class Words:
    """What a policy is held against; the catalog is None before anyone's supergraph.

    Without a schema, for want of one that composes, no coordinate is known.
    """

    known: Known
    catalog: Catalog | None
    schema: GraphQLSchema | None = None

    @property
    def ground(self) -> Ground:
        """What tables are compiled over. Raises `Invalid` (SCHEMA_INVALID) where nothing is."""
        if self.known.coordinates is None or self.schema is None:
            raise Invalid("this catalog makes no schema", code="SCHEMA_INVALID")
        computed = {} if self.catalog is None else computed_of(self.catalog)
        return Ground(self.known.coordinates, {**interfaces_of(self.schema), **computed})


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a policy, and what is to be thought about."""

    refused: tuple[PolicyProblem, ...]
    doubtful: tuple[PolicyProblem, ...]


def check_policy(data: bytes, words: Words, rows: bytes = b"") -> Checked:
    """Everything that there is to say about a policy's text, and that of its `rows.yaml`."""
    try:
        draft = read_draft(decode_policy(data), decode_policy(rows))
    except PolicyInvalid as error:
        return Checked(error.problems, ())
    names = unknown_names(draft.policy, words.known)
    refused = sorted({*draft.problems, *names.refused})
    doubtful = {*names.doubtful, *_over(draft.policy, wall_clock_ms())}
    if not refused:
        doubtful.update(_looked_through(draft.policy, words))
    thoughts = (PolicyProblem(0, thought) for thought in _thoughts(draft.policy, words))
    # What is about no line of the text comes last.
    ordered = sorted(doubtful, key=lambda one: (one.line == 0, one))
    return Checked(tuple(refused), (*ordered, *thoughts))


def _looked_through(policy: Policy, words: Words) -> Iterator[PolicyProblem]:
    if words.schema is not None and words.known.coordinates is not None:
        yield from look_through(
            policy, words.ground, words.known.inapplicable, words.schema, wall_clock_ms()
        )


def _over(policy: Policy, now_ms: float) -> Iterator[PolicyProblem]:
    for rule in policy.rules:
        if rule.not_after <= now_ms:
            yield PolicyProblem(
                rule.line, f"rule {rule.rule_id}: its time is over, it holds no more"
            )


def _thoughts(policy: Policy, words: Words) -> Iterator[str]:
    """What is right as it is written, and may not be meant."""
    coordinates = words.known.coordinates
    if words.catalog is not None and coordinates is not None:
        undone = undone_masks(policy, words.catalog, coordinates, wall_clock_ms())
        yield from (str(one) for one in undone if not policy.refuses((one.reader, one.writer)))
    yield from pair_warnings(policy)
    if not any(rule.effect == "allow" for rule in policy.rules):
        yield "nobody is allowed anything"


def words_of(catalog: Path | None, supergraph: Path | None, data: Path) -> Words:
    """What is known to these files.

    Without a supergraph to its own services as they are under the catalog: the one that is named,
    else that of the instance, else the one that ships. A supergraph by itself brings no purposes.
    """
    if supergraph is None:
        return _own_words(catalog_text(catalog, data), data)
    graph = _read(supergraph)
    if catalog is None:
        return Words(_known(graph, {}, None), None, graph.schema)
    declared = parse_catalog(text_of(catalog), catalog.name)
    return _words(graph, declared)


def _words(graph: Supergraph, catalog: Catalog) -> Words:
    known = _known(graph, catalog_tags(catalog), frozenset(catalog.purposes))
    return Words(replace(known, traits=catalog.traits), catalog, graph.schema)


def _read(supergraph: Path) -> Supergraph:
    try:
        return read_supergraph(text_of(supergraph))
    except FederationError as error:
        raise Invalid(f"{supergraph.name} is no supergraph", code="SUPERGRAPH_INVALID") from error


def _known(graph: Supergraph, declared: Coordinates, purposes: frozenset[str] | None) -> Known:
    coordinates = union(coordinates_of(graph.schema, graph.tags), declared)
    return Known(coordinates, purposes, inapplicable_types(graph.schema))


def _own_words(text: str, data: Path) -> Words:
    try:
        return _put_together(text)
    except ModuleNotFoundError:
        # An image that holds the gateway alone: what its services told last has to do.
        last_good = GatewaySettings(data=data).last_good
        if not last_good.exists():
            raise Invalid(
                "the services are not installed here: name a --supergraph",
                code="SUPERGRAPH_UNKNOWN",
            ) from None
        return _words(_read(last_good), parse_catalog(text, FILE_NAME))


def _put_together(text: str) -> Words:
    graph, catalog = own_graph(text)
    purposes = frozenset(catalog.purposes)
    if graph is None:
        return Words(Known(purposes=purposes, traits=catalog.traits), catalog)
    coordinates, inapplicable = graph.tables.coordinates, graph.tables.inapplicable
    known = Known(coordinates, purposes, inapplicable, catalog.traits)
    return Words(known, catalog, graph.engine.supergraph.schema)

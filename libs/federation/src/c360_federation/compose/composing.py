"""Subgraphs in, supergraph SDL out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from c360_federation.compose.checks import check_implementations, check_tags
from c360_federation.compose.executable import joined_directives
from c360_federation.compose.externals import check_externals, settle_keys
from c360_federation.compose.federation_1 import (
    check_bases,
    drop_foreign_tags,
    drop_inactive,
    upgrade,
)
from c360_federation.compose.field_uses import FieldUses
from c360_federation.compose.hiding import check_hiding
from c360_federation.compose.overrides import apply_overrides
from c360_federation.compose.printing import CARRIED, header
from c360_federation.compose.problems import CompositionHint, ProblemList
from c360_federation.compose.reading import graph_ids, read_subgraph
from c360_federation.compose.rules.access import check_access_places, check_transitive_access
from c360_federation.compose.rules.composed import check_compose_directive, check_composed_names
from c360_federation.compose.rules.costs import check_costs
from c360_federation.compose.rules.field_sets import check_field_sets
from c360_federation.compose.rules.hinting import hint_at_versions
from c360_federation.compose.rules.interfaces import check_interface_keys, check_interfaces
from c360_federation.compose.rules.merged import check_merged_requires
from c360_federation.compose.rules.sharing import check_shareable_places
from c360_federation.compose.satisfiability import check_satisfiable
from c360_federation.compose.subgraph import ROOTS, Element, Subgraph, SubgraphSdl, TypeDef
from c360_federation.compose.types import TypeMerger
from c360_federation.compose.unsupported import check_supported
from c360_federation.errors import SupergraphError
from c360_federation.supergraph.features import read_features
from c360_federation.supergraph.reading import parse_supergraph, read_model

Declared = Sequence[tuple[Subgraph, TypeDef]]
_RESERVED = re.compile(r"(join|link)__")


@dataclass(frozen=True, slots=True)
class CompositionResult:
    """A supergraph, and what about it may not be meant."""

    supergraph: str
    hints: tuple[CompositionHint, ...]


def compose(subgraphs: Sequence[SubgraphSdl]) -> str:
    """Compose subgraphs into a join-spec supergraph; raises CompositionError with all problems."""
    return compose_with_hints(subgraphs).supergraph


def compose_with_hints(subgraphs: Sequence[SubgraphSdl]) -> CompositionResult:
    """The same, with hints."""
    problems = ProblemList()
    _check_names(subgraphs, problems)
    found = _read(subgraphs, problems)
    uses = _check_each(found, problems)
    apply_overrides(found, uses, problems)
    check_bases(found, problems)
    check_composed_names(found, problems)
    check_compose_directive(found, problems)
    declared = _by_type(found)
    _check_types(declared, problems)
    text = _text(found, declared, problems)
    problems.stop_if_any()
    _check_supergraph(text, found, declared, problems)
    problems.stop_if_any()
    return CompositionResult(text, tuple(problems.hints))


def _check_names(subgraphs: Sequence[SubgraphSdl], problems: ProblemList) -> None:
    if not subgraphs:
        problems.add("NO_SUBGRAPHS", "There is nothing to compose. Give at least one subgraph.")
    names = [one.name for one in subgraphs]
    for name in {name for name in names if names.count(name) > 1}:
        message = f"Two subgraphs are called {name!r}. Give each its own name."
        problems.add("DUPLICATE_SUBGRAPH_NAME", message, (name,))
    for name, graph in graph_ids(subgraphs).items():
        if name == "_":
            message = f"No subgraph can be called {name!r}. Give it a name."
            problems.add("INVALID_SUBGRAPH_NAME", message, (name,))
        elif graph.startswith("__"):
            message = f"Subgraph {name!r} would be {graph} in the supergraph, which is reserved. "
            message += "Let its name hold ASCII letters or digits."
            problems.add("INVALID_GRAPHQL", message, (name,))
    problems.stop_if_any()


def _read(subgraphs: Sequence[SubgraphSdl], problems: ProblemList) -> list[Subgraph]:
    ids = graph_ids(subgraphs)
    read = [read_subgraph(one, ids[one.name], problems) for one in subgraphs]
    problems.stop_if_any()
    return [one for one in read if one is not None]


def _check_each(found: list[Subgraph], problems: ProblemList) -> dict[str, FieldUses]:
    """The rules that each subgraph keeps by itself."""
    uses: dict[str, FieldUses] = {}
    for one in found:
        upgrade(one)
    drop_foreign_tags(found)
    for one in found:
        uses[one.name] = FieldUses(one)
        drop_inactive(one, uses[one.name])
        uses[one.name] = FieldUses(one)
        settle_keys(one, uses[one.name])
        hint_at_versions(one, problems)
        check_supported(one, problems)
        check_field_sets(one, problems)
        check_externals(one, uses[one.name], problems)
        check_shareable_places(one, problems)
        check_interface_keys(one, problems)
        check_costs(one, problems)
        check_access_places(one, problems)
    problems.stop_if_any()
    return uses


def _by_type(subgraphs: Sequence[Subgraph]) -> dict[str, Declared]:
    declared: dict[str, list[tuple[Subgraph, TypeDef]]] = {}
    for subgraph in subgraphs:
        for name, one in subgraph.types.items():
            declared.setdefault(name, []).append((subgraph, one))
    return dict(declared)


def _check_types(declared: Mapping[str, Declared], problems: ProblemList) -> None:
    for name, found in declared.items():
        if _RESERVED.match(name):
            message = f"{name} has the name of a type of the supergraph's own. Rename it."
            problems.add("INVALID_GRAPHQL", message, [graph.name for graph, _ in found], name)
        check_implementations(name, found, declared, problems)
        check_interfaces(name, found, declared, problems)
        check_tags(name, found, problems)


def _text(
    subgraphs: Sequence[Subgraph], declared: Mapping[str, Declared], problems: ProblemList
) -> str:
    if "Query" not in declared:
        message = "No subgraph has a Query field. Add a root field to one of them."
        problems.add("NO_QUERIES", message, [one.name for one in subgraphs])
    merger = TypeMerger(subgraphs, declared, problems)
    types = merger.texts()
    directives = list(joined_directives(subgraphs, merger.is_subtype, merger.uses, problems))
    types.update(merger.enum_texts())
    for name in sorted(types):
        is_enum = all(one.kind == "enum" for _, one in declared[name])
        if is_enum and name not in merger.uses.inputs | merger.uses.outputs:
            problems.hint("UNUSED_ENUM_TYPE", f"{name} is used by nothing.", name)
    used = {node.name.value for one in _elements(declared) for node in one.directives}
    roots = {kind: name for kind, name in ROOTS.items() if name in declared}
    head = header(subgraphs, [name for name in CARRIED if name in used], roots)
    return "\n\n".join((head, *directives, *(types[name] for name in sorted(types)))) + "\n"


def _elements(declared: Mapping[str, Declared]) -> Iterator[Element]:
    for found in declared.values():
        for graph, one in found:
            yield one
            yield from one.inputs.values()
            yield from one.values.values()
            for field in one.fields.values():
                yield field
                yield from field.arguments.values()
            yield from graph.directive_arguments()


def _check_supergraph(
    text: str,
    subgraphs: Sequence[Subgraph],
    declared: Mapping[str, Declared],
    problems: ProblemList,
) -> None:
    features = read_features(parse_supergraph(text))
    check_hiding(features, subgraphs, problems)
    check_merged_requires(features.document, subgraphs, problems)
    check_transitive_access(subgraphs, declared, problems)
    problems.stop_if_any()
    try:
        model = read_model(features)
    except SupergraphError as error:
        names = [one.name for one in subgraphs]
        problems.add("INVALID_GRAPHQL", f"Merged, it is no valid schema: {error}", names)
        return
    check_satisfiable(model, subgraphs, problems)

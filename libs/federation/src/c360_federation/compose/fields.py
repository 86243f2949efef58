"""Joining the fields of object and interface types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import TypeNode, print_ast

from c360_federation.compose.inputs import InputPlace, join_inputs
from c360_federation.compose.printing import (
    carried,
    described,
    directive,
    first_description,
    quoted,
)
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import FieldDef, Subgraph, TypeDef
from c360_federation.compose.type_refs import IsSubtype, join_output, same

Declared = Sequence[tuple[Subgraph, TypeDef]]
Found = list[tuple[Subgraph, FieldDef]]


class FieldJoiner:
    """Joins the fields of one type over the subgraphs that declare it."""

    def __init__(self, name: str, declared: Declared, problems: ProblemList) -> None:
        self._name = name
        self._declared = declared
        self._problems = problems

    def names(self) -> list[str]:
        """All field names, in the order in which they first appear."""
        return list(dict.fromkeys(name for _, one in self._declared for name in one.fields))

    def line(self, name: str, graphs: set[str], is_subtype: IsSubtype) -> str | None:
        """The field's definition in the supergraph; None when it cannot be joined."""
        found = self._found(name)
        self._check_sharing(name, found)
        joined = self._joined_type(name, found, is_subtype)
        if joined is None:
            return None
        return self._text(name, joined, found, list(_joins(found, joined, graphs)))

    def owed_line(self, name: str, is_subtype: IsSubtype) -> str | None:
        """The definition on a type that owes the field to an interface object."""
        found = self._found(name)
        joined = self._joined_type(name, found, is_subtype)
        # No graph answers it on the type itself: the bare mark says so.
        return None if joined is None else self._text(name, joined, found, ["@join__field"])

    def _found(self, name: str) -> Found:
        return [(graph, one.fields[name]) for graph, one in self._declared if name in one.fields]

    def _joined_type(self, name: str, found: Found, is_subtype: IsSubtype) -> TypeNode | None:
        answering = [one for _, one in found if not one.external] or [one for _, one in found]
        joined = join_output([one.type for one in answering], is_subtype)
        if joined is None:
            self._type_mismatch(name, found)
        return joined

    def _text(self, name: str, joined: TypeNode, found: Found, joins: Sequence[str]) -> str:
        coordinate = f"{self._name}.{name}"
        place = InputPlace(
            coordinate,
            "argument",
            coordinate + "({}:)",
            "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
            "FIELD_ARGUMENT_TYPE_MISMATCH",
        )
        arguments = join_inputs(place, [(g, one.arguments) for g, one in found], self._problems)
        told = f"({', '.join(arguments.values())})" if arguments else ""
        elements = [one for _, one in found]
        doc = described(first_description(elements), "  ")
        return doc + " ".join((f"  {name}{told}: {print_ast(joined)}", *joins, *carried(elements)))

    def _check_sharing(self, name: str, found: Found) -> None:
        kinds = {graph.name: one for graph, one in self._declared}
        answering = [
            (graph, one)
            for graph, one in found
            if not one.external and not one.used_overridden and kinds[graph.name].kind == "object"
        ]
        unwilling = [graph.name for graph, one in answering if not one.shareable]
        if len(answering) < 2 or not unwilling:
            return
        coordinate = f"{self._name}.{name}"
        everyone = [graph.name for graph, _ in answering]
        message = (
            f"{coordinate} is answered by {', '.join(map(repr, everyone))} but is not @shareable "
            f"in {', '.join(map(repr, unwilling))}. Mark it @shareable in all of them, or "
            "@external or @override(from:) where it does not belong."
        )
        self._problems.add("INVALID_FIELD_SHARING", message, everyone, coordinate)

    def _type_mismatch(self, name: str, found: Found) -> None:
        coordinate = f"{self._name}.{name}"
        types = ", ".join(f"{print_ast(one.type)} in {graph.name!r}" for graph, one in found)
        message = f"{coordinate} has types that do not fit: {types}. Make them compatible."
        graphs = [graph.name for graph, _ in found]
        self._problems.add("FIELD_TYPE_MISMATCH", message, graphs, coordinate)


def _joins(found: Found, joined: TypeNode, graphs: set[str]) -> Iterator[str]:
    arguments = [_join_arguments(graph, one, joined) for graph, one in found]
    everywhere = {graph.graph for graph, _ in found} == graphs
    if everywhere and all(len(one) == 1 for one in arguments):
        return
    for one in arguments:
        yield directive("join__field", one)


def _join_arguments(graph: Subgraph, field: FieldDef, joined: TypeNode) -> dict[str, str]:
    told = {"graph": graph.graph}
    if field.requires is not None:
        told["requires"] = quoted(field.requires)
    if field.provides is not None:
        told["provides"] = quoted(field.provides)
    if not same(field.type, joined):
        told["type"] = quoted(print_ast(field.type))
    if field.external:
        told["external"] = "true"
    if field.override is not None:
        told["override"] = quoted(field.override)
    if field.used_overridden:
        told["usedOverridden"] = "true"
    return told

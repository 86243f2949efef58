"""Joining the fields of object and interface types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import TypeNode, print_ast

from c360_federation.compose.carrying import PASSED_ON, carried
from c360_federation.compose.defaults import comparable
from c360_federation.compose.descriptions import merged_description
from c360_federation.compose.inputs import JoinedInput, arguments_of, join_inputs
from c360_federation.compose.printing import described, directive, quoted
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import FieldDef, Subgraph, TypeDef
from c360_federation.compose.type_refs import IsSubtype, is_wider, join_output, same
from c360_federation.supergraph.type_names import base_name

Declared = Sequence[tuple[Subgraph, TypeDef]]
Found = list[tuple[Subgraph, FieldDef]]


@dataclass(slots=True)
class EnumUses:
    """Which types the joined inputs and outputs are of."""

    inputs: set[str] = field(default_factory=set[str])
    outputs: set[str] = field(default_factory=set[str])

    def take(self, inputs: Mapping[str, JoinedInput]) -> None:
        """Remember what inputs are of."""
        self.inputs.update(base_name(one.type) for one in inputs.values())


@dataclass(frozen=True, slots=True)
class FieldJoiner:
    """Joins the fields of one type over the subgraphs that declare it.

    `flat` are the interface objects that answer for the type in subgraphs that do not have it.
    """

    name: str
    declared: Declared
    flat: Declared
    is_subtype: IsSubtype
    uses: EnumUses
    problems: ProblemList

    def names(self) -> list[str]:
        """All field names, in the order in which they first appear."""
        return list(dict.fromkeys(name for _, one in self.declared for name in one.fields))

    def line(self, name: str, graphs: set[str]) -> str | None:
        """The field's definition in the supergraph; None when it cannot be joined."""
        found = self._found(name)
        if not self._has_owner(name, found):
            return None
        answering = [(graph, one) for graph, one in found if not one.external]
        self._check_sharing(name, found)
        self._check_marks(name, found)
        joined = self._joined_type(name, answering or found)
        if joined is None:
            return None
        arguments = self._arguments(name, answering or found)
        self._check_externals(name, found, joined, arguments)
        joins = list(_joins(found, joined, graphs))
        return self._text(name, joined, arguments, answering or found, joins)

    def owed_line(self, name: str, owner: Declared) -> str | None:
        """The definition on a type that owes the field to an interface object."""
        self._check_sharing(name, [])
        silent = FieldJoiner("", owner, (), self.is_subtype, self.uses, ProblemList())
        found = silent._found(name)
        answering = [(graph, one) for graph, one in found if not one.external] or found
        joined = silent._joined_type(name, answering)
        if joined is None:
            return None
        arguments = silent._arguments(name, answering)
        # No graph answers it on the type itself: the bare mark says so.
        return silent._text(name, joined, arguments, answering, ["@join__field"])

    def _coordinate(self, name: str) -> str:
        return f"{self.name}.{name}"

    def _found(self, name: str) -> Found:
        return [(graph, one.fields[name]) for graph, one in self.declared if name in one.fields]

    def _stand_ins(self, name: str) -> Found:
        return [(graph, one.fields[name]) for graph, one in self.flat if name in one.fields]

    def _has_owner(self, name: str, found: Found) -> bool:
        if not all(one.external for _, one in (*found, *self._stand_ins(name))):
            return True
        coordinate = self._coordinate(name)
        message = (
            f"{coordinate} is @external wherever it is declared. "
            "Remove the directive in the subgraph that answers it."
        )
        graphs = [graph.name for graph, _ in found]
        self.problems.add("EXTERNAL_MISSING_ON_BASE", message, graphs, coordinate)
        return False

    def _check_marks(self, name: str, found: Found) -> None:
        for graph, one in found:
            marks = [node.name.value for node in one.directives if node.name.value in PASSED_ON]
            if one.external and marks:
                coordinate = self._coordinate(name)
                message = (
                    f"{coordinate} is @external in subgraph {graph.name!r} and also @{marks[0]}. "
                    "Say that where the field is answered."
                )
                code = "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"
                self.problems.add(code, message, (graph.name,), coordinate)

    def _joined_type(self, name: str, found: Found) -> TypeNode | None:
        joined = join_output([one.type for _, one in found], self.is_subtype)
        if joined is None:
            self._mismatch("FIELD_TYPE_MISMATCH", name, found)
            return None
        self.uses.outputs.add(base_name(joined))
        if any(not same(one.type, joined) for _, one in found):
            coordinate = self._coordinate(name)
            message = f"{coordinate} has different types; the widest is taken."
            self.problems.hint("INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE", message, coordinate)
        return joined

    def _mismatch(self, code: str, name: str, found: Found) -> None:
        coordinate = self._coordinate(name)
        types = ", ".join(f"{print_ast(one.type)} in {graph.name!r}" for graph, one in found)
        message = f"{coordinate} has types that do not fit: {types}. Make them compatible."
        self.problems.add(code, message, [graph.name for graph, _ in found], coordinate)

    def _arguments(self, name: str, found: Found) -> dict[str, JoinedInput]:
        place = arguments_of(self._coordinate(name))
        declared = [(graph, one.arguments) for graph, one in found]
        made = join_inputs(place, declared, self.is_subtype, self.problems)
        self.uses.take(made)
        return made

    def _check_externals(
        self, name: str, found: Found, joined: TypeNode, arguments: Mapping[str, JoinedInput]
    ) -> None:
        """What is said of a foreign field must be true of it."""
        foreign = [(graph, one) for graph, one in found if one.external]
        own = [one for _, one in found if not one.external]
        all_equal = all(same(one.type, joined) for one in own)
        for graph, one in foreign:
            fits = same(one.type, joined) or (
                not all_equal and is_wider(joined, one.type, self.is_subtype)
            )
            if not fits:
                self._mismatch("EXTERNAL_TYPE_MISMATCH", name, found)
            for argument in arguments.values():
                self._check_external_argument(name, graph, one, argument)

    def _check_external_argument(
        self, name: str, graph: Subgraph, one: FieldDef, merged: JoinedInput
    ) -> None:
        declared = one.arguments.get(merged.name)
        if declared is None:
            self._external("EXTERNAL_ARGUMENT_MISSING", name, graph, merged, "is missing")
            return
        if not is_wider(declared.type, merged.type, self.is_subtype):
            self._external("EXTERNAL_ARGUMENT_TYPE_MISMATCH", name, graph, merged, "is another")
        if comparable(declared.default) != comparable(merged.default):
            code = "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH"
            self._external(code, name, graph, merged, "has another default")

    def _external(
        self, code: str, name: str, graph: Subgraph, argument: JoinedInput, text: str
    ) -> None:
        coordinate = f"{self._coordinate(name)}({argument.name}:)"
        message = f"{coordinate} {text} in subgraph {graph.name!r}, where the field is @external."
        self.problems.add(code, message, (graph.name,), coordinate)

    def _check_sharing(self, name: str, found: Found) -> None:
        kinds = {graph.name: one.kind for graph, one in self.declared}
        answering = [
            (graph, one)
            for graph, one in found
            if not (one.is_gone or one.used_overridden) and kinds[graph.name] == "object"
        ]
        answering.extend(self._stand_ins(name))
        answering = [(graph, one) for graph, one in answering if not _is_foreign(one)]
        unwilling = [graph.name for graph, one in answering if not one.shareable]
        is_interface = any(
            one.is_interface_object or one.kind == "interface" for _, one in self.declared
        )
        if len(answering) < 2 or not unwilling or is_interface:
            return
        coordinate = self._coordinate(name)
        everyone = [graph.name for graph, _ in answering]
        message = (
            f"{coordinate} is answered by {', '.join(map(repr, everyone))} but is not @shareable "
            f"in {', '.join(map(repr, unwilling))}. Mark it @shareable in all of them, or "
            "@external or @override(from:) where it does not belong."
        )
        self.problems.add("INVALID_FIELD_SHARING", message, everyone, coordinate)

    def _text(
        self,
        name: str,
        joined: TypeNode,
        arguments: Mapping[str, JoinedInput],
        found: Found,
        joins: Sequence[str],
    ) -> str:
        coordinate = self._coordinate(name)
        elements = [one for _, one in found]
        doc = described(merged_description(elements, self.problems, coordinate), "  ")
        marks = carried(elements, self.problems, coordinate)
        arguments_text = _in_brackets(arguments)
        return doc + " ".join((f"  {name}{arguments_text}: {print_ast(joined)}", *joins, *marks))


def _is_foreign(one: FieldDef) -> bool:
    return one.external and not one.is_provided


def _in_brackets(arguments: Mapping[str, JoinedInput]) -> str:
    if not arguments:
        return ""
    if any(one.description for one in arguments.values()):
        return "(\n" + "\n".join(one.lines("    ") for one in arguments.values()) + "\n  )"
    return f"({', '.join(one.text for one in arguments.values())})"


def _joins(found: Found, joined: TypeNode, graphs: set[str]) -> Iterator[str]:
    kept = [(graph, one) for graph, one in found if not one.is_gone]
    arguments = [_join_arguments(graph, one, joined) for graph, one in kept]
    everywhere = {graph.graph for graph, _ in kept} == graphs
    if everywhere and all(len(one) == 1 for one in arguments):
        return
    for one in arguments:
        yield directive("join__field", one)


def _join_arguments(graph: Subgraph, field: FieldDef, joined: TypeNode) -> dict[str, str]:
    join = {"graph": graph.graph}
    if field.requires is not None:
        join["requires"] = quoted(field.requires)
    if field.provides is not None:
        join["provides"] = quoted(field.provides)
    if not same(field.type, joined):
        join["type"] = quoted(print_ast(field.type))
    if field.external:
        join["external"] = "true"
    if field.override is not None:
        join["override"] = quoted(field.override)
    if field.used_overridden:
        join["usedOverridden"] = "true"
    return join

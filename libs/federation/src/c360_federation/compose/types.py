"""The types of the supergraph, each merged over the subgraphs that declare it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from c360_federation.compose.carrying import carried
from c360_federation.compose.descriptions import merged_description
from c360_federation.compose.fields import EnumUses, FieldJoiner
from c360_federation.compose.inputs import join_input_fields
from c360_federation.compose.printing import described, directive, quoted, type_text
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.rules.hinting import hint_at_enum_value, hint_at_type
from c360_federation.compose.subgraph import Element, Subgraph, TypeDef
from c360_federation.supergraph.type_names import base_name

Declared = Sequence[tuple[Subgraph, TypeDef]]
_KEYWORDS = {"object": "type", "interface": "interface", "union": "union", "enum": "enum",
             "input": "input", "scalar": "scalar"}  # fmt: skip


class TypeMerger:
    """Merges types; enums last, since it matters how the others use them."""

    def __init__(
        self,
        subgraphs: Sequence[Subgraph],
        declared: Mapping[str, Declared],
        problems: ProblemList,
    ) -> None:
        self._subgraphs = subgraphs
        self._declared = declared
        self._problems = problems
        self.uses = EnumUses()

    def texts(self) -> dict[str, str]:
        """All types but enums by name."""
        kinds = {name: self._kind(name, found) for name, found in self._declared.items()}
        made: dict[str, str] = {}
        for name in sorted(self._declared):
            kind = kinds[name]
            if kind not in (None, "enum"):
                made[name] = self._text(name, kind, self._declared[name])
        return made

    def enum_texts(self) -> dict[str, str]:
        """The enums by name."""
        return {
            name: self._text(name, "enum", found)
            for name, found in self._declared.items()
            if all(one.kind == "enum" for _, one in found)
        }

    def _text(self, name: str, kind: str, declared: Declared) -> str:
        hint_at_type(name, kind, declared, self._problems)
        elements = [one for _, one in declared]
        directives = [*self._join_types(name, declared), *self._join_parts(kind, declared)]
        directives.extend(carried(elements, self._problems, name))
        lines = self._lines(name, kind, declared)
        head = f"{_KEYWORDS[kind]} {name}{self._implements(kind, declared)}"
        doc = described(merged_description(elements, self._problems, name))
        text = type_text(head, directives, lines, doc)
        if kind == "union":
            members = dict.fromkeys(member for one in elements for member in one.members)
            text += "\n = " + " | ".join(members)
        return text

    def _kind(self, name: str, declared: Declared) -> str | None:
        kinds = {
            "interface" if one.is_interface_object else one.kind: graph.name
            for graph, one in declared
        }
        if len(kinds) == 1:
            return next(iter(kinds))
        kinds_text = ", ".join(f"{kind} in {graph!r}" for kind, graph in kinds.items())
        message = (
            f"{name} is not the same kind of type everywhere: {kinds_text}. Rename one of them."
        )
        self._problems.add("TYPE_KIND_MISMATCH", message, kinds.values(), name)
        return None

    def _join_types(self, name: str, declared: Declared) -> Iterator[str]:
        if name == "Query":
            # Every subgraph can be entered through Query, if only for its entities.
            yield from (directive("join__type", {"graph": one.graph}) for one in self._subgraphs)
            return
        for graph, one in declared:
            join = {"graph": graph.graph}
            if one.is_extension and one.keys:
                join["extension"] = "true"
            if one.is_interface_object:
                join["isInterfaceObject"] = "true"
            for key in one.keys:
                resolvable = {} if key.resolvable else {"resolvable": "false"}
                made = {**join, "key": quoted(key.fields), **resolvable}
                yield directive("join__type", made)
            if not one.keys:
                yield directive("join__type", join)

    def _join_parts(self, kind: str, declared: Declared) -> Iterator[str]:
        for graph, one in declared:
            for interface in one.interfaces:
                join = {"graph": graph.graph, "interface": quoted(interface)}
                yield directive("join__implements", join)
            if kind == "union":
                for member in one.members:
                    join = {"graph": graph.graph, "member": quoted(member)}
                    yield directive("join__unionMember", join)

    def _implements(self, kind: str, declared: Declared) -> str:
        names = dict.fromkeys(name for _, one in declared for name in one.interfaces)
        return f" implements {' & '.join(names)}" if names and kind != "union" else ""

    def _lines(self, name: str, kind: str, declared: Declared) -> list[str]:
        if kind == "input":
            return self._input_fields(name, declared)
        if kind == "enum":
            return self._enum_values(name, declared)
        if kind in ("object", "interface"):
            lines = list(self._fields(name, declared))
            if kind == "object":
                lines.extend(self._owed_fields(name, declared))
            return lines
        return []

    # fields

    def _joiner(self, name: str, declared: Declared) -> FieldJoiner:
        interfaces = dict.fromkeys(each for _, one in declared for each in one.interfaces)
        flat = [
            (graph, one)
            for interface in interfaces
            for graph, one in self._declared.get(interface, ())
            if one.is_interface_object and name not in graph.types
        ]
        return FieldJoiner(name, declared, flat, self.is_subtype, self.uses, self._problems)

    def _fields(self, name: str, declared: Declared) -> Iterator[str]:
        joiner = self._joiner(name, declared)
        graphs = {graph.graph for graph, _ in declared}
        if name == "Query":
            graphs = {one.graph for one in self._subgraphs}
        for field in joiner.names():
            line = joiner.line(field, graphs)
            if line is not None:
                yield line

    def _owed_fields(self, name: str, declared: Declared) -> Iterator[str]:
        """Fields that a type owes to an interface object: nobody answers them on the type."""
        joiner = self._joiner(name, declared)
        own = set(joiner.names())
        for interface in dict.fromkeys(each for _, one in declared for each in one.interfaces):
            found = self._declared.get(interface, ())
            flat = [one for _, one in found if one.is_interface_object]
            for field in dict.fromkeys(each for _, one in found for each in one.fields):
                answered = any(
                    field in one.fields and not one.fields[field].external for one in flat
                )
                if answered and field not in own:
                    own.add(field)
                    line = joiner.owed_line(field, found)
                    if line is not None:
                        yield line

    def is_subtype(self, name: str, of: str) -> bool:
        """Whether a type is a member of a union or implements an interface, anywhere."""
        if any(name in one.members for _, one in self._declared.get(of, ())):
            return True
        return any(of in one.interfaces for _, one in self._declared.get(name, ()))

    # inputs and enums

    def _input_fields(self, name: str, declared: Declared) -> list[str]:
        inputs = [(graph, one.inputs) for graph, one in declared]
        joined = join_input_fields(name, inputs, self.is_subtype, self._problems)
        self.uses.inputs.update(
            base_name(each.type) for _, one in declared for each in one.inputs.values()
        )
        if not joined and not self._problems.found:
            graphs = [graph.name for graph, _ in declared]
            message = f"{name} has no field that all subgraphs share. Add a common field."
            self._problems.add("EMPTY_MERGED_INPUT_TYPE", message, graphs, name)
        return [one.lines("  ") for one in joined.values()]

    def _enum_values(self, name: str, declared: Declared) -> list[str]:
        values = dict.fromkeys(value for _, one in declared for value in one.values)
        kept = [value for value in values if self._is_kept(name, value, declared)]
        if not kept:
            graphs = [graph.name for graph, _ in declared]
            message = f"{name} has no value that all subgraphs share. Add a common value."
            self._problems.add("EMPTY_MERGED_ENUM_TYPE", message, graphs, name)
        return [self._enum_value(name, value, declared) for value in kept]

    def _enum_value(self, name: str, value: str, declared: Declared) -> str:
        found = [(graph, one.values[value]) for graph, one in declared if value in one.values]
        joins = [directive("join__enumValue", {"graph": graph.graph}) for graph, _ in found]
        elements: list[Element] = [one for _, one in found]
        coordinate = f"{name}.{value}"
        doc = described(merged_description(elements, self._problems, coordinate), "  ")
        marks = carried(elements, self._problems, coordinate)
        return doc + " ".join((f"  {value}", *joins, *marks))

    def _is_kept(self, name: str, value: str, declared: Declared) -> bool:
        lacking = [graph.name for graph, one in declared if value not in one.values]
        known = [one.values[value] for _, one in declared if value in one.values]
        # A hidden value never reaches a subgraph that lacks it.
        if not lacking or any(one.has("inaccessible") for one in known):
            return True
        is_input = name in self.uses.inputs
        if not is_input or name not in self.uses.outputs:
            hint_at_enum_value(f"{name}.{value}", lacking, self._problems, is_input=is_input)
            return not is_input
        message = (
            f"{name} is both taken and answered, but {', '.join(map(repr, lacking))} does not "
            f"know its value {value}. Declare the same values everywhere."
        )
        self._problems.add("ENUM_VALUE_MISMATCH", message, lacking, f"{name}.{value}")
        return True

"""Subgraphs in, supergraph SDL out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from c360_federation.compose.checks import check_all
from c360_federation.compose.externals import settle_externals
from c360_federation.compose.field_uses import FieldUses, named_type
from c360_federation.compose.fields import FieldJoiner
from c360_federation.compose.hiding import check_hiding
from c360_federation.compose.inputs import InputPlace, join_inputs
from c360_federation.compose.overrides import apply_overrides
from c360_federation.compose.printing import (
    CARRIED,
    carried,
    described,
    directive,
    first_description,
    header,
    quoted,
    type_text,
)
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.reading import graph_ids, read_subgraph
from c360_federation.compose.satisfiability import check_satisfiable
from c360_federation.compose.subgraph import ROOTS, Element, Subgraph, SubgraphSdl, TypeDef
from c360_federation.compose.unsupported import check_supported
from c360_federation.supergraph.features import read_features
from c360_federation.supergraph.reading import parse_supergraph, read_model

Declared = list[tuple[Subgraph, TypeDef]]
_KEYWORDS = {"object": "type", "interface": "interface", "union": "union", "enum": "enum",
             "input": "input", "scalar": "scalar"}  # fmt: skip


def compose(subgraphs: Sequence[SubgraphSdl]) -> str:
    """Compose subgraphs into a join-spec supergraph; raises CompositionError with all problems."""
    problems = ProblemList()
    _check_names(subgraphs, problems)
    ids = graph_ids(subgraphs)
    read = [read_subgraph(one, ids[one.name], problems) for one in subgraphs]
    problems.stop_if_any()
    found = [one for one in read if one is not None]
    uses = {one.name: FieldUses(one, problems) for one in found}
    for one in found:
        check_supported(one, problems)
        uses[one.name].collect()
    problems.stop_if_any()
    for one in found:
        settle_externals(one, uses[one.name], problems)
        _share_keys(one, uses[one.name])
    apply_overrides(found, uses, problems)
    composer = _Composer(found, problems)
    text = composer.text()
    problems.stop_if_any()
    features = read_features(parse_supergraph(text))
    check_hiding(features, found, problems)
    problems.stop_if_any()
    check_satisfiable(read_model(features), problems)
    problems.stop_if_any()
    return text


def _check_names(subgraphs: Sequence[SubgraphSdl], problems: ProblemList) -> None:
    if not subgraphs:
        problems.add("NO_SUBGRAPHS", "There is nothing to compose. Give at least one subgraph.")
    names = [one.name for one in subgraphs]
    for name in {name for name in names if names.count(name) > 1}:
        message = f"Two subgraphs are called {name!r}. Give each its own name."
        problems.add("DUPLICATE_SUBGRAPH_NAME", message, (name,))
    problems.stop_if_any()


def _share_keys(subgraph: Subgraph, uses: FieldUses) -> None:
    """Key fields are answered wherever the entity is known, so they are shared by nature."""
    for type_name, name in uses.keys:
        subgraph.types[type_name].fields[name].shareable = True


class _Composer:
    def __init__(self, subgraphs: list[Subgraph], problems: ProblemList) -> None:
        self._subgraphs = subgraphs
        self._problems = problems
        self._declared: dict[str, Declared] = {}
        for subgraph in subgraphs:
            for name, one in subgraph.types.items():
                self._declared.setdefault(name, []).append((subgraph, one))
        check_all(self._declared, problems)
        self._input_enums, self._output_enums = self._enum_uses()

    def text(self) -> str:
        """The whole supergraph."""
        if "Query" not in self._declared:
            message = "No subgraph has a Query field. Add a root field to one of them."
            self._problems.add("NO_QUERIES", message, [one.name for one in self._subgraphs])
        types = [
            text
            for name in sorted(self._declared)
            if (text := self._type(name, self._declared[name])) is not None
        ]
        roots = {kind: name for kind, name in ROOTS.items() if name in self._declared}
        return "\n\n".join((header(self._subgraphs, self._used(), roots), *types)) + "\n"

    def _used(self) -> list[str]:
        seen = {node.name.value for element in self._elements() for node in element.directives}
        return [name for name in CARRIED if name in seen]

    def _elements(self) -> Iterator[Element]:
        for declared in self._declared.values():
            for _, one in declared:
                yield one
                yield from one.inputs.values()
                yield from one.values.values()
                for field in one.fields.values():
                    yield field
                    yield from field.arguments.values()

    def _enum_uses(self) -> tuple[set[str], set[str]]:
        inputs: set[str] = set()
        outputs: set[str] = set()
        for declared in self._declared.values():
            for _, one in declared:
                inputs.update(named_type(each.type) for each in one.inputs.values())
                for field in one.fields.values():
                    outputs.add(named_type(field.type))
                    inputs.update(named_type(each.type) for each in field.arguments.values())
        return inputs, outputs

    # types

    def _type(self, name: str, declared: Declared) -> str | None:
        kind = self._kind(name, declared)
        if kind is None:
            return None
        elements = [one for _, one in declared]
        directives = [*self._join_types(name, declared), *self._join_parts(kind, declared)]
        directives.extend(carried(elements))
        lines = self._lines(name, kind, declared)
        head = f"{_KEYWORDS[kind]} {name}{self._implements(kind, declared)}"
        text = type_text(head, directives, lines, described(first_description(elements)))
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
        told = ", ".join(f"{kind} in {graph!r}" for kind, graph in kinds.items())
        message = f"{name} is not the same kind of type everywhere: {told}. Rename one of them."
        self._problems.add("TYPE_KIND_MISMATCH", message, kinds.values(), name)
        return None

    def _join_types(self, name: str, declared: Declared) -> Iterator[str]:
        if name == "Query":
            # Every subgraph can be entered through Query, if only for its entities.
            yield from (directive("join__type", {"graph": one.graph}) for one in self._subgraphs)
            return
        for graph, one in declared:
            told = {"graph": graph.graph}
            if one.is_extension and one.keys:
                told["extension"] = "true"
            if one.is_interface_object:
                told["isInterfaceObject"] = "true"
            for key in one.keys:
                resolvable = {} if key.resolvable else {"resolvable": "false"}
                made = {**told, "key": quoted(key.fields), **resolvable}
                yield directive("join__type", made)
            if not one.keys:
                yield directive("join__type", told)

    def _join_parts(self, kind: str, declared: Declared) -> Iterator[str]:
        for graph, one in declared:
            for interface in one.interfaces:
                told = {"graph": graph.graph, "interface": quoted(interface)}
                yield directive("join__implements", told)
            if kind == "union":
                for member in one.members:
                    told = {"graph": graph.graph, "member": quoted(member)}
                    yield directive("join__unionMember", told)

    def _implements(self, kind: str, declared: Declared) -> str:
        names = dict.fromkeys(name for _, one in declared for name in one.interfaces)
        return f" implements {' & '.join(names)}" if names and kind != "union" else ""

    def _lines(self, name: str, kind: str, declared: Declared) -> list[str]:
        if kind in ("object", "interface"):
            return [*self._fields(name, declared), *self._interface_object_fields(name, declared)]
        if kind == "input":
            return self._input_fields(name, declared)
        if kind == "enum":
            return self._enum_values(name, declared)
        return []

    # parts of types

    def _graphs(self, name: str, declared: Declared) -> set[str]:
        if name == "Query":
            return {one.graph for one in self._subgraphs}
        return {graph.graph for graph, _ in declared}

    def _fields(self, name: str, declared: Declared) -> Iterator[str]:
        joiner = FieldJoiner(name, declared, self._problems)
        graphs = self._graphs(name, declared)
        for field in joiner.names():
            line = joiner.line(field, graphs, self._is_subtype)
            if line is not None:
                yield line

    def _interface_object_fields(self, name: str, declared: Declared) -> Iterator[str]:
        """Fields that a type owes to an interface object: nobody answers them on the type."""
        own = {field for _, one in declared for field in one.fields}
        interfaces = dict.fromkeys(each for _, one in declared for each in one.interfaces)
        for interface in interfaces:
            found = self._declared.get(interface, [])
            if not any(one.is_interface_object for _, one in found):
                continue
            joiner = FieldJoiner(interface, found, ProblemList())
            for field in joiner.names():
                if field not in own:
                    own.add(field)
                    line = joiner.owed_line(field, self._is_subtype)
                    if line is not None:
                        yield line

    def _is_subtype(self, name: str, of: str) -> bool:
        if any(name in one.members for _, one in self._declared.get(of, [])):
            return True
        return any(of in one.interfaces for _, one in self._declared.get(name, []))

    def _input_fields(self, name: str, declared: Declared) -> list[str]:
        place = InputPlace(
            name,
            "input field",
            name + ".{}",
            "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
            "INPUT_FIELD_TYPE_MISMATCH",
        )
        joined = join_inputs(place, [(g, one.inputs) for g, one in declared], self._problems)
        if not joined:
            graphs = [graph.name for graph, _ in declared]
            message = f"{name} has no field that all subgraphs share. Add a common field."
            self._problems.add("EMPTY_MERGED_INPUT_TYPE", message, graphs, name)
        return [f"  {text}" for text in joined.values()]

    def _enum_values(self, name: str, declared: Declared) -> list[str]:
        values = dict.fromkeys(value for _, one in declared for value in one.values)
        kept = [value for value in values if self._is_kept(name, value, declared)]
        if not kept:
            graphs = [graph.name for graph, _ in declared]
            message = f"{name} has no value that all subgraphs share. Add a common value."
            self._problems.add("EMPTY_MERGED_ENUM_TYPE", message, graphs, name)
        return [self._enum_value(value, declared) for value in kept]

    def _enum_value(self, value: str, declared: Declared) -> str:
        found = [(graph, one.values[value]) for graph, one in declared if value in one.values]
        joins = [directive("join__enumValue", {"graph": graph.graph}) for graph, _ in found]
        elements = [one for _, one in found]
        doc = described(first_description(elements), "  ")
        return doc + " ".join((f"  {value}", *joins, *carried(elements)))

    def _is_kept(self, name: str, value: str, declared: Declared) -> bool:
        lacking = [graph.name for graph, one in declared if value not in one.values]
        known = [one.values[value] for _, one in declared if value in one.values]
        # A hidden value never reaches a subgraph that lacks it.
        hidden = any(one.has("inaccessible") for one in known)
        if not lacking or name not in self._input_enums or hidden:
            return True
        if name in self._output_enums:
            coordinate = f"{name}.{value}"
            message = (
                f"{name} is both taken and answered, but {', '.join(map(repr, lacking))} does not "
                f"know its value {value}. Declare the same values everywhere."
            )
            self._problems.add("ENUM_VALUE_MISMATCH", message, lacking, coordinate)
        return False

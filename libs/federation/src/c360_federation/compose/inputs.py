"""Joining arguments and input fields: a value must suit every subgraph that it may go to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import TypeNode, ValueNode, print_ast

from c360_federation.compose.carrying import carried
from c360_federation.compose.defaults import are_at_odds, are_partial
from c360_federation.compose.descriptions import merged_description
from c360_federation.compose.printing import described, directive, quoted
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import InputDef, Subgraph
from c360_federation.compose.type_refs import IsSubtype, join_input, same

Declared = Sequence[tuple[Subgraph, Mapping[str, InputDef]]]
Found = list[tuple[Subgraph, InputDef]]


@dataclass(frozen=True, slots=True)
class InputPlace:
    """What kind of inputs are joined, and for whom: `coordinate` with `{}` for the name."""

    coordinate: str
    missing_code: str
    type_code: str
    default_code: str
    presence_hint: str
    type_hint: str

    def of(self, name: str) -> str:
        """The coordinate of one of them."""
        return self.coordinate.format(name)


def arguments_of(owner: str) -> InputPlace:
    """The arguments of a field or directive."""
    return InputPlace(
        owner + "({}:)",
        "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
        "FIELD_ARGUMENT_TYPE_MISMATCH",
        "FIELD_ARGUMENT_DEFAULT_MISMATCH",
        "INCONSISTENT_ARGUMENT_PRESENCE",
        "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE",
    )


def fields_of(owner: str) -> InputPlace:
    """The fields of an input object."""
    return InputPlace(
        owner + ".{}",
        "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
        "FIELD_TYPE_MISMATCH",
        "INPUT_FIELD_DEFAULT_MISMATCH",
        "INCONSISTENT_INPUT_OBJECT_FIELD",
        "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE",
    )


@dataclass(frozen=True, slots=True)
class JoinedInput:
    """An argument or input field of the supergraph."""

    name: str
    type: TypeNode
    default: ValueNode | None
    directives: tuple[str, ...]
    description: str | None

    @property
    def text(self) -> str:
        """Its definition."""
        default = f" = {print_ast(self.default)}" if self.default is not None else ""
        return " ".join((f"{self.name}: {print_ast(self.type)}{default}", *self.directives))

    def lines(self, indent: str) -> str:
        """Its definition with its description, indented."""
        return f"{described(self.description, indent)}{indent}{self.text}"


def join_inputs(
    place: InputPlace, declared: Declared, is_subtype: IsSubtype, problems: ProblemList
) -> dict[str, JoinedInput]:
    """The inputs that every subgraph knows; a required one must be known to all."""
    made: dict[str, JoinedInput] = {}
    for name in dict.fromkeys(name for _, inputs in declared for name in inputs):
        found = [(graph, inputs[name]) for graph, inputs in declared if name in inputs]
        if len(found) < len(declared):
            _missing(place, name, found, declared, problems)
        else:
            joined = join(place, name, found, is_subtype, problems)
            if joined is not None:
                made[name] = joined
    return made


def join_input_fields(
    type_name: str, declared: Declared, is_subtype: IsSubtype, problems: ProblemList
) -> dict[str, JoinedInput]:
    """The fields of an input object; hidden ones stay although some subgraphs lack them."""
    place = fields_of(type_name)
    made: dict[str, JoinedInput] = {}
    for name in dict.fromkeys(name for _, inputs in declared for name in inputs):
        found = [(graph, inputs[name]) for graph, inputs in declared if name in inputs]
        joined = join(place, name, found, is_subtype, problems)
        is_partial = len(found) < len(declared)
        if is_partial and not any(one.has("inaccessible") for _, one in found):
            _missing(place, name, found, declared, problems)
        elif joined is not None:
            made[name] = _with_graphs(joined, found, is_partial=is_partial)
    return made


def _with_graphs(joined: JoinedInput, found: Found, *, is_partial: bool) -> JoinedInput:
    if not is_partial and all(same(one.type, joined.type) for _, one in found):
        return joined
    joins: list[str] = []
    for graph, one in found:
        attributes = {"graph": graph.graph}
        if not same(one.type, joined.type):
            attributes["type"] = quoted(print_ast(one.type))
        joins.append(directive("join__field", attributes))
    return JoinedInput(
        joined.name, joined.type, joined.default, (*joins, *joined.directives), joined.description
    )


def join(
    place: InputPlace, name: str, found: Found, is_subtype: IsSubtype, problems: ProblemList
) -> JoinedInput | None:
    """One input over the subgraphs that have it; None when its types do not fit."""
    coordinate = place.of(name)
    joined = join_input([one.type for _, one in found], is_subtype)
    if joined is None:
        types = ", ".join(f"{print_ast(one.type)} in {graph.name!r}" for graph, one in found)
        message = f"{coordinate} has types that do not fit: {types}. Make them equal."
        problems.add(place.type_code, message, [graph.name for graph, _ in found], coordinate)
        return None
    if any(not same(one.type, joined) for _, one in found):
        text = f"{coordinate} has different types; the narrowest is taken."
        problems.hint(place.type_hint, text, coordinate)
    elements = [one for _, one in found]
    description = merged_description(elements, problems, coordinate)
    directives = tuple(carried(elements, problems, coordinate))
    default = _default(place, coordinate, found, problems)
    return JoinedInput(name, joined, default, directives, description)


def _default(
    place: InputPlace, coordinate: str, found: Found, problems: ProblemList
) -> ValueNode | None:
    defaults = [one.default for _, one in found]
    if are_at_odds(defaults):
        text = ", ".join(
            f"{print_ast(one.default) if one.default else 'none'} in {graph.name!r}"
            for graph, one in found
        )
        message = f"{coordinate} has different defaults: {text}. Give it the same everywhere."
        problems.add(place.default_code, message, [graph.name for graph, _ in found], coordinate)
        return None
    if are_partial(defaults):
        text = f"{coordinate} has a default in some subgraphs only; it gets none."
        problems.hint("INCONSISTENT_DEFAULT_VALUE_PRESENCE", text, coordinate)
        return None
    return defaults[0]


def _missing(
    place: InputPlace, name: str, found: Found, declared: Declared, problems: ProblemList
) -> None:
    coordinate = place.of(name)
    demanding = [graph.name for graph, one in found if one.is_required]
    having = {graph.name for graph, _ in found}
    lacking = [graph.name for graph, _ in declared if graph.name not in having]
    if not demanding:
        text = f"{coordinate} is left out, because {', '.join(map(repr, lacking))} lacks it."
        problems.hint(place.presence_hint, text, coordinate)
        return
    message = (
        f"{coordinate} is required in {', '.join(map(repr, demanding))} but missing in "
        f"{', '.join(map(repr, lacking))}. Add it there or make it optional."
    )
    problems.add(place.missing_code, message, (*demanding, *lacking), coordinate)

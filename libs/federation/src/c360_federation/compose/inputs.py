"""Joining arguments and input fields: a value must suit every subgraph that it may go to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphql import NonNullTypeNode, print_ast

from c360_federation.compose.printing import carried
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import InputDef, Subgraph
from c360_federation.compose.type_refs import join_input

Declared = Sequence[tuple[Subgraph, Mapping[str, InputDef]]]


@dataclass(frozen=True, slots=True)
class InputPlace:
    """What kind of inputs are joined, and for whom."""

    owner: str
    what: str
    coordinate: str
    missing_code: str
    type_code: str


def join_inputs(place: InputPlace, declared: Declared, problems: ProblemList) -> dict[str, str]:
    """The inputs that every subgraph knows, as text; a required one must be known to all."""
    names = dict.fromkeys(name for _, inputs in declared for name in inputs)
    made: dict[str, str] = {}
    for name in names:
        found = [(graph, inputs[name]) for graph, inputs in declared if name in inputs]
        if len(found) < len(declared):
            _missing(place, name, found, declared, problems)
            continue
        text = _join(place, name, found, problems)
        if text is not None:
            made[name] = text
    return made


def _join(
    place: InputPlace, name: str, found: list[tuple[Subgraph, InputDef]], problems: ProblemList
) -> str | None:
    joined = join_input([one.type for _, one in found])
    coordinate = place.coordinate.format(name)
    if joined is None:
        types = ", ".join(f"{print_ast(one.type)} in {graph.name!r}" for graph, one in found)
        message = f"{coordinate} has types that do not fit: {types}. Make them equal."
        problems.add(place.type_code, message, [graph.name for graph, _ in found], coordinate)
        return None
    default = next((one.default for _, one in found if one.default is not None), None)
    text = f"{name}: {print_ast(joined)}"
    if default is not None:
        text += f" = {print_ast(default)}"
    return " ".join((text, *carried(one for _, one in found)))


def _missing(
    place: InputPlace,
    name: str,
    found: list[tuple[Subgraph, InputDef]],
    declared: Declared,
    problems: ProblemList,
) -> None:
    demanding = [
        graph.name
        for graph, one in found
        if isinstance(one.type, NonNullTypeNode) and one.default is None
    ]
    if not demanding:
        return
    having = {graph.name for graph, _ in found}
    lacking = [graph.name for graph, _ in declared if graph.name not in having]
    coordinate = place.coordinate.format(name)
    message = (
        f"{coordinate} is required in {', '.join(map(repr, demanding))} but missing in "
        f"{', '.join(map(repr, lacking))}. Add it there or make it optional."
    )
    problems.add(place.missing_code, message, (*demanding, *lacking), coordinate)

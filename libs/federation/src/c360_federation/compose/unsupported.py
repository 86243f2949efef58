"""What federation knows and this engine cannot honour: refused, so that nothing is ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Element, FieldDef, Subgraph

_LABEL = re.compile(
    r"[a-zA-Z][a-zA-Z0-9_\-:./]*|percent\((?:\d{1,2}(?:\.\d{1,8})?|100)\)", re.ASCII
)


def check_supported(subgraph: Subgraph, problems: ProblemList) -> None:
    """Note every use of a context and every override that is to move only a part."""
    for coordinate, element in _elements(subgraph):
        for name in ("context", "fromContext"):
            if element.has(name):
                _unsupported(subgraph, coordinate, f"@{name} is", problems)
        for arguments in element.applied("override"):
            if arguments.get("label") is not None:
                _label(subgraph, coordinate, arguments["label"], problems)


def _elements(subgraph: Subgraph) -> Iterator[tuple[str, Element]]:
    for owner in subgraph.types.values():
        yield owner.name, owner
        for field in owner.fields.values():
            yield f"{owner.name}.{field.name}", field
            yield from _arguments(f"{owner.name}.{field.name}", field)


def _arguments(coordinate: str, field: FieldDef) -> Iterator[tuple[str, Element]]:
    for argument in field.arguments.values():
        yield f"{coordinate}({argument.name}:)", argument


def _label(subgraph: Subgraph, coordinate: str, label: object, problems: ProblemList) -> None:
    if not isinstance(label, str) or not _LABEL.fullmatch(label):
        message = (
            f"{coordinate} in subgraph {subgraph.name!r} is @override with the label {label!r}. "
            "A label is a word or percent(0) to percent(100)."
        )
        problems.add("OVERRIDE_LABEL_INVALID", message, (subgraph.name,), coordinate)
    else:
        text = "@override with a label, which moves only a part of the requests, is"
        _unsupported(subgraph, coordinate, text, problems)


def _unsupported(subgraph: Subgraph, coordinate: str, what: str, problems: ProblemList) -> None:
    message = f"{what} not supported: {coordinate} in subgraph {subgraph.name!r}."
    problems.add("UNSUPPORTED_FEATURE", message, (subgraph.name,), coordinate)

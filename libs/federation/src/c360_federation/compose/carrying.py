"""Directives that pass into the supergraph, merged over all subgraphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product

from graphql import DirectiveNode, print_ast

from c360_federation.compose.printing import CARRIED, directive, quoted
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Element
from c360_federation.supergraph.directives import arguments
from c360_federation.values import Json, JsonObject

_ONCE = ("deprecated", "specifiedBy")
PASSED_ON = frozenset((*CARRIED, *_ONCE))


def carried(
    elements: Iterable[Element], problems: ProblemList, coordinate: str | None = None
) -> list[str]:
    """The directives of one element in the supergraph."""
    found: dict[str, list[DirectiveNode]] = {}
    for element in elements:
        for node in element.directives:
            if node.name.value in PASSED_ON:
                found.setdefault(node.name.value, []).append(node)
    return [
        text for name, nodes in found.items() for text in _merged(name, nodes, problems, coordinate)
    ]


def _merged(
    name: str, nodes: Sequence[DirectiveNode], problems: ProblemList, coordinate: str | None
) -> list[str]:
    texts = list(dict.fromkeys(print_ast(node) for node in nodes))
    if len(texts) == 1 or name == "tag":
        return texts
    merge = _MERGED.get(name)
    if merge is not None:
        message = f"@{name} of {coordinate} differs between subgraphs and is merged."
        problems.hint("MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS", message, coordinate)
        return [directive(name, merge([arguments(node) for node in nodes]))]
    message = f"@{name} of {coordinate} differs between subgraphs; the most frequent one is kept."
    problems.hint("INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS", message, coordinate)
    counts = Counter(print_ast(node) for node in nodes)
    return [max(texts, key=counts.__getitem__)]


def _cost(applications: Sequence[JsonObject]) -> dict[str, str]:
    return {"weight": str(max(one["weight"] for one in applications))}


def _list_size(applications: Sequence[JsonObject]) -> dict[str, str]:
    made: dict[str, str] = {}
    sizes = [one["assumedSize"] for one in applications if one.get("assumedSize") is not None]
    if sizes:
        made["assumedSize"] = str(max(sizes))
    for name in ("slicingArguments", "sizedFields"):
        listed = dict.fromkeys(each for one in applications for each in one.get(name) or ())
        if listed:
            made[name] = _list(quoted(each) for each in listed)
    if any(one.get("requireOneSlicingArgument", True) is False for one in applications):
        made["requireOneSlicingArgument"] = "false"
    return made


def _every(name: str) -> Callable[[Sequence[JsonObject]], dict[str, str]]:
    """Choices of sets of which each subgraph asks for one: together, one of each."""

    def merge(applications: Sequence[JsonObject]) -> dict[str, str]:
        made: list[frozenset[str]] = [frozenset()]
        for one in applications:
            choices = [frozenset(each) for each in _nested(one.get(name))]
            made = [first | other for first, other in product(made, choices or [frozenset()])]
        kept = [one for one in dict.fromkeys(made) if not any(other < one for other in made)]
        return {name: _list(_list(quoted(each) for each in sorted(one)) for one in kept)}

    return merge


def _nested(value: Json) -> list[list[str]]:
    """`"a"` and `["a"]` are short for `[["a"]]`."""
    listed = value if isinstance(value, list) else [value]
    return [one if isinstance(one, list) else [one] for one in listed]


def _list(parts: Iterable[str]) -> str:
    return f"[{', '.join(parts)}]"


_MERGED: Mapping[str, Callable[[Sequence[JsonObject]], dict[str, str]]] = {
    "cost": _cost,
    "listSize": _list_size,
    "requiresScopes": _every("scopes"),
    "policy": _every("policies"),
}

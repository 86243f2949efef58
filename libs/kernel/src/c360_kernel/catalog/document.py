"""A YAML document whose every value knows its line and path, and the list of what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import yaml

from c360_kernel.errors import C360Error

_PREFIX = "tag:yaml.org,2002:"
_CONVERTERS = {
    _PREFIX + "int": yaml.SafeLoader.construct_yaml_int,
    _PREFIX + "float": yaml.SafeLoader.construct_yaml_float,
    _PREFIX + "bool": yaml.SafeLoader.construct_yaml_bool,
    _PREFIX + "null": yaml.SafeLoader.construct_yaml_null,
}
# Converts; one for all, since a loader refers to itself.
_CONVERTING = yaml.SafeLoader("")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CatalogProblem(NamedTuple):
    """One thing that is wrong: the line (from 1), the dotted path and what to do about it."""

    line: int
    path: str
    message: str


class CatalogError(C360Error):
    """The catalog cannot be used. The message has one line per problem: `file:line path: why`."""

    code = "CATALOG_INVALID"

    def __init__(self, where: str, problems: tuple[CatalogProblem, ...]) -> None:
        super().__init__("\n".join(_line_of(where, problem) for problem in problems))
        self.where = where
        self.problems = problems


def _line_of(where: str, problem: CatalogProblem) -> str:
    path = f" {problem.path}" if problem.path else ""
    return f"{where}:{problem.line}{path}: {problem.message}"


@dataclass(slots=True)
class Problems:
    """Collects everything that is wrong, so that one run tells all of it."""

    where: str
    found: list[CatalogProblem] = field(default_factory=list[CatalogProblem])

    def raise_if_any(self) -> None:
        """Raise `CatalogError` with all problems in the order of their lines."""
        if self.found:
            raise CatalogError(self.where, tuple(sorted(set(self.found))))


@dataclass(frozen=True, slots=True)
class Located:
    """A YAML value with its place in the file: the line, from 1, of its key or else its own."""

    node: yaml.Node
    path: str
    line: int
    problems: Problems

    def complain(self, message: str) -> None:
        """Note that this value is wrong."""
        self.problems.found.append(CatalogProblem(self.line, self.path, message))

    @property
    def is_mapping(self) -> bool:
        """Whether the value has fields, or could have and has none."""
        return self.absent or isinstance(self.node, yaml.MappingNode)

    @property
    def absent(self) -> bool:
        """Whether the value is null or empty."""
        return self.node.tag == _PREFIX + "null"

    @property
    def is_block(self) -> bool:
        """Whether the value is text as it stands (`|`), from the line below its key on."""
        return isinstance(self.node, yaml.ScalarNode) and self.node.style == "|"

    def fields(self) -> dict[str, Located]:
        """The entries of a mapping; duplicate keys and other kinds of value are complained of."""
        if self.absent:
            return {}
        if not isinstance(self.node, yaml.MappingNode):
            self.complain(f"expected a mapping, found {self.kind}")
            return {}
        entries: dict[str, Located] = {}
        for key, value in self._pairs():
            if key in entries:
                value.complain(f"'{key}' is given twice (first on line {entries[key].line})")
            else:
                entries[key] = value
        return entries

    def _pairs(self) -> Iterator[tuple[str, Located]]:
        for key, value in self.node.value:
            if not isinstance(key, yaml.ScalarNode):
                Located(key, self.path, _line(key), self.problems).complain("a key must be text")
                continue
            path = f"{self.path}.{key.value}" if self.path else key.value
            yield key.value, Located(value, path, _line(key), self.problems)

    def items(self) -> list[Located]:
        """The members of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.complain(f"expected a list, found {self.kind}")
            return []
        return [
            Located(node, f"{self.path}[{index}]", _line(node), self.problems)
            for index, node in enumerate(self.node.value)
        ]

    def text(self) -> str | None:
        """A scalar as it is written, so that `NO` is Norway and `1.0` keeps its zero."""
        if isinstance(self.node, yaml.ScalarNode) and not self.absent:
            return self.node.value
        self.complain(f"expected text, found {self.kind}")
        return None

    def integer(self) -> int | None:
        """A whole number."""
        value = self.plain()
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.complain(f"expected a whole number, found {self.kind}")
        return None

    def number(self) -> float | None:
        """A number as a float."""
        value = self.plain()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        self.complain(f"expected a number, found {self.kind}")
        return None

    def plain(self) -> object:
        """The value as dicts, lists, text, numbers, booleans and None; dates stay text."""
        if isinstance(self.node, yaml.MappingNode):
            return {key: value.plain() for key, value in self.fields().items()}
        if isinstance(self.node, yaml.SequenceNode):
            return [item.plain() for item in self.items()]
        return _scalar(cast(yaml.ScalarNode, self.node))

    @property
    def kind(self) -> str:
        """What the value is, in words."""
        if self.absent:
            return "nothing"
        if isinstance(self.node, yaml.MappingNode):
            return "a mapping"
        if isinstance(self.node, yaml.SequenceNode):
            return "a list"
        return {"str": "text", "int": "a number", "float": "a number", "bool": "yes or no"}.get(
            self.node.tag.removeprefix(_PREFIX), "text"
        )


def _scalar(node: yaml.ScalarNode) -> object:
    convert = _CONVERTERS.get(node.tag)
    return convert(_CONVERTING, node) if convert else node.value


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def read_document(text: str, problems: Problems) -> Located:
    """The root of a YAML document. Raises `CatalogError` when it is not YAML at all."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        reason = getattr(error, "problem", None) or "not a text document"
        problem = CatalogProblem(line, "", f"not valid YAML: {reason}")
        raise CatalogError(problems.where, (problem,)) from None
    if node is None:
        raise CatalogError(problems.where, (CatalogProblem(1, "", "the file is empty"),))
    return Located(node, "", _line(node), problems)

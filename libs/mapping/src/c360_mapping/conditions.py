"""`when` and `unless`: an expression that gives values only for some rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yaml.nodes import Node

from c360_mapping import nodes
from c360_mapping.conversions import Value, to_text
from c360_mapping.expression import Defaults, Dropped, Expression, Reference, Values
from c360_mapping.paths import Cells

CONDITIONS = frozenset({"when", "unless"})

CompileColumn = Callable[[Node, str, Defaults], Expression]
"""Compiles the name of a column that stands at a node."""


@dataclass(frozen=True, slots=True)
class _Test:
    """Whether a column holds one of some values, as it must or as it must not."""

    column: Expression
    among: frozenset[str]
    expected: bool

    def holds(self, cells: Cells, dropped: Dropped) -> bool:
        values = self.column.values(cells, dropped)
        return any(to_text(value) in self.among for value in values) == self.expected


def conditional(
    expression: Expression,
    parts: Mapping[str, Node],
    field: str,
    defaults: Defaults,
    compile_column: CompileColumn,
) -> Expression:
    """The expression, without values for the rows that `when` and `unless` rule out."""
    tests = tuple(
        test
        for word, expected in (("when", True), ("unless", False))
        if word in parts
        for test in _tests(parts[word], f"{field}: {word}", expected, defaults, compile_column)
    )
    if not tests:
        return expression
    return Expression(
        _guarded(expression.values, tests),
        expression.references + _references(tests),
        expression.many,
        lambda cells, dropped: (
            all(test.holds(cells, dropped) for test in tests) and expression.removes(cells, dropped)
        ),
    )


def _tests(
    node: Node, what: str, expected: bool, defaults: Defaults, compile_column: CompileColumn
) -> list[_Test]:
    return [
        _Test(compile_column(key, what, defaults), frozenset(nodes.texts(value, what)), expected)
        for key, value in nodes.pairs(node, what)
    ]


def _guarded(source: Values, tests: tuple[_Test, ...]) -> Values:
    def values(cells: Cells, dropped: Dropped) -> list[Value]:
        if all(test.holds(cells, dropped) for test in tests):
            return source(cells, dropped)
        return []

    return values


def _references(tests: tuple[_Test, ...]) -> tuple[Reference, ...]:
    return tuple(reference for test in tests for reference in test.column.references)

"""The truth table of `docs/conditions.md`, for the tests of whatever compiles conditions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

from c360_kernel.conditions.operators import Operator
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.record import TraitValue

NAME = "tested"
"""The name of the value that every test of the table is of."""
_HEADING = "| operator | compared with |"


class TruthTable(NamedTuple):
    """Values (None: absent), and tests with what each says of each of the values."""

    values: tuple[TraitValue | None, ...]
    tests: tuple[tuple[ValueTest, tuple[bool, ...]], ...]

    @property
    def held(self) -> list[dict[str, TraitValue]]:
        """What customers with these values hold."""
        return [{} if value is None else {NAME: value} for value in self.values]


def read_truth_table(page: Path) -> TruthTable:
    """The table of a page."""
    heading, _, *rows = _cells(page.read_text("utf-8"))
    tests = (
        (
            ValueTest(NAME, cast(Operator, operator), _value(wanted)),
            tuple({"yes": True, "no": False}[cell] for cell in cells),
        )
        for operator, wanted, *cells in rows
    )
    return TruthTable(tuple(map(_value, heading[2:])), tuple(tests))


def _cells(text: str) -> Iterator[list[str]]:
    table = text[text.index(_HEADING) :].partition("\n\n")[0]
    for line in table.splitlines():
        yield [cell.strip(" `") for cell in line.strip("|").split("|")]


def _value(cell: str) -> Any:  # noqa: ANN401 - a value of any type
    if cell in ("absent", ""):
        return None
    value = json.loads(cell)
    return tuple(value) if isinstance(value, list) else value
